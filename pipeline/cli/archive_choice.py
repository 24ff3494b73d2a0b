"""Which archived dump is meant: by its hash, by its URL, or by its number in the journal."""

from __future__ import annotations

import re
from pathlib import Path

import click

from pipeline.cli.archive_place import Options, Place, place
from pipeline.cli.journals import found as journal_row
from pipeline.cli.journals import reading, state_directory
from pipeline.display import one_line
from pipeline.errors import PanicPipeError
from pipeline.retrieval import find
from pipeline.retrieval.faults import ArchiveFault, NotThere
from pipeline.retrieval.find import Found
from pipeline.retrieval.query import Query

_HASH = re.compile(r"[0-9a-f]{6,64}", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,5}")
_MOST_CANDIDATES = 20


def choose(what: str, config: Path | None, options: Options) -> tuple[Place, Found]:
    """Return where to look, and the one dump that `what` means there."""
    url = what if what.startswith("s3://") else None
    if _NUMBER.fullmatch(what):
        url = _url_of(int(what), config)
    if url is not None:
        bucket, _, path = url.removeprefix("s3://").partition("/")
        where = place(config, options, bucket)
        return where, _at(where, path.rstrip("/"))
    if not _HASH.fullmatch(what):
        raise click.UsageError(
            f"{one_line(what, 80)}: give the first 6 or more digits of a dump's hash, an s3:// "
            "URL, or a dump's ID"
        )
    where = place(config, options)
    return where, _by_hash(where, what.lower())


def _at(where: Place, path: str) -> Found:
    """Return the dump in a folder, or the one that an object in it belongs to."""
    try:
        return find.at(where.bucket, where.template, path)
    except NotThere as nothing:
        folder, _, _ = path.rpartition("/")
        try:
            return find.at(where.bucket, where.template, folder)
        except NotThere:
            raise nothing from None  # it names what was asked for


def _by_hash(where: Place, digits: str) -> Found:
    listing = find.search(where.bucket, where.template, Query(hash=digits))
    if not listing.found:
        broken = next(iter(listing.unusable), None)
        why = f": {where.bucket.options.url(broken.folder)}/ {broken.why}" if broken else ""
        raise ArchiveFault(
            f"{where.url}: no dump's hash begins with {digits}{why}; see `panicpipe archive list`"
        )
    if len({each.manifest.identity for each in listing.found}) == 1:
        return listing.found[0]  # the same dump, archived twice: the newest
    count, shown = len(listing.found), listing.found[:_MOST_CANDIDATES]
    lines = [f"{count} dumps have a hash that begins with {digits}; say more of it:"]
    lines += map(_candidate, shown)
    lines += [f"… and {count - len(shown)} more"] if count > len(shown) else []
    raise ArchiveFault("\n".join(lines))


def _candidate(found: Found) -> str:
    manifest = found.manifest
    name = one_line(manifest.name, 120)
    return f"{manifest.identity}  {found.day}  {manifest.host or 'unknown host'}  {name}"


def _url_of(number: int, config: Path | None) -> str:
    with reading(state_directory(config)) as journal:
        row = journal_row(journal, number)
        for step in journal.steps.of(number).values():
            url = step.facts.get("url")
            if isinstance(url, str) and url.startswith("s3://"):
                return url
    raise PanicPipeError(f"dump {number}, {row.name}, is not in the archive")

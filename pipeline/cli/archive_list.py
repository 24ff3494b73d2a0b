"""`panicpipe archive list`: which dumps lie in the bucket."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output, tables
from pipeline.cli.archive_place import Place, place, place_options, plainly
from pipeline.cli.options import config_option, json_option
from pipeline.display import one_line, size
from pipeline.retrieval.find import Found, Listing, Unusable, search
from pipeline.retrieval.query import Query

_HEADERS = ("Date", "Mac", "Name", "Version", "Verdict", "Stored / original", "Hash")
_SHOWN_DIGITS = 16


class _Day(click.DateTime):
    """A day as people write it; says in their words what it must look like."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no date like 2026-11-22", param, ctx)


_DAY = _Day()


def _hexadecimal(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value and not re.fullmatch(r"[0-9a-fA-F]{6,64}", value):
        raise click.BadParameter("it must be 6 to 64 hexadecimal digits")
    return value.lower()


@click.command("list")
@click.option("--host", metavar="IP", help="Only of this Mac (or `unknown-host`).")
@click.option("--since", metavar="DATE", type=_DAY, help="Not before this day, as 2026-11-22.")
@click.option("--until", metavar="DATE", type=_DAY, help="Not after this day. Days are UTC.")
@click.option("--version", "xnu", metavar="XNU", help="Only of this kernel: 8019.41.5, or 8019.")
@click.option(
    "--hash", metavar="HEX", default="", callback=_hexadecimal, help="SHA-256, 6 digits or more."
)
@click.option("--name", metavar="TEXT", help="Only where the name has this in it.")
@click.option("--all", "everything", is_flag=True, help="Also what is unfinished or unusable.")
@json_option
@place_options
@config_option
def list_(
    host: str | None,
    since: datetime | None,
    until: datetime | None,
    xnu: str | None,
    hash: str,  # noqa: A002 - the option's name
    name: str | None,
    everything: bool,
    as_json: bool,
    config: Path | None,
    **options: str | None,
) -> None:
    """List the dumps in the archive, the newest first.

    The hash is that of the file as it came, as `panicpipe show` has it: give it, or its first
    digits, to `archive get` and `archive verify`.
    """
    query = Query(host=host, since=_day(since), until=_day(until), xnu=xnu, hash=hash, name=name)
    with plainly():
        where = place(config, options)
        listing = search(where.bucket, where.template, query)
    if as_json:
        _print_json(where, listing, everything=everything)
    else:
        _print(where, listing, everything=everything)


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d")


def _print(where: Place, listing: Listing, *, everything: bool) -> None:
    if listing.found:
        tables.show(_HEADERS, [_row(each) for each in listing.found])
    else:
        output.say(f"No such dump in {where.url}")
    if listing.unusable and everything:
        output.say()
        output.say("Unfinished or unusable", "bold")
        for each in listing.unusable:
            output.say(f"  {where.bucket.options.url(each.folder)}/: {size(each.size)}, {each.why}")
    elif listing.unusable:
        count = len(listing.unusable)
        folders = "1 folder is" if count == 1 else f"{count} folders are"
        output.error(f"{folders} unfinished or unusable; --all lists them")


def _row(found: Found) -> Sequence[str]:
    manifest = found.manifest
    return (
        found.day,
        manifest.host or "unknown",
        one_line(manifest.name, 120),
        manifest.xnu or "unknown",
        manifest.verdict,
        f"{size(found.stored)} / {size(manifest.content.size)}",
        manifest.identity[:_SHOWN_DIGITS],
    )


def _print_json(where: Place, listing: Listing, *, everything: bool) -> None:
    for each in listing.found:
        output.print_json(_value(where, each))
    if everything:
        for other in listing.unusable:
            output.print_json(_unusable_value(where, other))


def _value(where: Place, found: Found) -> dict[str, Any]:
    manifest = found.manifest
    return {
        "url": where.bucket.options.url(f"{found.folder}/{manifest.archive.name}"),
        "usable": True,
        "date": found.day,
        "host": manifest.host,
        "name": manifest.name,
        "version": manifest.xnu,
        "kernel_uuid": manifest.kernel_uuid,
        "kind": manifest.kind,
        "verdict": manifest.verdict,
        "revision": manifest.revision,
        "sha256": manifest.identity,
        "content_sha256": manifest.content.sha256,
        "content_size": manifest.content.size,
        "stored_size": found.stored,
        "compression": manifest.compression,
        "encrypted": manifest.encrypted,
        "arrived": manifest.arrived.timestamp(),
        "finished": manifest.finished.timestamp(),
        "archived": manifest.archived.timestamp(),
    }


def _unusable_value(where: Place, other: Unusable) -> dict[str, Any]:
    return {
        "url": where.bucket.options.url(f"{other.folder}/"),
        "usable": False,
        "reason": other.why,
        "stored_size": other.size,
        "changed": other.changed.timestamp(),
    }

"""`panicpipe archive verify`: whether what lies in the bucket is what was archived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output
from pipeline.cli.archive_choice import choose
from pipeline.cli.archive_place import Options, Place, place, place_options, plainly
from pipeline.cli.bar import bar
from pipeline.cli.options import config_option, json_option
from pipeline.display import one_line
from pipeline.errors import ExitCode
from pipeline.retrieval.check import Check, Checked
from pipeline.retrieval.fetch import dump_name
from pipeline.retrieval.find import Found, Listing, Unusable, search
from pipeline.retrieval.progress import no_show
from pipeline.retrieval.query import Query


@click.command()
@click.argument("what", metavar="[HASH|URL|ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Verify every dump in the archive.")
@click.option("--deep", is_flag=True, help="Download all bytes and compare their SHA-256.")
@json_option
@place_options
@config_option
def verify(
    what: str | None,
    everything: bool,
    deep: bool,
    as_json: bool,
    config: Path | None,
    **options: str | None,
) -> int:
    """Compare what the server has with the manifest, and say what that proves.

    Without --deep the server is asked for size and checksum; with it all bytes are read, and
    nothing is stored. Folders without a manifest are unfinished and not looked at.

    Exit code: 0 when everything is as it was archived, 1 when something is not.
    """
    if (what is None) != everything:
        raise click.UsageError("give either one dump or --all")
    with plainly():
        where, listing = _chosen(what, config, options)
        broken = [each for each in listing.unusable if each.broken]
        bad = sum([not _one(where, found, deep, as_json) for found in listing.found])
    for each in broken:
        _tell_broken(where, each, as_json)
    bad += len(broken)
    if everything and not as_json:
        _sum_up(len(listing.found) + len(broken), bad)
    _tell_unfinished(len(listing.unusable) - len(broken))
    return ExitCode.FAILED if bad else ExitCode.OK


def _chosen(what: str | None, config: Path | None, options: Options) -> tuple[Place, Listing]:
    if what is not None:
        where, found = choose(what, config, options)
        return where, Listing([found], [])
    where = place(config, options)
    return where, search(where.bucket, where.template, Query())


def _sum_up(total: int, bad: int) -> None:
    dumps = "1 dump" if total == 1 else f"{total} dumps"
    if bad:
        output.say(f"{dumps}: {bad} NOT as archived", "red")
    else:
        output.say(f"{dumps}: all as they were archived", "green")


def _tell_unfinished(count: int) -> None:
    if count:
        folders = "1 folder" if count == 1 else f"{count} folders"
        were, uploads = ("was", "an upload") if count == 1 else ("were", "uploads")
        is_, was = ("is", "was") if count == 1 else ("are", "were")
        output.error(
            f"{folders} without a manifest {were} not looked at: {uploads} that {is_} under way, "
            f"or {was} given up; see `panicpipe archive list --all`"
        )


def _one(where: Place, found: Found, deep: bool, as_json: bool) -> bool:
    with bar(dump_name(found.manifest)) as show:
        check = Check(bucket=where.bucket, deep=deep, show=show or no_show)
        checked = list(check.dump(found))
    if as_json:
        output.print_json(_value(where, found, checked))
    else:
        output.say(
            f"{one_line(found.manifest.name, 120)}  {where.bucket.options.url(found.folder)}/"
        )
        _tell(checked)
    return all(each.good for each in checked)


def _tell(checked: Iterable[Checked]) -> None:
    for each in checked:
        name = each.key.rpartition("/")[2]
        if each.good:
            output.say(f"  {name}: {each.text}")
        else:
            output.say(f"  {name}: NOT as archived: {each.text}", "red")


def _tell_broken(where: Place, broken: Unusable, as_json: bool) -> None:
    url = f"{where.bucket.options.url(broken.folder)}/"
    if as_json:
        output.print_json({"url": url, "good": False, "reason": broken.why})
    else:
        output.say(url)
        output.say(f"  NOT as archived: {broken.why}", "red")


def _value(where: Place, found: Found, checked: Sequence[Checked]) -> dict[str, Any]:
    return {
        "url": f"{where.bucket.options.url(found.folder)}/",
        "sha256": found.manifest.identity,
        "good": all(each.good for each in checked),
        "objects": [
            {
                "url": where.bucket.options.url(each.key),
                "good": each.good,
                "text": each.text,
            }
            for each in checked
        ],
    }

"""`panicpipe archive get`: a dump back from the bucket."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import output
from pipeline.cli.archive_choice import choose
from pipeline.cli.archive_place import place_options, plainly
from pipeline.cli.bar import bar
from pipeline.cli.options import config_option, json_option
from pipeline.display import size
from pipeline.errors import ExitCode
from pipeline.retrieval.fetch import Fetch, Fetched, dump_name
from pipeline.retrieval.identities import Identities
from pipeline.retrieval.progress import no_show

_FILE = click.Path(path_type=Path, readable=False)


@click.command()
@click.argument("what", metavar="HASH|URL|ID")
@click.option("--to", "directory", metavar="DIR", type=_FILE, help="Put it there. Default: here.")
@click.option(
    "--identity",
    "identities",
    metavar="FILE",
    type=_FILE,
    multiple=True,
    help="Your age (or SSH) secret key, where the archive is encrypted. May be repeated.",
)
@click.option("--keep-compressed", is_flag=True, help="Keep the file as it is stored, too.")
@json_option
@place_options
@config_option
def get(
    what: str,
    directory: Path | None,
    identities: tuple[Path, ...],
    keep_compressed: bool,
    as_json: bool,
    config: Path | None,
    **options: str | None,
) -> int:
    """Download a dump, prove it, decrypt and decompress it, and prove it again.

    HASH is the beginning of its SHA-256 (6 digits or more), URL where it lies (s3://…), ID its
    number in the journal. The same command goes on where a stopped one was. Nothing is replaced.

    Exit code: 0 when the dump is there and proven; 1 when it is not, or its dump.json is missing.
    """
    with plainly():
        keys = Identities.from_files(identities)
        where, found = choose(what, config, options)
        with bar(dump_name(found.manifest)) as show:
            fetch = Fetch(
                bucket=where.bucket,
                found=found,
                keys=keys,
                keep_stored=keep_compressed,
                show=show or no_show,
            )
            fetched = fetch.into(directory or Path())
    if as_json:
        output.print_json(
            {
                "dump": fetched.dump,
                "size": fetched.size,
                "content_sha256": found.manifest.content.sha256,
                "verdict": found.manifest.verdict,
                "record": fetched.record,
                "record_fault": fetched.record_fault,
                "stored": fetched.stored,
            }
        )
    else:
        _tell(fetched, found.manifest.verdict)
    if fetched.record_fault:
        output.error(fetched.record_fault)
    return ExitCode.FAILED if fetched.record_fault else ExitCode.OK


def _tell(fetched: Fetched, verdict: str) -> None:
    output.fields(
        [
            ("Dump", f"{fetched.dump}, {size(fetched.size)}, {verdict}"),
            ("Record", fetched.record),
            ("As stored", fetched.stored),
        ]
    )

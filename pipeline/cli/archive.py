"""`panicpipe archive`: what lies in the archive, and getting it back."""

from __future__ import annotations

import click

from pipeline.cli.archive_get import get
from pipeline.cli.archive_list import list_
from pipeline.cli.archive_verify import verify


@click.group()
def archive() -> None:
    """List, fetch and verify what `upload` has put into the S3 bucket.

    Which bucket that is says [stages.upload] in the configuration, or --bucket. Needs neither the
    daemon nor root; credentials are found as the AWS tools find them.
    """


archive.add_command(list_)
archive.add_command(get)
archive.add_command(verify)

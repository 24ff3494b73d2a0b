"""Which bucket an `archive` command works with: the configuration's, or what its options say."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from pipeline.archive.keys import DEFAULT_TEMPLATE, KeyTemplate
from pipeline.config import Settings, load
from pipeline.errors import ConfigError, StepError
from pipeline.retrieval.faults import ArchiveFault
from pipeline.s3.objects import Bucket
from pipeline.s3.options import S3Options

_OPTIONS = {
    "bucket": ("NAME", "Look into this bucket; without --config, no configuration is read then."),
    "prefix": ("PREFIX", "What every key begins with."),
    "endpoint_url": ("URL", "An S3 server other than Amazon's."),
    "region": ("REGION", None),
    "profile": ("NAME", "Which profile of ~/.aws to use."),
}
Options = Mapping[str, str | None]
"""What was given on the command line, by the option's name."""
_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Place:
    """A bucket, and how folders in it are named."""

    bucket: Bucket
    template: KeyTemplate

    @property
    def url(self) -> str:
        return self.bucket.options.url(self.bucket.options.root)


def place_options(command: _Command) -> _Command:
    """Give a command --bucket, --prefix and so on; the function gets each as an argument."""
    for name, (metavar, text) in reversed(_OPTIONS.items()):
        flag = "--" + name.replace("_", "-")
        command = click.option(flag, name, metavar=metavar, help=text)(command)
    return command


def place(config: Path | None, options: Options, bucket: str | None = None) -> Place:
    """Return what options and configuration say; an option counts more, `bucket` most.

    ConfigError where nothing names a bucket.
    """
    given = {name: value for name, value in options.items() if value is not None}
    configured = None
    if "bucket" not in given or config is not None:
        settings = load(config)
        configured = _configured(settings)
        if configured is None and "bucket" not in given and bucket is None:
            raise _no_archive(settings)
    if bucket is not None:
        given["bucket"] = bucket
    try:
        found = _merged(configured, given)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    template = KeyTemplate.parse(getattr(found, "key", DEFAULT_TEMPLATE))
    return Place(Bucket(found), template)


def _merged(configured: S3Options | None, given: dict[str, Any]) -> S3Options:
    if configured is None:
        return S3Options(**given)
    if given.get("bucket", configured.bucket) != configured.bucket:
        given = {"prefix": "", **given}  # the configured one is of the other bucket
    return replace(configured, **given)


def _no_archive(settings: Settings) -> ConfigError:
    where = f"{settings.file}:" if settings.file else "there is no configuration file, so"
    return ConfigError(
        f'{where} no archive is configured: add [stages.upload] with bucket = "…", or name one '
        "with --bucket"
    )


def _configured(settings: Settings) -> S3Options | None:
    stages = (*settings.stages, *settings.others)
    return next((each.plugin for each in stages if isinstance(each.plugin, S3Options)), None)


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Give an archive command's faults their exit code, and let a kill end it like Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, _interrupt)
    try:
        yield
    except StepError as error:  # parks nothing here
        raise ArchiveFault(str(error)) from error


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt

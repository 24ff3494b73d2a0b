"""What is measured on a core, and beside what."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.place import PANICPIPE, Cores, Place

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Program:
    """One program on one core."""

    core: str
    name: str
    command: Command
    ours: bool = True
    times_itself: bool = False
    """It prints what it took, because it must do more than what is to be measured."""

    @property
    def key(self) -> tuple[str, str]:
        return self.core, self.name

    @property
    def missing(self) -> str | None:
        """The program that this system lacks, or None."""
        program = str(self.command[0])
        return None if shutil.which(program) else program


def all_programs(cores: Cores, place: Place) -> list[Program]:
    """Return everything that is timed, in the order of the table."""
    copy, archive = place.made / "copy", place.made / "archive.zip"
    return [
        _other("gzip", "gzip -t", "gzip", "-t", cores.gzipped),
        _other("gzip", "cp", "cp", cores.gzipped, copy),
        *_ours("gzip", cores.gzipped, place),
        _other("raw", "cp", "cp", cores.raw, copy),
        _other("raw", "zip -6", "zip", "-q", "-6", archive, cores.raw),
        *_ours("raw", cores.raw, place),
    ]


def our_programs(cores: Cores, place: Place) -> list[Program]:
    """Return those whose memory must not depend on the core's size."""
    return [*_ours("gzip", cores.gzipped, place), *_ours("raw", cores.raw, place)]


def _other(core: str, name: str, *command: str | Path) -> Program:
    return Program(core, name, command, ours=False)


def _ours(core: str, file: Path, place: Place) -> list[Program]:
    config = ("--config", place.config)
    package = (sys.executable, "-m", "bench.package_alone", file, place.made)
    return [
        Program(core, "inspect", (PANICPIPE, "inspect", file, *config)),
        Program(core, "process", (PANICPIPE, "process", file, *config)),
        Program(core, "package", package, times_itself=True),
    ]

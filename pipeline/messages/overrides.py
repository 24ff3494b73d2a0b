"""Reads the templates that take the place of the built-in ones."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.display import printable
from pipeline.messages.formats import FORMATS

_LONGEST_FILE = 64 << 10


@dataclass(frozen=True)
class Overrides:
    """What a directory of templates has."""

    sources: Mapping[str, str] = field(default_factory=dict)
    """Of the templates that can be read, by file name."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """Why others cannot be used, in one line, by file name; "" is the directory itself."""
    strangers: tuple[str, ...] = ()
    """Names of templates that nothing asks for."""


class _Refused(Exception):
    pass


def read(directory: str) -> Overrides:
    """Read all templates in there; one that is missing is no fault."""
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        return Overrides(faults={"": f"cannot be read: {error.strerror}"})
    try:
        _refuse_unsafe(os.fstat(fd))
        return _read_all(fd, os.listdir(fd))
    except _Refused as refusal:
        return Overrides(faults={"": str(refusal)})
    except OSError as error:
        return Overrides(faults={"": f"cannot be read: {error.strerror}"})
    finally:
        os.close(fd)


def _read_all(directory: int, there: Iterable[str]) -> Overrides:
    present = set(there)
    wanted = [form.file for form in FORMATS if form.file in present]
    sources: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name in wanted:
        try:
            sources[name] = _text(name, directory)
        except _Refused as refusal:
            faults[name] = str(refusal)
        except OSError as error:
            faults[name] = f"cannot be read: {error.strerror}"
        except UnicodeDecodeError:
            faults[name] = "is not UTF-8 text"
    strangers = (name for name in present.difference(wanted) if name.endswith(".j2"))
    return Overrides(sources, faults, tuple(sorted(printable(os.fsencode(n)) for n in strangers)))


def _text(name: str, directory: int) -> str:
    # Not blocking: somebody may have put a FIFO there.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    fd = os.open(name, flags, dir_fd=directory)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise _Refused("is not a regular file")
        _refuse_unsafe(status)
        with open(fd, "rb", closefd=False) as file:
            data = file.read(_LONGEST_FILE + 1)
    finally:
        os.close(fd)
    if len(data) > _LONGEST_FILE:
        raise _Refused("is larger than 64 KiB")
    return data.decode("utf-8-sig")


def _refuse_unsafe(status: os.stat_result) -> None:
    """What root tells people must not be for others to say."""
    if os.geteuid() != 0:
        return
    if status.st_uid != 0:
        raise _Refused(f"belongs to uid {status.st_uid}, who could change it; run: chown root")
    others = stat.S_IWOTH | (stat.S_IWGRP if status.st_gid != 0 else 0)
    if status.st_mode & others:
        mode = stat.S_IMODE(status.st_mode)
        raise _Refused(f"can be written to by others (mode {mode:04o}); run: chmod go-w")

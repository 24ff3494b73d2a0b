"""What can go wrong between the archive and the disk, in one plain line each."""

from __future__ import annotations

import errno

from pipeline.errors import ExitCode, PanicPipeError


class ArchiveFault(PanicPipeError):
    """Something cannot be fetched, found or proven; the text says what to do."""


class NotThere(ArchiveFault):
    """The bucket holds no such object."""


class Mismatch(ArchiveFault):
    """What is stored is not what its manifest says."""


class NoIdentity(ArchiveFault):
    """None of the age identities at hand opens an encrypted dump."""


class BadIdentityFile(ArchiveFault):
    """A file that was named as an age identity is none, or cannot be read."""

    exit_code = ExitCode.UNREADABLE


def on_disk(error: OSError, place: str) -> ArchiveFault:
    """Return what a fault of our own disk means; `place` is the directory, safe to show."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ArchiveFault(
            f"{place}: the disk is full; make room and run the same command again, which goes on "
            "with what is there, or name another directory with --to"
        )
    return ArchiveFault(f"{place}: {error.strerror or error}")

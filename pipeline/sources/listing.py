"""Lists a directory: the files that may be dumps, and what is passed over, with the reason."""

from __future__ import annotations

import os

from pipeline import Scan, Sighting
from pipeline.sources.closes import identity_of
from pipeline.sources.dump_file import NO_PERMISSION, why_no_dump


def list_files(directory: int) -> Scan:
    """Return what lies in the open directory now. Nothing is opened or followed."""
    files: list[Sighting] = []
    passed_over: dict[bytes, str] = {}
    with os.scandir(directory) as entries:
        names = [os.fsencode(entry.name) for entry in entries]
    for name in names:
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except OSError:
            continue  # gone since it was listed
        reason = why_no_dump(status) or _why_unreadable(name, directory)
        if reason is None:
            files.append(Sighting(raw_name=name, identity=identity_of(status)))
        else:
            passed_over[name] = reason
    return Scan(present=True, files=files, passed_over=passed_over)


def _why_unreadable(name: bytes, directory: int) -> str | None:
    readable = os.access(name, os.R_OK, dir_fd=directory, effective_ids=True)
    return None if readable else NO_PERMISSION

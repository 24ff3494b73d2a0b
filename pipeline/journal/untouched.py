"""Reading a journal without leaving anything beside it, whether a daemon uses it or not."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.display import printable
from pipeline.errors import JournalError
from pipeline.journal import Journal
from pipeline.journal.database import FILE_NAME

_SOURCE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextlib.contextmanager
def untouched(state_directory: Path, *, alive: bool) -> Iterator[Journal]:
    """Open for reading; JournalError says what is wrong, also with what is read meanwhile.

    SQLite makes files beside a journal that nobody has open, and leaves them there: so a copy is
    read then. While a daemon is alive they are there already.
    """
    shown = printable(os.fsencode(state_directory / FILE_NAME))
    with tempfile.TemporaryDirectory(prefix="panicpipe-") as place:
        read_from = state_directory if alive else Path(place)
        try:
            if not alive:
                _copy(state_directory, read_from)
            with contextlib.closing(Journal.read(read_from)) as journal:
                yield journal
        except JournalError as error:
            text = str(error).replace(str(read_from), str(state_directory))
            raise type(error)(text) from error
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise JournalError(f"{shown}: the journal cannot be read: {reason}") from error


def _copy(state_directory: Path, place: Path) -> None:
    """Copy the journal, and what of it was not merged because its daemon was killed."""
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        try:
            source = os.open(state_directory / name, _SOURCE)
        except FileNotFoundError:
            continue
        with open(source, "rb") as read, open(place / name, "xb") as written:
            shutil.copyfileobj(read, written)

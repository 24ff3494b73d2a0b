"""Opening the journal that a command is about, or saying where it may be."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.config import state_directory_only
from pipeline.display import printable
from pipeline.errors import JournalError, PanicPipeError
from pipeline.journal import Journal
from pipeline.journal.database import FILE_NAME
from pipeline.journal.rows import DumpRow
from pipeline.machine.acting import acting_as_owner
from pipeline.paths import here, system_state_directory


def state_directory(config: Path | None) -> Path:
    """Return the state directory in question; JournalError where only root's has a journal."""
    directory = state_directory_only(config)
    host = here()
    system = system_state_directory(host)
    if not host.root and only_root_has_one(directory, system):
        raise JournalError(
            f"{_shown(directory)}: no journal there; the daemon that root runs keeps its own in "
            f"{_shown(system)}: use sudo"
        )
    return directory


def only_root_has_one(own: Path, system: Path) -> bool:
    return _is_missing(own) and not _is_missing(system)


def _is_missing(directory: Path) -> bool:
    """Whether there surely is no journal; one that we may not see may be there."""
    try:
        os.lstat(directory / FILE_NAME)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


@contextmanager
def reading(directory: Path) -> Iterator[Journal]:
    """Open the journal for reading; JournalError also where it turns out to be damaged."""
    with acting_as_owner(directory):
        journal = Journal.read(directory)
        try:
            yield journal
        except sqlite3.Error as error:
            raise unusable(directory, error) from error
        finally:
            journal.close()


def request(directory: Path, action: str, *numbers: int) -> None:
    """Note for the daemon what is asked of it, for when it is woken or started."""
    refuse_a_stranger(directory)
    with acting_as_owner(directory):
        journal = Journal.open(directory)
        try:
            with journal.transaction():
                for number in numbers:
                    journal.requests.add(action, number, time.time())
        except sqlite3.Error as error:
            raise unusable(directory, error) from error
        finally:
            journal.close()


def refuse_a_stranger(directory: Path) -> None:
    """JournalError where this user cannot write to the state directory."""
    if not os.access(directory, os.W_OK):
        raise JournalError(
            f"{_shown(directory)}: permission denied; it belongs to the daemon's user: use sudo"
        )


def unusable(directory: Path, error: Exception) -> JournalError:
    return JournalError(f"{_shown(directory / FILE_NAME)}: cannot use the journal: {error}")


def found(journal: Journal, number: int) -> DumpRow:
    """Return the dump; PanicPipeError where there is none of this number."""
    row = journal.dumps.find(number)
    if row is None:
        raise PanicPipeError(f"there is no dump {number}; see `panicpipe status --all`")
    return row


def _shown(path: Path) -> str:
    return printable(os.fsencode(path))

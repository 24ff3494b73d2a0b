"""The error tree: each class says what happens next and which exit code it ends a command with.

The exit codes are public; `docs/exit-codes.md` is their table.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended. Never renumber: people's scripts test these."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    NOT_A_DUMP = 4
    UNREADABLE = 5
    CONFIGURATION = 6
    BUSY = 7
    PARKED = 8
    UNDELIVERED = 9
    WARNED = 10
    UNHEALTHY = 11
    NEEDS_ROOT = 12
    UNTRUSTED = 13
    INTERRUPTED = 130


class PanicPipeError(Exception):
    """Any foreseen fault. Its text is one line: what, where, and what to do next."""

    exit_code: ExitCode = ExitCode.FAILED


class ConfigError(PanicPipeError):
    """The configuration cannot be used: names file, key, value and what is allowed."""

    exit_code = ExitCode.CONFIGURATION


class UnreadableFile(PanicPipeError):
    """A file that was named cannot be opened as a dump."""

    exit_code = ExitCode.UNREADABLE


class JournalError(PanicPipeError):
    """The journal cannot be opened or is of a newer version."""

    exit_code = ExitCode.UNREADABLE


class NewerJournal(JournalError):
    """The journal was written by a newer panicpipe: trying again helps nobody."""


class MachineError(PanicPipeError):
    """Something of the system cannot be asked or changed: names the program or the file."""


class NeedsRoot(PanicPipeError):
    """Only root can do what was asked; nothing was changed."""

    exit_code = ExitCode.NEEDS_ROOT


class Untrusted(PanicPipeError):
    """What is there was made by others, or can be changed by them: nothing was done with it."""

    exit_code = ExitCode.UNTRUSTED


class AlreadyRunning(PanicPipeError):
    """Another daemon holds the state directory."""

    exit_code = ExitCode.BUSY


class RefusedDirectory(PanicPipeError):
    """An output or state directory that somebody else made or can write to."""

    exit_code = ExitCode.CONFIGURATION


class StepError(PanicPipeError):
    """A stage or a notifier could not do its work; the subclass says what happens next."""


class TryAgain(StepError):
    """A passing fault: the step is repeated, after growing pauses, until it succeeds."""

    def __init__(self, *words: object, after: float | None = None) -> None:
        """Take the reason, and the seconds to wait at least where a service asked for that."""
        super().__init__(*words)
        self.after = after


class DumpChanged(StepError):
    """The dump's bytes are no longer those that were judged: it is judged afresh."""


class Rejected(StepError):
    """A permanent fault: the dump is parked with this reason until `panicpipe retry`.

    From a notifier: the service refuses this message, which is set aside and blocks no other.
    """

    exit_code = ExitCode.PARKED


class WireError(PanicPipeError):
    """The other side of a worker's wire broke the protocol, or is gone."""

"""What a plugin is: Source, Stage and Notifier, and what each is given.

A plugin is a frozen dataclass whose fields are its configuration keys, plus its methods. It is
found by entry point (`panicpipe.sources`, `panicpipe.stages`, `panicpipe.notifiers`); the built-in
ones are registered in exactly the same way. See `docs/adding-a-stage.md`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal, Protocol

from pipeline.model import Alert, Artifact, Dump, Evidence, Identity


@dataclass(frozen=True)
class Output:
    """A file being made by a stage: write to `file`, then name it in the StepResult."""

    kind: str
    file: BinaryIO
    token: int


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """What one stage did with one dump."""

    outputs: Sequence[Output] = ()
    """Files to publish; an output that was created and is not named here is thrown away."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values worth keeping in the journal and showing in `panicpipe show`."""
    ends: str | None = None
    """A reason to leave the chain here; the dump is done, the later stages do not run."""


class Workspace(Protocol):
    """What a stage works with, besides the dump's facts."""

    @property
    def dump_file(self) -> BinaryIO:
        """The dump, positioned at its start. Never written to."""

    @property
    def artifacts(self) -> Mapping[str, Artifact]:
        """What earlier stages published, by kind."""

    @property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        """The facts that earlier stages reported, by stage."""

    @property
    def cancelled(self) -> bool:
        """True once nobody waits for the result; look at it between chunks."""

    def open(self, kind: str) -> BinaryIO:
        """Open an earlier stage's artifact for reading."""

    def create(self, kind: str, suffix: str) -> Output:
        """Start a file in the stage's `directory`.

        Its final name is the dump's, made safe, without `.gz`, then `suffix` (ASCII letters,
        digits, `.`, `_`, `-`; 40 at most); it appears there only when the stage has succeeded.
        """

    def progress(self, done: int, total: int) -> None:
        """Tell how far the work is, in bytes; cheap enough to call for every chunk."""


class Follower(Protocol):
    """Sees a dump's bytes while they arrive, in order, from byte 0 to the end."""

    def feed(self, data: bytes) -> None: ...
    def hole(self, length: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Stage(ABC):
    """One step that every judged dump goes through. It may run again after a crash."""

    runs_in: ClassVar[Literal["worker", "daemon"]] = "worker"
    """`worker`: a child without privileges. `daemon`: a child that keeps the daemon's rights."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Kinds of artifacts that an earlier stage must make."""
    makes: ClassVar[frozenset[str]] = frozenset()
    """Kinds of artifacts that this stage makes."""

    @abstractmethod
    def run(self, dump: Dump, work: Workspace) -> StepResult:
        """Do the step. Raise TryAgain for a passing fault, Rejected for a permanent one.

        Any OSError counts as passing; any other exception as permanent.
        """

    def follow(self) -> Follower | None:
        """Offer a follower that sees the bytes while they arrive; `run` then only finishes.

        The same plugin object gets `follow` and then `run`; a worker that starts late, or again,
        calls `run` without `follow`.
        """
        return None


@dataclass(frozen=True, kw_only=True)
class FileStage(Stage):
    """A stage that makes files."""

    directory: Path | None = None
    """Where they go. None: the platform's place, filled in when the configuration is read."""


class Transfer(ABC):
    """One file that may still grow, held open by its source."""

    @property
    @abstractmethod
    def fd(self) -> int:
        """The open file; read it with pread only."""

    @abstractmethod
    def look(self) -> Identity:
        """Inode, size and mtime as they are at this instant."""

    @abstractmethod
    def finished(self) -> str | None:
        """Say why the transfer is over as far as the source can tell, or None while it runs."""

    @abstractmethod
    def evidence(self) -> Evidence:
        """What was seen around the transfer so far."""

    @property
    @abstractmethod
    def linked(self) -> bool:
        """False once the file has no name any more and only this descriptor keeps it."""

    @abstractmethod
    def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One regular file that a scan found."""

    raw_name: bytes
    identity: Identity


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What lies in a source at one instant."""

    present: bool
    """False while the place itself is missing or unmounted: then nothing can be said of files."""
    files: Sequence[Sighting] = ()
    passed_over: Mapping[bytes, str] = field(default_factory=dict)
    """Names that are no dumps by their nature, and why: FIFO, symlink, hard link, unreadable."""


class Watch(ABC):
    """A source at work, until `stop`."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it looks, for people."""

    @abstractmethod
    def scan(self) -> Scan:
        """List what is there now. The truth: wake-ups only say when to ask."""

    @abstractmethod
    def open(self, sighting: Sighting) -> Transfer:
        """Open a file safely; UnreadableFile where it is gone, changed its nature, or refuses."""

    @abstractmethod
    def stop(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Source(ABC):
    """A place where dumps arrive."""

    @abstractmethod
    def start(self, wake: Callable[[], None]) -> Watch:
        """Begin to watch; `wake` may be called from any thread, as often as one likes."""


@dataclass(frozen=True, kw_only=True)
class Notifier(ABC):
    """A way to tell people. Sends in a child process of its own, which can be killed."""

    @abstractmethod
    def send(self, alert: Alert) -> None:
        """Deliver, or raise TryAgain for a passing fault and Rejected for a permanent one."""

    def check(self) -> None:
        """Raise ValueError, a line for each fault, where this can never send; name no secret.

        Asked in a child process when the daemon starts and by `panicpipe config check`: unlike
        `__post_init__` it may import what is slow. It need not be defined.
        """
        return

    def destinations(self) -> Mapping[str, Notifier]:
        """One notifier for each destination, by a name that stays the same across restarts.

        Each is sent to, and retried, by itself: one that fails is no reason to tell the others
        twice. A notifier with a single destination need not define this.
        """
        return {"": self}

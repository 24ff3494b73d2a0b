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

from pipeline.errors import UnreadableFile
from pipeline.model import Artifact, Dump, Evidence, Holding, Identity, Message, Removal


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
    releases: frozenset[str] = frozenset()
    """Kinds of artifacts made by earlier stages that nobody needs any more: their files are
    removed once this result is on record. Only kinds that this stage `needs`."""


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

    def remember(self, key: str, value: Any) -> None:
        """Keep a JSON value (64 KiB at most) in the journal for a later run of this step.

        On the disk when this returns. None forgets it. All is forgotten once the step is done.
        Keys are 64 ASCII letters, digits, `.`, `_`, `-` at most; a step has 16 MiB in all.
        """

    def recall(self, key: str) -> Any:
        """Return what an earlier run of this step, perhaps before a crash, remembered; or None."""


class Follower(Protocol):
    """Sees a dump's bytes while they arrive, in order, from byte 0 to the end."""

    def feed(self, data: bytes) -> None: ...
    def hole(self, length: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Stage(ABC):
    """One step that every judged dump goes through. It may run again after a crash."""

    runs_in: ClassVar[Literal["worker", "daemon"]] = "worker"
    """`worker`: a child that gives up its rights: no programs, no files of the daemon's user.
    `daemon`: a child that keeps the daemon's rights."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Kinds of artifacts that an earlier stage must make."""
    makes: ClassVar[frozenset[str]] = frozenset()
    """Kinds of artifacts that this stage makes."""
    background: ClassVar[bool] = False
    """The dump is announced before this stage runs; what goes wrong here delays no alert."""
    remote: ClassVar[bool] = False
    """It talks to other machines: it runs in a lane of its own and holds up no local work."""
    reads_dump: ClassVar[bool] = True
    """Whether it needs the dump's own file, which somebody may have moved away meanwhile."""

    def prepare(self) -> None:
        """Read what only the daemon's user may read, such as credentials; import what is slow.

        Called on the same plugin object in the child, before it gives up its rights and most of the
        environment, and before it sees anything of a dump. What this raises fails the step as if
        `run` had raised it.
        """
        return

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

    def abandon(self, dump: Dump, work: Workspace) -> None:
        """Take back elsewhere what was begun for a dump whose step will never be finished.

        Called, as `run` is, where the step remembers something and the dump has been superseded
        or is gone; TryAgain has it called again later. Only `recall` is of use here.
        """
        return

    def objection(self, chain: Sequence[tuple[str, Stage]]) -> str | None:
        """Say why a chain (names and stages in order) must not run beside this configuration.

        Asked when the configuration is read, also of a stage that is configured and not in the
        chain. The text follows the chain's key in an error.
        """
        return None

    def probe(self) -> Sequence[Probe]:
        """Try out what this stage needs of other machines, for `config check --online`.

        Called after `prepare`, in a child process that has the rights with which `run` is called;
        may take seconds, and must leave nothing behind.
        """
        return ()


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One thing that was tried out."""

    what: str
    """One line, such as `write an object to s3://bucket/prefix/`."""
    fault: str | None = None
    """None where it works; otherwise one line: what failed, and what to do."""


@dataclass(frozen=True, kw_only=True)
class FileStage(Stage):
    """A stage that makes files."""

    keeps: ClassVar[Literal["outputs", "spool"]] = "outputs"
    """`outputs`: for people, in the platform's place for them. `spool`: on their way elsewhere,
    in `spool` below the state directory, unless `directory` says otherwise."""

    directory: Path | None = None
    """Where they go. None: the platform's place, filled in when the configuration is read."""


@dataclass(frozen=True, kw_only=True)
class Retention(Stage):
    """A stage that also decides what may be removed; the daemon asks it, and removes."""

    @abstractmethod
    def decide(
        self, holdings: Sequence[Holding], free: Mapping[str, int | None], now: float
    ) -> Sequence[Removal]:
        """Decide on every holding, in the order in which they are to be removed.

        `free` is the bytes free on each heap's volume, by heap; None where nobody knows. Heaps on
        one volume have the same number there. Pure: called in the daemon, and by `panicpipe prune
        --dry-run`; where a heap lies on several volumes, once for each.
        """


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


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A mounted volume."""

    device: int
    """Its st_dev: tells it from others until it is mounted anew."""
    free: int
    """Bytes that an ordinary user, such as kdumpd's, may still write."""


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

    def remove(self, sighting: Sighting) -> None:
        """Remove a file; UnreadableFile where it is not exactly what was sighted, or refuses."""
        raise UnreadableFile("this source cannot remove files")

    def volume(self) -> Volume | None:
        """Where dumps arrive, and what room is left there; None where nobody knows."""
        return None

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

    runs_in: ClassVar[Literal["worker", "daemon"]] = "worker"
    """`worker`: a child that gives up its rights: no programs, no files of the daemon's user.
    `daemon`: a child that keeps the daemon's rights."""

    def prepare(self) -> None:
        """Read what only the daemon's user may read; import what is slow.

        Called on the same plugin object in the child, before it gives up its rights and most of the
        environment.
        """
        return

    @abstractmethod
    def send(self, message: Message) -> str | None:
        """Deliver; return what the service answered, in one line, where it can be known.

        TryAgain for a passing fault, with `after` where the service says how long to wait;
        Rejected where it refuses this message and would take others.
        """

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

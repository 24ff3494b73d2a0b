"""Values handed between rooms. All frozen; nothing here does I/O.

Text that came from a dump (names, versions, panic lines) is already safe to show: it passed
through `pipeline.display` before it entered one of these. Times are seconds since the epoch, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


class Verdict(StrEnum):
    """What the bytes of a file prove."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    EMPTY = "empty"
    UNSUPPORTED = "unsupported"
    NOT_A_DUMP = "not-a-dump"


class Kind(StrEnum):
    """What a file is, by content first and name second."""

    CORE = "core"
    PANICLOG = "paniclog"
    SYSTEMLOG = "systemlog"
    OTHER = "other"


class Encoding(StrEnum):
    """How the content is stored in the file."""

    GZIP = "gzip"
    RAW = "raw"


class Cause(StrEnum):
    """Why a dump is likely to be incomplete."""

    TRANSFER_STOPPED = "transfer stopped"
    VOLUME_FULL = "volume full"
    KDUMPD_TIMEOUT = "kdumpd timeout"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was seen around a transfer, for guessing why it is incomplete; None where unknown."""

    least_free_bytes: int | None = None
    """Least free space seen on the dump volume while the file grew."""
    silence_seconds: float | None = None
    """How long no byte had come when the file was closed or given up."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What tells one revision of a file from another. Never st_dev: it changes across reboots."""

    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True, kw_only=True)
class Panic:
    """What the panic report in a core or a paniclog says; each text is one printable line."""

    line: str
    """The report's first line, as printed: `panic(cpu 2 caller 0x…): "reason" @file.c:12`."""
    cpu: int
    caller: str
    reason: str
    kexts: tuple[str, ...] = ()
    """Kernel extensions in the backtrace, as `com.example.driver(1.2)`; dependencies left out."""
    frames: tuple[str, ...] = ()
    """The top of the backtrace, innermost first: `mach_kernel: _panic + 0xd2`, or an address."""
    process: str | None = None
    os_version: str | None = None
    """The macOS build, such as `21A559`."""


@dataclass(frozen=True, kw_only=True)
class DeflateStream:
    """Where in a gzip file a whole deflate stream lies, and what it inflates to."""

    offset: int
    size: int
    crc32: int
    """Of the inflated bytes as they are, whatever the gzip trailer claims."""
    uncompressed_size: int


@dataclass(frozen=True, kw_only=True)
class CoreFacts:
    """What is known of a dump's origin, possibly before all of it has come."""

    kind: Kind = Kind.OTHER
    encoding: Encoding = Encoding.RAW
    architecture: str | None = None
    """`x86_64`, `arm64`, `arm64e`, `i386`, `ppc`, `ppc64`, or `cputype N`."""
    uuid: str | None = None
    """Of the panicked kernel, upper case with dashes; names the Kernel Debug Kit needed."""
    version: str | None = None
    """`Darwin Kernel Version …; root:xnu-…`"""
    panic: Panic | None = None
    expected_size: int | None = None
    """Bytes that the uncompressed core must reach, from its header; None for logs."""


@dataclass(frozen=True, kw_only=True)
class Inspection(CoreFacts):
    """The Inspector's answer about one file."""

    verdict: Verdict
    reason: str
    """One line for people: why this verdict, and how far the proof reaches."""
    check: str | None = None
    """The check that failed: `crc32`, `length`, `deflate`, `trailing-bytes`, `hole`, …"""
    file_size: int
    uncompressed_size: int | None = None
    """Bytes really there once inflated (up to the fault, if there is one)."""
    good_size: int
    """Offset in the file up to which every byte is good."""
    cause: Cause | None = None
    sha256: str | None = None
    """Of the file's bytes; None where holes beyond measure made it pointless."""
    deflate: DeflateStream | None = None


@dataclass(frozen=True, kw_only=True)
class Dump:
    """One judged dump, as a stage sees it."""

    id: int
    name: str
    """The file's name, escaped where needed: safe to show, not for opening."""
    raw_name: bytes
    """The file's name as it is: hostile bytes, never to be shown or joined to a path."""
    size: int
    mtime_ns: int
    arrived: float
    """When it was first seen."""
    finished: float
    """When its transfer was taken as finished."""
    client: str | None
    """IPv4 address of the panicked Mac, from the name."""
    revision: int = 1
    inspection: Inspection


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A file that a stage made, published under its final name."""

    stage: str
    kind: str
    path: str
    size: int


class Severity(StrEnum):
    """How much an alert matters, from the least on."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"

    def reaches(self, threshold: Severity) -> bool:
        """Whether it matters at least as much as `threshold`."""
        order = list(Severity)
        return order.index(self) >= order.index(threshold)


Line = tuple[str, str]
"""A label and a text, one line each."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What people are to be told, before it is rendered for a service.

    All text is one printable line and safe to show, but not escaped for any format.
    """

    event: str
    """Stable name, such as `dump.complete`."""
    severity: Severity = Severity.NOTICE
    what: str
    """What happened, such as `core complete`."""
    client: str | None = None
    """IPv4 address of the Mac that it happened to."""
    about: str | None = None
    """What the title begins with where no Mac is known, such as a file's name."""
    verdict: Verdict | None = None
    lines: tuple[Line, ...] = ()
    """What matters most comes first: some services cut a message short."""
    remarks: tuple[str, ...] = ()
    """Sentences below the lines."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The same as JSON values, for programs."""
    signature: str | None = None
    """Alike alerts of one Mac have the same one and may be grouped; None: never grouped."""
    topic: str | None = None
    """What it tells the state of, such as `heartbeat` or `transfer:7`."""
    supersedes: tuple[str, ...] = ()
    """Topics of older alerts that, not sent yet, say nothing more once this one is owed."""

    @property
    def title(self) -> str:
        """One line: to whom it happened, and what."""
        whom = self.client or self.about
        return f"{whom}: {self.what}" if whom else self.what

    @property
    def body(self) -> str:
        """Plain text, several lines."""
        return "\n".join([*(f"{label}: {text}" for label, text in self.lines), *self.remarks])


@dataclass(frozen=True, kw_only=True)
class Message:
    """An alert rendered for people: each format says the same."""

    alert: Alert
    key: str
    """The same for every try to deliver this alert: services that know it tell it only once."""
    title: str
    """One line, fit for a mail header."""
    text: str
    markdown: str
    """For chats: escaped so that nobody is mentioned."""
    html: str


Heap = Literal["cores", "zips", "spool"]
"""What retention tells apart: kdumpd's files, what stages made for people, what is on its way."""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """One heavy file that is still there, and what speaks for and against removing it."""

    heap: Heap
    dump: int
    kind: str
    """An artifact's kind; `core` for the dump's own file."""
    path: str
    """Safe to show."""
    size: int
    since: float
    """When the file was complete."""
    client: str | None
    in_flight: bool
    """Being received, judged or worked on, or about to be."""
    parked: bool
    packaged: bool
    """Whether what the chain makes of it for people is made, and nobody has taken it away."""
    archived: bool | None
    """Whether it is proven to be in the archive; None where no archive is configured."""
    complete: bool
    succeeded: bool
    """For an incomplete one: whether a later, complete dump took its place."""


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What was decided about one holding, and why."""

    holding: Holding
    remove: bool
    reason: str
    """One line for people."""

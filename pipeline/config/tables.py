"""The tables of the configuration file that are our own; the plugins' describe themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.config import choices
from pipeline.config.values import DEFAULT_STAGES, DEFAULT_WARN_BELOW
from pipeline.confinement import Limits
from pipeline.corefile import DEFAULT_MAX_UNCOMPRESSED
from pipeline.model import Severity, Verdict
from pipeline.sizes import parse_size

_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_LEAST_MEMORY = 256 << 20


def _size_or_none(value: object) -> int:
    """Return a number of bytes; 0 for none at all."""
    if value in (0, "0") and not isinstance(value, bool):
        return 0
    try:
        return parse_size(value)
    except ValueError as error:
        raise ValueError(f"{error}; 0 turns it off") from None


def _user(name: str) -> str:
    """Accept the name of an account that is fit for taking root's rights away."""
    if not _USER.fullmatch(name) or name in ("root", "nobody"):
        raise ValueError("it must be the name of a user other than root and nobody")
    return name


def _memory(size: int) -> int:
    if size < _LEAST_MEMORY:
        raise ValueError('it must be at least "256 MiB": a worker that does nothing needs half')
    return size


Size = Annotated[int, BeforeValidator(parse_size)]
SizeOrNone = Annotated[int, BeforeValidator(_size_or_none)]
Count = Annotated[int, Field(ge=1, le=64)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Days = Annotated[float, Field(ge=0, le=365), AfterValidator(choices.hour_or_never)]
Hours = Annotated[float, Field(gt=0, le=10_000)]
Minutes = Annotated[float, Field(ge=0, le=360)]
Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, AfterValidator(choices.address)]
Name = Annotated[str, AfterValidator(choices.name)]
User = Annotated[str, AfterValidator(_user)]
Memory = Annotated[Size, AfterValidator(_memory)]
Event = Annotated[str, AfterValidator(choices.event)]
Events = Annotated[tuple[Event, ...], Field(max_length=64), AfterValidator(choices.some)]
HostPattern = Annotated[str, AfterValidator(choices.host)]
Hosts = Annotated[tuple[HostPattern, ...], Field(max_length=1024), AfterValidator(choices.some)]
Judged = Annotated[Verdict, AfterValidator(choices.verdict)]
Verdicts = Annotated[tuple[Judged, ...], AfterValidator(choices.some)]
Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class InspectTable:
    """`[inspect]`."""

    max_uncompressed_size: Size = DEFAULT_MAX_UNCOMPRESSED


@dataclass(frozen=True, kw_only=True)
class PipelineTable:
    """`[pipeline]`."""

    stages: tuple[str, ...] = DEFAULT_STAGES
    transfers: Count = 8
    workers: Count = 2
    uploads: Count = 2
    scan_seconds: Seconds = 30
    retry_first_seconds: Seconds = 10
    retry_longest_seconds: Seconds = 3600

    def __post_init__(self) -> None:
        if self.retry_longest_seconds < self.retry_first_seconds:
            raise ValueError("retry_longest_seconds is less than retry_first_seconds")


@dataclass(frozen=True, kw_only=True)
class LimitsTable:
    """`[limits]`."""

    account: User | None = None
    memory: Memory = Limits.memory
    cpu_hours: Hours = Limits.cpu_hours
    step_hours: Hours = Limits.step_hours


@dataclass(frozen=True, kw_only=True)
class SpaceTable:
    """`[space]`."""

    warn_below: SizeOrNone = DEFAULT_WARN_BELOW


@dataclass(frozen=True, kw_only=True)
class AlertsTable:
    """`[alerts]`."""

    heartbeat_days: Days = 7
    dns: bool = True
    templates: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServerTable:
    """`[server]`."""

    expect_listener: bool | None = None
    port: Port = 1069


@dataclass(frozen=True, kw_only=True)
class RouteTable:
    """What `[notifiers.NAME]` says beside `use` and the notifier's own keys."""

    events: Events = ("*",)
    severity: Severity | None = None
    verdicts: Verdicts = ()
    hosts: Hosts = ()
    group_minutes: Minutes = 10


@dataclass(frozen=True, kw_only=True)
class Document:
    """The whole file."""

    state_directory: Path | None = None
    inspect: InspectTable = InspectTable()
    pipeline: PipelineTable = PipelineTable()
    limits: LimitsTable = LimitsTable()
    space: SpaceTable = SpaceTable()
    alerts: AlertsTable = AlertsTable()
    hosts: Mapping[Address, Name] = field(default_factory=dict)
    server: ServerTable = ServerTable()
    source: Tables = field(default_factory=dict)
    stages: Tables = field(default_factory=dict)
    notifiers: Tables = field(default_factory=dict, metadata={"secret": True})

"""The tables of the configuration file that are our own; the plugins' describe themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.config import choices
from pipeline.config.values import DEFAULT_STAGES, DEFAULT_WARN_BELOW
from pipeline.corefile import DEFAULT_MAX_UNCOMPRESSED
from pipeline.model import Severity, Verdict
from pipeline.sizes import parse_size


def _size_or_none(value: object) -> int:
    """Return a number of bytes; 0 for none at all."""
    if value in (0, "0") and not isinstance(value, bool):
        return 0
    try:
        return parse_size(value)
    except ValueError as error:
        raise ValueError(f"{error}; 0 turns it off") from None


Size = Annotated[int, BeforeValidator(parse_size)]
SizeOrNone = Annotated[int, BeforeValidator(_size_or_none)]
Count = Annotated[int, Field(ge=1, le=64)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Days = Annotated[float, Field(ge=0, le=365), AfterValidator(choices.hour_or_never)]
Minutes = Annotated[float, Field(ge=0, le=360)]
Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, AfterValidator(choices.address)]
Name = Annotated[str, AfterValidator(choices.name)]
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
    space: SpaceTable = SpaceTable()
    alerts: AlertsTable = AlertsTable()
    hosts: Mapping[Address, Name] = field(default_factory=dict)
    server: ServerTable = ServerTable()
    source: Tables = field(default_factory=dict)
    stages: Tables = field(default_factory=dict)
    notifiers: Tables = field(default_factory=dict, metadata={"secret": True})

"""The tables of the configuration file that are our own; the plugins' describe themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pipeline.config.values import DEFAULT_STAGES, DEFAULT_WARN_BELOW
from pipeline.corefile import DEFAULT_MAX_UNCOMPRESSED
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
class Document:
    """The whole file."""

    state_directory: Path | None = None
    inspect: InspectTable = InspectTable()
    pipeline: PipelineTable = PipelineTable()
    space: SpaceTable = SpaceTable()
    source: Tables = field(default_factory=dict)
    stages: Tables = field(default_factory=dict)
    notifiers: Tables = field(default_factory=dict, metadata={"secret": True})

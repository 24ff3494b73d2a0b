"""Distributions of other people, laid out on disk as an installer would leave them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def install(
    place: Path,
    distribution: str,
    entry_points: Mapping[str, Mapping[str, str]],
    modules: Mapping[str, str] | None = None,
) -> Path:
    """Put a distribution into `place`, which a Python path must name; returns `place`."""
    metadata = place / f"{distribution.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
    )
    sections = [
        f"[{group}]\n" + "".join(f"{name} = {reference}\n" for name, reference in points.items())
        for group, points in entry_points.items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(sections))
    for module, source in (modules or {}).items():
        (place / f"{module}.py").write_text(source)
    return place


STAGES = '''
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from pipeline import Dump, FileStage, Notifier, Stage, StepResult, Workspace


@dataclass(frozen=True, kw_only=True)
class SizeCap(Stage):
    """Refuse cores over a limit."""

    max_bytes: int
    places: tuple[Path, ...] = ()

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Crush(FileStage):
    """Make it smaller."""

    runs_in: ClassVar = "daemon"
    needs: ClassVar = frozenset({"zip"})
    makes: ClassVar = frozenset({"crushed"})
    effort: int = 3
    token: str = field(default="", metadata={"secret": True})

    def __post_init__(self) -> None:
        if self.token == "wrong":
            raise ValueError("token " + self.token + " is refused")
        if self.effort > 9:
            raise RuntimeError("effort beyond measure")

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Pager(Notifier):
    urls: tuple[str, ...] = field(default=(), metadata={"secret": True})
    retries: int = 1

    def send(self, message: object) -> None:
        pass


class Undecorated(Stage):
    limit: int = 3

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Unfinished(Stage):
    pass


@dataclass(frozen=True, kw_only=True)
class Elsewhere(SizeCap):
    runs_in: ClassVar = "cloud"


@dataclass(frozen=True, kw_only=True)
class Odd(Stage):
    handler: object() = None

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Rule:
    limit: int = 5
    unless: Path | None = None
    password: str = field(default="", metadata={"secret": True})

    def __post_init__(self) -> None:
        if self.limit > 99:
            raise ValueError("limit is beyond 99, " + self.password)


@dataclass(frozen=True, kw_only=True)
class Ruled(FileStage):
    """Keep what waits by rules; no chain without it while they are strict."""

    keeps: ClassVar = "spool"
    cores: Rule = Rule()
    zips: Rule | None = None
    more: tuple[Rule, ...] = ()
    strict: str = ""

    def objection(self, chain):
        if self.strict == "bug":
            raise LookupError("words of its own")
        if self.strict and self not in [stage for _, stage in chain]:
            return "ruled is strict \\x1b[2J, and not in the chain; put it there"

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Misplaced(Ruled):
    keeps: ClassVar = "attic"


def factory() -> None: ...
'''
"""A module with stages, good and bad, and a notifier."""

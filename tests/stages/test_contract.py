"""What every stage must hold to, ours or a stranger's.

Runs over all stages that are registered: those of the source tree and those installed beside it.
Left out are remote ones, which need another machine to talk to, and those of strangers that need
keys which nobody here knows.
"""

import os
import random
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import Artifact, Dump, Stage, StepResult, Verdict
from pipeline.errors import StepError
from tests.stages.dumps import MTIME_NS, gzip_dump
from tests.stages.workspace import DirectoryWorkspace

GROUP = "panicpipe.stages"
CONTENT = random.Random(1).randbytes(3_000_000)  # so that the gzip takes several chunks


def _registered() -> dict[str, type[Stage]]:
    found = {point.name: point for point in entry_points(group=GROUP)}
    project = Path(pipeline.__file__).parents[1] / "pyproject.toml"
    if project.exists():
        ours = tomllib.loads(project.read_text())["project"]["entry-points"][GROUP]
        found |= {name: EntryPoint(name, value, GROUP) for name, value in ours.items()}
    return {name: point.load() for name, point in sorted(found.items())}


STAGES = _registered()
KEYS: Mapping[str, Mapping[str, Any]] = {
    "encrypt": {"recipients": ("age1qqf7p03n46kpu05k0mwzg2hxlxmw8vm8hypxpynz5pqueeleqc5s02wszq",)}
}
"""What a stage must be told, by its name."""
NEVER_THE_SAME: Mapping[str, frozenset[str]] = {"encrypt": frozenset({"sha256", "size"})}
"""Facts that differ in every run: encrypting the same twice must not give the same."""


def _can_run(name: str) -> bool:
    needed = {
        field.name
        for field in fields(STAGES[name])
        if field.default is MISSING and field.default_factory is MISSING
    }
    return not STAGES[name].remote and needed <= KEYS.get(name, {}).keys()


RUN = [name for name in STAGES if _can_run(name)]


@dataclass(frozen=True)
class Earlier:
    """What the stages before have left."""

    artifacts: Mapping[str, Artifact]
    facts: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """What one run of a stage left behind."""

    result: StepResult | None
    error: StepError | None
    progress: list[tuple[int, int]]
    published: list[str]
    left_over: list[str]


def _run(
    stage: Stage,
    dump: Dump,
    path: Path,
    directory: Path,
    earlier: Earlier,
    cancel_after: int | None = None,
) -> Outcome:
    result, error, published = None, None, []
    with DirectoryWorkspace(
        dump,
        path,
        directory,
        cancel_after=cancel_after,
        artifacts=earlier.artifacts,
        facts=earlier.facts,
    ) as work:
        try:
            result = stage.run(dump, work)
            published = sorted(file.name for file in work.publish(result).values())
        except StepError as fault:
            error = fault
    left_over = sorted(set(os.listdir(directory)) - set(published))
    return Outcome(result, error, work.progress_seen, published, left_over)


@pytest.fixture(params=RUN)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stage(name: str) -> Stage:
    return STAGES[name](**KEYS.get(name, {}))


@pytest.fixture
def earlier(stage: Stage, dump: Dump, path: Path, tmp_path: Path) -> Earlier:
    """Run one stage for each kind that is needed, such as a chain would have before it."""
    artifacts: dict[str, Artifact] = {}
    facts: dict[str, Mapping[str, Any]] = {}
    while missing := stage.needs - artifacts.keys():
        maker = next(
            each for each in RUN if STAGES[each].makes & missing and not STAGES[each].needs
        )
        with DirectoryWorkspace(dump, path, tmp_path / maker) as work:
            result = STAGES[maker](**KEYS.get(maker, {})).run(dump, work)
            files = work.publish(result)
        facts[maker] = result.facts
        artifacts |= {
            kind: Artifact(stage=maker, kind=kind, path=str(file), size=file.stat().st_size)
            for kind, file in files.items()
        }
    return Earlier(artifacts, facts)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Dump]:
    """Make the dump once: deflating it takes longer than all else."""
    path = tmp_path_factory.mktemp("template") / "dump"
    return path, gzip_dump(path, CONTENT)


@pytest.fixture
def dump(path: Path, template: tuple[Path, Dump]) -> Dump:
    shutil.copy(template[0], path)
    os.utime(path, ns=(MTIME_NS, MTIME_NS))
    return template[1]


def test_our_own_stages_are_registered_and_run_here() -> None:
    assert {"verify", "package", "compress", "encrypt", "retain"} <= set(RUN)


@pytest.mark.parametrize("cls", list(STAGES.values()), ids=list(STAGES))
def test_it_is_a_frozen_dataclass(cls: type[Stage]) -> None:
    assert is_dataclass(cls)
    assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_running_again_gives_the_same(
    name: str, stage: Stage, dump: Dump, path: Path, tmp_path: Path, earlier: Earlier
) -> None:
    """A crash between two steps repeats one: nothing of the first run may be in its way."""
    first = _run(stage, dump, path, tmp_path / "first", earlier)
    again = _run(stage, dump, path, tmp_path / "again", earlier)
    assert first.result is not None
    assert again.result is not None
    differ = {
        key
        for key in first.result.facts.keys() | again.result.facts.keys()
        if first.result.facts.get(key) != again.result.facts.get(key)
    }
    assert differ <= NEVER_THE_SAME.get(name, frozenset())
    assert again.result.ends == first.result.ends
    assert again.published == first.published


def test_it_makes_what_it_says(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path, earlier: Earlier
) -> None:
    outcome = _run(stage, dump, path, tmp_path / "out", earlier)
    assert outcome.result is not None
    assert {output.kind for output in outcome.result.outputs} == stage.makes
    assert outcome.result.releases <= stage.needs
    assert not outcome.left_over


def test_it_leaves_the_dump_as_it_was(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path, earlier: Earlier
) -> None:
    before = path.read_bytes()
    _run(stage, dump, path, tmp_path / "out", earlier)
    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns == MTIME_NS


def test_it_leaves_what_earlier_stages_made_as_it_was(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path, earlier: Earlier
) -> None:
    """Even what it releases: removing that is the daemon's."""
    files = [Path(made.path) for made in earlier.artifacts.values()]
    before = [file.read_bytes() for file in files]
    _run(stage, dump, path, tmp_path / "out", earlier)
    assert [file.read_bytes() for file in files] == before


def test_it_tells_its_progress_up_to_the_end(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path, earlier: Earlier
) -> None:
    progress = _run(stage, dump, path, tmp_path / "out", earlier).progress
    if stage.makes:
        assert progress
        assert progress[-1][0] == progress[-1][1]
    assert progress == sorted(progress)


@pytest.mark.parametrize("after", [0, 1])
def test_it_makes_nothing_once_nobody_waits(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path, earlier: Earlier, after: int
) -> None:
    """A stage that makes files gives up between two chunks, and asks to be tried again."""
    outcome = _run(stage, dump, path, tmp_path / "out", earlier, cancel_after=after)
    if stage.makes:
        assert isinstance(outcome.error, pipeline.TryAgain)
    assert not outcome.left_over


@pytest.mark.parametrize("verdict", list(Verdict))
def test_any_verdict_ends_in_a_result_or_in_a_step_error(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path, earlier: Earlier, verdict: Verdict
) -> None:
    judged = replace(dump, inspection=replace(dump.inspection, verdict=verdict, reason="so"))
    outcome = _run(stage, judged, path, tmp_path / "out", earlier)
    assert outcome.result is not None or outcome.error is not None
    assert not outcome.left_over

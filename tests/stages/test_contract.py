"""What every stage must hold to, ours or a stranger's.

Runs over all stages that are registered: those of the source tree and those installed beside it.
"""

import os
import random
import tomllib
from dataclasses import dataclass, is_dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

import pipeline
from pipeline import Dump, Stage, StepResult, Verdict
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


@dataclass(frozen=True)
class Outcome:
    """What one run of a stage left behind."""

    result: StepResult | None
    error: StepError | None
    progress: list[tuple[int, int]]
    published: list[str]
    left_over: list[str]


def _run(
    stage: Stage, dump: Dump, path: Path, directory: Path, cancel_after: int | None = None
) -> Outcome:
    result, error, published = None, None, []
    with DirectoryWorkspace(dump, path, directory, cancel_after=cancel_after) as work:
        try:
            result = stage.run(dump, work)
            published = sorted(file.name for file in work.publish(result).values())
        except StepError as fault:
            error = fault
    left_over = sorted(set(os.listdir(directory)) - set(published))
    return Outcome(result, error, work.progress_seen, published, left_over)


@pytest.fixture(params=list(STAGES.values()), ids=list(STAGES))
def stage(request: pytest.FixtureRequest) -> Stage:
    made = request.param()
    assert isinstance(made, Stage)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump"


@pytest.fixture
def dump(path: Path) -> Dump:
    dump = gzip_dump(path, CONTENT)
    os.utime(path, ns=(MTIME_NS, MTIME_NS))
    return dump


def test_our_own_stages_are_registered() -> None:
    assert {"verify", "package"} <= STAGES.keys()


def test_it_is_a_frozen_dataclass(stage: Stage) -> None:
    assert is_dataclass(stage)
    assert stage.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_running_again_gives_the_same(stage: Stage, dump: Dump, path: Path, tmp_path: Path) -> None:
    """A crash between two steps repeats one: nothing of the first run may be in its way."""
    first = _run(stage, dump, path, tmp_path / "first")
    again = _run(stage, dump, path, tmp_path / "again")
    assert first.result is not None
    assert again.result is not None
    assert again.result.facts == first.result.facts
    assert again.result.ends == first.result.ends
    assert again.published == first.published


def test_it_makes_what_it_says(stage: Stage, dump: Dump, path: Path, tmp_path: Path) -> None:
    outcome = _run(stage, dump, path, tmp_path / "out")
    assert outcome.result is not None
    assert {output.kind for output in outcome.result.outputs} == stage.makes
    assert not outcome.left_over


def test_it_leaves_the_dump_as_it_was(stage: Stage, dump: Dump, path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    _run(stage, dump, path, tmp_path / "out")
    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns == MTIME_NS


def test_it_tells_its_progress_up_to_the_end(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path
) -> None:
    progress = _run(stage, dump, path, tmp_path / "out").progress
    if stage.makes:
        assert progress
        assert progress[-1][0] == progress[-1][1]
    assert progress == sorted(progress)


@pytest.mark.parametrize("after", [0, 1])
def test_it_makes_nothing_once_nobody_waits(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path, after: int
) -> None:
    """A stage that makes files gives up between two chunks, and asks to be tried again."""
    outcome = _run(stage, dump, path, tmp_path / "out", cancel_after=after)
    if stage.makes:
        assert isinstance(outcome.error, pipeline.TryAgain)
    assert not outcome.left_over


@pytest.mark.parametrize("verdict", list(Verdict))
def test_any_verdict_ends_in_a_result_or_in_a_step_error(
    stage: Stage, dump: Dump, path: Path, tmp_path: Path, verdict: Verdict
) -> None:
    judged = replace(dump, inspection=replace(dump.inspection, verdict=verdict, reason="so"))
    outcome = _run(stage, judged, path, tmp_path / "out")
    assert outcome.result is not None or outcome.error is not None
    assert not outcome.left_over

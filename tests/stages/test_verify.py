"""The verify stage: what goes on, and what is left where it is."""

from pathlib import Path

import pytest

from pipeline import StepResult, Verdict
from pipeline.stages.verify import Verify
from tests.stages.dumps import raw_dump
from tests.stages.workspace import DirectoryWorkspace


def _verify(tmp_path: Path, verdict: Verdict, stage: Verify) -> StepResult:
    path = tmp_path / "dump"
    dump = raw_dump(path, b"x", verdict=verdict, reason="because of this")
    with DirectoryWorkspace(dump, path, tmp_path / "out") as work:
        return stage.run(dump, work)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_reported_with_its_reason(tmp_path: Path, verdict: Verdict) -> None:
    result = _verify(tmp_path, verdict, Verify())
    assert result.facts == {"verdict": verdict.value, "reason": "because of this"}


@pytest.mark.parametrize("allow", [True, False])
def test_a_complete_dump_goes_on_whatever_the_setting(tmp_path: Path, allow: bool) -> None:
    assert _verify(tmp_path, Verdict.COMPLETE, Verify(allow_incomplete=allow)).ends is None


@pytest.mark.parametrize("verdict", [Verdict.TRUNCATED, Verdict.DAMAGED])
def test_an_incomplete_dump_goes_on_by_default(tmp_path: Path, verdict: Verdict) -> None:
    assert _verify(tmp_path, verdict, Verify()).ends is None


@pytest.mark.parametrize("verdict", [Verdict.TRUNCATED, Verdict.DAMAGED])
def test_an_incomplete_dump_is_held_back_when_not_allowed(tmp_path: Path, verdict: Verdict) -> None:
    """The text names the reason and the key that holds the dump back."""
    ends = _verify(tmp_path, verdict, Verify(allow_incomplete=False)).ends
    assert ends is not None
    for part in ("because of this", "stages.verify.allow_incomplete", "left where it is"):
        assert part in ends


@pytest.mark.parametrize("verdict", [Verdict.EMPTY, Verdict.UNSUPPORTED, Verdict.NOT_A_DUMP])
@pytest.mark.parametrize("allow", [True, False])
def test_what_is_no_dump_is_left_alone(tmp_path: Path, verdict: Verdict, allow: bool) -> None:
    ends = _verify(tmp_path, verdict, Verify(allow_incomplete=allow)).ends
    assert ends is not None
    assert "because of this" in ends
    assert "left where it is" in ends
    assert "\n" not in ends

"""The bench: what a quick run of it tells, and how it measures and judges."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.bars import bars
from bench.observed import Failed, Usage, run
from bench.throughput import Row
from tests.conftest import ROOT

_MIB = 1 << 20


def test_a_quick_run_tells_all_that_it_promises_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """One run, where `zip` is not installed: it takes seconds, so all is looked at together."""
    work = tmp_path / "work"
    work.mkdir()
    results = _quick_run(work, _only(tmp_path / "bin", "gzip", "cp"))
    assert list(work.iterdir()) == []
    assert results["missing"] == ["zip"]
    assert results["bars"] == [], "a core this small tells nothing"
    assert (results["size"], results["small_size"]) == (4 * _MIB, _MIB)
    _check_programs(results["rows"])
    _check_followings(results["followings"])


def _check_programs(rows: list[dict[str, Any]]) -> None:
    timed = {(row["core"], row["name"]): row["usage"] for row in rows}
    ours = {(core, name) for core in ("gzip", "raw") for name in ("inspect", "process", "package")}
    assert set(timed) == ours | {("gzip", "gzip -t"), ("gzip", "cp"), ("raw", "cp")}
    assert all(usage["wall"] > 0 and usage["cpu"] > 0 for usage in timed.values())
    assert all(row["small"]["wall"] > 0 for row in rows if row["ours"])
    assert not any("zip -6" in row["ratios"] for row in rows)
    if sys.platform == "linux":
        process = timed["gzip", "process"]
        assert process["together"] > process["largest"] > 10 * _MIB, "its workers count as well"


def _check_followings(followings: list[dict[str, Any]]) -> None:
    found = [(each["core"], each["packets_per_second"]) for each in followings]
    assert found == [("gzip", 20_000), ("gzip", 0), ("raw", 0)]
    assert followings[2]["size"] > followings[0]["size"] > 0
    assert all(each["read_per_second"] > 0 for each in followings)


def _only(directory: Path, *programs: str) -> Path:
    """Make a directory of programs that holds these and nothing else."""
    directory.mkdir()
    for program in programs:
        (directory / program).symlink_to(shutil.which(program) or pytest.skip(f"no {program} here"))
    return directory


def _quick_run(work: Path, programs: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--size", "4M", "--once", "--json", "--directory", work],
        cwd=ROOT,
        env={**os.environ, "PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def test_an_upload_is_measured_without_the_program_to_compare_with(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.upload", "--size", "40M", "--once", "--json"]
    environment = {**os.environ, "BENCH_AWS": "/nonexistent/aws"}
    done = subprocess.run(
        [*command, "--directory", tmp_path],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert results["missing"] == "BENCH_AWS=/nonexistent/aws: no such program"
    assert list(results["best"]) == ["panicpipe"]
    assert results["best"]["panicpipe"]["wall"] > 0
    assert results["ratio"] is None
    assert list(tmp_path.iterdir()) == []


def test_compressing_is_measured_without_the_programs_to_compare_with(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    command = [sys.executable, "-m", "bench.compress", "--size", "4M", "--levels", "3", "--long"]
    done = subprocess.run(
        [*command, "--once", "--json", "--directory", work],
        cwd=ROOT,
        env={**os.environ, "PATH": str(_only(tmp_path / "bin"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert results["missing"] == ["zstd", "age"]
    found = [(way["core"], way["program"]) for way in results["ways"]]
    assert found == [(core, stage) for core in ("raw", "gzip") for stage in ("compress", "encrypt")]
    for way in results["ways"]:
        assert way["usage"]["wall"] > 0
        assert 0 < way["made"] < results["size"]
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("megabytes", "grown", "gzip_tests", "met"),
    [(100, 1, 1.5, [True, True, True]), (130, 20, 2.5, [False, False, False])],
)
def test_bars_tell_what_is_met(
    megabytes: int, grown: int, gzip_tests: float, met: list[bool]
) -> None:
    usage, small = _usage(megabytes), _usage(megabytes - grown)
    row = Row("gzip", "process", usage, True, {"gzip -t": gzip_tests}, small)
    assert [bar.met for bar in bars(1 << 30, [row], [])] == met


def test_the_best_of_two_runs_has_the_shorter_times_and_the_larger_memory() -> None:
    one, other = Usage(1.0, 4.0, 10, None), Usage(2.0, 3.0, 20, 7)
    assert one.best(other) == other.best(one) == Usage(1.0, 3.0, 20, 7)


def test_a_program_that_fails_ends_the_bench_with_what_it_said() -> None:
    program = "import sys; print('no room', file=sys.stderr); sys.exit(3)"
    with pytest.raises(Failed, match=r"ended with 3: no room"):
        run((sys.executable, "-c", program))


def test_time_spent_in_children_counts() -> None:
    burn = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    usage, _ = run((sys.executable, "-c", program))
    assert usage.cpu >= 0.3


def _usage(megabytes: int) -> Usage:
    return Usage(1.0, 1.0, 1, megabytes * 10**6)

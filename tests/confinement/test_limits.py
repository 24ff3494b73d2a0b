"""What a worker that takes too much costs: its own step, with a reason that names the limit."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from pipeline.confinement import Limits, Terms
from pipeline.confinement.footprint import on_a_mac, resident
from pipeline.journal.rows import State
from tests.confinement.bench import carried, limited, on_linux, stage

GIB = 1 << 30
SECOND = 1 / 3600


@pytest.mark.parametrize(
    ("what", "terms", "reason"),
    [
        ("memory", limited(memory=256 << 20), "used more than 256 MiB of memory ([limits] memory)"),
        ("addresses", limited(), "used more than 4 GiB of memory ([limits] memory)"),
        ("cpu", limited(cpu_hours=SECOND), "h of CPU time a GiB ([limits] cpu_hours)"),
        ("time", limited(step_hours=SECOND / 2), "h a GiB ([limits] step_hours)"),
    ],
)
@on_linux
def test_taking_too_much_parks_that_dump_with_the_limit_s_name(
    tmp_path: Path, what: str, terms: Terms, reason: str
) -> None:
    row, step, after = carried(tmp_path, stage("Takes", what=what), terms)
    assert (row.state, step.deaths) == (State.PARKED, 2)
    assert reason in (row.reason or "")
    assert after.state is State.DONE


@pytest.mark.parametrize(
    ("what", "terms", "reason"),
    [
        ("cpu", limited(cpu_hours=SECOND), "h of CPU time a GiB ([limits] cpu_hours)"),
        ("time", limited(step_hours=SECOND / 2), "h a GiB ([limits] step_hours)"),
    ],
)
@on_linux
def test_reading_is_limited_as_well(tmp_path: Path, what: str, terms: Terms, reason: str) -> None:
    row, _, after = carried(tmp_path, stage("Lingers", what=what), terms)
    assert (row.state, row.inspection) == (State.PARKED, None)
    assert reason in (row.reason or "")
    assert after.state is State.DONE


def test_times_grow_with_the_dump_and_memory_does_not() -> None:
    limits = Limits(cpu_hours=2, step_hours=6)
    assert [limits.cpu_seconds(size) for size in (0, GIB, GIB + 1, 256 * GIB)] == [
        7200,
        7200,
        14400,
        256 * 7200,
    ]
    assert limits.step_seconds(3 * GIB) == 3 * 6 * 3600


def test_a_worker_s_flood_of_words_is_cut_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row, _, _ = carried(tmp_path, stage("Takes", what="words"))
    assert row.state is State.DONE
    assert caplog.text.count("printed") == 1
    assert "its worker printed 376.0 KiB more" in caplog.text
    assert len(caplog.text) < 100_000
    assert "\x1b" not in caplog.text


@on_linux
def test_a_process_is_weighed_by_what_it_has_in_memory() -> None:
    before = resident(os.getpid())
    ballast = b"x" * (64 << 20)
    after = resident(os.getpid())
    assert before is not None
    assert after is not None
    assert len(ballast) * 0.9 < after - before < len(ballast) * 1.5
    assert resident(2**22 + 1) is None


class _Mac:
    """Answers proc_pid_rusage as macOS does, with a known footprint."""

    def proc_pid_rusage(self, pid: object, flavor: object, buffer: object) -> int:
        assert flavor.value == 0  # type: ignore[attr-defined]
        if pid.value != 7:  # type: ignore[attr-defined]
            return -1
        usage = buffer._obj  # type: ignore[attr-defined]
        assert ctypes.sizeof(usage) == 96
        ctypes.memmove(ctypes.addressof(usage) + 72, (123 << 20).to_bytes(8, "little"), 8)
        return 0


def test_on_a_mac_the_footprint_counts() -> None:
    weigh = on_a_mac(_Mac())
    assert weigh(7) == 123 << 20
    assert weigh(8) is None

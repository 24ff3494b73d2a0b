"""What a stage that breaks the rules costs: its own step, with a reason that can be understood."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from pipeline.errors import WireError
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, State, StepRow
from pipeline.model import Identity, Verdict
from pipeline.plugin import Stage
from pipeline.registry.discovery import Built
from pipeline.running import memories, stepping
from pipeline.running.memories import Memories
from pipeline.workers import deaths
from pipeline.workers.reader import Nursery
from pipeline.workers.wire import Recall, Remember
from tests.workers.harness import Bench, file_of, ours, until, use

PASSED = 20.0
"""Seconds after which nobody waits any longer."""


def evil(cls: str, **config: object) -> Built[Stage]:
    return use("evil", f"tests.workers.evil:{cls}", **config)


def outcome(tmp_path: Path, stage: Built[Stage]) -> tuple[DumpRow, StepRow]:
    """Carry a dump through this stage and a good one; no place may be lost on the way."""

    async def scene() -> tuple[DumpRow, StepRow]:
        async with Bench(stage, ours("good", "Nothing")) as bench:
            row = await asyncio.wait_for(bench.carry(file_of(tmp_path / "log")), PASSED)
            assert not bench.lanes._workers.locked()
            assert bench.lanes._workers._value == 2
            return row, bench.journal.steps.of(row.id)["evil"]

    return asyncio.run(scene())


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("many facts", "reports 307208 bytes of facts"),
        ("deep facts", "RecursionError"),
        ("an object", "TypeError"),
        ("no text", "UnicodeEncodeError"),
        ("nothing", "NoneType"),
        ("a number", "TypeError"),
    ],
)
def test_what_cannot_be_kept_parks_the_dump_at_once(tmp_path: Path, what: str, reason: str) -> None:
    row, step = outcome(tmp_path, evil("Reports", what=what))
    assert (row.state, step.deaths) == (State.PARKED, 0)
    assert reason in (row.reason or "")


def test_a_reason_to_end_is_one_printable_line(tmp_path: Path) -> None:
    row, _ = outcome(tmp_path, evil("Reports", what="an escape"))
    assert (row.state, row.reason) == (State.DONE, r"\x1b[31m")


def test_progress_in_strange_numbers_is_progress(tmp_path: Path) -> None:
    assert outcome(tmp_path, evil("Counts"))[0].state is State.DONE


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("\x1b garbage", "broke the protocol: not a message"),
        ('{"type":"progress","done":-1,"total":1,"file_bytes":1}', "broke the protocol"),
        ('{"type":"progress","done":1e30,"total":1,"file_bytes":1}', "broke the protocol"),
        ('{"type":"end"}', "an end before the last stage was done"),
        ('{"type":"ready","stage":"evil"}', "a stage out of order"),
        ('{"type":"proven","size":1}', "an unexpected message"),
        (
            '{"type":"done","stage":"evil","tokens":[5],"facts":{},"ends":null}',
            "does not belong to its stage",
        ),
        (
            '{"type":"done","stage":"evil","tokens":[],"facts":{},"ends":null,"releases":["zip"]}',
            "a release of what the stage does not need",
        ),
        ('{"type":"remember","key":"../k","value":1}', "an impossible key"),
        ('{"type":"recall","key":""}', "an impossible key"),
        (f'{{"type":"remember","key":"k","value":"{"x" * 66_000}"}}', "more to remember"),
        (f'{{"type":"remember","key":"k","value":{"[" * 9000}{"]" * 9000}}}', "broke the protocol"),
    ],
)
def test_lies_on_the_wire_end_the_worker(tmp_path: Path, line: str, reason: str) -> None:
    row, step = outcome(tmp_path, evil("Says", line=line))
    assert (row.state, step.deaths) == (State.PARKED, 2)
    assert reason in (row.reason or "")
    assert "\x1b" not in (row.reason or "")


def test_a_step_may_remember_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted anew for each worker; what is replaced or forgotten makes room."""
    monkeypatch.setattr(memories, "MOST_KEYS", 3)
    monkeypatch.setattr(memories, "MOST_REMEMBERED", 100)
    journal = Journal.in_memory()
    identity = Identity(inode=1, size=1, mtime_ns=1)
    dump = journal.dumps.add(source="s", raw_name=b"x", identity=identity, now=0.0).id
    memory = Memories(journal.memory, dump, "upload")
    for key in "abc":
        memory.answer(Remember(key, "x" * 20))
    memory = Memories(journal.memory, dump, "upload")
    memory.answer(Remember("a", "y" * 20))
    with pytest.raises(WireError):
        memory.answer(Remember("d", 1))
    with pytest.raises(WireError):
        memory.answer(Remember("a", "y" * 60))
    memory.answer(Remember("b", None))
    memory.answer(Remember("d", "y" * 40))
    assert memory.answer(Recall("d")).value == "y" * 40
    assert memory.answer(Recall("b")).value is None


def test_a_line_without_end_ends_the_worker(tmp_path: Path) -> None:
    row, step = outcome(tmp_path, evil("Says", line="x" * 4096, times=1000, end=""))
    assert (row.state, step.deaths) == (State.PARKED, 2)
    assert "a line without end" in (row.reason or "")


def test_a_worker_that_takes_no_answers_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.workers.reader._SEND_WAIT", 0.3)
    row, step = outcome(tmp_path, evil("Says", line='{"type":"open","kind":"x"}', times=20_000))
    assert (row.state, step.deaths) == (State.PARKED, 2)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("a fork holds the wire", "signal 11"),
        ("a program is left behind", "status 7"),
        ("the wire is closed", "it closed the wire"),
        ("it leaves", "left before its work was done"),
    ],
)
def test_a_death_is_noticed_whoever_holds_the_wire(tmp_path: Path, how: str, reason: str) -> None:
    row, step = outcome(tmp_path, evil("LeavesOthers", how=how))
    assert (row.state, step.deaths) == (State.PARKED, 2)
    assert reason in (row.reason or "")


def test_silence_for_too_long_counts_as_death(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a few stages that hang would keep all other dumps waiting for ever."""
    monkeypatch.setattr(stepping, "SILENCE", 0.5)
    row, step = outcome(tmp_path, evil("Leaves", how="it stops"))
    assert (row.state, step.deaths) == (State.PARKED, 2)
    assert "nothing was heard of it" in (row.reason or "")


@pytest.mark.parametrize(
    ("when", "reason"), [("made", "not here"), ("asked", "no follower"), ("fed", "bad bytes")]
)
def test_a_stage_that_fails_early_costs_no_verdict(tmp_path: Path, when: str, reason: str) -> None:
    row, step = outcome(tmp_path, evil("FailsEarly", when=when, daemon=os.getpid()))
    assert row.inspection is not None
    assert row.inspection.verdict is Verdict.COMPLETE
    assert (row.state, step.deaths) == (State.PARKED, 0)
    assert (row.reason or "").startswith("evil: ")
    assert reason in (row.reason or "")


def test_a_bug_is_shown_in_the_log_without_escapes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcome(tmp_path, evil("FailsEarly", when="fed", daemon=os.getpid()))
    logged = caplog.text
    assert "Traceback" in logged
    assert r"bad bytes\x1b[31m" in logged
    assert "\x1b" not in logged


def test_workers_that_cannot_be_started_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No death is counted, nothing is parked, and it is not tried without a pause for ever."""
    monkeypatch.setattr(deaths, "_PAUSE", 0.01)
    monkeypatch.setattr("sys.executable", "/bin/false")

    async def scene() -> DumpRow:
        async with Bench(ours("good", "Nothing")) as bench:
            return await asyncio.wait_for(bench.carry(file_of(tmp_path / "log")), PASSED)

    row = asyncio.run(scene())
    assert row.state is State.ARRIVING
    assert row.next_try is not None
    assert "the parent of the workers has ended" in (row.reason or "")


def test_stopping_ends_workers_also_where_no_system_does_it(tmp_path: Path) -> None:
    """On a Mac nothing but the parent of workers ends them: it is given the time to."""

    async def scene() -> int:
        async with Bench(ours("hangs", "Hangs", directory=tmp_path / "out")) as bench:
            bench.nursery = Nursery(["tests.workers.no_death_signal"])
            bench.lanes._nursery = bench.nursery
            task = asyncio.create_task(bench.carry(file_of(tmp_path / "log")))
            await until(lambda: "hangs" in bench.notes.phases)
            assert bench.nursery._process is not None
            parent = bench.nursery._process.pid
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            await bench.nursery.stop()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return int(children[0])

    if not Path("/proc").is_dir():
        pytest.skip("looks at /proc")
    worker = asyncio.run(scene())

    async def gone() -> None:
        await until(lambda: not Path(f"/proc/{worker}").exists())

    asyncio.run(gone())

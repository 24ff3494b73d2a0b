"""One dump through real workers: what every kind of stage does to it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from pipeline.journal.rows import DumpRow, State
from pipeline.journal.steps import READ
from pipeline.model import Verdict
from tests.workers.harness import LOG, Bench, file_of, ours, until


def test_a_stage_gets_the_bytes_and_its_file_is_published(tmp_path: Path) -> None:
    """What it made and did not name is thrown away; what it prints disturbs nothing."""

    async def scene() -> DumpRow:
        async with Bench(ours("writes", "Writes", directory=tmp_path / "out")) as bench:
            return await bench.carry(file_of(tmp_path / "log"))

    row = asyncio.run(scene())
    assert row.state is State.DONE
    assert os.listdir(tmp_path / "out") == [f"{row.name}.copy"]
    assert (tmp_path / "out" / f"{row.name}.copy").read_bytes() == LOG


def test_a_later_stage_reads_what_an_earlier_one_made(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, dict[str, object]]:
        chain = (
            ours("writes", "Writes", directory=tmp_path / "out"),
            ours("reads-back", "ReadsBack"),
        )
        async with Bench(*chain) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            return row, dict(bench.journal.steps.of(row.id)["reads-back"].facts)

    _, facts = asyncio.run(scene())
    assert facts == {"copied": len(LOG), "said": {"writes": {"first": True}}}


@pytest.mark.parametrize(
    ("what", "state", "reason"),
    [
        ("again", State.PENDING, "raises: later"),
        ("oserror", State.PENDING, "No space left"),
        ("rejected", State.PARKED, "raises: never"),
        ("bug", State.PARKED, "ZeroDivisionError"),
        ("exit", State.PARKED, "SystemExit"),
    ],
)
def test_the_error_says_what_happens_next(
    tmp_path: Path, what: str, state: State, reason: str
) -> None:
    async def scene() -> tuple[DumpRow, int]:
        async with Bench(ours("raises", "Raises", what=what)) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            return row, len(bench.journal.outbox.pending())

    row, owed = asyncio.run(scene())
    assert row.state is state
    assert reason in (row.reason or "")
    assert "\x1b" not in (row.reason or "")
    assert (row.next_try is not None) == (state is State.PENDING)
    assert owed == (state is State.PARKED)


def test_pauses_grow_and_a_retry_starts_afresh(tmp_path: Path) -> None:
    async def scene() -> list[int]:
        async with Bench(ours("raises", "Raises", what="again")) as bench:
            transfer = file_of(tmp_path / "log")
            row = await bench.carry(transfer)
            waits: list[int] = []
            for _ in range(5):
                before = row.next_try or 0
                row = await bench.carry_on(row, transfer)
                waits.append(round((row.next_try or 0) - before))
            bench.journal.steps.forgive(row.id)
            again = await bench.carry_on(row, transfer)
            waits.append(round((again.next_try or 0) - (row.next_try or 0)))
            return waits

    waits = asyncio.run(scene())
    assert waits[:3] == pytest.approx([10, 20, 40], abs=3)  # each counted from the one before
    assert waits[4] == pytest.approx(0, abs=3)  # 100 s is the longest pause
    assert waits[5] < -80


def test_two_deaths_of_a_worker_park_the_dump(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, int]:
        async with Bench(ours("dies", "Dies"), ours("never", "Nothing")) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            return row, bench.journal.steps.of(row.id)["dies"].deaths

    row, deaths = asyncio.run(scene())
    assert (row.state, deaths) == (State.PARKED, 2)
    assert "SIGKILL" in (row.reason or "")


def test_one_death_costs_nothing_but_time(tmp_path: Path) -> None:
    async def scene() -> DumpRow:
        dies = ours("dies", "Dies", times=1, counter=str(tmp_path / "deaths"))
        writes = ours("writes", "Writes", directory=tmp_path / "out")
        async with Bench(writes, dies) as bench:
            return await bench.carry(file_of(tmp_path / "log"))

    row = asyncio.run(scene())
    assert row.state is State.DONE
    assert len(os.listdir(tmp_path / "out")) == 1


def test_a_stage_can_end_the_chain(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, set[str]]:
        async with Bench(ours("ends", "Ends"), ours("never", "Nothing")) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            return row, set(bench.journal.steps.of(row.id))

    row, steps = asyncio.run(scene())
    assert (row.state, row.reason, steps) == (State.DONE, "enough", {"ends"})


def test_stages_that_want_other_rights_get_another_worker(tmp_path: Path) -> None:
    async def scene() -> list[object]:
        chain = (ours("a", "Nothing"), ours("b", "WithRights"), ours("c", "Nothing"))
        async with Bench(*chain) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            steps = bench.journal.steps.of(row.id)
            return [steps[name].facts["pid"] for name in "abc"]

    assert len(set(asyncio.run(scene()))) == 3


def test_a_follower_sees_every_byte_before_the_stage_runs(tmp_path: Path) -> None:
    async def scene() -> object:
        async with Bench(ours("follows", "Follows")) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            return bench.journal.steps.of(row.id)["follows"].facts["followed"]

    assert asyncio.run(scene()) == len(LOG)


def test_what_is_no_dump_is_left_alone(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, int]:
        async with Bench(ours("never", "Dies")) as bench:
            row = await bench.carry(file_of(tmp_path / "x", b"\x7fELF" + bytes(100)), b"x")
            return row, len(bench.journal.outbox.pending())

    row, owed = asyncio.run(scene())
    assert (row.state, owed) == (State.IGNORED, 0)
    assert row.inspection is not None
    assert row.inspection.verdict is Verdict.NOT_A_DUMP


def test_a_dump_that_changes_while_a_stage_works_is_judged_afresh(tmp_path: Path) -> None:
    """The first revision makes no alert; the second one is about what is there now."""

    async def scene() -> tuple[DumpRow, DumpRow, list[str]]:
        async with Bench(ours("hangs", "Hangs", directory=tmp_path / "out")) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)
            task = asyncio.create_task(bench.runner.carry(row, transfer))
            await until(lambda: "hangs" in bench.notes.phases)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with (tmp_path / "log").open("ab") as file:
                file.write(b"more\n")
            bench.runner = bench.with_chain([ours("fine", "Nothing")])
            last = await bench.carry_on(bench.journal.dumps.get(row.id), transfer)
            events = [owed.alert.event for owed in bench.journal.outbox.pending()]
            return bench.journal.dumps.get(row.id), last, events

    first, last, events = asyncio.run(scene())
    assert (first.state, first.current) == (State.SUPERSEDED, False)
    assert (last.state, last.revision, last.previous) == (State.DONE, 2, first.id)
    assert events == ["dump.complete"]


def test_stages_see_the_bytes_that_were_judged_or_none(tmp_path: Path) -> None:
    """A stage that finds other bytes says so, and the dump is judged afresh."""

    async def scene() -> tuple[DumpRow, list[State]]:
        transfer = file_of(tmp_path / "log")
        async with Bench(ours("raises", "Raises", what="changed")) as bench:
            row = bench.add(transfer)
            following = await bench.runner.carry(row, transfer)
            assert following is not None
            rows = bench.journal.dumps.current()
            return following, [bench.journal.dumps.get(row.id).state, *(r.state for r in rows)]

    following, states = asyncio.run(scene())
    assert (following.revision, following.inspection) == (2, None)
    assert states == [State.SUPERSEDED, State.ARRIVING]


def test_half_a_file_never_shows_and_is_cleared_away(tmp_path: Path) -> None:
    async def scene() -> tuple[list[str], list[str]]:
        async with Bench(ours("hangs", "Hangs", directory=tmp_path / "out")) as bench:
            transfer = file_of(tmp_path / "log")
            task = asyncio.create_task(bench.carry(transfer))
            await until(lambda: (tmp_path / "out").is_dir() and os.listdir(tmp_path / "out"))
            during = os.listdir(tmp_path / "out")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return during, os.listdir(tmp_path / "out")

    during, after = asyncio.run(scene())
    assert [name[0] for name in during] == ["."]
    assert after == []


def test_a_file_that_was_no_dump_is_read_afresh_when_it_changes(tmp_path: Path) -> None:
    """A worker that died on what it was before counts no longer."""

    async def scene() -> tuple[DumpRow, DumpRow]:
        async with Bench(ours("good", "Nothing")) as bench:
            transfer = file_of(tmp_path / "x", b"\x7fELF" + bytes(100))
            row = bench.add(transfer, b"x")
            bench.journal.steps.die(row.id, READ, "SIGSEGV")
            first = await bench.carry_on(row, transfer)
            bench.journal.steps.die(row.id, READ, "SIGSEGV")
            (tmp_path / "x").write_bytes(LOG)
            row = bench.runner.revise(first, b"x", transfer.look(), "it changed")
            return first, await bench.carry_on(row, transfer)

    first, second = asyncio.run(scene())
    assert (first.state, second.state) == (State.IGNORED, State.DONE)
    assert second.id == first.id


def test_a_dump_on_which_workers_die_reading_is_parked(tmp_path: Path) -> None:
    """Only once its transfer is over; what it is then counts as its identity."""

    async def scene() -> tuple[DumpRow, int]:
        async with Bench(ours("never", "Nothing")) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)
            bench.journal.steps.die(row.id, READ, "SIGSEGV")
            bench.journal.steps.die(row.id, READ, "SIGSEGV")
            with (tmp_path / "log").open("ab") as file:
                file.write(b"more\n")
            row = await bench.carry_on(row, transfer)
            return row, len(bench.journal.outbox.pending())

    row, owed = asyncio.run(scene())
    assert (row.state, row.identity.size, owed) == (State.PARKED, len(LOG) + 5, 1)

"""What becomes of things that a stage began elsewhere for a dump it will never finish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.journal.rows import DumpRow, State
from pipeline.pauses import Pauses
from pipeline.running.abandoning import Abandoner
from tests.workers.harness import Bench, background, file_of, until


def remembers(root: Path, **config: str) -> Bench:
    known = {"gate": str(root / "gate"), "abandoned": str(root / "abandoned"), **config}
    return Bench(background("remembers", "Remembers", **known))


def abandoner(bench: Bench, *, first: float = 0.01) -> Abandoner:
    return Abandoner(
        bench.runner._chain,
        journal=bench.journal,
        lanes=bench.lanes,
        pauses=Pauses(first=first, longest=100),
    )


async def superseded(bench: Bench, root: Path) -> DumpRow:
    """A dump of which an upload is begun, and whose file then changes."""
    transfer = file_of(root / "log")
    row = bench.add(transfer)
    await bench.carry_on(row, transfer)
    row = bench.journal.dumps.get(row.id)
    assert row.state is State.ARCHIVING
    with (root / "log").open("ab") as file:
        file.write(b"more\n")
    bench.runner.revise(row, row.raw_name, transfer.look(), "it changed")
    assert bench.journal.dumps.get(row.id).state is State.SUPERSEDED
    return row


def tries(root: Path) -> list[str]:
    path = root / "abandoned"
    return path.read_text().splitlines() if path.exists() else []


async def looking(one: Abandoner, condition: Callable[[], object]) -> None:
    """Look again and again, as the daemon does."""

    def met() -> object:
        one.look()
        return condition()

    await until(met)
    await one.stop()


@pytest.mark.parametrize(("refuses", "times"), [("", 1), ("again", 2), ("die", 2), ("rejected", 1)])
def test_it_is_taken_back_however_often_that_takes(
    tmp_path: Path, refuses: str, times: int
) -> None:
    """With what was remembered, until it has worked or can never work; then it is forgotten."""

    async def scene() -> DumpRow:
        async with remembers(tmp_path, fault="again", refuses=refuses) as bench:
            row = await superseded(bench, tmp_path)
            one = abandoner(bench)
            await looking(one, lambda: not bench.journal.memory.orphans())
            return row

    row = asyncio.run(scene())
    assert tries(tmp_path) == [f"{row.id} 1"] * times


def test_a_stage_with_a_bug_is_not_asked_again_before_the_next_start(tmp_path: Path) -> None:
    """What it remembers stays: it may be mended by then."""

    async def scene() -> tuple[int, list[tuple[int, str]]]:
        async with remembers(tmp_path, fault="again", refuses="bug") as bench:
            await superseded(bench, tmp_path)
            one = abandoner(bench)
            await looking(one, lambda: tries(tmp_path) and not one._tasks)
            one.look()
            before = len(one._tasks)
            await looking(abandoner(bench), lambda: len(tries(tmp_path)) == 2)
            return before, bench.journal.memory.orphans()

    before, orphans = asyncio.run(scene())
    assert before == 0
    assert len(orphans) == 1


def test_what_a_stage_remembers_that_is_not_configured_is_left_alone(tmp_path: Path) -> None:
    async def scene() -> list[tuple[int, str]]:
        async with remembers(tmp_path, fault="again") as bench:
            await superseded(bench, tmp_path)
            bench.runner = bench.with_chain([])
            one = abandoner(bench)
            one.look()
            assert one._tasks == {}
            return bench.journal.memory.orphans()

    assert len(asyncio.run(scene())) == 1


def test_one_that_waits_for_a_retry_is_not_taken_back(tmp_path: Path) -> None:
    """Neither while it is postponed nor while it is parked."""

    async def scene() -> list[int]:
        async with remembers(tmp_path, fault="again") as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            one, seen = abandoner(bench), []
            for state in (State.ARCHIVING, State.PARKED):
                bench.journal.dumps.end(row.id, state, None, 1.0)
                one.look()
                seen.append(len(one._tasks))
            return seen

    assert asyncio.run(scene()) == [0, 0]


def test_taking_back_takes_no_place_from_uploads(tmp_path: Path) -> None:
    """The only one for uploads is taken, and it goes on all the same; and the other way round."""

    async def scene() -> list[str]:
        async with remembers(tmp_path, fault="again") as bench:
            await superseded(bench, tmp_path)
            async with bench.lanes._uploads:
                await looking(abandoner(bench), lambda: not bench.journal.memory.orphans())
            return tries(tmp_path)

    assert len(asyncio.run(scene())) == 1


def test_a_command_takes_back_once_what_it_leaves_unfinished(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, list[str]]:
        async with remembers(tmp_path, fault="again", refuses="again") as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            await abandoner(bench).once(row.id)
            return row, bench.journal.memory.stages(row.id)

    row, remembered = asyncio.run(scene())
    assert tries(tmp_path) == [f"{row.id} 1"]
    assert remembered == ["remembers"]

"""What is owed on a dump's way to its outcome: when a stage keeps failing, when it is coming."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from pipeline.journal.rows import DumpRow, OwedAlert, State
from pipeline.model import Severity
from pipeline.owing import Rule
from pipeline.plugin import Stage, Transfer
from pipeline.registry.discovery import Built
from tests.workers.growing import Trickle
from tests.workers.harness import LOG, LOG_NAME, Bench, file_of, ours, until


def raises(what: str) -> Built[Stage]:
    return ours("raises", "Raises", what=what)


def owed(bench: Bench, event: str) -> list[OwedAlert]:
    """All that was ever owed of this event for the only dump, sent or not."""
    return [each for each in bench.journal.outbox.of(1) if each.alert.event == event]


async def tries(bench: Bench, transfer: Transfer, row: DumpRow, count: int) -> list[int]:
    """Let a dump be tried again and again; returns how often that was told after each try."""
    told = []
    for _ in range(count):
        row = await bench.carry_on(row, transfer)
        told.append(len(owed(bench, "stage.failed")))
    return told


def test_a_stage_that_keeps_failing_is_told_at_the_third_time_and_not_again(
    tmp_path: Path,
) -> None:
    async def scene() -> tuple[list[int], OwedAlert, float | None]:
        async with Bench(raises("again")) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)
            told = await tries(bench, transfer, row, 3)
            next_try = bench.journal.dumps.get(row.id).next_try
            told += await tries(bench, transfer, bench.journal.dumps.get(row.id), 3)
            return told, owed(bench, "stage.failed")[0], next_try

    told, one, next_try = asyncio.run(scene())
    assert told == [0, 0, 1, 1, 1, 1]
    assert one.alert.topic == "failure:1"
    assert dict(one.alert.lines)["Reason"] == "later"
    assert one.alert.facts["next_try"] == next_try
    assert one.alert.facts["failures"] == 3


def test_a_long_pause_is_told_at_once(tmp_path: Path) -> None:
    async def scene() -> list[int]:
        async with Bench(raises("oserror"), first_pause=60) as bench:
            transfer = file_of(tmp_path / "log")
            return await tries(bench, transfer, bench.add(transfer), 2)

    assert asyncio.run(scene()) == [1, 1]


def test_after_a_retry_it_is_news_again(tmp_path: Path) -> None:
    async def scene() -> list[int]:
        async with Bench(raises("again"), first_pause=60) as bench:
            transfer = file_of(tmp_path / "log")
            told = await tries(bench, transfer, row := bench.add(transfer), 1)
            bench.journal.steps.forgive(row.id)
            return told + await tries(bench, transfer, bench.journal.dumps.get(row.id), 1)

    assert asyncio.run(scene()) == [1, 2]


def test_a_worker_that_dies_after_other_failures_is_told_too(tmp_path: Path) -> None:
    """The dump is done all the same, and its outcome replaces what was told before."""

    async def scene() -> tuple[DumpRow, list[OwedAlert], list[OwedAlert]]:
        dies = ours("dies", "Dies", times=1, counter=str(tmp_path / "deaths"))
        async with Bench(dies) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)
            for _ in range(2):
                bench.journal.steps.fail(row.id, "dies", "later")
            row = await bench.carry_on(row, transfer)
            return row, owed(bench, "stage.failed"), owed(bench, "dump.complete")

    row, failed, complete = asyncio.run(scene())
    assert row.state is State.DONE
    assert len(failed) == 1
    assert "SIGKILL" in dict(failed[0].alert.lines)["Reason"]
    assert dict(failed[0].alert.lines)["Next try"].startswith("at once")
    assert failed[0].alert.topic in complete[0].alert.supersedes


def test_what_parks_the_dump_is_told_as_that_alone(tmp_path: Path) -> None:
    async def scene(*chain: Built[Stage]) -> list[str]:
        async with Bench(*chain, first_pause=60) as bench:
            await bench.carry(file_of(tmp_path / "log"))
            return [each.alert.event for each in bench.journal.outbox.of(1)]

    assert asyncio.run(scene(raises("rejected"))) == ["dump.parked"]
    assert asyncio.run(scene(ours("dies", "Dies"))) == ["dump.parked"]


def test_nothing_of_a_failure_is_on_record_where_its_alert_is_not(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """The journal takes both or neither: a full volume loses no news."""

    async def scene() -> tuple[DumpRow, int]:
        async with Bench(raises("again"), first_pause=60) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)

            def full(*_: object, **__: object) -> None:
                raise RuntimeError("database or disk is full")

            monkeypatch.setattr(bench.journal.outbox, "owe", full)
            try:
                await bench.carry_on(row, transfer)
            except RuntimeError:
                return bench.journal.dumps.get(row.id), len(bench.journal.steps.of(row.id))
            raise AssertionError("it was owed")

    row, steps = asyncio.run(scene())
    assert row.next_try is None
    assert steps == 0


EVERYTHING = Rule(severity=Severity.INFO)


def test_a_dump_that_is_coming_is_told_once_whatever_starts_anew(tmp_path: Path) -> None:
    async def scene() -> tuple[list[OwedAlert], list[str]]:
        async with Bench(rule=EVERYTHING) as bench:
            transfer = Trickle(tmp_path / "log")
            transfer.write(LOG[:20])
            row = bench.add(transfer)
            for part in (LOG[20:30], LOG[30:40]):
                carrying = asyncio.create_task(bench.runner.carry(row, transfer))
                await until(lambda: "arriving" in bench.notes.phases)
                transfer.write(part)
                await until(lambda: owed(bench, "transfer.started"))
                await asyncio.sleep(0.6)  # a look or two more
                carrying.cancel()
                await asyncio.gather(carrying, return_exceptions=True)
            transfer.write(LOG[40:])
            transfer.over = "closed by its writer"
            await bench.carry_on(row, transfer)
            events = [each.alert.event for each in bench.journal.outbox.of(row.id)]
            return owed(bench, "transfer.started"), events

    started, events = asyncio.run(scene())
    assert events == ["transfer.started", "dump.complete"]
    assert started[0].alert.facts["size"] > 20
    assert started[0].alert.client == "10.0.40.7"


def test_what_merely_lies_there_is_not_coming(tmp_path: Path) -> None:
    """Neither a file that is finished, nor one of which nobody can say so yet."""

    async def scene() -> list[str]:
        async with Bench(rule=EVERYTHING) as bench:
            transfer = Trickle(tmp_path / "log")
            transfer.write(LOG)
            row = bench.add(transfer)
            carrying = asyncio.create_task(bench.runner.carry(row, transfer))
            await until(lambda: "arriving" in bench.notes.phases)
            await asyncio.sleep(0.6)
            transfer.over = "unchanged for 75 s"
            await carrying
            await bench.carry(file_of(tmp_path / "other"), LOG_NAME + b"0")
            return [each.alert.event for each in bench.journal.outbox.pending()]

    assert asyncio.run(scene()) == ["dump.complete", "dump.complete"]

"""One source's intake, in this process: who gets a place, and who holds a file open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.daemon import intake
from pipeline.daemon.intake import Intake
from pipeline.daemon.live_report import LiveReport
from pipeline.journal.rows import State
from pipeline.pauses import Pauses
from pipeline.registry.discovery import load_class
from tests.workers.harness import LOG, Bench, background, ours, until


def watching(bench: Bench, dumps: Path) -> Intake:
    source = load_class("pipeline.sources.directory:DirectorySource")(
        path=dumps, settle_seconds=0.05
    )
    return Intake(
        "directory",
        source.start(lambda: None),
        journal=bench.journal,
        runner=bench.runner,
        observer=LiveReport(bench.journal),
        pauses=Pauses(first=0.1, longest=1),
        wake=lambda: None,
    )


async def looking(one: Intake, condition: Callable[[], object]) -> None:
    def met() -> object:
        one.look()
        return condition()

    await until(met)


def opened(dumps: Path) -> int:
    """How many files below it this process holds open."""
    wanted = {path.stat().st_ino for path in dumps.iterdir()}
    found = 0
    for name in os.listdir("/dev/fd"):
        try:
            found += os.fstat(int(name)).st_ino in wanted
        except OSError:
            continue
    return found


def test_dumps_that_wait_for_a_dead_remote_take_no_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many more than there are places: they hold nothing open, and new ones are announced."""
    monkeypatch.setattr(intake, "MOST_LIVE", 3)
    dumps, gate = tmp_path / "dumps", tmp_path / "gate"
    dumps.mkdir()

    async def scene() -> tuple[list[State], int, list[str]]:
        async with Bench(background("sends", "SendsAway", gate=str(gate))) as bench:
            one = watching(bench, dumps)
            for number in range(10):
                (dumps / f"dump-{number}").write_bytes(LOG)
            await looking(one, lambda: bench.journal.dumps.counts().get(State.ARCHIVING) == 10)
            await looking(one, lambda: not one._live)
            (dumps / "one-more").write_bytes(LOG)
            await looking(one, lambda: bench.journal.dumps.counts().get(State.ARCHIVING) == 11)
            await looking(one, lambda: not one._live)
            held = opened(dumps)
            alerts = [owed.alert.event for owed in bench.journal.outbox.pending()]
            gate.touch()
            await looking(one, lambda: bench.journal.dumps.counts().get(State.DONE) == 11)
            await one.stop()
            return [row.state for row in bench.journal.dumps.current()], held, alerts

    states, held, alerts = asyncio.run(scene())
    assert states == [State.DONE] * 11
    assert (held, alerts) == (0, ["dump.complete"] * 11)


def test_what_must_still_be_archived_from_its_file_keeps_it_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted while it waits for its archive, it is archived all the same."""
    dumps, gate = tmp_path / "dumps", tmp_path / "gate"
    dumps.mkdir()

    async def scene() -> list[State]:
        stages = (
            ours("zips", "Writes", directory=tmp_path / "zips", kind="zip"),
            background("archives", "Archives", directory=tmp_path / "spool", gate=str(gate)),
            background("sends", "Sends"),
        )
        async with Bench(*stages) as bench:
            one = watching(bench, dumps)
            (dumps / "paniclog-xnu-1-10.0.0.1-ab").write_bytes(LOG)
            await looking(one, lambda: bench.journal.dumps.by_state(State.ARCHIVING))
            os.unlink(dumps / "paniclog-xnu-1-10.0.0.1-ab")
            for _ in range(3):
                one.look()
                await asyncio.sleep(0.05)
            gate.touch()
            await looking(one, lambda: bench.journal.dumps.by_state(State.DONE))
            await one.stop()
            return [row.state for row in bench.journal.dumps.current()]

    assert asyncio.run(scene()) == [State.DONE]


def test_a_retry_of_a_dump_whose_file_is_not_needed_goes_on_without_it(tmp_path: Path) -> None:
    """Also where the file has gone while it was parked."""
    dumps = tmp_path / "dumps"
    dumps.mkdir()

    async def scene() -> list[State]:
        stages = (
            background("archives", "Archives", directory=tmp_path / "spool"),
            background("sends", "Sends", what="rejected"),
        )
        async with Bench(*stages) as bench:
            one = watching(bench, dumps)
            (dumps / "paniclog-xnu-1-10.0.0.1-ab").write_bytes(LOG)
            await looking(one, lambda: bench.journal.dumps.by_state(State.PARKED))
            await one.stop()
            os.unlink(dumps / "paniclog-xnu-1-10.0.0.1-ab")
            stages = (stages[0], background("sends", "Sends"))
            bench.runner = bench.with_chain(stages)
            bench.journal.dumps.reopen(1)
            one = watching(bench, dumps)
            await looking(one, lambda: bench.journal.dumps.by_state(State.DONE, State.GONE))
            await one.stop()
            return [row.state for row in bench.journal.dumps.current()]

    assert asyncio.run(scene()) == [State.DONE]

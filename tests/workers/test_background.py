"""What happens after the announcement: stages in the background, and without the dump's file."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from pipeline.journal.rows import DumpRow, State
from pipeline.model import Alert
from pipeline.plugin import Stage
from pipeline.registry.discovery import Built
from pipeline.running.absent import Absent
from tests.workers.harness import LOG, Bench, background, file_of, ours, until


def chain(out: Path, **sends: object) -> tuple[Built[Stage], ...]:
    return (
        ours("zips", "Writes", directory=out / "zips", kind="zip"),
        background("archives", "Archives", directory=out / "spool"),
        background("sends", "Sends", **sends),
    )


def told(bench: Bench) -> list[Alert]:
    return [owed.alert for owed in bench.journal.outbox.pending()]


def events(bench: Bench) -> list[str]:
    return [alert.event for alert in told(bench)]


def test_a_dump_is_announced_while_its_archive_waits(tmp_path: Path) -> None:
    """As if it were done, and once; what comes later is told apart."""
    gate = tmp_path / "gate"

    async def scene() -> tuple[list[str], DumpRow, list[Alert], DumpRow]:
        async with Bench(*chain(tmp_path, gate=str(gate))) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)
            task = asyncio.create_task(bench.carry_on(row, transfer))
            await until(lambda: "sends" in bench.notes.phases)
            before, during = events(bench), bench.journal.dumps.get(row.id)
            gate.touch()
            return before, during, told(bench), await task

    before, during, _, row = asyncio.run(scene())
    assert before == ["dump.complete"]
    assert (during.state, during.ended) == (State.ARCHIVING, None)
    assert during.announced is not None
    assert (row.state, row.announced) == (State.DONE, during.announced)


def test_the_announcement_reads_as_that_of_a_dump_that_is_done(tmp_path: Path) -> None:
    async def scene() -> tuple[Alert, Alert]:
        zips = ours("zips", "Writes", directory=tmp_path / "zips", kind="zip")
        async with Bench(*chain(tmp_path, what="again")) as bench:
            await bench.carry(file_of(tmp_path / "log"))
            announced = told(bench)[0]
        async with Bench(zips) as bench:
            await bench.carry(file_of(tmp_path / "log"))
            return announced, told(bench)[0]

    announced, done = asyncio.run(scene())
    assert announced.title == done.title
    labels = [[line.split(":")[0] for line in a.body.splitlines()] for a in (announced, done)]
    assert labels[0] == labels[1]
    assert announced.facts["state"] == done.facts["state"] == "done"


def test_what_has_reached_its_archive_is_told_with_the_way_back(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, list[Alert]]:
        async with Bench(*chain(tmp_path)) as bench:
            return await bench.carry(file_of(tmp_path / "log")), told(bench)

    row, alerts = asyncio.run(scene())
    assert [alert.event for alert in alerts] == ["dump.complete", "dump.archived"]
    assert alerts[1].title == "10.0.40.7: paniclog archived"
    assert alerts[1].body.splitlines()[:5] == [
        "Mac: 10.0.40.7",
        'Panic: panic(cpu 2 caller 0xfffffe0012345678): "test" @file.c:1',
        f"Archive: s3://bucket/{row.name}/a.arc",
        f"File: {row.name}, {len(LOG)} bytes; {len(LOG)} bytes in the archive",
        f"Next: to get it back: panicpipe archive get {hashlib.sha256(LOG).hexdigest()[:16]}",
    ]


def test_a_link_to_the_archive_is_told_to_those_who_get_alerts_and_to_no_log(
    tmp_path: Path,
) -> None:
    link = "https://s3.example.com/panics/a.arc?X-Amz-Signature=0123456789abcdef"

    async def scene() -> tuple[list[Alert], list[str]]:
        async with Bench(*chain(tmp_path, link=link)) as bench:
            await bench.carry(file_of(tmp_path / "log"))
            return told(bench), bench.notes.notes

    alerts, notes = asyncio.run(scene())
    assert dict(alerts[1].lines)["Link"].startswith(f"{link} (anybody who has it can read the")
    assert not any("Link" in dict(alert.lines) for alert in alerts[:1])
    assert notes
    assert not any("Signature" in note for note in notes)


def test_a_chain_without_background_stages_tells_one_outcome(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, list[str]]:
        async with Bench(ours("a", "Nothing"), ours("b", "WithRights")) as bench:
            return await bench.carry(file_of(tmp_path / "log")), events(bench)

    row, alerts = asyncio.run(scene())
    assert (row.state, alerts) == (State.DONE, ["dump.complete"])


def test_a_stage_in_front_of_others_delays_the_announcement(tmp_path: Path) -> None:
    """Only where nothing but background work remains is there nothing to wait for."""

    async def scene() -> tuple[DumpRow, list[str]]:
        stages = (
            background("archives", "Archives", directory=tmp_path / "spool"),
            ours("parks", "Raises", what="again"),
            background("sends", "Sends"),
        )
        async with Bench(*stages) as bench:
            return await bench.carry(file_of(tmp_path / "log")), events(bench)

    row, alerts = asyncio.run(scene())
    assert (row.state, row.announced, alerts) == (State.PENDING, None, [])


def test_a_passing_fault_of_the_archive_waits_and_tells_nobody(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, DumpRow, list[str]]:
        async with Bench(*chain(tmp_path, what="again")) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            await bench.runner.carry(row, Absent(row.identity))
            return row, bench.journal.dumps.get(row.id), events(bench)

    first, second, alerts = asyncio.run(scene())
    assert (first.state, second.state, alerts) == (State.ARCHIVING,) * 2 + (["dump.complete"],)
    assert "the server does not answer" in (second.reason or "")
    assert (first.next_try or 0) < (second.next_try or 0)


def test_what_gets_further_each_time_does_not_wait_longer_each_time(tmp_path: Path) -> None:
    """An upload of days over a line that breaks every hour; it waits longer once it is stuck."""

    async def scene() -> list[int]:
        async with Bench(ours("a", "Nothing"), background("b", "Advances", parts=3)) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            attempts = []
            for _ in range(5):
                attempts.append(bench.journal.steps.of(row.id)["b"].attempts)
                await bench.runner.carry(bench.journal.dumps.get(row.id), Absent(row.identity))
            return attempts

    assert asyncio.run(scene()) == [1, 1, 1, 2, 3]


def test_a_refused_archive_is_parked_once_and_the_zip_is_still_there(tmp_path: Path) -> None:
    """Taken up again it goes on with what was announced, and is not announced again."""

    async def scene() -> tuple[DumpRow, list[Alert], DumpRow, list[str]]:
        async with Bench(*chain(tmp_path, what="rejected")) as bench:
            parked = await bench.carry(file_of(tmp_path / "log"))
            alerts = told(bench)
            bench.journal.steps.forgive(parked.id)
            bench.journal.dumps.reopen(parked.id)
            bench.runner = bench.with_chain(chain(tmp_path))
            row = bench.journal.dumps.get(parked.id)
            done = await bench.carry_on(row, Absent(row.identity))
            return parked, alerts, done, events(bench)

    parked, alerts, done, later = asyncio.run(scene())
    assert (parked.state, parked.reason) == (State.PARKED, "sends: no such bucket")
    assert [alert.event for alert in alerts] == ["dump.complete", "dump.parked"]
    text = alerts[1].body
    assert "Reason: sends: no such bucket" in text
    assert "Not lost: the zip is there; only the archive waits" in text
    assert f"panicpipe retry {parked.id}" in text
    assert done.state is State.DONE
    # Nobody was told yet that it was parked, and nobody needs to be any more.
    assert later == ["dump.complete", "dump.archived"]


def test_workers_that_die_in_the_background_park_what_was_announced(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, list[str]]:
        async with Bench(background("remembers", "Remembers", gate=str(tmp_path / "no"))) as bench:
            return await bench.carry(file_of(tmp_path / "log")), events(bench)

    row, alerts = asyncio.run(scene())
    assert (row.state, alerts) == (State.PARKED, ["dump.complete", "dump.parked"])
    assert row.announced is not None


def test_a_remote_that_hangs_holds_up_no_other_dump(tmp_path: Path) -> None:
    """One place for uploads, and it is taken: the next dumps are zipped, told and archived."""
    gate = tmp_path / "gate"

    async def scene() -> tuple[list[State], list[str], list[State]]:
        async with Bench(*chain(tmp_path, gate=str(gate))) as bench:
            transfers = [file_of(tmp_path / f"log{n}", LOG + b"x" * n) for n in range(5)]
            rows = [
                bench.add(each, f"paniclog-xnu-1-10.0.0.{n}-ab".encode())
                for n, each in enumerate(transfers)
            ]
            tasks = [
                asyncio.create_task(bench.carry_on(row, each))
                for row, each in zip(rows, transfers, strict=True)
            ]
            spool = tmp_path / "spool"
            await until(lambda: spool.is_dir() and len(list(spool.glob("*.arc"))) == 5)
            await until(lambda: len(events(bench)) == 5)
            during = [bench.journal.dumps.get(row.id).state for row in rows]
            alerts = events(bench)
            gate.touch()
            return during, alerts, [row.state for row in await asyncio.gather(*tasks)]

    during, alerts, after = asyncio.run(scene())
    assert during == [State.ARCHIVING] * 5
    assert alerts == ["dump.complete"] * 5
    assert after == [State.DONE] * 5


def test_a_stage_that_does_not_read_the_dump_gets_none(tmp_path: Path) -> None:
    async def scene() -> tuple[object, int]:
        async with Bench(*chain(tmp_path)) as bench:
            transfer = file_of(tmp_path / "log")
            row = await bench.carry(transfer)
            facts = bench.journal.steps.of(row.id)["sends"].facts
            return facts["open"], transfer.look().inode

    held, inode = asyncio.run(scene())
    assert str(inode) not in (held if isinstance(held, list) else [])


def test_a_stage_that_reads_in_spite_of_what_its_class_says_is_parked(tmp_path: Path) -> None:
    """It would take a dump that is not there for an empty one."""

    async def scene() -> DumpRow:
        async with Bench(*chain(tmp_path, what="reads")) as bench:
            return await bench.carry(file_of(tmp_path / "log"))

    row = asyncio.run(scene())
    assert row.state is State.PARKED
    assert "does not" in (row.reason or "")


def test_a_stage_without_the_dump_cannot_have_it_judged_afresh(tmp_path: Path) -> None:
    """What it says has changed is not there to be read again."""

    async def scene() -> DumpRow:
        async with Bench(*chain(tmp_path, what="changed")) as bench:
            return await bench.carry(file_of(tmp_path / "log"))

    row = asyncio.run(scene())
    assert row.state is State.PARKED
    assert "does not read the dump" in (row.reason or "")


def test_the_file_is_let_go_before_the_archive_waits(tmp_path: Path) -> None:
    """Carried with the file it goes as far as somebody reads it, then it asks for no more."""

    async def scene() -> tuple[State, bool, list[str]]:
        async with Bench(*chain(tmp_path, tries=str(tmp_path / "tries"))) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)
            await bench.runner.carry(row, transfer)
            row = bench.journal.dumps.get(row.id)
            return row.state, bench.runner.goes_on_without_file(row), events(bench)

    assert asyncio.run(scene()) == (State.ARCHIVING, True, ["dump.complete"])
    assert not (tmp_path / "tries").exists()


def test_a_file_that_is_gone_before_its_archive_was_made_is_told_as_such(tmp_path: Path) -> None:
    async def scene() -> tuple[DumpRow, list[Alert]]:
        stages = (
            ours("zips", "Writes", directory=tmp_path / "zips", kind="zip"),
            background("archives", "Archives", directory=tmp_path / "no" / "spool"),
            background("sends", "Sends"),
        )
        async with Bench(*stages) as bench:
            (tmp_path / "no").write_text("in the way")
            row = await bench.carry(file_of(tmp_path / "log"))
            assert row.state is State.ARCHIVING
            bench.runner.end_without_file(row)
            return bench.journal.dumps.get(row.id), told(bench)

    row, alerts = asyncio.run(scene())
    assert row.state is State.GONE
    assert [alert.event for alert in alerts] == ["dump.complete", "dump.gone"]
    assert alerts[1].title == "10.0.40.7: dump disappeared before it was archived"
    lines = alerts[1].body.splitlines()
    assert any(line.startswith(f"Zip: {tmp_path}/zips/") for line in lines)
    assert "Reason: the file was removed or moved away before archives had read it" in lines
    assert "Not lost: the zip is there; only the archive is not" in lines


# Releases.


def sealing(out: Path) -> tuple[Built[Stage], ...]:
    return (
        background("archives", "Archives", directory=out),
        background("seals", "Seals", directory=out),
        background("sends", "Sends"),
    )


def test_what_a_later_stage_releases_is_removed(tmp_path: Path) -> None:
    """Seals replaces the archive by its own, and sends releases that: nothing is left."""

    async def scene() -> tuple[DumpRow, list[tuple[str, str | None]], object]:
        async with Bench(*sealing(tmp_path / "spool")) as bench:
            row = await bench.carry(file_of(tmp_path / "log"))
            former = bench.journal.steps.removed(row.id)
            size = bench.journal.steps.of(row.id)["sends"].facts["size"]
            assert bench.journal.steps.artifacts(row.id) == []
            return row, [(one.suffix, one.removed_why) for one in former], size

    row, former, size = asyncio.run(scene())
    assert row.state is State.DONE
    assert os.listdir(tmp_path / "spool") == []
    assert former == [(".arc", "released by seals"), (".sealed", "released by sends")]
    assert size == len(LOG) + len("sealed: ")


def test_a_file_that_took_a_released_ones_name_stays(tmp_path: Path) -> None:
    async def scene() -> list[str | None]:
        async with Bench(*sealing(tmp_path / "spool")[:2]) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)
            real = bench.publisher.remove_released
            bench.publisher.remove_released = lambda dump=None: []  # type: ignore[method-assign]
            await bench.carry_on(row, transfer)
            (one,) = bench.journal.steps.released(row.id)
            path = Path(one.directory, one.name)
            path.rename(path.with_suffix(".mine"))
            path.write_text("somebody's")
            real()
            return [former.removed_why for former in bench.journal.steps.removed(row.id)]

    assert asyncio.run(scene()) == ["released by seals; it was gone already"]
    assert any(path.read_text() == "somebody's" for path in (tmp_path / "spool").glob("*.arc"))


def test_a_stage_may_release_only_what_it_needs(tmp_path: Path) -> None:
    """A worker that has gone astray must not have the zip removed."""

    async def scene() -> DumpRow:
        stages = (
            ours("zips", "Writes", directory=tmp_path / "zips", kind="zip"),
            background("archives", "Archives", directory=tmp_path / "spool"),
            background("seals", "Seals", directory=tmp_path / "spool", releases="zip"),
        )
        async with Bench(*stages) as bench:
            return await bench.carry(file_of(tmp_path / "log"))

    row = asyncio.run(scene())
    assert (row.state, row.reason) == (State.PARKED, "seals: releases what it does not need: zip")
    assert len(os.listdir(tmp_path / "zips")) == 1


# Memory.


def test_what_a_step_remembers_survives_its_worker_and_goes_with_its_end(tmp_path: Path) -> None:
    gate = tmp_path / "gate"

    async def scene() -> tuple[DumpRow, object, list[str]]:
        async with Bench(background("remembers", "Remembers", gate=str(gate))) as bench:
            transfer = file_of(tmp_path / "log")
            row = bench.add(transfer)
            parked = await bench.carry_on(row, transfer)
            assert parked.state is State.PARKED
            assert bench.journal.memory.value(row.id, "remembers", "runs") == 2
            gate.touch()
            bench.journal.dumps.reopen(row.id)
            row = await bench.carry_on(bench.journal.dumps.get(row.id), transfer)
            facts = bench.journal.steps.of(row.id)["remembers"].facts
            return row, facts["runs"], bench.journal.memory.stages(row.id)

    row, runs, remembered = asyncio.run(scene())
    assert (row.state, runs, remembered) == (State.DONE, 3, [])


@pytest.mark.parametrize(
    ("key", "length", "says"),
    [
        ("a b", 1, "impossible key"),
        ("k" * 65, 1, "impossible key"),
        ("k", 70_000, "70002 bytes"),
    ],
)
def test_what_no_stage_may_remember_parks_it(
    tmp_path: Path, key: str, length: int, says: str
) -> None:
    async def scene() -> DumpRow:
        async with Bench(background("asks", "AsksTooMuch", key=key, length=length)) as bench:
            return await bench.carry(file_of(tmp_path / "log"))

    row = asyncio.run(scene())
    assert row.state is State.PARKED
    assert says in (row.reason or "")

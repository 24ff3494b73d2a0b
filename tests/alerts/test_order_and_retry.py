"""Each route sends in order, by itself, until it is sent."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import time
from pathlib import Path

import pytest

from pipeline.journal import Journal
from pipeline.pauses import Pauses
from tests.alerts.lane import Lane, alert, built, running, send_all, until
from tests.alerts.plugins import Diary, Hang, Many

TITLES = [f"alert {number}" for number in range(4)]


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_alerts_go_out_in_the_order_they_were_owed(lane: Lane, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    alerts = send_all(lane, lane.outbox(built(Diary(file=str(diary)))), *TITLES)
    assert lines(diary) == TITLES
    assert all(each.sent and each.attempts == 1 and each.error is None for each in alerts)


def test_an_alert_owed_while_the_lane_runs_is_sent_at_once(lane: Lane, tmp_path: Path) -> None:
    """The lane sleeps without a timer; `wake` is what ends it."""
    diary = tmp_path / "diary"

    async def life() -> None:
        outbox = lane.outbox(built(Diary(file=str(diary))))
        async with running(outbox):
            for title in TITLES[:3]:
                lane.owe(outbox, title)
                await until(lambda title=title: lines(diary)[-1:] == [title])  # type: ignore[misc]

    asyncio.run(life())


def test_a_later_alert_waits_for_an_earlier_one_that_cannot_be_sent(
    lane: Lane, tmp_path: Path
) -> None:
    diary, closed = tmp_path / "diary", tmp_path / "diary.closed"
    closed.touch()

    async def life() -> None:
        outbox = lane.outbox(built(Diary(file=str(diary))))
        lane.owe(outbox, *TITLES[:2])
        async with running(outbox):
            await until(lambda: lane.alerts()[0].attempts >= 2)
            assert lane.alerts()[1].attempts == 0
            assert not diary.exists()
            closed.unlink()
            await until(lane.settled)

    asyncio.run(life())
    assert lines(diary) == TITLES[:2]


def test_a_failed_alert_is_owed_with_its_reason_after_growing_pauses(
    lane: Lane, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "diary.closed").touch()
    outbox = lane.outbox(
        built(Diary(file=str(tmp_path / "diary"))), pauses=Pauses(first=1000, longest=4000)
    )

    async def life() -> None:
        lane.owe(outbox, "late")
        async with running(outbox):
            for attempts, pause in enumerate((1000, 2000, 4000, 4000), 1):
                await until(lambda attempts=attempts: lane.alerts()[0].attempts == attempts)  # type: ignore[misc]
                assert 0 < lane.alerts()[0].next_try - time.time() - pause / 2 < pause
                lane.hurry()
                outbox.wake()

    asyncio.run(life())
    told = re.findall(r"the diary is closed; next try in (\d+) s", caplog.text)
    assert told[:4] == ["1000", "2000", "4000", "4000"]
    assert lane.alerts()[0].error == "the diary is closed"
    assert lane.alerts()[0].sent is None


def test_pauses_survive_a_restart(lane: Lane, tmp_path: Path) -> None:
    """A new outbox neither forgets the alert nor tries it before its time."""
    diary, closed = tmp_path / "diary", tmp_path / "diary.closed"
    closed.touch()
    long, notifier = Pauses(first=3600, longest=7200), built(Diary(file=str(diary)))

    async def first_life() -> None:
        outbox = lane.outbox(notifier, pauses=long)
        lane.owe(outbox, "late")
        async with running(outbox):
            await until(lambda: lane.alerts()[0].attempts == 1)

    async def second_life() -> None:
        lane.journal.close()
        lane.journal = Journal.open(lane.place)
        outbox = lane.outbox(notifier, pauses=long)
        async with running(outbox):
            outbox.wake()
            await asyncio.sleep(0.3)
            assert lane.alerts()[0].attempts == 1
            lane.hurry()
            outbox.wake()
            await until(lane.settled)

    asyncio.run(first_life())
    closed.unlink()
    asyncio.run(second_life())
    assert lines(diary) == ["late"]


def test_a_clock_that_was_set_back_makes_no_pause_longer(lane: Lane, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    outbox = lane.outbox(built(Diary(file=str(diary))))
    lane.owe(outbox, "late")
    lane.journal.outbox.postpone(1, "before the clock was set", time.time() + 10 * 365 * 86400)
    send_all(lane, outbox)
    assert lines(diary) == ["late"]


def test_failing_and_hanging_routes_delay_no_other(lane: Lane, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    (tmp_path / "closed.closed").touch()
    outbox = lane.outbox(
        built(Hang(file=str(tmp_path / "hung")), "hanging"),
        built(Diary(file=str(tmp_path / "closed")), "failing"),
        built(Diary(file=str(diary)), "working"),
        limit=60,
    )

    async def life() -> None:
        async with running(outbox):
            lane.owe(outbox, *TITLES[:2])
            # No other order can be relied on: each alert is sent by a process of its own.
            await until((tmp_path / "hung").exists)
            await until(lambda: lines(diary) == TITLES[:2])

    asyncio.run(life())
    assert all(each.sent is None for each in lane.alerts() if each.route != "working")


def test_a_retry_to_one_destination_does_not_repeat_to_another(lane: Lane, tmp_path: Path) -> None:
    """A notifier with several destinations gets a route for each."""
    good, bad = tmp_path / "good", tmp_path / "bad"
    (tmp_path / "bad.closed").touch()

    async def life() -> None:
        outbox = lane.outbox(built(Many(files=(str(bad), str(good)))))
        assert outbox.routes == ("ops/bad", "ops/good")
        async with running(outbox):
            lane.owe(outbox, "once")
            await until(lambda: lane.alerts()[0].attempts >= 3)
            (tmp_path / "bad.closed").unlink()
            await until(lane.settled)

    asyncio.run(life())
    assert lines(bad) == ["once"]
    assert lines(good).count("once") == 1


def test_alerts_of_a_notifier_that_is_gone_from_the_configuration_are_dropped_aloud(
    lane: Lane, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lane.journal.outbox.owe(lane.dump, ["former"], alert(), 1.0)
    alerts = send_all(lane, lane.outbox(built(Diary(file=str(tmp_path / "d")))), "news")
    assert alerts[0].dropped == "its notifier is no longer configured"
    assert "to former: dropped" in caplog.text
    assert lines(tmp_path / "d") == ["news"]


def test_an_alert_superseded_on_its_way_counts_as_sent(lane: Lane, tmp_path: Path) -> None:
    """What was sent is said to be sent, though a newer revision has replaced it meanwhile."""
    lane.journal.outbox.owe(lane.dump, ["ops"], alert(), 1.0)
    lane.journal.outbox.supersede("ops", lane.dump, 9)
    lane.journal.outbox.mark_sent(1, 5.0)
    assert (lane.alerts()[0].sent, lane.alerts()[0].dropped) == (5.0, None)


def test_a_superseded_alert_is_not_sent(lane: Lane, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    outbox = lane.outbox(built(Diary(file=str(diary))))
    lane.owe(outbox, "old")
    lane.journal.outbox.supersede("ops", lane.dump, 9)
    send_all(lane, outbox, "new")
    assert lines(diary) == ["new"]


def test_no_slip_is_left_when_all_is_sent(lane: Lane, tmp_path: Path) -> None:
    send_all(lane, lane.outbox(built(Diary(file=str(tmp_path / "d")))), *TITLES[:2])
    assert os.listdir(lane.place / "receipts") == []


def test_slips_that_no_alert_asks_about_are_removed_at_the_next_start(
    lane: Lane, tmp_path: Path
) -> None:
    outbox = lane.outbox(built(Diary(file=str(tmp_path / "d"))))
    for name in ("99-0", "1-7", "strange", "1-0"):
        (lane.place / "receipts" / name).write_text("")
    lane.owe(outbox, "x")
    send_all(lane, outbox)
    assert os.listdir(lane.place / "receipts") == []


def test_pauses_double_up_to_the_longest() -> None:
    pauses = Pauses(first=2, longest=30)
    assert [pauses.after(n) for n in (0, 1, 2, 3, 4, 5, 10**6)] == [2, 2, 4, 8, 16, 30, 30]
    assert all(b >= a for a, b in itertools.pairwise(pauses.after(n) for n in range(200)))
    assert pauses.remaining(next_try=105, now=100) == 5
    assert pauses.remaining(next_try=99, now=100) == 0
    assert pauses.remaining(next_try=131, now=100) == 0

"""The lane with its children: what a service answers, through the journal, to the next try."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from pathlib import Path

import msgspec
import pytest

from pipeline.alerts import sender
from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.alerts.sender import Letter, Recipe
from pipeline.errors import TryAgain
from pipeline.journal import Journal
from pipeline.messages import Style
from pipeline.owing import Rule
from pipeline.pauses import Pauses
from tests.alerts.lane import Lane, alert, built, running, send_all, until
from tests.alerts.plugins import Diary, Ledger
from tests.owing.office import events, panic


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


def says(ledger: Path, what: str | None) -> None:
    orders = ledger.with_name("ledger.says")
    orders.unlink() if what is None else orders.write_text(what)


def taken(ledger: Path) -> list[tuple[str, str]]:
    """The key and the title of every message that the service took."""
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_what_the_service_answers_is_in_the_log(
    lane: Lane, ledger: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "panicpipe")
    send_all(lane, lane.outbox(built(Ledger(file=str(ledger)))), "x")
    assert "alert: dump.complete of dump 1 to ops: sent: taken down" in caplog.text
    assert lane.journal.routes.find("ops").last_sent is not None


def test_a_message_has_the_same_key_at_every_try(lane: Lane, ledger: Path) -> None:
    """The first of its kind that the service has taken is lost on the way back."""
    notifier = built(Ledger(file=str(ledger), seconds=60))

    async def life() -> None:
        outbox = lane.outbox(notifier, limit=1.5)
        lane.owe(outbox, "x")
        async with running(outbox):
            await until(lambda: len(taken(ledger)) >= 2)

    asyncio.run(life())
    assert len(set(taken(ledger))) == 1
    assert taken(ledger)[0] == (lane.journal.outbox.key(1), "x")


def test_retry_after_is_honoured_for_the_route_across_a_restart(lane: Lane, ledger: Path) -> None:
    says(ledger, "429 1800")
    notifier = built(Ledger(file=str(ledger)))

    async def first_life() -> None:
        outbox = lane.outbox(notifier)
        lane.owe(outbox, "a", "b")
        async with running(outbox):
            await until(lambda: lane.alerts()[0].attempts)

    async def second_life() -> None:
        lane.journal.close()
        lane.journal = Journal.open(lane.place)
        outbox = lane.outbox(notifier)
        async with running(outbox):
            lane.hurry()  # the pause of the alert itself is over
            outbox.wake()
            await asyncio.sleep(0.5)
            assert [each.attempts for each in lane.alerts()] == [1, 0]
            with sqlite3.connect(lane.place / "journal.sqlite3") as connection:
                connection.execute("UPDATE routes SET not_before = not_before - 1800")
            connection.close()
            outbox.wake()
            await until(lane.settled)

    before = time.time()
    asyncio.run(first_life())
    assert before + 1800 <= lane.journal.routes.find("ops").not_before <= time.time() + 1800
    says(ledger, None)
    asyncio.run(second_life())
    assert [title for _, title in taken(ledger)] == ["a", "b"]


def test_a_refused_alert_stays_owed_with_its_reason_and_the_next_one_goes_out(
    lane: Lane, ledger: Path
) -> None:
    says(ledger, "400")

    async def life() -> None:
        outbox = lane.outbox(built(Ledger(file=str(ledger))))
        lane.owe(outbox, "odd")
        async with running(outbox):
            await until(lambda: lane.alerts()[0].aside)
            says(ledger, None)
            lane.owe(outbox, "good")
            await until(lambda: lane.alerts()[1].sent)
            odd = lane.alerts()[0]
            assert (odd.sent, odd.dropped, odd.error) == (None, None, "400: not like this")
            lane.hurry()
            outbox.wake()
            await until(lane.settled)

    asyncio.run(life())
    assert [title for _, title in taken(ledger)] == ["good", "odd"]


def test_a_failing_route_is_told_of_by_another_as_soon_as_it_is_known(
    lane: Lane, ledger: Path, tmp_path: Path
) -> None:
    """Its lane sleeps at that time."""
    says(ledger, "429 0.01")
    diary = tmp_path / "diary"

    async def life() -> None:
        outbox = lane.outbox(built(Ledger(file=str(ledger)), "a"), built(Diary(file=str(diary))))
        async with running(outbox):
            lane.journal.outbox.owe(lane.dump, ["a"], alert("x"), 1.0)
            outbox.wake()
            await until(diary.exists)
            says(ledger, None)
            await until(lane.settled)

    asyncio.run(life())
    assert diary.read_text().startswith("alerts to a do not get through")
    assert lane.journal.routes.find("a").failing_since is None
    assert not lane.journal.conditions.of_kind("route.failing")


def test_a_panic_loop_is_told_in_two_messages_and_every_fact_is_marked_as_sent(
    lane: Lane, ledger: Path
) -> None:
    async def life() -> None:
        outbox = lane.outbox(built(Ledger(file=str(ledger))), rule=Rule(group_seconds=2.0))
        async with running(outbox):
            for number in range(100):
                outbox.desk.owe(lane.dump, panic(number), time.time())
            outbox.wake()
            await until(lane.settled)

    asyncio.run(life())
    assert [title for _, title in taken(ledger)] == [
        "10.0.40.7: core complete",
        "10.0.40.7: 99 more like this: core complete",
    ]
    assert all(each.sent for each in lane.alerts())
    assert events(lane.alerts()) == ["dump.complete"] * 100


def test_held_alerts_are_sent_by_the_next_daemon(lane: Lane, ledger: Path) -> None:
    first = lane.outbox(built(Ledger(file=str(ledger))), rule=Rule(group_seconds=1.0))
    for number in range(3):
        first.desk.owe(lane.dump, panic(number), time.time())
    send_all(lane, lane.outbox(built(Ledger(file=str(ledger)))))
    assert len(taken(ledger)) == 2


def test_an_alert_that_cannot_be_rendered_is_sent_in_plain_words(
    lane: Lane,
    ledger: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As while an upgrade replaces the library for templates."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "jinja2.py").write_text("raise ImportError('half an upgrade')")
    monkeypatch.setenv("PYTHONPATH", str(broken), prepend=":")
    send_all(lane, lane.outbox(built(Ledger(file=str(ledger)))), "core complete")
    assert [title for _, title in taken(ledger)] == ["core complete"]
    assert "told in plain words: the text has a bug: ImportError in jinja2.py:1" in caplog.text


def test_plain_words_call_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    hostile = "<!channel> @here <b>bold</b> [x](http://e.org) &lt;!here&gt; a\x1b[1m\nb"
    monkeypatch.setattr(sender, "renderer", lambda style: broken)
    letter = Letter(Recipe("x:Y", {}), alert(hostile, lines=(("L", hostile),)), "k", Style(), 1.0)
    message, fault = sender._rendered(letter, sender._Tools.of(letter))
    assert "RuntimeError" in fault
    for text in (message.title, message.text, message.markdown):
        assert not any(sign in text for sign in ("<!", "@h", "<b", "[x", "(h", "&l", "\x1b"))
    assert "\n" not in message.title
    assert "<b" not in message.html
    assert (message.key, message.alert.title) == ("k", hostile)


@pytest.mark.parametrize("after", ["soon", -1, float("nan"), float("inf"), None, True])
def test_a_stranger_may_ask_for_any_pause(after: object, tmp_path: Path) -> None:
    """What makes no sense is no reason to lose the receipt."""
    fault = TryAgain("x", after=after)  # type: ignore[arg-type]
    receipt = Receipt(Outcome.AGAIN, "x", after=sender._asked_pause(fault))
    read = msgspec.json.decode(msgspec.json.encode(receipt), type=Receipt)
    assert read.after in (None, 1.0)


def test_an_answer_of_any_kind_is_no_reason_to_send_again(tmp_path: Path) -> None:
    for how in ("long", "number"):
        recipe = Recipe("tests.alerts.plugins:Chatty", {"how": how})
        letter = Letter(recipe, alert(), "k", Style(dns=False), 1.0)
        receipt = sender._delivered(letter, sender._Tools.of(letter))
        assert receipt.outcome is Outcome.SENT
        assert len(receipt.answer) <= 300
        assert "\n" not in receipt.answer


def test_what_an_older_panicpipe_owed_is_sent_as_it_was_meant(lane: Lane, ledger: Path) -> None:
    older = (
        '{"event":"dump.complete","title":"10.0.40.7: core complete","body":"Mac: 10.0.40.7\\n'
        'Panic: panic(cpu 1): \\"x: y\\"\\nA remark.","facts":{"client":"10.0.40.7"}}'
    )
    with sqlite3.connect(lane.place / "journal.sqlite3") as connection:
        connection.execute(
            "INSERT INTO outbox (dump, route, alert, created) VALUES (1, 'ops', ?, 1.0)", (older,)
        )
    connection.close()
    (sent,) = send_all(lane, lane.outbox(built(Ledger(file=str(ledger)))))
    assert taken(ledger)[0][1] == "10.0.40.7: core complete"
    assert sent.alert.client == "10.0.40.7"
    assert sent.alert.what == "core complete"
    assert sent.alert.lines == (("Mac", "10.0.40.7"), ("Panic", 'panic(cpu 1): "x: y"'))
    assert sent.alert.remarks == ("A remark.",)


def test_pauses_of_the_routes_alone_keep_the_lane_asleep(lane: Lane, ledger: Path) -> None:
    """It makes no try in vain while it waits, however often it is woken."""
    says(ledger, "429 600")

    async def life() -> None:
        outbox = lane.outbox(
            built(Ledger(file=str(ledger))), pauses=Pauses(first=0.01, longest=0.01)
        )
        lane.owe(outbox, "x")
        async with running(outbox):
            await until(lambda: lane.alerts()[0].attempts)
            for _ in range(20):
                outbox.wake()
                await asyncio.sleep(0.02)

    asyncio.run(life())
    assert lane.alerts()[0].attempts == 1

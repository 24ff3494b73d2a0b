"""Notifiers that misbehave do no harm: not to the daemon, not to other alerts, not to secrets."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from pathlib import Path

import pytest

from pipeline import Alert, Notifier
from pipeline.alerts.delivery import deliver
from pipeline.alerts.receipts import Outcome, Receipt, Slip
from pipeline.alerts.sender import Letter, Recipe
from pipeline.messages import Style
from pipeline.pauses import Pauses
from pipeline.registry.discovery import Built
from tests.alerts.lane import Lane, built, running, send_all, until
from tests.alerts.plugins import Bad, BadWithRights, Diary, Limits

TOKEN = "hunter22"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("raise", "the notifier has a bug: KeyError in plugins.py:"),
        ("leave", "the notifier has a bug: SystemExit in plugins.py:"),
        ("vanish", "its process ended with 0 and no answer"),
        ("die", "its process ended with -9 and no answer"),
        ("socket", "cannot reach https://…"),
        ("nonsense", "the notifier has a bug: AttributeError in plugins.py:"),
    ],
)
def test_a_notifier_that_fails_in_any_way_leaves_the_alert_owed_and_its_secrets_kept(
    lane: Lane,
    how: str,
    reason: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def life() -> None:
        notifier = built(Bad(how=how, token=TOKEN))
        outbox = lane.outbox(notifier, pauses=Pauses(first=1000, longest=1000))
        async with running(outbox):
            lane.owe(outbox, "x")
            await until(lambda: lane.alerts()[0].attempts)

    asyncio.run(life())
    (owed,) = lane.alerts()
    assert (owed.sent, owed.dropped) == (None, None)
    assert (owed.error or "").startswith(reason)
    written = capfd.readouterr()
    assert TOKEN not in f"{owed.error}{caplog.text}{written.out}{written.err}"


@pytest.mark.parametrize(
    ("cls", "how"), [(Bad, "print"), (Bad, "threads"), (BadWithRights, "forks")]
)
def test_a_notifier_that_prints_or_leaves_something_running_has_still_sent(
    lane: Lane, cls: type[Bad], how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (sent,) = send_all(lane, lane.outbox(built(cls(how=how, token=TOKEN))), "x")
    assert (sent.attempts, sent.error) == (1, None)
    written = capfd.readouterr()
    assert TOKEN not in written.out + written.err


def test_a_child_that_crashes_leaves_no_core_with_the_secrets_it_was_given(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("no process here leaves a core")
    with contextlib.closing(Slip(tmp_path / "slip")) as slip:
        resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
        try:
            receipt = asyncio.run(deliver(letter(built(Limits())), slip))
        finally:
            resource.setrlimit(resource.RLIMIT_CORE, before)
    assert receipt == Receipt(Outcome.SENT, answer="(0, 0)")


def letter(notifier: Built[Notifier]) -> Letter:
    recipe = Recipe(notifier.reference, notifier.config)
    return Letter(recipe, Alert(event="x", what="x"), "key", Style(dns=False), 30)


def test_a_notifier_that_cannot_be_made_any_more_keeps_its_alerts_owed(
    lane: Lane, tmp_path: Path
) -> None:
    """As while an upgrade replaces its distribution."""
    notifier = built(Diary(file=str(tmp_path / "diary")))
    outbox = lane.outbox(type(notifier)(**{**vars(notifier), "reference": "no.such:Thing"}))

    async def life() -> None:
        async with running(outbox):
            lane.owe(outbox, "x")
            await until(lambda: lane.alerts()[0].attempts)

    asyncio.run(life())
    assert lane.alerts()[0].dropped is None
    assert (lane.alerts()[0].error or "").startswith("no.such:Thing cannot be loaded")
    send_all(lane, lane.outbox(notifier))
    assert (tmp_path / "diary").read_text() == "x\n"

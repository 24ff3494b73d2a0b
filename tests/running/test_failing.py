"""What is told of a stage that keeps failing, and when it is news."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from pipeline.display import one_line
from pipeline.journal.rows import State, StepRow
from pipeline.journal.steps import READ
from pipeline.model import Alert, Severity, Verdict
from pipeline.running.ending import Ending
from pipeline.running.failing import Failing, failing_alert
from tests.running.endings import PANIC, ZIP, ending, inspection, lines

NOW = 1_796_047_200.0


def failing(
    *,
    wait: float = 300.0,
    stage: str = "upload",
    error: str | None = "s3.example.com: no route to host",
    attempts: int = 4,
    deaths: int = 0,
    told: float | None = None,
    announced: bool = True,
    end: Ending | None = None,
    **more: Any,
) -> Failing:
    end = end or ending(inspection(), artifacts=(ZIP,), **more)
    state = State.ARCHIVING if announced else State.PENDING
    row = dataclasses.replace(end.row, state=state, announced=NOW if announced else None)
    step = StepRow(
        dump=row.id,
        stage=stage,
        state="failed",
        attempts=attempts,
        deaths=deaths,
        error=error,
        ends=None,
        finished=None,
        told=told,
    )
    end = dataclasses.replace(end, row=row)
    return Failing(ending=end, step=step, now=NOW, next_try=NOW + wait)


def test_it_says_which_stage_why_what_is_tried_next_and_what_is_not_lost() -> None:
    alert = failing_alert(failing())
    said = lines(alert)
    assert (alert.event, alert.severity) == ("stage.failed", Severity.WARNING)
    assert alert.title == "10.0.40.7: upload fails: s3.example.com: no route to host"
    assert said["Stage"] == "upload"
    assert said["Reason"] == "s3.example.com: no route to host"
    assert said["Next try"] == "in 5 min 0 s, 2026-11-30 14:05 UTC; failed 4 times so far"
    assert said["Not lost"] == "the zip is there; only the archive waits"
    assert "panicpipe show 1" in said["Next"]
    assert said["Panic"] == PANIC.line
    assert alert.verdict is Verdict.COMPLETE


def test_it_replaces_what_was_told_of_the_same_dump_before() -> None:
    alert = failing_alert(failing())
    assert alert.topic == "failure:1"
    assert alert.supersedes == ("failure:1",)


def test_before_the_dump_is_announced_it_is_the_dump_that_is_not_lost() -> None:
    alert = failing_alert(failing(announced=False, stage="package", error="No space left"))
    assert "the dump is kept" in lines(alert)["Not lost"]


def test_reading_that_fails_is_called_so() -> None:
    alert = failing_alert(failing(stage=READ, error="Input/output error", end=ending(None)))
    assert alert.what == "reading the dump fails: Input/output error"
    assert alert.facts["stage"] == "read"
    assert alert.verdict is None


@pytest.mark.parametrize(
    ("facts", "news"),
    [
        ({"attempts": 1, "wait": 10.0}, False),
        ({"attempts": 2, "wait": 59.0}, False),
        ({"attempts": 3, "wait": 10.0}, True),
        ({"attempts": 2, "deaths": 1, "wait": 0.0}, True),
        ({"attempts": 1, "wait": 60.0}, True),
        ({"attempts": 9, "wait": 3600.0, "told": 5.0}, False),
    ],
)
def test_it_is_news_once_and_only_where_it_may_last(facts: dict[str, Any], news: bool) -> None:
    assert failing(**facts).is_news == news


def test_a_worker_that_died_is_followed_by_another_at_once() -> None:
    alert = failing_alert(failing(attempts=2, deaths=1, wait=0.0, error="killed by SIGKILL"))
    assert lines(alert)["Next try"] == "at once; failed 3 times so far"
    assert alert.facts["worker_deaths"] == 1


def test_the_same_trouble_is_alike_and_another_stage_or_reason_is_not() -> None:
    one = failing_alert(failing(error="server 10.0.0.9 did not answer within 30 s")).signature
    same = failing_alert(failing(error="server 10.0.0.9 did not answer within 120 s")).signature
    assert one == same
    assert one != failing_alert(failing(error="access denied")).signature
    error = "server 10.0.0.9 did not answer within 30 s"
    assert one != failing_alert(failing(stage="compress", error=error)).signature


def test_hostile_reasons_arrive_escaped_and_the_alert_can_be_stored() -> None:
    evil = "x\r\nBcc: all@example.com\x1b[2J\u202e\x00" * 99
    alert = failing_alert(failing(error=evil, name=evil.encode()[:255]))
    for text in (alert.title, *(text for _, text in alert.lines)):
        assert text == one_line(text)
    assert len(alert.title) <= 210
    assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert

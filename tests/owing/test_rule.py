"""Which alerts a route takes."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.model import Alert, Severity, Verdict
from pipeline.owing import Rule
from pipeline.owing.events import EVENTS


def alert(event: str = "dump.damaged", **parts: Any) -> Alert:
    return Alert(**({"event": event, "severity": EVENTS[event], "what": "x"} | parts))


@pytest.mark.parametrize(
    ("events", "taken"),
    [
        (("*",), {"dump.damaged", "dump.complete", "heartbeat"}),
        (("dump.*",), {"dump.damaged", "dump.complete"}),
        (("dump.*", "!dump.complete"), {"dump.damaged"}),
        (("!dump.complete",), {"dump.damaged", "heartbeat"}),
        (("!dump.*", "dump.damaged"), {"dump.damaged", "heartbeat"}),
        (("*", "!dump.*", "dump.damaged"), {"dump.damaged", "heartbeat"}),
        (("heartbeat",), {"heartbeat"}),
        (("DUMP.*",), set()),
    ],
)
def test_events_are_chosen_by_names_and_patterns_and_the_last_word_counts(
    events: tuple[str, ...], taken: set[str]
) -> None:
    asked = ("dump.damaged", "dump.complete", "heartbeat")
    assert {event for event in asked if Rule(events=events).takes(alert(event))} == taken


@pytest.mark.parametrize(
    ("least", "count"),
    [(Severity.INFO, 4), (Severity.NOTICE, 3), (Severity.WARNING, 2), (Severity.ERROR, 1)],
)
def test_a_severity_takes_what_matters_at_least_as_much(least: Severity, count: int) -> None:
    asked = [alert(severity=severity) for severity in Severity]
    assert sum(Rule(severity=least).takes(each) for each in asked) == count


def test_verdicts_choose_among_alerts_that_have_one() -> None:
    rule = Rule(verdicts=frozenset({Verdict.DAMAGED, Verdict.TRUNCATED}))
    assert rule.takes(alert(verdict=Verdict.DAMAGED))
    assert not rule.takes(alert(verdict=Verdict.COMPLETE))
    assert rule.takes(alert("heartbeat"))


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        ("10.0.40.7", True),
        ("10.0.40.0/24", True),
        ("10.0.40.9/24", True),
        ("10.0.40.*", True),
        ("10.0.41.0/24", False),
        ("lab-*", True),
        ("LAB-mini-?", True),
        ("mini*", False),
        ("nonsense/99", False),
    ],
)
def test_hosts_are_addresses_networks_and_patterns_of_names(pattern: str, *, takes: bool) -> None:
    rule = Rule(hosts=("192.0.2.1", pattern), names={"10.0.40.7": "Lab-Mini-3"})
    assert rule.takes(alert(client="10.0.40.7")) is takes
    assert rule.takes(alert("heartbeat"))


def test_all_that_is_stated_must_hold() -> None:
    rule = Rule(events=("dump.*",), severity=Severity.WARNING, hosts=("10.0.0.0/8",))
    assert rule.takes(alert(client="10.1.1.1"))
    assert not rule.takes(alert(client="192.0.2.1"))
    assert not rule.takes(alert("server.down", client="10.1.1.1"))
    assert not rule.takes(alert("dump.complete", client="10.1.1.1"))

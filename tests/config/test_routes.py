from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.config.coverage import unmatched_names, untold
from pipeline.model import Severity, Verdict
from pipeline.owing import Rule
from pipeline.owing.events import EVENTS
from tests.config.loading import faults, loaded
from tests.strangers import install

ROUTE = "[notifiers.{}]\nuse = 'apprise'\nurls = ['json://u:hunter2@localhost']\n{}\n"


def _rule(tmp_path: Path, keys: str = "") -> Rule:
    return loaded(tmp_path, ROUTE.format("ops", keys)).rules["ops"]


def _remarks(tmp_path: Path, *routes: str, hosts: str = "") -> list[str]:
    tables = [ROUTE.format(name, keys) for name, keys in zip("abc", routes, strict=False)]
    return list(untold(loaded(tmp_path, "\n".join([hosts, *tables])).rules))


def test_a_route_that_chooses_nothing_gets_what_matters(tmp_path: Path) -> None:
    assert _rule(tmp_path) == Rule()
    assert _rule(tmp_path).severity is Severity.NOTICE


def test_what_a_route_says_is_its_rule_and_no_key_of_the_notifier_s(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        "[hosts]\n'10.0.40.7' = 'lab-1'\n"
        + ROUTE.format(
            "ops",
            "events = ['*', '!dump.archived']\nseverity = 'warning'\n"
            "verdicts = ['truncated', 'damaged']\ngroup_minutes = 2.5\n"
            "hosts = ['10.0.40.0/24', '10.1.2.3', 'lab-*', '10.2.*']\n",
        ),
    )
    assert settings.rules["ops"] == Rule(
        events=("*", "!dump.archived"),
        severity=Severity.WARNING,
        verdicts=frozenset({Verdict.TRUNCATED, Verdict.DAMAGED}),
        hosts=("10.0.40.0/24", "10.1.2.3", "lab-*", "10.2.*"),
        group_seconds=150,
        names={"10.0.40.7": "lab-1"},
    )
    assert set(settings.notifiers[0].config) == {
        "urls",
        "urls_file",
        "urls_env",
        "timeout_seconds",
    }


def test_events_that_are_named_come_however_little_they_matter(tmp_path: Path) -> None:
    assert _rule(tmp_path, "events = ['transfer.*']").severity is Severity.INFO
    assert _rule(tmp_path, "events = ['!dump.*']").severity is Severity.INFO
    both = _rule(tmp_path, "events = ['*']\nseverity = 'error'")
    assert both.severity is Severity.ERROR


def test_alerts_are_reported_each_where_grouping_is_off(tmp_path: Path) -> None:
    assert _rule(tmp_path, "group_minutes = 0").group_seconds == 0


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_can_be_chosen_and_taken_out(tmp_path: Path, event: str) -> None:
    assert _rule(tmp_path, f"events = ['{event}']").events == (event,)
    assert _rule(tmp_path, f"events = ['!{event}']").events == (f"!{event}",)


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        (
            "events = ['*', 'dump.compleet']",
            '.events[1]: "dump.compleet" is not allowed: no event is called that, '
            'did you mean "dump.complete"?',
        ),
        (
            "events = ['!disc.*']",
            '.events[0]: "!disc.*" is not allowed: no event is called that; '
            f"there are: {', '.join(EVENTS)}",
        ),
        ("events = ['digest']", '.events[0]: "digest" is not allowed: no event is called that'),
        ("events = []", ".events: [] is not allowed: it must be a list with something in it"),
        ("events = '*'", '.events: "*" is not allowed: it must be a list'),
        ("events = [3]", ".events[0]: 3 is not allowed: it must be text in quotes"),
        ("events = ['*', '!*']", ".events: takes no event at all, so it would tell nobody"),
        (
            "events = ['*', 'heartbeat']\nseverity = 'warning'",
            '.events[1]: "heartbeat" is of severity "notice", which severity = "warning" leaves',
        ),
        (
            "severity = 'debug'",
            ".severity: \"debug\" is not allowed: it must be one of 'info', 'notice', 'warning' or",
        ),
        ("severity = 2", ".severity: 2 is not allowed: it must be one of 'info', 'notice', "),
        (
            "verdicts = ['bad']",
            ".verdicts[0]: \"bad\" is not allowed: it must be one of 'complete'",
        ),
        ("verdicts = ['not-a-dump']", '.verdicts[0]: "not-a-dump" is not allowed: it must be the '),
        ("verdicts = []", ".verdicts: [] is not allowed: it must be a list with something in it"),
        ("hosts = []", ".hosts: [] is not allowed: it must be a list with something in it"),
        ("hosts = ['10.0.40.300']", '.hosts[0]: "10.0.40.300" is not allowed: it must be an IPv4 '),
        ("hosts = ['x', '10.0.40']", '.hosts[1]: "10.0.40" is not allowed: it must be an IPv4 add'),
        ("hosts = ['10.0.0.0/33']", '.hosts[0]: "10.0.0.0/33" is not allowed: it must be an IPv4 '),
        ("hosts = ['lab/1']", '.hosts[0]: "lab/1" is not allowed: it must be an IPv4 network such'),
        ("hosts = ['']", '.hosts[0]: "" is not allowed: it must be 1 to 64 characters on one line'),
        ('hosts = ["\\u001b"]', '.hosts[0]: "\\x1b" is not allowed: it must be 1 to 64 characters'),
        ("group_minutes = 361", ".group_minutes: 361 is not allowed: it must be at most 360"),
        ("group_minutes = -1", ".group_minutes: -1 is not allowed: it must be at least 0"),
        ("group_minutes = '10'", '.group_minutes: "10" is not allowed: it must be a number'),
        ("group_minutes = inf", '.group_minutes: "inf" is not allowed: it must be a number'),
    ],
)
def test_each_fault_of_a_route_names_its_key_and_what_is_allowed(
    tmp_path: Path, keys: str, fault: str
) -> None:
    told = faults(tmp_path, ROUTE.format("ops", keys))
    assert len(told) == 1
    assert told[0].startswith(f"notifiers.ops{fault}")


def test_a_key_that_is_neither_ours_nor_the_notifier_s_is_told_with_both(tmp_path: Path) -> None:
    told = faults(tmp_path, ROUTE.format("ops", "sevrity = 'hunter2'\nurl = 'slack://hunter2'"))
    assert told[0].startswith('notifiers.ops.sevrity: is not a known key, did you mean "severity"?')
    assert "known are: use, events, severity, verdicts, hosts, group_minutes, " in told[0]
    assert told[1].startswith('notifiers.ops.url: is not a known key, did you mean "urls"? known')
    assert len(told) == 2
    assert "hunter2" not in "\n".join(told)


def test_a_fault_of_the_rule_hides_none_of_the_notifier_s(tmp_path: Path) -> None:
    told = faults(tmp_path, ROUTE.format("ops", "group_minutes = 'x'\ntimeout_seconds = 'y'"))
    assert [line.partition(": ")[0] for line in told] == [
        "notifiers.ops.timeout_seconds",
        "notifiers.ops.group_minutes",
    ]


STRANGER = """
from dataclasses import dataclass
from pipeline import Notifier


@dataclass(frozen=True, kw_only=True)
class Siren(Notifier):
    events: str = ""
    severity: int = 3
    loud: bool = True

    def send(self, message: object) -> None: ...
"""


def test_a_notifier_that_has_one_of_our_keys_for_its_own_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = {"panicpipe.notifiers": {"siren": "stranger_siren:Siren"}}
    install(tmp_path / "site", "siren", points, {"stranger_siren": STRANGER})
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "stranger_siren", raising=False)
    told = faults(tmp_path, "[notifiers.ops]\nuse = 'siren'\nloud = false\nevents = ['*']")
    assert told == [
        f'notifiers.ops: stranger_siren:Siren has a field "{key}", but that key is panicpipe\'s; '
        "the notifier's author must give it another name"
        for key in ("events", "severity")
    ]


def test_nothing_is_remarked_where_somebody_is_told_of_every_failure(tmp_path: Path) -> None:
    assert _remarks(tmp_path) == []  # no route at all: said by itself
    assert _remarks(tmp_path, "") == []
    assert _remarks(tmp_path, "events = ['dump.parked']", "severity = 'warning'") == []
    parts = ["hosts = ['10.0.0.0/8']", "hosts = ['0.0.0.0/0']"]
    assert _remarks(tmp_path, *parts) == []


def test_a_failure_that_nobody_would_be_told_of_is_remarked(tmp_path: Path) -> None:
    assert _remarks(tmp_path, "events = ['heartbeat']") == [
        "nobody would be told of dump.parked: notifiers.a leaves it out",
        "nobody would be told of dump.incomplete: notifiers.a leaves it out",
    ]
    assert _remarks(tmp_path, "severity = 'error'", "events = ['!dump.inc*']") == [
        "nobody would be told of dump.incomplete: notifiers.* leave it out"
    ]


def test_a_failure_that_is_told_in_some_cases_only_is_remarked(tmp_path: Path) -> None:
    assert _remarks(
        tmp_path, "verdicts = ['truncated', 'empty']", "verdicts = ['damaged', 'unsupported']"
    ) == [
        "nobody would be told of dump.parked where the dump is complete; see notifiers.*.verdicts"
    ]
    told = "nobody would be told of {} where the Mac is not one of notifiers.a.hosts"
    assert _remarks(tmp_path, "hosts = ['10.0.40.0/24']") == [
        told.format("dump.parked"),
        told.format("dump.incomplete"),
    ]


def test_a_pattern_of_names_that_chooses_no_mac_is_remarked(tmp_path: Path) -> None:
    hosts = "[hosts]\n'10.0.40.7' = 'Lab-mini-3'\n"
    keys = "hosts = ['lab-*', 'office-*', '10.9.*', '10.0.0.0/8', '10.3.4.5']"
    found = list(unmatched_names(loaded(tmp_path, hosts + ROUTE.format("'o p'", keys)).rules))
    assert found == [
        'notifiers."o p".hosts: "office-*" matches no name in [hosts], so it chooses no Mac'
    ]

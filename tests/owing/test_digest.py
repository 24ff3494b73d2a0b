"""What a digest says: the same for all once, then each in a line, and every fact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pipeline.display import one_line
from pipeline.journal.rows import OwedAlert
from pipeline.model import Alert, Severity, Verdict
from pipeline.owing.digest import digest


def member(number: int = 1, created: float = 1_700_000_000.0, **parts: Any) -> OwedAlert:
    values: dict[str, Any] = {
        "event": "dump.complete",
        "what": "core complete",
        "client": "10.0.40.7",
        "verdict": Verdict.COMPLETE,
        "lines": (("Mac", "10.0.40.7"), ("Panic", "panic(cpu 1)"), ("File", f"core-{number}")),
        "facts": {
            "name": f"core-{number}",
            "size": 64 << 20,
            "verdict": "complete",
            "artifacts": {"zip": f"/zips/core-{number}.zip"},
        },
    }
    return OwedAlert(
        id=100 + number,
        dump=number,
        route="ops",
        alert=Alert(**(values | parts)),
        created=created,
        attempts=0,
        next_try=0,
        sent=None,
        dropped=None,
        error=None,
    )


def test_it_says_how_many_of_what_on_which_mac() -> None:
    made = digest([member(number) for number in range(14)])
    assert made.title == "10.0.40.7: 14 more like this: core complete"
    assert (made.event, made.verdict, made.severity) == ("digest", "complete", "notice")
    assert (made.signature, made.topic, made.supersedes) == (None, None, ())


def test_what_is_next_is_next_for_each() -> None:
    lines = (("Next", "attach this zip to a Feedback report"),)
    made = digest([member(1, lines=lines), member(2, lines=lines)])
    assert ("Next", "for each: attach this zip to a Feedback report") in made.lines


def test_what_all_have_in_common_is_said_once_and_each_in_a_line_of_its_own() -> None:
    made = digest([member(1), member(2, created=1_700_003_600.0)])
    assert made.lines == (
        ("Mac", "10.0.40.7"),
        ("Panic", "panic(cpu 1)"),
        (
            "Alike",
            "2 alerts (dump.complete); from 2023-11-14 22:13 UTC to 2023-11-14 23:13 UTC",
        ),
        (
            "Dump 1",
            "2023-11-14 22:13 UTC, core-1, 64.0 MiB, complete, zip: /zips/core-1.zip",
        ),
        (
            "Dump 2",
            "2023-11-14 23:13 UTC, core-2, 64.0 MiB, complete, zip: /zips/core-2.zip",
        ),
    )


def test_alerts_that_are_not_about_dumps_are_told_by_their_titles() -> None:
    about_none = [replace(member(n, facts={}, what=f"fault {n}"), dump=None) for n in (1, 2)]
    assert digest(about_none).lines[-1] == ("Alert 102", "2023-11-14 22:13 UTC, fault 2")


def test_a_long_one_says_how_many_more_there_are() -> None:
    made = digest([member(number) for number in range(100)])
    assert made.lines[-1] == ("And", "70 more: panicpipe status --all")
    assert len(made.lines) == 3 + 30 + 1


def test_the_facts_of_every_one_are_kept() -> None:
    members = [member(number) for number in range(100)]
    facts = digest(members).facts
    assert (facts["event"], facts["count"]) == ("dump.complete", 100)
    for kept, one in zip(facts["alerts"], members, strict=True):
        assert kept.items() >= one.alert.facts.items()
        assert kept["alert"] == one.id


def test_the_worst_severity_counts_and_a_verdict_only_where_all_have_it() -> None:
    worse = member(2, severity=Severity.ERROR, verdict=Verdict.DAMAGED)
    made = digest([member(1), worse, member(3)])
    assert (made.severity, made.verdict) == (Severity.ERROR, None)


def test_remarks_are_said_once_and_not_without_end() -> None:
    made = digest([member(n, remarks=("same", f"own {n}")) for n in range(50)])
    assert made.remarks[:2] == ("same", "own 0")
    assert len(made.remarks) == 8


def test_a_time_that_no_calendar_has_does_no_harm() -> None:
    made = digest([member(1, created=1e300), member(2, created=-1e300)])
    assert dict(made.lines)["Dump 1"].startswith("core-1,")
    assert "within" in dict(made.lines)["Alike"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(
    facts=st.lists(
        st.dictionaries(st.sampled_from(["name", "size", "verdict", "artifacts", "x"]), _JSON),
        min_size=2,
        max_size=5,
    ),
    what=st.text(max_size=300),
)
def test_whatever_the_facts_are_it_can_be_stored_and_shown(
    facts: list[dict[str, object]], what: str
) -> None:
    """Strangers' stages may report anything, and old journals may hold other facts."""
    what = one_line(what.encode("utf-8", "replace"))
    made = digest([member(n, facts=each, what=what) for n, each in enumerate(facts)])
    assert msgspec.json.decode(msgspec.json.encode(made), type=Alert).title == made.title
    for _, text in made.lines:
        assert text == one_line(text)

"""A title tells at a glance which Mac and what, and is safe in a mail's header."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from pipeline.messages import Style, render
from pipeline.model import Alert, Severity
from tests.messages import hostile


def title(alert: Alert, **hosts: str) -> str:
    return render(alert, "key", Style(hosts={"10.0.40.7": hosts.get("name", "")}, dns=False)).title


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        (Alert(event="x", what="core complete", client="10.0.40.7"), "10.0.40.7: core complete"),
        (Alert(event="x", what="dump parked", about="core.gz"), "core.gz: dump parked"),
        (Alert(event="x", what="all is well"), "all is well"),
        (Alert(event="x", what="no room", severity=Severity.WARNING), "no room [warning]"),
        (Alert(event="x", what="dead", severity=Severity.ERROR), "dead [error]"),
    ],
)
def test_it_begins_with_whom_it_is_about(alert: Alert, expected: str) -> None:
    assert title(alert) == expected


def test_it_begins_with_the_macs_name_and_keeps_its_address() -> None:
    alert = Alert(event="x", what="core complete", client="10.0.40.7", about="core.gz")
    assert title(alert, name="lab-mini-3") == "lab-mini-3 (10.0.40.7): core complete"


def test_the_line_about_the_mac_has_its_name_too() -> None:
    alert = Alert(event="x", what="y", client="10.0.40.7", lines=(("Mac", "10.0.40.7"),))
    told = render(alert, "key", Style(hosts={"10.0.40.7": "lab-mini-3"}))
    assert told.text == "Mac: lab-mini-3 (10.0.40.7)"


@hostile.patient
@given(hostile.alerts())
def test_as_a_header_it_adds_none_and_comes_back_as_it_was(alert: Alert) -> None:
    mail = EmailMessage()
    mail["Subject"] = title(alert)
    mail.set_content("body")
    read = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert set(read.keys()) == set(mail.keys())
    assert "\n" not in title(alert)
    assert hostile.acting(title(alert)) == set()


@hostile.patient
@given(hostile.alerts(), hostile.lines)
def test_it_is_short_and_calls_nobody(alert: Alert, name: str) -> None:
    assert 0 < len(title(alert, name=name)) <= 150
    assert hostile.calls(title(alert, name=name)) == []


@hostile.patient
@given(hostile.alerts())
def test_a_chat_that_takes_it_for_markup_finds_nothing_to_act_upon(alert: Alert) -> None:
    blocks = MarkdownIt("commonmark").parse(f"Title: {title(alert)}")
    kinds = {leaf.type for block in blocks for leaf in block.children or ()}
    assert kinds <= {"text"}


def test_a_long_name_leaves_room_for_what_happened() -> None:
    alert = Alert(event="x", what="core complete", about="core-" * 60)
    assert title(alert).endswith("…: core complete")

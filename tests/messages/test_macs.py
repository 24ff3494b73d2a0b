"""A Mac is called by the configuration first, then by the DNS, whose answers may be anything."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from pipeline.messages import Style, render
from pipeline.messages.macs import name_of
from pipeline.model import Alert

CLIENT = "10.0.40.7"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the resolver says next; an exception is raised, an event waited for."""
    said: list[Any] = []

    def resolve(address: str) -> tuple[str, list[str], list[str]]:
        answer = said.pop()
        if isinstance(answer, threading.Event):
            answer.wait()
            answer = "late.example"
        if isinstance(answer, Exception):
            raise answer
        return answer, [], [address]

    monkeypatch.setattr(socket, "gethostbyaddr", resolve)
    return said


def test_the_configuration_comes_first_and_asks_nobody(answers: list[Any]) -> None:
    assert name_of(CLIENT, Style(hosts={CLIENT: "lab-mini-3"})) == "lab-mini-3"
    assert answers == []


def test_the_dns_is_asked_for_others(answers: list[Any]) -> None:
    answers.append("lab-mini-4.example.com.")
    assert name_of(CLIENT, Style(hosts={"10.0.40.8": "lab-mini-3"})) == "lab-mini-4.example.com"


def test_the_dns_is_not_asked_where_it_should_not_be(answers: list[Any]) -> None:
    assert name_of(CLIENT, Style(dns=False)) is None
    assert answers == []


@pytest.mark.parametrize(
    "answer",
    [
        "",
        ".",
        CLIENT,
        "10.0.40.8",
        "@channel",
        "<!here>",
        "a b",
        "a\r\nBcc: b",
        "\x1b[2J",
        "a\u202eb",
        "[x](http://evil)",
        "-rf",
        "a" * 300,
        socket.herror(1, "Unknown host"),
        socket.gaierror(8, "nodename nor servname provided"),
        UnicodeError("label too long"),
    ],
)
def test_an_answer_that_is_no_host_name_is_no_name(answers: list[Any], answer: Any) -> None:
    answers.append(answer)
    assert name_of(CLIENT, Style()) is None


def test_a_long_name_is_cut_short(answers: list[Any]) -> None:
    answers.append("a" * 60 + ".example.com")
    assert name_of(CLIENT, Style()) == "a" * 60 + ".ex…"


def test_a_resolver_that_hangs_is_not_waited_for(
    answers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.messages.macs._DNS_PATIENCE", 0.05)
    hanging = threading.Event()
    answers.append(hanging)
    alert = Alert(event="x", what="core complete", client=CLIENT)
    try:
        assert render(alert, "key", Style()).title == f"{CLIENT}: core complete"
    finally:
        hanging.set()


def test_the_systems_own_resolver_is_asked() -> None:
    expected = socket.gethostbyaddr("127.0.0.1")[0]
    assert name_of("127.0.0.1", Style()) == expected

"""The application firewall, in the words of several macOS."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.macos.firewall import Firewall, firewall
from tests.macs.fake_mac import FakeMac

OPEN = Firewall(on=True, blocks_all=False, allows_built_in=True)


def given(mac: FakeMac, **settings: Any) -> Firewall:
    with mac.changed() as state:
        state["firewall"] = settings
    return firewall(mac.machine)


@pytest.mark.parametrize("style", ["12", "15"])
def test_its_settings_are_read_in_old_words_and_new(mac: FakeMac, style: str) -> None:
    assert given(mac, style=style, state=0) == Firewall(on=False)
    assert given(mac, style=style, state=1) == OPEN
    blocking = given(mac, style=style, state=1, block_all=True)
    assert blocking == Firewall(on=True, blocks_all=True, allows_built_in=True)
    strict = given(mac, style=style, state=1, built_in=False)
    assert strict == Firewall(on=True, blocks_all=False, allows_built_in=False)


def test_state_2_blocks_all(mac: FakeMac) -> None:
    assert given(mac, state=2).blocks_all


@pytest.mark.parametrize(
    "words",
    [
        "Firewall is blocking all non-essential incoming connections. (State = 2)\n",
        "Firewall is set to block all non-essential incoming connections. (State = 2)\n",
    ],
)
def test_state_2_in_other_words(mac: FakeMac, words: str) -> None:
    mac.answer("socketfilterfw", out=words)
    found = firewall(mac.machine)
    assert found.on
    assert found.blocks_all


def test_one_that_is_off_is_asked_nothing_more(mac: FakeMac) -> None:
    given(mac, state=0)
    assert [call[1:] for call in mac.calls] == [["--getglobalstate"]]


@pytest.mark.parametrize("words", ["", "(State = 7)", "State = 1", "Firewall is enabled.", "\x00"])
def test_what_cannot_be_read_is_unknown(mac: FakeMac, words: str) -> None:
    mac.answer("socketfilterfw", out=words)
    assert firewall(mac.machine) == Firewall()


def test_settings_that_it_does_not_tell_are_unknown(mac: FakeMac) -> None:
    mac.answer("socketfilterfw", out="Firewall is enabled. (State = 1)\n")
    assert firewall(mac.machine) == Firewall(on=True)


def test_a_failure_is_unknown_whatever_was_said(mac: FakeMac) -> None:
    mac.answer("socketfilterfw", out="Firewall is enabled. (State = 1)\n", status=255)
    assert firewall(mac.machine) == Firewall()
    mac.lose("socketfilterfw")
    assert firewall(mac.machine) == Firewall()

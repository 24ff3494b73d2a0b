"""Every trap: boot-args that run into this one alone, and what is said of it."""

from __future__ import annotations

import ast
import re

import pytest

from pipeline.bootargs.surroundings import NOWHERE, Surroundings
from pipeline.bootargs.traps import traps
from pipeline.bootargs.value import parse
from tests.bootargs.trapped import ALL, FATAL, GOOD, INTEL, MAC, SOMETIMES, codes, found
from tests.conftest import ROOT

PAGE = ROOT / "docs/client-setup.md"


@pytest.mark.parametrize("code", ALL)
def test_a_trap_is_found_alone(code: str) -> None:
    text, mac = ALL[code]
    (trap,) = found(text, mac)
    assert trap.code == code
    assert trap.fatal == (code in FATAL)
    assert trap.what
    assert trap.remedy


@pytest.mark.parametrize("mac", [MAC, INTEL, NOWHERE])
@pytest.mark.parametrize("more", ["", " -v keepsyms=1 wdt=-1 _router_ip=10.0.40.1"])
def test_what_is_right_runs_into_none(mac: Surroundings, more: str) -> None:
    assert not found(GOOD + more, mac)


def test_these_are_all_that_there_are() -> None:
    """Every text in the code that looks like a code of a trap."""
    form = re.compile(r"(form|debug|server|interface|sip)\.[a-z]+(-[a-z]+)*")
    files = (ROOT / "pipeline/bootargs/traps").glob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    assert {text for text in texts if isinstance(text, str) and form.fullmatch(text)} == set(ALL)


def test_the_manual_has_every_trap_with_what_it_does_and_what_to_do() -> None:
    row = r"^\| `([a-z]+\.[a-z-]+)` \| (FAIL|warn|FAIL or warn) \| (?:.+) \| (?:.+) \|$"
    words = {code: "FAIL" if code in FATAL else "warn" for code in ALL}
    words |= dict.fromkeys(SOMETIMES, "FAIL or warn")
    assert sorted(re.findall(row, PAGE.read_text(), re.M)) == sorted(words.items())


@pytest.mark.parametrize("debug", ["0xd44", "0xc44"])
def test_apple_s_recipes_work_but_try_the_local_disk_first(debug: str) -> None:
    assert codes(f"debug={debug} _panicd_ip=10.0.40.2", INTEL) == ["debug.local-first"]


@pytest.mark.parametrize("code", [code for code in ALL if code.startswith("debug.")])
def test_the_remedy_for_a_bit_is_a_value_that_mends_it(code: str) -> None:
    text, mac = ALL[code]
    (trap,) = found(text, mac)
    value = re.search(r"debug=(0x[0-9a-f]+)", trap.remedy)
    assert value is not None
    mended = parse(text).set("debug", value[1])
    assert not [trap for trap in traps(mended, mac) if trap.code == code]


def test_what_is_fatal_comes_first() -> None:
    fatal = [trap.fatal for trap in found("debug=1 _panicd_port=1 _panicd_corename=x “")]
    assert fatal == sorted(fatal, reverse=True)
    assert len(set(fatal)) == 2

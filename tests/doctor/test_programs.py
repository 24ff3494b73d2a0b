"""`panicpipe doctor` tells a page, whatever the programs that it asks answer."""

from __future__ import annotations

import json

import pytest

from pipeline.cli.main import call
from tests.doctor import macs
from tests.macs.fake_mac import PROGRAMS, FakeMac

_JUNK = "#!/bin/sh\nprintf '\\033[2J\\377\\000 => {{{ = : \\n\\n\\t-9e999 0x\\n'; exit {status}\n"


def _spoil(mac: FakeMac, program: str, how: str) -> None:
    place = mac.machine.place(PROGRAMS[program])
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    if how != "missing":
        place.write_text(_JUNK.replace("{status}", "0" if how == "junk" else "1"))
        place.chmod(0o755)


@pytest.mark.parametrize("how", ["junk", "fails", "missing"])
def test_a_page_is_told_whatever_all_programs_answer(
    mac: FakeMac, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    for program in PROGRAMS:
        _spoil(mac, program, how)
    _tells_a_page(mac, capsys)


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_a_page_is_told_whatever_one_program_answers(
    mac: FakeMac, capsys: pytest.CaptureFixture[str], program: str
) -> None:
    for other in PROGRAMS:
        if other != program:
            _spoil(mac, other, "missing")
    _spoil(mac, program, "junk")
    _tells_a_page(mac, capsys)


def _tells_a_page(mac: FakeMac, capsys: pytest.CaptureFixture[str]) -> None:
    macs.install(mac)
    macs.journal(mac).close()
    code = call(["doctor", "--json", "--online", "--root", str(mac.root)])
    told = capsys.readouterr()
    checks = json.loads(told.out)["checks"]
    assert code in (0, 10, 11)
    assert not [each for each in checks if each["check"].endswith(".failed")], told.err
    assert {each["level"] for each in checks} <= {"ok", "unknown", "warn", "fail"}

"""What systemd says of a unit, read."""

from __future__ import annotations

import pytest

from pipeline.linux.account import account
from pipeline.linux.systemd import look
from tests.linux.fake_linux import FakeLinux


@pytest.mark.parametrize("text", ["", "0x1", "²", "-1"])
def test_what_is_no_number_is_unknown(linux: FakeLinux, text: str) -> None:
    linux.answer("systemctl", out=f"LoadState=loaded\nMainPID={text}\nExecMainStatus={text}\n")
    unit = look(linux.machine, "panicpipe.service")
    assert unit is not None
    assert (unit.there, unit.pid, unit.status) == (True, None, None)


def test_a_signal_is_a_negative_status(linux: FakeLinux) -> None:
    linux.answer("systemctl", out="MainPID=0\nExecMainCode=2\nExecMainStatus=9\n")
    unit = look(linux.machine, "panicpipe.service")
    assert unit is not None
    assert (unit.pid, unit.status) == (None, -9)


def test_an_account_without_a_number_is_none(linux: FakeLinux) -> None:
    place = linux.machine.place("/etc/passwd")
    place.write_text("panicpipe:x:²:²::/:/usr/sbin/nologin\n")
    assert account(linux.machine) is None
    assert linux.machine.uid("panicpipe") is None

"""What systemd is told, received on a real socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.linux.notify import Notify

pytestmark = pytest.mark.skipif(not hasattr(socket, "SOCK_CLOEXEC"), reason="Linux sockets")


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(5)
        yield sock


def _environment(systemd: socket.socket, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": systemd.getsockname(), **more}


def test_it_hears_of_the_start_of_life_and_of_the_end(systemd: socket.socket) -> None:
    notify = Notify.taken_from(_environment(systemd))
    notify.ready("watching /PanicDumps")
    notify.alive()
    notify.stopping()
    told = [systemd.recv(200) for _ in range(3)]
    assert told == [
        b"READY=1\nSTATUS=watching /PanicDumps",
        b"WATCHDOG=1",
        b"STOPPING=1\nSTATUS=stopping",
    ]


def test_a_name_in_the_abstract_name_space_is_understood() -> None:
    name = f"panicpipe-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name)
        sock.settimeout(5)
        Notify.taken_from({"NOTIFY_SOCKET": "@" + name}).alive()
        assert sock.recv(200) == b"WATCHDOG=1"


def test_no_child_inherits_the_way_to_speak_for_us(systemd: socket.socket) -> None:
    environment = _environment(systemd, WATCHDOG_USEC="60000000", WATCHDOG_PID="1", HOME="/")
    Notify.taken_from(environment)
    assert environment == {"HOME": "/"}


def test_a_file_name_adds_nothing_to_what_is_told(systemd: socket.socket) -> None:
    Notify.taken_from(_environment(systemd)).ready("watching /x\nMAINPID=1")
    assert systemd.recv(200) == b"READY=1\nSTATUS=watching /x\\x0aMAINPID=1"


@pytest.mark.parametrize(
    ("usec", "pid", "every"),
    [
        ("60000000", "ours", 20.0),
        ("60000000", None, 20.0),
        ("60000000", "1", None),  # meant for another process
        ("", None, None),
        ("0", None, None),
        ("much", None, None),
    ],
)
def test_signs_of_life_come_thrice_as_often_as_they_must(
    systemd: socket.socket, usec: str, pid: str | None, every: float | None
) -> None:
    more = {"WATCHDOG_USEC": usec} | ({} if pid is None else {"WATCHDOG_PID": pid})
    if pid == "ours":
        more["WATCHDOG_PID"] = str(os.getpid())
    assert Notify.taken_from(_environment(systemd, **more)).every == every


def test_without_systemd_or_when_it_is_gone_nothing_is_wrong(tmp_path: Path) -> None:
    for address in ({}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": str(tmp_path / "nobody")}):
        notify = Notify.taken_from({**address, "WATCHDOG_USEC": "60000000"})
        notify.ready("x")
        notify.stopping()
    assert Notify.taken_from({"WATCHDOG_USEC": "60000000"}).every is None

"""Whether anything receives dumps, asked with real sockets and without a single datagram."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.machine import Machine
from pipeline.model import Severity
from pipeline.server.listener import somebody_listens
from tests.daemon.desks import lines_of
from tests.daemon.watched import NOW, Watched


def server(port: int = 0, address: str = "0.0.0.0") -> socket.socket:
    """A socket as launchd makes it for kdumpd."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    made.setblocking(False)
    return made


def port_of(made: socket.socket) -> int:
    port: int = made.getsockname()[1]
    return port


@pytest.fixture
def port() -> int:
    """A port on which nobody listens."""
    with server() as made:
        return port_of(made)


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_a_server_is_seen_and_receives_nothing_from_us(address: str) -> None:
    with server(address=address) as made:
        for _ in range(3):
            assert somebody_listens(port_of(made)) is True
        with pytest.raises(BlockingIOError):
            made.recv(100)


def test_one_for_both_kinds_of_addresses_is_seen_and_one_for_ipv6_alone_takes_no_dump() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("there is no IPv6 here")
    for alone in (0, 1):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as made:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, alone)
            made.bind(("::", 0))
            assert somebody_listens(port_of(made)) is not bool(alone)


def test_the_place_is_free_again_at_once(port: int) -> None:
    for _ in range(3):
        assert somebody_listens(port) is False
        with server(port):
            assert somebody_listens(port) is True


def test_nothing_that_comes_over_the_network_can_arrive_at_the_trial(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dump that begins in this instant finds what it would have found anyway."""
    taken = []

    class Seen(socket.socket):
        def close(self) -> None:
            taken.append(self.getsockname())
            super().close()

    monkeypatch.setattr(socket, "socket", Seen)
    assert somebody_listens(port) is False
    assert taken == [("127.0.0.1", port)]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE, errno.EADDRNOTAVAIL, errno.EPERM])
def test_what_cannot_be_asked_is_unknown(
    port: int, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    class Refused(socket.socket):
        def bind(self, address: object) -> None:
            raise OSError(number, "no")

    monkeypatch.setattr(socket, "socket", Refused)
    assert somebody_listens(port) is None


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.journal.close()


def test_nothing_is_told_until_two_looks_in_a_row_found_nobody(watched: Watched) -> None:
    assert watched.looks(False, True, False, True, False) == []
    assert watched.looks(False) == ["server.down"]


def test_that_it_is_unknown_is_never_told_and_ends_nothing(watched: Watched) -> None:
    assert watched.looks(None, None, None, False, None, False, None) == []
    assert watched.looks(False, False, None, None) == ["server.down"]
    assert watched.looks(True) == ["server.down", "server.up"]


def test_it_says_what_it_means_and_the_command_that_mends_it(watched: Watched) -> None:
    watched.looks(False, False)
    (alert,) = watched.desk.told
    assert alert.severity is Severity.ERROR
    assert alert.title == "nothing listens on UDP 1069: no Mac can send its dump here"
    assert lines_of(alert)["Next"].endswith("sudo panicpipe server setup")
    assert (alert.topic, alert.supersedes, alert.signature) == ("server", ("server",), "server")


def test_elsewhere_no_command_of_macos_is_told() -> None:
    watched = Watched(machine=Machine(Path("/nonexistent"), "linux"))
    watched.looks(False, False)
    next_step = lines_of(watched.desk.told[0])["Next"]
    assert "server setup" not in next_step
    assert "expect_listener" in next_step
    assert watched.launchd.asked == 0


def test_it_is_told_again_a_day_later_and_that_it_is_over_with_since_when(watched: Watched) -> None:
    watched.looks(False, False, False)
    watched.looks(False, now=NOW + 86400)
    assert watched.looks(True, True, now=NOW + 90000) == ["server.down"] * 2 + ["server.up"]
    up = watched.desk.told[-1]
    assert up.severity is Severity.NOTICE
    assert lines_of(up) == {"Was down": "since 2027-01-15 08:00 UTC"}
    assert watched.journal.conditions.of_kind("server.down") == []


def test_the_next_run_tells_nothing_again_but_that_it_is_over(watched: Watched) -> None:
    watched.looks(False, False)
    again = Watched(watched.journal)
    assert again.looks(False, False, False) == []
    assert again.looks(True) == ["server.up"]


def test_where_nothing_is_expected_nothing_is_asked_or_told_and_nothing_stands(
    watched: Watched,
) -> None:
    watched.looks(False, False)
    off = Watched(watched.journal, expected=False)
    assert off.looks(False, False, True) == []
    assert off.journal.conditions.of_kind("server.down") == []


def test_what_was_told_of_another_port_stands_no_more(watched: Watched) -> None:
    watched.journal.conditions.put("server.down:2069", NOW, "nothing listens on UDP 2069")
    assert watched.looks(True) == []
    assert watched.journal.conditions.of_kind("server.down") == []

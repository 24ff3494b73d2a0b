"""The installed daemon on itself and its machine: crashes, the server for dumps, the heartbeat."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.harness import PATIENCE, Daemon, Place, go_on, python_path

HERE = Path(__file__).parent
PLUGINS, SABOTAGE = HERE / "plugins", HERE / "sabotage"
NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
ROUTE = '[notifiers.ops]\nuse = "deaf"\n'


class Living(Place):
    """A place whose daemon tells a notifier that refuses everything."""

    def __init__(self, root: Path, extra: str = "", **more: Any) -> None:
        super().__init__(root, extra=ROUTE + extra, **more)

    def start(self, **environment: str) -> Daemon:
        environment.setdefault("PYTHONPATH", python_path(PLUGINS, SABOTAGE))
        return super().start(**environment)

    def rows(self, query: str, *arguments: object, write: bool = False) -> list[tuple[Any, ...]]:
        """Ask the journal itself."""
        mode = "rw" if write else "ro"
        uri = f"file:{self.state}/journal.sqlite3?mode={mode}"
        connection = sqlite3.connect(uri, uri=True)
        try:
            with connection:
                return connection.execute(query, arguments).fetchall()
        finally:
            connection.close()

    def alerts(self) -> list[dict[str, Any]]:
        """All that were ever owed, but those about dumps."""
        rows = self.rows("SELECT alert FROM outbox WHERE dump IS NULL ORDER BY id")
        found = [json.loads(alert) for (alert,) in rows]
        return [alert for alert in found if alert["event"] != "route.failing"]

    def events(self) -> list[str]:
        return [alert["event"] for alert in self.alerts()]

    def marks(self) -> list[tuple[Any, ...]]:
        """The mark of the daemon that runs, or ran last."""
        with contextlib.suppress(sqlite3.OperationalError):  # there is no journal yet
            return self.rows("SELECT since, text FROM conditions WHERE name = 'daemon.runs:mark'")
        return []

    def start_and_live(self) -> Daemon:
        """Start, and wait until the daemon has put its mark into the journal."""
        before = self.marks()
        daemon = self.start()
        until(lambda: self.marks() not in ([], before))
        return daemon


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def living(tmp_path: Path) -> Living:
    return Living(tmp_path)


def test_a_clean_end_is_no_crash(living: Living) -> None:
    for _ in range(2):
        with living.start_and_live() as daemon:
            pass
        assert daemon.process.returncode == 0
        assert living.rows("SELECT * FROM conditions WHERE name LIKE 'daemon.%'") == []
    assert living.events() == []


def test_a_killed_daemon_is_told_by_the_next_with_what_it_was_at(
    tmp_path: Path, core: Path
) -> None:
    living = Living(tmp_path, settle=60)
    with living.start_and_live() as daemon:
        sender = living.grow(core, NAME, stop_at=100_000, then="go on")
        living.until(lambda status: status["in_flight"])
        daemon.kill()
    with living.start():
        until(living.alerts)
        go_on(sender)
        living.until(lambda status: status["done"])
    (alert,) = living.alerts()
    lines = dict(alert["lines"])
    assert alert["event"] == "daemon.crashed"
    assert lines["Was at work on"] == f"dump 1 ({NAME}): taken up again"
    assert lines["Machine"] == "was not restarted: panicpipe alone crashed or was killed"
    assert alert["facts"]["started"] <= alert["facts"]["last_alive"] <= time.time()
    with living.start_and_live():
        pass
    assert living.events() == ["daemon.crashed"]


def test_that_the_machine_was_restarted_is_told(living: Living) -> None:
    with living.start_and_live() as daemon:
        daemon.kill()
    (text,) = living.rows("SELECT text FROM conditions WHERE name = 'daemon.runs:mark'")[0]
    mark = {**json.loads(text), "boot": "another"}
    query = "UPDATE conditions SET text = ? WHERE name = 'daemon.runs:mark'"
    living.rows(query, json.dumps(mark), write=True)
    with living.start():
        until(living.alerts)
    (alert,) = living.alerts()
    assert dict(alert["lines"])["Machine"].startswith("was restarted meanwhile")


def test_a_crash_loop_is_told_once_and_gathered_from_then_on(living: Living) -> None:
    for _ in range(4):
        with living.start_and_live() as daemon:
            daemon.kill()
    assert living.events() == ["daemon.crashed"] * 3
    held = [owed["held_until"] is not None for owed in living.status()["alerts_owed"]]
    assert held == [False, True, True]


def test_killed_while_it_tells_of_the_last_crash_it_is_told_once(living: Living) -> None:
    with living.start_and_live() as daemon:
        daemon.kill()
    daemon = living.start(PANICPIPE_TEST_KILL="after outbox.owe 1")
    assert daemon.process.wait(30) == -9
    assert living.events() == []
    with living.start():
        until(living.alerts)
    assert living.events() == ["daemon.crashed"]


def test_one_that_had_to_leave_by_force_when_it_was_asked_to_stop_is_no_crash(
    living: Living,
) -> None:
    with living.start_and_live() as daemon:
        connection = sqlite3.connect(living.state / "journal.sqlite3", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")  # nobody else can write, not even the end
        daemon.stop()
        connection.close()
    assert living.rows("SELECT * FROM conditions WHERE name = 'daemon.runs:mark'")
    with living.start():
        until(lambda: "had to leave at once" in daemon.log)
    assert living.events() == []


def test_a_configuration_that_is_refused_at_the_start_is_no_crash(living: Living) -> None:
    good = living.config.read_text()
    with living.start_and_live():
        pass
    living.config.write_text(good.replace("settle_seconds", "settle_secs"))
    assert living.start().process.wait(30) != 0
    living.config.write_text(good)
    with living.start_and_live():
        pass
    assert living.events() == []


def test_that_nothing_listens_for_dumps_is_told_until_something_does(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("0.0.0.0", 0))
        port = server.getsockname()[1]
        living = Living(tmp_path, f"[server]\nexpect_listener = true\nport = {port}\n")
        with living.start_and_live():
            server.close()
            status = living.until(lambda status: status["server_down"])
            assert status["server_down"][0]["text"] == f"nothing listens on UDP {port}"
        with (
            living.start_and_live() as daemon,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again,
        ):
            again.bind(("0.0.0.0", port))
            again.setblocking(False)
            living.until(lambda status: not status["server_down"])
            with pytest.raises(BlockingIOError):
                again.recv(100)
    assert living.events() == ["server.down", "server.up"]
    assert f"nothing listens on UDP {port}: no Mac can send its dump here" in daemon.log


def test_a_heartbeat_comes_in_time_and_counts_what_came(tmp_path: Path, core: Path) -> None:
    living = Living(tmp_path, "[alerts]\nheartbeat_days = 2\n")
    set_back = "UPDATE conditions SET since = since - ? WHERE name = 'heartbeat:last'"
    beats = "SELECT 1 FROM conditions WHERE name = 'heartbeat:last'"
    with living.start_and_live():
        until(lambda: living.rows(beats))
        shutil.copy(core, living.dumps / NAME)
        living.until(lambda status: status["done"])
    assert living.events() == []
    living.rows(set_back, 2 * 86400, write=True)
    for _ in range(2):
        with living.start_and_live():
            until(living.alerts)
    (alert,) = living.alerts()
    assert alert["event"] == "heartbeat"
    assert alert["what"] == "panicpipe is at work: 1 complete dump in 2 days"
    assert dict(alert["lines"])["Free"].endswith(f" in {living.dumps}")

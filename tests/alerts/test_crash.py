"""An alert is not sent twice, whenever the daemon is killed; a stop leaves nothing behind."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import msgspec
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pipeline.alerts import receipts
from pipeline.alerts.delivery import earlier
from pipeline.alerts.receipts import Outcome, Receipt, Slip
from pipeline.alerts.sender import SENT_STATUS, Letter, Recipe, command
from pipeline.messages.style import Style
from tests.alerts.lane import Lane, alert, built, running, send_all, until
from tests.alerts.plugins import Hang, Post

_DAEMON = """
import asyncio, sys
from pathlib import Path
from pipeline.journal import Journal
from pipeline.alerts.outbox import Outbox
from tests.alerts.lane import QUICK, built
from tests.alerts.plugins import Post

place, *urls = sys.argv[1:]
journal = Journal.open(Path(place))
notifiers = [built(Post(url=url), f"n{number}") for number, url in enumerate(urls)]
asyncio.run(Outbox(journal, notifiers, QUICK, Path(place) / "receipts").run())
"""


class Desk:
    """A web server that notes what it is sent, and answers when it is told to."""

    def __init__(self, server: HTTPServer, delay: float = 0.0) -> None:
        self.got: collections.Counter[tuple[str, str]] = collections.Counter()
        self.may_answer = threading.Event()
        self._delay = delay
        server.expect_request("/hold").respond_with_handler(self._hold)
        for path in ("/a", "/b"):
            server.expect_request(path).respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        self.got[request.path, request.get_data(as_text=True)] += 1
        time.sleep(self._delay)
        return Response()

    def _hold(self, request: Request) -> Response:
        self.got[request.path, request.get_data(as_text=True)] += 1
        self.may_answer.wait(30)
        return Response()


@contextlib.contextmanager
def daemon(place: Path, *urls: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with an outbox, which is killed without warning at the end."""
    process = subprocess.Popen([sys.executable, "-c", _DAEMON, str(place), *urls])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: object) -> None:
    asyncio.run(until(condition))  # type: ignore[arg-type]


def test_a_delivery_that_outlives_its_daemon_is_believed(
    lane: Lane, web: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The daemon dies while the server thinks; the next one waits for the child and asks nobody."""
    desk, url = Desk(web), web.url_for("/hold")
    lane.owe(lane.outbox(built(Post(url=url), "n0")), "once")
    with daemon(lane.place, url):
        wait_for(lambda: desk.got)
    assert not lane.settled()

    async def next_life() -> None:
        async with running(lane.outbox(built(Post(url=url), "n0"))):
            await asyncio.sleep(0.5)
            assert not lane.settled()
            desk.may_answer.set()
            await until(lane.settled)

    asyncio.run(next_life())
    assert lane.alerts()[0].sent is not None
    assert desk.got == {("/hold", "once"): 1}


def test_the_child_of_a_killed_daemon_does_not_hold_up_other_routes(
    lane: Lane, web: HTTPServer
) -> None:
    desk = Desk(web)
    held, free = web.url_for("/hold"), web.url_for("/a")
    notifiers = [built(Post(url=held), "n0"), built(Post(url=free), "n1")]
    lane.journal.outbox.owe(lane.dump, ["n0"], alert("once"), 1.0)
    with daemon(lane.place, held, free):
        wait_for(lambda: desk.got)

    async def next_life() -> None:
        outbox = lane.outbox(*notifiers)
        async with running(outbox):
            lane.journal.outbox.owe(lane.dump, ["n1"], alert("meanwhile"), 2.0)
            outbox.wake()
            await until(lambda: lane.alerts()[1].sent)
            assert lane.alerts()[0].sent is None
            desk.may_answer.set()
            await until(lane.settled)

    asyncio.run(next_life())
    assert set(desk.got.values()) == {1}


def test_nothing_is_sent_twice_or_lost_by_daemons_killed_at_random_moments(
    lane: Lane, web: HTTPServer
) -> None:
    desk = Desk(web, delay=0.02)
    urls = [web.url_for("/a"), web.url_for("/b")]
    notifiers = [built(Post(url=url), f"n{number}") for number, url in enumerate(urls)]
    titles = [f"alert {number}" for number in range(6)]
    lane.owe(lane.outbox(*notifiers), *titles)
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(10):
        with daemon(lane.place, *urls) as process:
            time.sleep(chance.uniform(0.15, 1.0))
            process.send_signal(signal.SIGKILL)
    send_all(lane, lane.outbox(*notifiers))
    expected = {(path, title): 1 for path in ("/a", "/b") for title in titles}
    assert desk.got == expected, f"seed {seed}"


def test_a_stop_kills_a_delivery_that_hangs_and_its_helpers(lane: Lane, tmp_path: Path) -> None:
    """Within the two seconds that a delivery is given, and something for the machine."""
    file = tmp_path / "hung"

    async def life() -> float:
        outbox = lane.outbox(built(Hang(file=str(file))), limit=600)
        async with running(outbox):
            lane.owe(outbox, "never")
            await until(file.exists)
            begin = time.monotonic()
        return time.monotonic() - begin

    took = asyncio.run(life())
    assert took < 5
    end = time.monotonic() + 10  # they were killed; how soon they are gone is the machine's
    while any(map(alive, file.read_text().split())):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert lane.alerts()[0].sent is None
    assert lane.alerts()[0].attempts == 0


def test_a_delivery_that_ends_while_the_lane_stops_is_recorded(lane: Lane, web: HTTPServer) -> None:
    desk = Desk(web)

    async def life() -> None:
        outbox = lane.outbox(built(Post(url=web.url_for("/hold"))))
        async with running(outbox) as task:
            lane.owe(outbox, "once")
            await until(lambda: desk.got)
            task.cancel()
            await asyncio.sleep(0.1)
            desk.may_answer.set()

    asyncio.run(life())
    assert lane.alerts()[0].sent is not None


def test_what_hangs_is_killed_with_its_helpers_after_the_limit_and_still_owed(
    lane: Lane, tmp_path: Path
) -> None:
    file = tmp_path / "hung"

    async def life() -> None:
        outbox = lane.outbox(built(Hang(file=str(file))), limit=1.5)
        async with running(outbox):
            lane.owe(outbox, "never")
            await until(lambda: file.exists() and lane.alerts()[0].attempts)

    asyncio.run(life())
    assert lane.alerts()[0].error == "no answer within 2 s"
    assert lane.alerts()[0].sent is None
    assert not any(map(alive, file.read_text().split()))


def test_a_child_whose_daemon_was_killed_ends_by_itself_after_the_limit(
    lane: Lane, tmp_path: Path
) -> None:
    """Otherwise the next daemon would wait for ever for a notifier that hangs."""
    file = tmp_path / "hung"
    program = _DAEMON.replace("Post(url=url)", "Hang(file=url)").replace(
        "import Post", "import Hang"
    )
    program = program.replace('"receipts")', '"receipts", limit=1.0)')
    notifier = built(Hang(file=str(file)), "n0")
    lane.owe(lane.outbox(notifier), "never")
    process = subprocess.Popen([sys.executable, "-c", program, str(lane.place), str(file)])
    wait_for(file.exists)
    process.kill()
    process.wait()
    child = file.read_text().split()[0]
    assert alive(child)
    wait_for(lambda: not alive(child))


def test_a_journal_that_is_busy_costs_no_second_delivery(
    lane: Lane, web: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What was sent is kept in mind until the journal takes it."""
    desk = Desk(web)
    lane.journal._connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(lane.place / "journal.sqlite3", isolation_level=None)

    async def life() -> None:
        outbox = lane.outbox(built(Post(url=web.url_for("/hold"))))
        lane.owe(outbox, "once")
        async with running(outbox):
            await until(lambda: desk.got)
            other.execute("BEGIN IMMEDIATE")
            desk.may_answer.set()
            await until(lambda: caplog.text.count("cannot be recorded") >= 3)
            other.execute("ROLLBACK")
            await until(lane.settled)

    with contextlib.closing(other):
        asyncio.run(life())
    assert lane.alerts()[0].sent is not None
    assert desk.got == {("/hold", "once"): 1}


def test_a_fault_of_this_machine_does_not_end_the_lane(
    lane: Lane, web: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as a state directory that is not there for a while."""
    desk = Desk(web)
    receipts_directory = lane.place / "receipts"

    async def life() -> None:
        outbox = lane.outbox(built(Post(url=web.url_for("/a"))))
        async with running(outbox):
            receipts_directory.rmdir()
            lane.owe(outbox, "once")
            await until(lambda: "No such file or directory" in caplog.text)
            assert not desk.got
            receipts_directory.mkdir()
            await until(lane.settled)

    asyncio.run(life())
    assert desk.got == {("/a", "once"): 1}


def test_no_secret_is_in_the_arguments_of_the_child(lane: Lane, web: HTTPServer) -> None:
    desk = Desk(web)

    async def life() -> None:
        url = web.url_for("/hold") + "?token=hunter22"
        outbox = lane.outbox(built(Post(url=url)))
        async with running(outbox):
            lane.owe(outbox, "once")
            await until(lambda: desk.got)
            children = [line for line in processes() if "pipeline.alerts.sender" in line]
            assert children
            assert not any("hunter22" in line for line in children)
            desk.may_answer.set()

    asyncio.run(life())


def processes() -> list[str]:
    """Every process's arguments, as anybody may list them."""
    shown = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True)
    return shown.stdout.splitlines()


def alive(pid: str) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def test_a_slip_that_nobody_frees_is_replaced(tmp_path: Path) -> None:
    """A stray descendant of an old delivery may hold the lock for ever; it sends nothing."""
    hold = "import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); "
    hold += "print(1, flush=True); time.sleep(60)"
    path = tmp_path / "1-0"
    slip = Slip(path)
    with subprocess.Popen([sys.executable, "-c", hold, str(path)], stdout=PIPE) as stray:
        assert stray.stdout is not None
        stray.stdout.readline()
        try:
            assert asyncio.run(earlier(slip, limit=-5)) is None
            receipts.write(slip.fd, Receipt(Outcome.SENT))
            again = Slip(path)
            assert not again.try_lock()
            assert again.receipt() == Receipt(Outcome.SENT)
        finally:
            stray.kill()


def test_half_a_letter_is_not_sent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As when the daemon is killed while it writes it; nor is a word said of it in the log."""
    diary = tmp_path / "diary"
    recipe = Recipe("tests.alerts.plugins:Diary", {"file": str(diary)})
    letter = Letter(recipe, alert(), "1", Style(), 20)
    whole = msgspec.json.encode(letter)
    for length in (0, len(whole) - 1, len(whole)):
        slip = Slip(tmp_path / f"{length}-0")
        child = subprocess.run(
            command("deliver", slip.fd), input=whole[:length], pass_fds=[slip.fd], check=False
        )
        assert (child.returncode == SENT_STATUS) == diary.exists() == (length == len(whole))
    assert capfd.readouterr() == ("", "")


def test_half_a_receipt_says_nothing(tmp_path: Path) -> None:
    """A machine that crashes may leave any part of one."""
    slip = Slip(tmp_path / "1-0")
    receipts.write(slip.fd, Receipt(Outcome.AGAIN, "why"))
    whole = (tmp_path / "1-0").read_bytes()
    assert slip.receipt() == Receipt(Outcome.AGAIN, "why")
    for length in range(whole.index(b"\n") + 1):
        (tmp_path / "1-0").write_bytes(whole[:length])
        assert slip.receipt() is None
    (tmp_path / "1-0").write_bytes(b"\0" * 100 + b"\n")
    assert slip.receipt() is None

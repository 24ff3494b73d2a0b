"""kill -9 of daemon and sending child at any moment, counted.

Nothing is ever lost. What is sent twice is what the service had taken when the kill came before the
receipt: once more for each such kill, and nothing else.
"""

from __future__ import annotations

import collections
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.alerts.receipts import Outcome, Slip
from pipeline.journal import Journal
from pipeline.model import Alert
from tests.alerts.lane import Lane, alert, built, send_all
from tests.alerts.plugins import Ledger

_DAEMON = """
import asyncio, sys
from pathlib import Path
from pipeline.journal import Journal
from pipeline.alerts.outbox import Outbox
from tests.alerts.lane import QUICK, built
from tests.alerts.plugins import Ledger

place, *files = sys.argv[1:]
journal = Journal.open(Path(place))
notifiers = [built(Ledger(file=file, seconds=0.15), f"n{n}") for n, file in enumerate(files)]
asyncio.run(Outbox(journal, notifiers, QUICK, Path(place) / "receipts").run())
"""
_MOST_LIVES = 60
_WANTED_HITS = 4
"""Kills between the service's answer and the receipt."""


class Ground:
    """A state directory, two services, and what was owed to them."""

    def __init__(self, lane: Lane, directory: Path) -> None:
        self.lane = lane
        (lane.place / "receipts").mkdir()
        self.files = [directory / "ledger0", directory / "ledger1"]
        self.owed: set[str] = set()
        self.between: collections.Counter[tuple[int, str]] = collections.Counter()

    def owe(self, one: Alert) -> None:
        routes = ["n0", "n1"]
        self.lane.journal.outbox.owe(self.lane.dump, routes, one, time.time())
        self.owed.add(one.title)

    def taken(self) -> list[list[str]]:
        """The keys of all that each service took down, in order."""
        return [
            [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []
            for file in self.files
        ]

    def known(self) -> set[str]:
        """The keys of what the journal, or a receipt, says to be sent."""
        journal = Journal.read(self.lane.place)
        identity = journal.outbox.key(0).removesuffix("0")
        rows = [row for row in journal.outbox.of(self.lane.dump) if row.sent is not None]
        journal.close()
        return {f"{identity}{row.id}" for row in rows} | {
            f"{identity}{n}" for n in self._receipts()
        }

    def _receipts(self) -> Iterator[str]:
        for name in os.listdir(self.lane.place / "receipts"):
            slip = Slip(self.lane.place / "receipts" / name)
            receipt = slip.receipt()
            slip.close()
            if receipt is not None and receipt.outcome is Outcome.SENT:
                yield name.partition("-")[0]

    def note_kill(self, before: list[list[str]]) -> None:
        """Note what was taken in this life and is nowhere said to be sent: it will come again."""
        known = self.known()
        for route, (earlier, now) in enumerate(zip(before, self.taken(), strict=True)):
            for key in set(now[len(earlier) :]) - known:
                self.between[route, key] += 1


@contextlib.contextmanager
def daemon(ground: Ground) -> Iterator[None]:
    """A process with an outbox, of which at the end nothing is left, as after a loss of power."""
    arguments = [str(ground.lane.place), *map(str, ground.files)]
    process = subprocess.Popen([sys.executable, "-c", _DAEMON, *arguments])
    try:
        yield
    finally:
        process.send_signal(signal.SIGSTOP)  # it starts no further child
        children = children_of(process.pid)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait()


def children_of(pid: int) -> list[int]:
    shown = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = (line.split() for line in shown.stdout.splitlines())
    return [int(child) for child, parent in pairs if parent == str(pid)]


def wait_until_something_is_taken(ground: Ground, before: list[list[str]]) -> None:
    end = time.monotonic() + 20
    while ground.taken() == before and time.monotonic() < end:
        time.sleep(0.005)


@pytest.mark.slow
def test_only_what_a_kill_hits_between_answer_and_receipt_is_sent_again(
    lane: Lane, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    ground = Ground(lane, tmp_path)
    lives = 0
    while sum(ground.between.values()) < _WANTED_HITS:
        lives += 1
        assert lives < _MOST_LIVES, f"no kill hits, seed {seed}"
        for number in range(2):
            ground.owe(alert(f"alert {lives}.{number}"))
        before = ground.taken()
        with daemon(ground):
            if chance.random() < 0.6:
                wait_until_something_is_taken(ground, before)
                time.sleep(chance.uniform(0, 0.2))
            else:
                time.sleep(chance.uniform(0.1, 1.2))
        ground.note_kill(before)
    notifiers = [built(Ledger(file=str(file)), f"n{n}") for n, file in enumerate(ground.files)]
    rows = send_all(lane, lane.outbox(*notifiers))
    for route, keys in enumerate(ground.taken()):
        expected = {
            key: 1 + ground.between[route, key]
            for row in rows
            if row.route == f"n{route}"
            for key in [lane.journal.outbox.key(row.id)]
        }
        assert collections.Counter(keys) == expected, f"seed {seed}"
        assert keys == sorted(keys, key=lambda key: int(key.rpartition("-")[2])), f"seed {seed}"
    assert {row.alert.title for row in rows} == ground.owed

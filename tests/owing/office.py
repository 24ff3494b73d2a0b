"""A desk, its routes and their lanes on a journal in memory, with a clock that one sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.alerts.failing import Failures
from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.alerts.settling import Settling
from pipeline.alerts.turns import Turns
from pipeline.journal import Journal
from pipeline.journal.rows import OwedAlert
from pipeline.model import Alert, Identity
from pipeline.owing import Desk, Destination, Rule
from pipeline.pauses import Pauses

SENT = Receipt(Outcome.SENT)
AGAIN = Receipt(Outcome.AGAIN, "unreachable")
REFUSED = Receipt(Outcome.REFUSED, "too odd")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
START = 1_700_000_000.0


def panic(number: int = 0, **parts: Any) -> Alert:
    """Return one of a panic loop: alike all others of its Mac."""
    values: dict[str, Any] = {
        "event": "dump.complete",
        "what": "core complete",
        "client": "10.0.40.7",
        "signature": "a1b2",
        "facts": {"number": number, "name": f"core-{number}"},
    }
    return Alert(**(values | parts))


def news(what: str = "something", **parts: Any) -> Alert:
    return Alert(**({"event": "server.up", "what": what, "facts": {"number": what}} | parts))


class Office:
    """Everything but the children that send."""

    def __init__(self, *routes: str, rule: Rule | None = None) -> None:
        self.now = START
        self.journal = Journal.in_memory()
        self.rule = rule or Rule()
        self.open(*(routes or ("ops",)))

    def open(self, *routes: str) -> None:
        """Begin a life of the daemon, with these routes: all that was known is in the journal."""
        self.routes = routes
        pauses = Pauses(first=10, longest=3600)
        self.desk = Desk(self.journal, [Destination(name=name, rule=self.rule) for name in routes])
        self.failures = Failures(self.journal, self.desk)
        self.turns = Turns(self.journal, pauses)
        self.settling = Settling(self.journal, pauses, self.failures)

    def dump(self) -> int:
        identity = Identity(inode=1, size=1, mtime_ns=1)
        added = self.journal.dumps.add(source="t", raw_name=b"c", identity=identity, now=self.now)
        return added.id

    def owe(self, alert: Alert, dump: int | None = None) -> None:
        self.desk.owe(dump, alert, self.now)

    def try_once(
        self, route: str = "ops", service: Callable[[OwedAlert], Receipt] = lambda _: SENT
    ) -> OwedAlert | None:
        """Let the lane of a route make one try now; return what it tried."""
        turn = self.turns.next(route, self.now)
        if turn.owed is not None:
            self.settling.settle(turn.owed, turn, service(turn.owed), self.now)
        return turn.owed

    def work(
        self, route: str = "ops", service: Callable[[OwedAlert], Receipt] = lambda _: SENT
    ) -> list[OwedAlert]:
        """Let the lane of a route work until it waits; return all that it tried."""
        tried = []
        while (owed := self.try_once(route, service)) is not None:
            tried.append(owed)
            assert len(tried) < 10_000, "it never waits"
        return tried

    def live(
        self,
        seconds: float,
        route: str = "ops",
        service: Callable[[OwedAlert], Receipt] = lambda _: SENT,
    ) -> list[OwedAlert]:
        """Let time pass, and the lane sleep and work as it asks to; return all that it tried."""
        end, tried = self.now + seconds, []
        while True:
            tried += self.work(route, service)
            wait = self.turns.next(route, self.now).wait
            if wait is None or self.now + wait > end:
                self.now = end
                return tried
            assert wait > 0
            self.now += wait

    def rows(self) -> list[OwedAlert]:
        count = self.journal._connection.execute("SELECT max(id) FROM outbox").fetchone()[0] or 0
        return [row for n in range(1, count + 1) if (row := self.journal.outbox.find(n))]


def events(tried: list[OwedAlert]) -> list[str]:
    return [owed.alert.event for owed in tried]


def numbers(tried: list[OwedAlert]) -> list[object]:
    """Return the numbers of all alerts that these tell, digests unfolded."""
    found: list[object] = []
    for owed in tried:
        members = owed.alert.facts.get("alerts", [owed.alert.facts])
        found += [member.get("number") for member in members]
    return found

"""Whatever happens, in whatever order: no alert is lost, and none is told twice."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.journal.rows import OwedAlert
from pipeline.owing import Rule
from tests.owing.office import AGAIN, DAY, HOUR, REFUSED, SENT, Office, news, panic

ROUTES = ("ops", "boss")
RECEIPTS = (SENT, AGAIN, REFUSED, Receipt(Outcome.AGAIN, "slow down", after=1800))
YEAR = 365 * DAY


class Alerts(RuleBasedStateMachine):
    """A daemon's alerts: owed, superseded, sent or not, restarted, by a clock that jumps."""

    @initialize(seconds=st.sampled_from([0.0, 600.0, 7200.0]))
    def begin(self, seconds: float) -> None:
        self.office = Office(*ROUTES, rule=Rule(group_seconds=seconds))
        self.dumps = [self.office.dump()]
        self.told: dict[str, list[object]] = {route: [] for route in ROUTES}
        self.number = 0

    def _next(self) -> int:
        self.number += 1
        return self.number

    @rule(many=st.integers(1, 20), mac=st.integers(1, 2), of_dump=st.booleans())
    def panics(self, many: int, mac: int, *, of_dump: bool) -> None:
        for _ in range(many):
            dump = self.dumps[-1] if of_dump else None
            self.office.owe(panic(self._next(), client=f"10.0.0.{mac}"), dump)

    @rule(topic=st.sampled_from(["heartbeat", "transfer:1", None]), renews=st.booleans())
    def something(self, topic: str | None, *, renews: bool) -> None:
        supersedes = (topic,) if topic and renews else ()
        alert = news(topic=topic, supersedes=supersedes, facts={"number": self._next()})
        self.office.owe(alert, self.dumps[-1])

    @rule()
    def revision(self) -> None:
        self.dumps.append(self.office.dump())
        self.office.desk.supersede(self.dumps[-2], self.dumps[-1], news())

    @rule(
        route=st.sampled_from(ROUTES),
        receipts=st.lists(st.sampled_from(RECEIPTS), min_size=1, max_size=12),
    )
    def tries(self, route: str, receipts: list[Receipt]) -> None:
        for receipt in receipts:
            tried = self.office.try_once(route, lambda _, receipt=receipt: receipt)  # type: ignore[misc]
            if tried is None:
                wait = self.office.turns.next(route, self.office.now).wait
                assert wait is None or 0 < wait <= 2 * DAY
                self.office.now += wait or 0
            elif receipt is SENT:
                self._note(route, tried)

    def _note(self, route: str, owed: OwedAlert) -> None:
        for facts in owed.alert.facts.get("alerts", [owed.alert.facts]):
            if "route" not in facts:
                assert facts["number"] not in self.told[route], "told twice"
                self.told[route].append(facts["number"])

    @rule(seconds=st.sampled_from([1.0, 60.0, HOUR, DAY, -HOUR, YEAR, -YEAR]))
    def time(self, seconds: float) -> None:
        self.office.now += seconds

    @rule()
    def restart(self) -> None:
        self.office.open(*ROUTES)

    @precondition(lambda self: self.number > 0)
    @rule(route=st.sampled_from(ROUTES))
    def recovers(self, route: str) -> None:
        """A service that takes everything gets all there is within two days."""
        for owed in self.office.live(2 * DAY, route):
            self._note(route, owed)
        assert not [row for row in self.office.journal.outbox.pending() if row.route == route]

    @invariant()
    def nothing_is_lost(self) -> None:
        """Everything is told, owed, or dropped: it is over, or something newer takes its place."""
        if not hasattr(self, "office"):
            return
        rows = self.office.rows()
        sent = {row.id for row in rows if row.sent is not None}
        for row in rows:
            if row.sent is not None:
                assert row.digest is None or row.digest in sent
                number = row.alert.facts.get("number")
                assert number is None or number in self.told[row.route]
            elif row.dropped is not None:
                over = row.dropped == "the route works again"
                assert row.alert.event == "route.failing" if over else _gave_way(row.dropped)
            elif row.digest is not None:
                carrier = self.office.journal.outbox.find(row.digest)
                assert carrier is not None
                assert carrier.sent is None
                assert carrier.dropped is None

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        for route in ROUTES:
            self.recovers(route)
        self.nothing_is_lost()


def _gave_way(reason: str) -> bool:
    return reason.startswith("superseded by ")


Alerts.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAlerts = Alerts.TestCase

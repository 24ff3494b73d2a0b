"""What becomes of alerts about an older revision of a file that were not sent yet."""

from __future__ import annotations

import pytest

from pipeline.journal.rows import DumpRow, State
from pipeline.model import Identity, Inspection, Verdict
from pipeline.running.recording import Outcomes
from tests.owing.office import Office
from tests.running.endings import inspection
from tests.workers.harness import Notes

NAME = b"core-xnu-11417.121.6-10.0.40.7-0a1b2c3d"


class Revisions:
    """One file that changes again and again, and a route that is away."""

    def __init__(self) -> None:
        self.office = Office()
        self._journal = self.office.journal
        self.outcomes = Outcomes(self._journal, self.office.desk, Notes())
        self._last: DumpRow | None = None

    def judged(self, found: Inspection) -> DumpRow:
        size = 1 if self._last is None else self._last.id + 1
        identity = Identity(inode=1, size=size, mtime_ns=1)
        row = self._journal.dumps.add(
            source="directory", raw_name=NAME, identity=identity, now=1.0, previous=self._last
        )
        self._journal.dumps.judge(row.id, identity, found, "quiet", 2.0)
        self._last = self._journal.dumps.get(row.id)
        return self._last

    def owed(self) -> list[tuple[int | None, str]]:
        return [(row.dump, row.alert.event) for row in self.office.journal.outbox.pending()]


@pytest.fixture
def revisions() -> Revisions:
    made = Revisions()
    made.outcomes.end(made.judged(inspection()), State.DONE, None)
    assert made.owed() == [(1, "dump.complete")]
    return made


def test_only_the_newest_outcome_is_owed(revisions: Revisions) -> None:
    revisions.outcomes.end(revisions.judged(inspection(Verdict.DAMAGED)), State.DONE, None)
    assert revisions.owed() == [(2, "dump.damaged")]
    revisions.outcomes.announce(revisions.judged(inspection()))
    assert revisions.owed() == [(3, "dump.complete")]


def test_a_newer_one_that_nobody_is_told_of_takes_nothing_back(revisions: Revisions) -> None:
    revisions.outcomes.end(revisions.judged(inspection(Verdict.NOT_A_DUMP)), State.IGNORED, None)
    assert revisions.owed() == [(1, "dump.complete")]


@pytest.mark.parametrize("state", [State.PARKED, State.GONE])
def test_trouble_with_a_newer_one_says_nothing_of_the_older(
    revisions: Revisions, state: State
) -> None:
    revisions.outcomes.end(revisions.judged(inspection()), state, "no reason")
    assert revisions.owed() == [(1, "dump.complete"), (2, f"dump.{state}")]

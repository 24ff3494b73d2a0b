from __future__ import annotations

import pytest

from pipeline import Identity
from pipeline.sources.settling import Close, Stillness, silence, why_finished

EARLY = Identity(inode=7, size=1406, mtime_ns=1)
LATER = Identity(inode=7, size=2812, mtime_ns=2)


def finished(
    close: Close | None = None, *, writers: bool | None = False, now: float = 110.0
) -> str | None:
    return why_finished(
        Stillness(identity=LATER, since=100.0),
        close,
        now=now,
        settle_seconds=75,
        has_writers=lambda _: writers,
    )


def test_a_close_after_the_last_change_ends_it_when_nobody_else_writes() -> None:
    assert finished(Close(identity=LATER, at=101.0)) == "closed by its writer"


@pytest.mark.parametrize("writers", [True, None])
def test_a_close_does_not_end_it_while_another_writes_or_might(writers: bool | None) -> None:
    assert finished(Close(identity=LATER, at=101.0), writers=writers) is None


def test_a_close_before_the_last_change_says_nothing() -> None:
    assert finished(Close(identity=EARLY, at=101.0)) is None


def test_an_idle_file_ends_after_the_settle_time_and_not_before() -> None:
    assert finished(now=174.9) is None
    assert finished(now=175.0) == "unchanged for 75 s"


def test_stillness_ends_it_although_somebody_keeps_it_open() -> None:
    close = Close(identity=LATER, at=101.0)
    assert finished(close, writers=True, now=175.0) == "unchanged for 75 s"


def test_writers_are_not_looked_for_where_no_close_was_seen() -> None:
    def never(close: Close) -> bool:
        raise AssertionError("asked for nothing")

    still = Stillness(identity=LATER, since=100.0)
    answer = why_finished(still, None, now=101.0, settle_seconds=75, has_writers=never)
    assert answer is None


def test_each_change_starts_the_wait_again_and_a_look_alone_does_not() -> None:
    still = Stillness(identity=EARLY, since=100.0)
    assert still.seen(EARLY, 130.0).since == 100.0
    assert still.seen(LATER, 130.0).since == 130.0


@pytest.mark.parametrize(
    ("close", "seconds"),
    [
        (None, 60.0),
        (Close(identity=LATER, at=150.0), 50.0),
        (Close(identity=EARLY, at=150.0), 60.0),
        (Close(identity=LATER, at=99.0), 0.0),
    ],
)
def test_silence_ends_with_the_close_that_was_seen(close: Close | None, seconds: float) -> None:
    assert silence(Stillness(identity=LATER, since=100.0), close, now=160.0) == seconds

"""What is said of an alert that is owed, was sent or was dropped, and of the routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.cli import phrases
from pipeline.journal.rows import OwedAlert, RouteRow

_MOST_NUMBERS = 8


def standing(owed: OwedAlert, now: float, *, alive: bool, rest: float = 0.0) -> str:
    """Why an alert is not sent yet, and when that ends.

    `rest` is until when its route's service asked to be left alone.
    """
    if owed.digest is not None:
        return f"in digest {owed.digest}, which is owed"
    if owed.held_until is not None:
        return _held(owed.held_until, now, alive=alive)
    if owed.attempts:
        parts = [owed.error or "not sent yet", f"tried {phrases.times(owed.attempts)}"]
    else:
        parts = ["not tried yet"]
    if owed.aside:
        parts.insert(0, "set aside, others go first")
    next_try = max(owed.next_try, rest)
    parts.append(f"next try {phrases.due(next_try, now)}" if alive else phrases.WITH_DAEMON)
    return "; ".join(parts)


def _held(until: float, now: float, *, alive: bool) -> str:
    """Say until when an alert waits for others like it."""
    when = f"until {phrases.when(until)}" if until > now else "which is made now"
    return f"held for a digest, {when}" + ("" if alive else f"; {phrases.WITH_DAEMON}")


def story(owed: OwedAlert, now: float, *, alive: bool, rest: float = 0.0) -> str:
    """How it went with an alert, or stands."""
    if owed.sent is not None:
        together = "" if owed.digest is None else f" in digest {owed.digest}"
        return f"sent{together} {phrases.when(owed.sent)}"
    if owed.dropped is not None:
        return f"not sent: {owed.dropped}"
    return f"owed: {standing(owed, now, alive=alive, rest=rest)}"


def about(owed: OwedAlert) -> str:
    """The event, and the dump that it tells of."""
    return owed.alert.event + ("" if owed.dump is None else f" of dump {owed.dump}")


def summed(owed: Iterable[OwedAlert]) -> str:
    """How many are owed; those that go out with others are counted apart."""
    alerts = list(owed)
    apart = sum(1 for each in alerts if waits_for_others(each))
    parts = [phrases.counted(len(alerts) - apart, "alert")] if len(alerts) > apart else []
    if apart:
        parts.append(f"{phrases.counted(apart, 'alert')} to be told together")
    return ", ".join(parts)


def waits_for_others(owed: OwedAlert) -> bool:
    return owed.held_until is not None or owed.digest is not None


def route(row: RouteRow, waiting: int, now: float) -> str:
    """How sending over a route goes."""
    parts = [_works(row)]
    if row.not_before > now:
        parts.append(f"its service asks to be left alone until {phrases.when(row.not_before)}")
    if waiting:
        parts.append(f"{phrases.counted(waiting, 'alert')} owed")
    if row.last_sent is None:
        parts.append("nothing was sent yet")
    else:
        parts.append(f"last sent {phrases.when(row.last_sent)}")
    return "; ".join(parts)


def _works(row: RouteRow) -> str:
    if row.failing_since is not None:
        return failing(row)
    if row.failures:
        return f"failed {phrases.times(row.failures)}: {row.error or 'no reason was given'}"
    return "works" if row.last_sent is not None else "not used yet"


def failing(row: RouteRow) -> str:
    """Since when a route fails, and why."""
    reason = row.error or "some alerts are refused"
    return f"fails since {phrases.when(row.failing_since or 0)}: {reason}"


def numbers(alerts: Iterable[OwedAlert]) -> str:
    """Which alerts, by their numbers: some of them where there are many."""
    every = [str(each.id) for each in alerts]
    shown = ", ".join(every[:_MOST_NUMBERS])
    return f"{shown}, … ({len(every)} in all)" if len(every) > _MOST_NUMBERS else shown


def per_route(alerts: Iterable[OwedAlert]) -> Mapping[str, list[OwedAlert]]:
    """Sort what is owed by its route, the oldest first."""
    found: dict[str, list[OwedAlert]] = {}
    for owed in alerts:
        found.setdefault(owed.route, []).append(owed)
    return found

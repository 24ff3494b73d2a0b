"""What `status` and `show` say of a dump, in the same words."""

from __future__ import annotations

import time

from pipeline.display import duration, size
from pipeline.journal.rows import DumpRow, LiveRow, State
from pipeline.model import Inspection, Verdict

WITH_DAEMON = "goes on when the daemon runs"
_SILENCE = 5.0
"""Seconds without news after which a transfer is said to be silent, not fast."""
_LONG_SILENCE = 30.0
"""The same for a step, which may have to wait for an answer after a great deal of data."""
_STYLES = {Verdict.COMPLETE: "green", Verdict.UNSUPPORTED: "yellow", Verdict.NOT_A_DUMP: "yellow"}


def when(moment: float) -> str:
    """A time as people here read it."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def style(found: Inspection) -> str:
    return _STYLES.get(found.verdict, "red")


def verdict(found: Inspection) -> str:
    """The verdict, and of what is not complete why it is so."""
    return str(found.verdict) if found.verdict is Verdict.COMPLETE else judged(found)


def judged(found: Inspection) -> str:
    """The verdict and why it is so."""
    return f"{found.verdict}: {found.reason}"


def progress(live: LiveRow, now: float) -> str:
    """What is being done with a dump, how far it is, how fast, and how long it may take yet."""
    parts = [f"{live.phase} {_how_far(live)}".rstrip()]
    silent = now - live.updated
    if silent > (_SILENCE if live.phase == State.ARRIVING else _LONG_SILENCE):
        return f"{parts[0]}, nothing new for {duration(silent)}"
    if live.rate > 0:
        parts.append(f"{size(round(live.rate))}/s")
        parts += _remaining(live)
    return ", ".join(parts)


def _how_far(live: LiveRow) -> str:
    if live.total:
        return f"{100 * live.done // live.total} % of {size(live.total)}"
    return size(live.bytes) if live.bytes else ""


def _remaining(live: LiveRow) -> list[str]:
    """Guess from how well it compressed so far: `done` is inflated bytes, the rate is not."""
    if not live.total or not live.done or live.done >= live.total:
        return []
    bytes_left = live.bytes * (live.total - live.done) / live.done
    return [f"about {duration(bytes_left / live.rate)} left"]


def waiting(row: DumpRow, now: float, *, alive: bool) -> str:
    """Why nothing is being done with an open dump, and when that ends."""
    reason = row.reason or _nothing_yet(row)
    if not alive:
        return f"{reason}; {WITH_DAEMON}"
    if row.next_try is None:
        return reason
    return f"{reason}; next try {due(row.next_try, now)}"


def archiving(row: DumpRow, step: str | None, tried: int, now: float, *, alive: bool) -> str:
    """Which step an announced dump waits for, why, and when that ends."""
    parts = [row.reason or (f"{step}: waits for its turn" if step else "waits for its turn")]
    if tried:
        parts.append(f"tried {times(tried)}")
    if not alive:
        parts.append(WITH_DAEMON)
    elif row.next_try is not None:
        parts.append(f"next try {due(row.next_try, now)}")
    return "; ".join(parts)


def not_kept(removed: float | None, why: str | None) -> str:
    """What became of a file that is not kept."""
    if removed is None:
        return f"to be removed: {why}"
    return f"removed {when(removed)}: {why}"


def counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _nothing_yet(row: DumpRow) -> str:
    if row.state is State.ARRIVING:
        return "nothing of it has come yet" if row.identity.size == 0 else "not read yet"
    return f"judged {row.inspection.verdict}" if row.inspection else "not read yet"


def due(moment: float, now: float) -> str:
    return "now" if moment <= now else f"in {duration(moment - now)}"


def times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def replaced(newer: int | None) -> str:
    return f"the file has changed since: see dump {newer}"


def remark(row: DumpRow) -> str | None:
    """Why a dump ended as it did, unless that only repeats the verdict's words.

    A stage that leaves a file alone gives just those.
    """
    known = "" if row.inspection is None else row.inspection.reason
    return None if known and (row.reason or "").startswith(known) else row.reason

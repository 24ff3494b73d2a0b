"""The last dump, and what is owed for all of them. Pure: the journal in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.corefile import DumpName
from pipeline.display import one_line
from pipeline.doctor.standing import Standing
from pipeline.doctor.wording import counted, fail, ok, warn, when
from pipeline.journal.rows import DumpRow, OwedAlert, RouteRow
from pipeline.machine import Finding
from pipeline.model import Verdict

_LONGEST_NAME = 60
_LONGEST_REASON = 160


def last_dump(last: DumpRow | None) -> Finding:
    """Say which dump came last, and whether it was whole."""
    check = "dumps.last"
    if last is None:
        return ok(check, "no dump has come yet")
    client = DumpName.parse(last.raw_name).client
    of = "" if client is None or client in last.name else f" from {client}"
    head = f"{when(last.arrived)}: {one_line(last.name, _LONGEST_NAME)}{of}"
    found = last.inspection
    if found is None:
        return ok(check, f"{head}: {last.state}")
    if found.verdict is Verdict.COMPLETE:
        return ok(check, f"{head}: complete")
    reason = one_line(found.reason, _LONGEST_REASON)
    return warn(check, f"{head}: {found.verdict}: {reason}", f"sudo panicpipe show {last.id}")


def parked(rows: Sequence[DumpRow]) -> Finding:
    """Say which dumps wait for somebody."""
    check = "owed.parked"
    if not rows:
        return ok(check, "no dump is parked")
    first = rows[-1]
    reason = one_line(first.reason or "no reason is on record", _LONGEST_REASON)
    what = f"{counted(len(rows), 'dump')} parked, needs you; dump {first.id}: {reason}"
    return warn(check, what, f"mend that, then: sudo panicpipe retry {first.id}")


def archive(rows: Sequence[DumpRow], *, has_archive: bool) -> Finding:
    """Say which dumps are not in the archive yet, and whether that is a fault."""
    check = "owed.archive"
    if not rows:
        return ok(check, "every dump is archived" if has_archive else "no archive is configured")
    what = f"{counted(len(rows), 'dump')} on the way to the archive, since {_since(rows)}"
    failed = [row for row in rows if row.reason]
    if not failed:
        return ok(check, what)
    reason = one_line(failed[0].reason or "", _LONGEST_REASON)
    return warn(check, f"{what}: {reason}", "sudo panicpipe config check --online")


def _since(rows: Sequence[DumpRow]) -> str:
    return when(min(row.announced or row.arrived for row in rows))


def alerts(owed: Sequence[OwedAlert], routes: Sequence[RouteRow]) -> Iterator[Finding]:
    """Say whether people are told: which routes fail, and what is owed."""
    failing = [route for route in routes if route.failing_since is not None]
    for route in failing:
        yield _failing(route, everybody=len(failing) == len(routes))
    yield _owed(owed)


def _failing(route: RouteRow, *, everybody: bool) -> Finding:
    reason = one_line(route.error or "some alerts are refused", _LONGEST_REASON)
    name, since = one_line(route.name, _LONGEST_NAME), when(route.failing_since or 0)
    what = f"{name}: nothing gets through since {since}: {reason}"
    level = fail if everybody else warn
    return level("owed.routes", what, f"sudo panicpipe alert test '{name}'")


def _owed(owed: Sequence[OwedAlert]) -> Finding:
    check = "owed.alerts"
    if not owed:
        return ok(check, "nobody is owed an alert")
    what = f"{counted(len(owed), 'alert')} owed, since {when(min(each.created for each in owed))}"
    aside = [each for each in owed if each.aside]
    if aside:
        why = one_line(aside[0].error or "refused", _LONGEST_REASON)
        what = f"{what}; {len(aside)} set aside: {why}"
        return warn(check, what, "sudo panicpipe alert pending")
    failed = [each for each in owed if each.attempts]
    if failed:
        why = one_line(failed[0].error or "not sent", _LONGEST_REASON)
        return warn(check, f"{what}: {why}", "sudo panicpipe alert pending")
    return ok(check, f"{what}; not tried yet, or held to be told together")


def findings(standing: Standing, *, has_archive: bool) -> Iterator[Finding]:
    """Tell what of dumps is still to be done."""
    yield parked(standing.parked)
    yield archive(standing.archiving, has_archive=has_archive)
    yield from alerts(standing.alerts, standing.routes)

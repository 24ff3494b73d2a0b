"""Several alike alerts as one. Pure: what is owed in, one alert out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.display import duration, one_line, size, utc
from pipeline.journal.rows import OwedAlert
from pipeline.model import Alert, Line, Severity

EVENT = "digest"
_MOST_LINES = 30
_MOST_REMARKS = 8
_LONGEST_TITLE = 120


def digest(members: Sequence[OwedAlert]) -> Alert:
    """Return one alert that tells what all of these tell; they are of one event and one Mac."""
    alerts = [member.alert for member in members]
    first = alerts[0]
    what, _ = Counter(alert.what for alert in alerts).most_common(1)[0]
    verdicts = {alert.verdict for alert in alerts}
    return Alert(
        event=EVENT,
        severity=max((alert.severity for alert in alerts), key=list(Severity).index),
        what=one_line(f"{len(alerts)} more like this: {what}", _LONGEST_TITLE),
        client=first.client,
        about=first.about if len({alert.about for alert in alerts}) == 1 else None,
        verdict=first.verdict if len(verdicts) == 1 else None,
        lines=tuple(_lines(members)),
        remarks=_remarks(alerts),
        facts={
            "event": first.event,
            "client": first.client,
            "count": len(alerts),
            "first": min(member.created for member in members),
            "last": max(member.created for member in members),
            "alerts": [
                {"alert": member.id, "created": member.created, "title": member.alert.title}
                | dict(member.alert.facts)
                for member in members
            ],
        },
    )


def _lines(members: Sequence[OwedAlert]) -> Iterator[Line]:
    yield from _shared(members)
    yield "Alike", f"{len(members)} alerts ({members[0].alert.event}); {_span(members)}"
    for member in members[:_MOST_LINES]:
        yield _label(member), one_line(_told(member), 400)
    if len(members) > _MOST_LINES:
        yield "And", f"{len(members) - _MOST_LINES} more: panicpipe status --all"


def _shared(members: Sequence[OwedAlert]) -> Iterator[Line]:
    """Yield the lines that say the same of every one of them."""
    others = [set(member.alert.lines) for member in members[1:]]
    for label, text in members[0].alert.lines:
        if all((label, text) in lines for lines in others):
            yield label, f"for each: {text}" if label == "Next" else text


def _remarks(alerts: Sequence[Alert]) -> tuple[str, ...]:
    each_once = dict.fromkeys(remark for alert in alerts for remark in alert.remarks)
    return tuple(each_once)[:_MOST_REMARKS]


def _span(members: Sequence[OwedAlert]) -> str:
    first = min(member.created for member in members)
    last = max(member.created for member in members)
    if not (begin := utc(first)) or not (end := utc(last)):
        return f"within {duration(last - first)}"
    return f"at {begin}" if begin == end else f"from {begin} to {end}"


def _label(member: OwedAlert) -> str:
    return f"Alert {member.id}" if member.dump is None else f"Dump {member.dump}"


def _told(member: OwedAlert) -> str:
    """Say when, which file, what it proves and where the zip is; or what the alert's title says."""
    facts = member.alert.facts
    parts = [utc(member.created)]
    name = _text(facts, "name")
    if name is None:
        return ", ".join(filter(None, [*parts, member.alert.what]))
    bytes_of_it = facts.get("size")
    parts += [
        name,
        size(bytes_of_it) if isinstance(bytes_of_it, int) else None,
        _text(facts, "verdict"),
        _zip(facts.get("artifacts")),
    ]
    return ", ".join(filter(None, parts))


def _text(facts: Mapping[str, Any], key: str) -> str | None:
    value = facts.get(key)
    return value if isinstance(value, str) else None


def _zip(artifacts: object) -> str | None:
    path = artifacts.get("zip") if isinstance(artifacts, Mapping) else None
    return f"zip: {path}" if isinstance(path, str) else None

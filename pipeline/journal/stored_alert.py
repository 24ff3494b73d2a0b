"""Alerts as the journal keeps them, also as the first version of panicpipe wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pipeline.model import Alert, Severity

_SEVERITIES = {
    "dump.complete": Severity.NOTICE,
    "dump.archived": Severity.NOTICE,
    "dump.parked": Severity.ERROR,
    "dump.gone": Severity.ERROR,
}


class _First(msgspec.Struct):
    """An alert that was nothing but text."""

    event: str
    title: str
    body: str
    facts: Mapping[str, Any] = {}


def stored_alert(text: str) -> Alert:
    """Return the alert of a row."""
    try:
        return msgspec.json.decode(text, type=Alert)
    except msgspec.ValidationError:
        return _translated(msgspec.json.decode(text, type=_First))


def _translated(first: _First) -> Alert:
    whom, separator, what = first.title.partition(": ")
    client = first.facts.get("client")
    is_client = bool(separator) and whom == client
    lines = [tuple(line.split(": ", 1)) for line in first.body.splitlines() if line]
    return Alert(
        event=first.event,
        severity=_SEVERITIES.get(first.event, Severity.WARNING),
        what=what if separator else first.title,
        client=whom if is_client else None,
        about=whom if separator and not is_client else None,
        lines=tuple((line[0], line[1]) for line in lines if len(line) == 2),
        remarks=tuple(line[0] for line in lines if len(line) == 1),
        facts=first.facts,
    )

"""Which alerts each notifier gets: the keys of `[notifiers.NAME]` that are not its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pipeline.config.tables import RouteTable
from pipeline.model import Alert, Severity
from pipeline.owing import Rule
from pipeline.owing.events import EVENTS
from pipeline.registry.validation import Problem, Refused, validated
from pipeline.registry.wording import did_you_mean, shown

_RULING = tuple(field.name for field in fields(RouteTable))
_RESERVED = ("use", *_RULING)


@dataclass(frozen=True)
class Parted:
    """A notifier's table, taken apart."""

    ruling: Mapping[str, Any]
    """What says which alerts it gets."""
    own: Mapping[str, Any]
    """What the plugin is made from."""
    problems: tuple[Problem, ...]


def parted(cls: type, table: Mapping[str, Any]) -> Parted:
    """Tell a notifier's own keys, which are the fields of `cls`, from ours and from neither's."""
    known = {field.name for field in fields(cls)}
    return Parted(
        ruling={key: table[key] for key in table if key in _RULING},
        own={key: table[key] for key in table if key in known and key not in _RESERVED},
        problems=(*_clashes(cls, known), *_unknown(table, known)),
    )


def _clashes(cls: type, known: set[str]) -> Iterator[Problem]:
    for key in _RESERVED:
        if key in known:
            place = f"{cls.__module__}:{cls.__qualname__}"
            yield Problem(
                (),
                f"{place} has a field {shown(key)}, but that key is panicpipe's; "
                "the notifier's author must give it another name",
            )


def _unknown(table: Mapping[str, Any], known: set[str]) -> Iterator[Problem]:
    keys = [*_RESERVED, *sorted(known)]
    for key in table:
        if key not in keys:
            hint = did_you_mean(key, keys) or ";"
            yield Problem((key,), f"is not a known key{hint} known are: {', '.join(keys)}")


def rule(ruling: Mapping[str, Any], names: Mapping[str, str]) -> Rule:
    """Make the rule of one notifier; Refused where it cannot be, or would tell nobody anything."""
    table = validated(RouteTable, ruling)
    least = Severity.INFO if "events" in ruling else Severity.NOTICE
    made = Rule(
        events=table.events,
        severity=table.severity or least,
        verdicts=frozenset(table.verdicts),
        hosts=table.hosts,
        group_seconds=table.group_minutes * 60,
        names=names,
    )
    problems = list(_pointless(made))
    if problems:
        raise Refused(problems)
    return made


def _pointless(made: Rule) -> Iterator[Problem]:
    for place, event in enumerate(made.events):
        severity = EVENTS.get(event)
        if severity and not severity.reaches(made.severity):
            yield Problem(
                ("events", place),
                f"{shown(event)} is of severity {shown(severity)}, which "
                f"severity = {shown(made.severity)} leaves out",
            )
    if not any(takes(made, event) for event in EVENTS):
        yield Problem(("events",), "takes no event at all, so it would tell nobody")


def takes(made: Rule, event: str, **about: Any) -> bool:
    """Say whether a rule takes an event, if `about` (a verdict, a Mac) is what it is about."""
    return made.takes(Alert(event=event, severity=EVENTS[event], what="", **about))

"""What no route would tell anybody, though somebody should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.config.routing import takes
from pipeline.model import Verdict
from pipeline.owing import Rule
from pipeline.registry.wording import dotted, shown

_JUDGED = tuple(verdict for verdict in Verdict if verdict is not Verdict.NOT_A_DUMP)
_NEEDED: Mapping[str, Sequence[Verdict]] = {
    "dump.parked": _JUDGED,
    "dump.incomplete": (Verdict.TRUNCATED,),
}
_NO_MAC_OF_OURS = "192.0.2.1"
"""Set apart for documentation: only a rule that is not about certain Macs takes it."""


def untold(rules: Mapping[str, Rule]) -> Iterator[str]:
    """Say which failures nobody, or nobody in some cases, would be told of."""
    if not rules:
        return
    every = _names(rules)
    for event, verdicts in _NEEDED.items():
        missed = [each for each in verdicts if not _takers(rules, event, verdict=each)]
        if len(missed) == len(verdicts):
            yield f"nobody would be told of {event}: {every} leave{_s(rules)} it out"
            continue
        if missed:
            which = " or ".join(missed)
            yield f"nobody would be told of {event} where the dump is {which}; see {every}.verdicts"
        takers = _takers(rules, event)
        if takers and not _takers(takers, event, client=_NO_MAC_OF_OURS):
            some = _names(takers)
            yield f"nobody would be told of {event} where the Mac is not one of {some}.hosts"


def unmatched_names(rules: Mapping[str, Rule]) -> Iterator[str]:
    """Say which patterns of names match no name that is configured, and no address either."""
    for route, rule in rules.items():
        for pattern in rule.hosts:
            if any(letter.isalpha() for letter in pattern) and not _matches(rule, pattern):
                key = dotted(("notifiers", route, "hosts"))
                yield f"{key}: {shown(pattern)} matches no name in [hosts], so it chooses no Mac"


def _matches(rule: Rule, pattern: str) -> bool:
    alone = Rule(hosts=(pattern,), names=rule.names)
    return any(takes(alone, "dump.parked", client=client) for client in rule.names)


def _takers(rules: Mapping[str, Rule], event: str, **about: Any) -> dict[str, Rule]:
    return {name: rule for name, rule in rules.items() if takes(rule, event, **about)}


def _names(rules: Mapping[str, Rule]) -> str:
    return dotted(("notifiers", *rules)) if len(rules) == 1 else "notifiers.*"


def _s(rules: Mapping[str, Rule]) -> str:
    return "s" if len(rules) == 1 else ""

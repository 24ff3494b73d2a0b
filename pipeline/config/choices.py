"""What may stand in the tables about alerts: in the lists by which a route chooses, and as names.

Each function returns what it is given, or raises ValueError with what is wrong with it.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from pipeline.model import Verdict
from pipeline.owing.events import EVENTS
from pipeline.registry.wording import did_you_mean

T = TypeVar("T")

_LONGEST_NAME = 64
_LEAST_DAYS = 0.04
_NUMERIC = re.compile(r"[\d.]+")


def event(pattern: str) -> str:
    """Accept an event's name or a pattern of some, with or without `!` before it."""
    bare = pattern.removeprefix("!")
    if any(fnmatchcase(each, bare) for each in EVENTS):
        return pattern
    hint = did_you_mean(bare, EVENTS) or f"; there are: {', '.join(EVENTS)}"
    raise ValueError(f"no event is called that{hint}")


def host(pattern: str) -> str:
    """Accept an IPv4 address, a network, or a pattern of names or addresses."""
    if "/" in pattern:
        _network(pattern)
    elif _NUMERIC.fullmatch(pattern):
        address(pattern)
    else:
        name(pattern)
    return pattern


def verdict(about: Verdict) -> Verdict:
    """Accept a verdict that alerts can be about."""
    if about is Verdict.NOT_A_DUMP:
        raise ValueError("it must be the verdict on a dump: nobody is told of other files")
    return about


def some(chosen: tuple[T, ...]) -> tuple[T, ...]:
    """Accept a list that is not empty; leaving it out is how to choose everything."""
    if not chosen:
        raise ValueError("it must be a list with something in it, or be left out")
    return chosen


def address(text: str) -> str:
    """Accept an IPv4 address; kdumpd knows no others."""
    try:
        IPv4Address(text)
    except ValueError:
        raise ValueError("it must be an IPv4 address such as 10.0.40.7") from None
    return text


def name(text: str) -> str:
    """Accept what can stand in an alert's title in place of an address."""
    if not 0 < len(text.strip()) == len(text) <= _LONGEST_NAME or not text.isprintable():
        raise ValueError(
            f"it must be 1 to {_LONGEST_NAME} characters on one line, "
            "without control characters or spaces around them"
        )
    return text


def _network(text: str) -> None:
    try:
        IPv4Network(text, strict=False)
    except ValueError:
        raise ValueError("it must be an IPv4 network such as 10.0.40.0/24") from None


def hour_or_never(days: float) -> float:
    """Refuse a sign of life so often that nobody would look at it any more."""
    if 0 < days < _LEAST_DAYS:
        raise ValueError(f"it must be 0, for never, or at least {_LEAST_DAYS}: about an hour")
    return days

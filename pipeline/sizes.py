"""Sizes in bytes as people write them: `274877906944`, `"256 GiB"`, `"1.5 TB"`."""

from __future__ import annotations

import re
from decimal import Decimal

_POWERS = ("", "k", "m", "g", "t", "p")
_SIZE = re.compile(r"(\d{1,20}(?:\.\d{1,9})?) ?([kmgtp]?)(i?)b?", re.IGNORECASE | re.ASCII)
_LARGEST = 2**63 - 1


def parse_size(value: object) -> int:
    """Return a number of bytes; ValueError says what is allowed."""
    size = _bytes(value)
    if size is None or not 1 <= size <= _LARGEST:
        raise ValueError('it must be a number of bytes or, for example, "256 GiB"')
    return size


def _bytes(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    number, unit, binary = match.groups()
    step = 1024 if binary else 1000
    return int(Decimal(number) * step ** _POWERS.index(unit.lower()))


def exact_size(count: int) -> str:
    """Write a number of bytes in the largest binary unit that loses nothing."""
    power = 0
    while count and count % 1024 == 0 and power < len(_POWERS) - 1:
        count, power = count // 1024, power + 1
    return f"{count} {_POWERS[power].upper()}iB" if power else f"{count} B"

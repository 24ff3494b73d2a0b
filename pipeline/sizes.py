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
    """Write a number of bytes in the unit that loses nothing and needs the fewest digits."""
    number, power = _scaled(count, 1024)
    decimal, thousands = _scaled(count, 1000)
    if decimal < number:
        unit = "kB" if thousands == 1 else f"{_POWERS[thousands].upper()}B"
        return f"{decimal} {unit}"
    return f"{number} {_POWERS[power].upper()}iB" if power else f"{number} B"


def _scaled(count: int, step: int) -> tuple[int, int]:
    """Return the number in the largest unit that loses nothing, and which power that is."""
    power = 0
    while count and count % step == 0 and power < len(_POWERS) - 1:
        count, power = count // step, power + 1
    return count, power

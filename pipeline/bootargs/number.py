"""Numbers as the kernel reads them in boot-args (xnu, getval in pexpert/gen/bootargs.c)."""

from __future__ import annotations

import re
from functools import reduce

_FORM = re.compile(
    r"(?P<sign>-?)(?:"
    r"(?:0x(?P<hex>[0-9A-Fa-f]*)|0b(?P<binary>[01]*)|0(?P<octal>[0-7]+)|(?P<decimal>[1-9][0-9]*))"
    r"(?P<scale>[kKmMgG]?)|0)"
)
_BASES = {"hex": 16, "binary": 2, "octal": 8, "decimal": 10}
_SCALES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_MASK = 0xFFFFFFFF


def number(text: str) -> int | None:
    """Return the 32 bits that the kernel makes of a value; None where it is text to it.

    A 0 alone takes no k, m or g; what is too large keeps its lowest bits.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    size = _digits(found) * _SCALES[(found["scale"] or "").lower()]
    return (-size if found["sign"] else size) & _MASK


def _digits(found: re.Match[str]) -> int:
    """Return what the digits say, as far as it fits: there may be thousands of them."""
    for name, base in _BASES.items():
        if found[name]:
            return reduce(
                lambda so_far, each: (so_far * base + int(each, 16)) & _MASK, found[name], 0
            )
    return 0

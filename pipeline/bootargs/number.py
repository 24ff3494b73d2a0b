"""Numbers as the kernel reads them in boot-args (xnu, getval in pexpert/gen/bootargs.c)."""

from __future__ import annotations

import re

_FORM = re.compile(
    r"(?P<sign>-?)(?:0x(?P<hex>[0-9A-Fa-f]*)|0b(?P<binary>[01]*)|0(?P<octal>[0-7]+)"
    r"|(?P<decimal>0|[1-9][0-9]*))(?P<scale>[kKmMgG]?)"
)
_SCALES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_MASK = 0xFFFFFFFF


def number(text: str) -> int | None:
    """Return the 32 bits that the kernel makes of a value; None where it is text to it."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    size = _digits(found) * _SCALES[found["scale"].lower()]
    return (-size if found["sign"] else size) & _MASK


def _digits(found: re.Match[str]) -> int:
    for name, base in (("hex", 16), ("binary", 2), ("octal", 8), ("decimal", 10)):
        if found[name] is not None:
            return int(found[name] or "0", base)
    return 0

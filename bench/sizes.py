"""Sizes as they are given on the command line."""

from __future__ import annotations

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def byte_count(text: str) -> int:
    """Return the bytes of `64M`."""
    number, unit = text[:-1], text[-1:].upper()
    return int(number) * _UNITS[unit] if unit in _UNITS else int(text)

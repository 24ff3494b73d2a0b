"""Hostile text made safe to show, and quantities as people read them.

File names, version strings and panic text come unauthenticated from the network. Nothing of them
reaches a terminal, a log, an alert or a file name except through this module.
"""

from __future__ import annotations

import os
import re
import time

_UNSAFE_IN_FILENAME = re.compile(rb"[^A-Za-z0-9._-]+")
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def printable(text: str | bytes) -> str:
    r"""Return `text` with everything escaped that a terminal or a mail reader would act upon.

    Backslashes, control characters, direction overrides, line breaks and bytes that are no UTF-8
    become `\\`, `\x1b`, `\u202e`. Different inputs give different outputs.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    return "".join(c if c.isprintable() and c != "\\" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if character == "\\":
        return "\\\\"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8, as os.fsdecode keeps it
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str | bytes, limit: int = 1024) -> str:
    """Return `text` as one printable line of at most `limit` characters."""
    if isinstance(text, bytes):
        text = text[: limit * 4].decode("utf-8", "replace")
    line = printable(" ".join(text[: limit * 4].split())).replace("\\\\", "\\")
    return line if len(line) <= limit else line[: limit - 1] + "…"


def safe_filename(raw: str | bytes, limit: int = 120) -> str:
    """Return a name made of ASCII letters, digits, `.`, `_` and `-` only, never hidden or empty.

    Different inputs can give the same name: whoever creates the file must still refuse to
    overwrite.
    """
    data = os.fsencode(raw)
    name = _UNSAFE_IN_FILENAME.sub(b"_", data).decode("ascii").lstrip(".-_")[:limit]
    return name or "dump"


def size(count: int | None) -> str:
    """Return a byte count as people say it: `987 bytes`, `1.4 GiB`."""
    if count is None:
        return "unknown size"
    value, unit = float(count), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{count} bytes" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def duration(seconds: float) -> str:
    """Return a time span as people say it: `0.4 s`, `2 min 5 s`, `3 h 20 min`."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def utc(moment: float) -> str | None:
    """Return `2026-11-30 14:00 UTC`, as alerts say it: whoever reads one may sit anywhere.

    None for a time that no calendar has.
    """
    try:
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(moment))
    except (OverflowError, ValueError, OSError):
        return None

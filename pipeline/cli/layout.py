"""How reports are laid out: sections of entries, a name each with its details indented below.

Pure: values in, lines out. Without a width every text stays on one line, whole, for pipes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.cli.output import safe

_GAP = 2
_NARROWEST = 20
_WIDE = frozenset("WF")


@dataclass(frozen=True)
class Line:
    """One line to print, and the colour it may have."""

    text: str
    style: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing in a section: a number (or none), what it is called, and what to know of it."""

    number: str
    name: str
    details: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Section:
    """Entries under a heading; `more` of them are not shown."""

    heading: str
    entries: Sequence[Entry]
    style: str | None = None
    more: int = 0


def sections(parts: Iterable[Section], width: int | None) -> Iterator[Line]:
    """Lay out the sections that have entries, each after an empty line, numbers aligned."""
    shown = [part for part in parts if part.entries]
    column = max((len(entry.number) for part in shown for entry in part.entries), default=0)
    for part in shown:
        yield Line("")
        yield Line(part.heading, part.style)
        for entry in part.entries:
            yield from _entry(entry, column, width)
        if part.more:
            yield Line(" " * (_GAP + column + _GAP) + f"and {part.more} more: --all shows them")


def _entry(entry: Entry, column: int, width: int | None) -> Iterator[Line]:
    margin = " " * (_GAP + column + _GAP)
    head = f"{'':{_GAP}}{entry.number:>{column}}{'':{_GAP}}"
    yield from wrapped(Line(entry.name), head, margin, width)
    for detail in entry.details:
        yield from wrapped(detail, margin, margin, width)


def fields(rows: Iterable[tuple[str, str | None]], width: int | None) -> Iterator[Line]:
    """Lay out names and values in two columns; what is None is left out."""
    present = [(name, value) for name, value in rows if value is not None]
    column = max((len(name) for name, _ in present), default=0)
    for name, value in present:
        head = f"{name:{column}}{'':{_GAP}}"
        yield from wrapped(Line(value), head, " " * len(head), width)


def wrapped(line: Line, head: str, margin: str, width: int | None) -> Iterator[Line]:
    """Break a text between words; a path that is too long stays whole, to be copied."""
    text = safe(line.text)
    if width is None or width - len(margin) < _NARROWEST:
        yield Line(f"{head}{text}".rstrip(), line.style)
        return
    words = text.split(" ")
    row = head + words[0]
    for word in words[1:]:
        if cells(row) + 1 + cells(word) > width:
            yield Line(row.rstrip(), line.style)
            row = margin + word
        else:
            row = f"{row} {word}"
    yield Line(row.rstrip(), line.style)


def cells(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.east_asian_width(character) in _WIDE:
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me") else 1


def cut(text: str, width: int) -> Iterator[str]:
    """Break a line hard into pieces that are no wider than `width`, as a terminal does."""
    piece, used = "", 0
    for character in text:
        wide = _cells(character)
        if used + wide > width and piece:
            yield piece
            piece, used = "", 0
        piece, used = piece + character, used + wide
    yield piece

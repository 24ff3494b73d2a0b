"""The key template: which folder of the bucket a dump's objects lie in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Self

from pipeline.archive.placeholders import PLACEHOLDERS
from pipeline.display import one_line

DEFAULT_TEMPLATE = "{host}/{date}/{name}-{hash}"
MANIFEST_NAME = "manifest.json"
"""Written last: a folder without it is unfinished."""
RECORD_NAME = "dump.json"

LONGEST_PREFIX = 400
LONGEST_FOLDER = 367
"""Both with a slash behind them, and a file name of 255 bytes: 1024, S3's limit."""
_LITERAL = re.compile(r"[A-Za-z0-9/._=-]*")
_UNIQUE = frozenset({"hash", "sha256"})


@dataclass(frozen=True)
class KeyTemplate:
    """Text and placeholders in turn: `(("", "host"), ("/", "date"), …, ("/end", None))`."""

    parts: tuple[tuple[str, str | None], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take a template apart; ValueError, in one line, says what is wrong with it."""
        template = cls(tuple(_parts(text)))
        names = {name for _, name in template.parts if name}
        if not names & _UNIQUE:
            raise ValueError("it must contain {hash} or {sha256}, or two dumps could collide")
        _refuse_unsafe(text)
        longest = sum(
            len(literal) + (PLACEHOLDERS[name].longest if name else 0)
            for literal, name in template.parts
        )
        if longest > LONGEST_FOLDER:
            raise ValueError(f"it can become {longest} bytes long; {LONGEST_FOLDER} are allowed")
        return template

    def render(self, values: Mapping[str, str]) -> str:
        """Return a dump's folder, without slashes around it; see `placeholder_values`."""
        return "".join(text + (values[name] if name else "") for text, name in self.parts)

    def lead(self, values: Mapping[str, str]) -> str:
        """Return what the folder begins with as far as the values are known."""
        known = ""
        for text, name in self.parts:
            known += text
            if name is None or name not in values:
                break
            known += values[name]
        return known

    def stable_lead(self, values: Mapping[str, str]) -> str:
        """Return what the folder begins with whenever this dump is archived, even from a copy."""
        return self.lead({name: values[name] for name in values if PLACEHOLDERS[name].stable})

    def read(self, folder: str) -> Mapping[str, str] | None:
        """Return the values that a folder was made from; None if another template made it."""
        match = self._pattern.fullmatch(folder) if len(folder) <= LONGEST_FOLDER else None
        return match.groupdict() if match else None

    def is_of(self, folder: str, identity: str) -> bool:
        """Whether this folder holds the dump with this SHA-256 (see `content_identity`)."""
        read = self.read(folder)
        if read is None:
            return False
        return identity.startswith(read.get("sha256") or read["hash"])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pattern, seen = "", set()
        for text, name in self.parts:
            pattern += re.escape(text)
            if name in seen:
                pattern += f"(?P={name})"
            elif name:
                seen.add(name)
                pattern += f"(?P<{name}>{PLACEHOLDERS[name].pattern})"
        return re.compile(pattern, re.ASCII)


def _parts(text: str) -> Iterator[tuple[str, str | None]]:
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"its braces do not fit: {error}") from None
    for literal, name, form, conversion in parsed:
        if form or conversion:
            raise ValueError("a placeholder takes neither ! nor : behind its name")
        if name is not None and name not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            raise ValueError(f"{{{one_line(name, 40)}}} is not known; there are {known}")
        yield literal, name


def _refuse_unsafe(text: str) -> None:
    literals = re.sub(r"\{\w+\}", "x", text)
    if not _LITERAL.fullmatch(literals):
        raise ValueError("beside placeholders only letters, digits, / . _ = - are allowed in it")
    for segment in literals.split("/"):
        if not segment:
            raise ValueError("it must not begin or end with a slash, nor have two in a row")
        if segment.startswith("."):
            raise ValueError("no part between slashes may begin with a dot")

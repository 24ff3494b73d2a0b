"""Compiles and runs templates, with an end to what they may take."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

import jinja2.debug  # noqa: F401  else loaded at the first fault, when it may be out of reach
from jinja2 import Template, TemplateSyntaxError

from pipeline.display import one_line
from pipeline.messages.formats import Format
from pipeline.messages.sandbox import Environment

_MOST_OUTPUT = 128 << 10
"""Characters, before it is cut to what the format bears."""
_LONGEST_LINE = 150
"""Characters of a title; Slack refuses a message with a longer one."""


class TemplateFault(Exception):
    """A template cannot be used; its text is one line for people."""


class TooLong(TemplateFault):
    """A template made more than the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"it makes more than {limit} characters")


class Compiled:
    """A template, ready to be rendered again and again."""

    def __init__(self, source: str, form: Format) -> None:
        """Compile it; TemplateFault where it cannot be."""
        self._form = form
        self._environment = Environment(form.escape)
        try:
            self._template: Template = self._environment.from_string(source)
        except Exception as error:  # the parser fails in many ways on what is no template
            raise _fault(error) from None

    def rendered(self, variables: Mapping[str, Any]) -> str:
        """Return what it makes of these, without signs that a terminal would act upon.

        TemplateFault where it fails, makes too much, or nothing.
        """
        self._environment.begin()
        pieces: list[str] = []
        made = 0
        try:
            for piece in self._template.generate(variables):
                made += len(piece)
                if made > _MOST_OUTPUT:
                    raise TooLong(_MOST_OUTPUT)
                pieces.append(piece)
        except TemplateFault:
            raise
        except Exception as error:  # a template can call anything that it is given
            raise _fault(error) from None
        text = _tidy("".join(pieces), one_line=self._form.one_line)
        if not text:
            raise TemplateFault("it makes nothing")
        return text


def _fault(error: Exception) -> TemplateFault:
    line = _line(error)
    said = one_line(str(error) or type(error).__name__, 200).rstrip(".")
    return TemplateFault(said if line is None else f"line {line}: {said}")


def _line(error: Exception) -> int | None:
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else None


def _tidy(text: str, *, one_line: bool) -> str:
    """Clean what stands in the template itself; values are clean already."""
    lines = [_clean(line) for line in text.split("\n")]
    if one_line:
        line = " ".join(" ".join(lines).split())
        return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
    return "\n".join(lines).strip()


def _clean(line: str) -> str:
    return "".join(
        c if c.isprintable() or c == "\N{ZERO WIDTH JOINER}" else " " if c.isspace() else "�"
        for c in line
    )

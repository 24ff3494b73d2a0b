"""What an alert is rendered to, and what each of these asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pipeline.messages.escaping import for_html, for_markdown, for_text, for_title


@dataclass(frozen=True, kw_only=True)
class Format:
    """One of a message's texts."""

    name: str
    escape: Callable[[object], str]
    most_bytes: int
    one_line: bool = False

    @property
    def file(self) -> str:
        """The name of its template, built in or not."""
        return f"{self.name}.j2"

    @property
    def longest_value(self) -> int:
        """Characters of one line's text; a longer one would leave no room for the others."""
        return self.most_bytes * 7 // 10


TITLE: Final = Format(name="title", escape=for_title, most_bytes=600, one_line=True)
TEXT: Final = Format(name="text", escape=for_text, most_bytes=20_000)
MARKDOWN: Final = Format(name="markdown", escape=for_markdown, most_bytes=3_400)
"""Chats fold or cut what is longer."""
HTML: Final = Format(name="html", escape=for_html, most_bytes=20_000)

FORMATS: Final = (TITLE, TEXT, MARKDOWN, HTML)

"""boot-args as people paste them: a whole nvram command, with quotes that an editor made curly."""

from __future__ import annotations

import re
from dataclasses import dataclass

CURLY = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\u2033\u2032\uff02"
"""What editors and mail programs make of straight quotes."""
_COMMAND = re.compile(r"^\s*(?:sudo\s+)?(?:/usr/sbin/)?nvram\s+(?=boot-args[=\t ])")
_NAME = re.compile(r"^\s*boot-args\s*[=\t]\s*")
_QUOTES = "\"'" + CURLY


@dataclass(frozen=True, kw_only=True)
class Pasted:
    """What was in it."""

    text: str
    """The value itself."""
    command: bool
    """Whether a whole command stood there."""
    curly: bool
    """Whether quotes were curly, which a shell takes for letters."""


def pasted(text: str) -> Pasted:
    """Take a value, `boot-args=…`, or a whole command apart."""
    bare = _COMMAND.sub("", text, count=1)
    command = bare != text
    named = _NAME.sub("", bare, count=1)
    value = named.strip(" \t\r\n")
    if len(value) > 1 and value[0] in _QUOTES and value[-1] in _QUOTES:
        value = value[1:-1]
    for sign in CURLY:
        value = value.replace(sign, "")
    return Pasted(
        text=" ".join(value.split()), command=command, curly=any(sign in text for sign in CURLY)
    )

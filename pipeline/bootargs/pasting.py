"""boot-args as people paste them: a whole nvram command, with quotes that an editor made curly."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

CURLY_DOUBLE = (
    "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u300c\u300d\u301d\u301e\u301f\uff02"
)
CURLY_SINGLE = "\u2018\u2019\u201a\u201b\u2039\u203a\u2032\u2035\u00b4\uff07"
CURLY = CURLY_DOUBLE + CURLY_SINGLE
"""What editors and mail programs make of straight quotes."""
_STRAIGHTENED = str.maketrans(dict.fromkeys(CURLY_DOUBLE, '"') | dict.fromkeys(CURLY_SINGLE, "'"))
_COMMAND = re.compile(r"(?:^|[\s;&|])(?:/usr/sbin/)?nvram\s+(?=[\"']?boot-args=)")
_PRINTED = re.compile(r"^boot-args\t(.*)$", re.MULTILINE)
_SETS = "boot-args="
_ENDS = ";&|\r\n"
_BLANK = " \t\r\n"


@dataclass(frozen=True, kw_only=True)
class Pasted:
    """What was in it."""

    text: str
    """The value itself."""
    curly: bool = False
    """Whether quotes were curly, which a shell takes for letters."""
    unquoted: bool = False
    """Whether a whole command stood there without quotes, of which nvram gets the first word."""


def pasted(text: str) -> Pasted:
    """Take a value, `boot-args=…`, what nvram prints, or a whole command apart."""
    curly = any(sign in text for sign in CURLY)
    straight = text.translate(_STRAIGHTENED)
    command = _COMMAND.search(straight)
    if command is not None:
        value, unquoted = _of_command(straight[command.end() :])
        return Pasted(text=value, curly=curly, unquoted=unquoted and not curly)
    printed = _PRINTED.search(text)
    if printed is not None:  # the quotes in it are what NVRAM holds
        return Pasted(text=printed[1].strip(_BLANK), curly=curly)
    bare = straight.strip(_BLANK)
    return Pasted(text=_without_quotes(_without_quotes(bare).removeprefix(_SETS)), curly=curly)


def _without_quotes(text: str) -> str:
    """Take a pair of quotes from around a text, and blanks from inside of it."""
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        text = text[1:-1]
    return text.strip(_BLANK)


def _of_command(text: str) -> tuple[str, bool]:
    """Return the value that a shell gives to nvram, and whether more words stood beside it."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_ENDS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    try:
        words = list(lexer)
    except ValueError:  # a quote that nobody closed
        return _without_quotes(text.strip(_BLANK).removeprefix(_SETS)).strip("\"'"), False
    ours = list(takewhile(lambda word: not _is_end(word), words))
    first, *rest = ours or [""]
    return _joined((first.removeprefix(_SETS), *rest)), bool(rest)


def _is_end(word: str) -> bool:
    return bool(word) and all(sign in _ENDS for sign in word)


def _joined(words: Iterable[str]) -> str:
    return " ".join(words).strip(_BLANK)

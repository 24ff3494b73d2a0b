"""Escapes one value for each format, so that it is shown and not acted upon."""

from __future__ import annotations

import html
import re

from pipeline.messages.defusing import defused

_FIRST_URL = re.compile(r"https?://[\w./~%?#&=:+,;$*!'()-]*[\w/~%#&=+-](?=[.,;:)]*(?: |$))", re.A)
"""A link that a value begins with. One further inside is left alone: who knows who wrote it."""
_ACTIVE = re.compile(r"[*_~`<>\[\]|\\^$]|https?:|www\.", re.IGNORECASE)
"""What means something in some chat's markup wherever it stands."""
_MARKER = re.compile(r"#{1,6}|[-+=]+|-#|\d{1,9}[.)]")
"""What means something as a line's first word."""
_LOOKALIKES = str.maketrans("*`~<>|", "\N{ASTERISK OPERATOR}'\N{TILDE OPERATOR}\u2039\u203a¦")
_EDGE_UNDERLINE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")


class Exact(str):
    """Text to be shown letter for letter, such as a panic's line or a path."""

    __slots__ = ()


def for_title(value: object) -> str:
    """Escape for a line that is a mail's subject in one place and marked-up text in another.

    Neither backslashes nor entities work in both, so what would be markup becomes what looks alike.
    """
    return _EDGE_UNDERLINE.sub("ˍ", defused(value).translate(_LOOKALIKES))


def for_text(value: object) -> str:
    """Escape for plain text, which chats are sent as well."""
    return defused(value)


def for_markdown(value: object) -> str:
    """Escape for CommonMark and the dialects of chats: words with active signs become code.

    Some of these know no other way to escape.
    """
    text = defused(value)
    if isinstance(value, Exact):
        return _code(text)
    link = _FIRST_URL.match(text)
    if link:
        return f"<{link[0]}>{_prose(text[link.end() :], first=False)}"
    pieces = _pieces(text)
    return "".join(
        _code(piece) if number % 2 else _prose(piece, first=number == 0)
        for number, piece in enumerate(pieces)
    )


def for_html(value: object) -> str:
    """Escape for HTML, between tags as well as in a quoted attribute."""
    text = defused(value)
    if isinstance(value, Exact):
        return _monospaced(text)
    link = _FIRST_URL.match(text)
    if link:
        url = html.escape(link[0])
        return f'<a href="{url}">{url}</a>{html.escape(text[link.end() :])}'
    return "".join(
        _monospaced(piece) if number % 2 else html.escape(piece)
        for number, piece in enumerate(_pieces(text))
    )


def _monospaced(text: str) -> str:
    style = "font-family:ui-monospace,Menlo,Consolas,monospace"
    return f'<span style="{style}">{html.escape(text)}</span>'


def _pieces(text: str) -> list[str]:
    """Return what stands outside and inside of backticks, in turn; all of it where they are odd."""
    pieces = text.split("`")
    inside = pieces[1::2]
    paired = len(pieces) % 2 and all(piece and piece == piece.strip() for piece in inside)
    return pieces if paired and "\\" not in text else [text]


def _prose(text: str, *, first: bool = True) -> str:
    """Return text in which each run of words with active signs is code."""
    shown: list[str] = []
    quoted: list[str] = []
    for number, word in enumerate(text.split(" ")):
        marks = first and number == 0 and _MARKER.fullmatch(word)
        if marks or _ACTIVE.search(word):
            quoted.append(word)
            continue
        if quoted:
            shown.append(_code(" ".join(quoted)))
            quoted = []
        shown.append(word)
    if quoted:
        shown.append(_code(" ".join(quoted)))
    return " ".join(shown)


def _code(text: str) -> str:
    """Return code in a single pair of backticks, all that some chats know."""
    inside = text.replace("`", "'").strip()
    if inside.endswith("\\"):
        inside += " "  # not all readers know that no backtick can be escaped in code
    return f"`{inside}`" if inside else ""

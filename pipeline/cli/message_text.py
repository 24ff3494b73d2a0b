"""A rendered alert on standard output, in each of its formats."""

from __future__ import annotations

import unicodedata
from typing import Final

import click
import msgspec

from pipeline.cli import output
from pipeline.cli.layout import Line, wrapped
from pipeline.display import printable
from pipeline.model import Message

FORMATS: Final = ("text", "markdown", "html", "json")


def show(message: Message, form: str) -> None:
    """Print the message; into a pipe nothing of it is wrapped, cut, or changed but controls."""
    if form == "json":
        output.print_json(value(message))
    elif form == "html":
        _exactly(message.html)
    elif form == "markdown":
        _exactly(f"{message.title}\n\n{message.markdown}")
    else:
        output.say(message.title, "bold")
        output.say()
        for line in message.text.splitlines():
            for part in wrapped(Line(line), "", "  ", output.width()):
                output.say(part.text)


def value(message: Message) -> dict[str, object]:
    """Return the message, and what it was made of, as JSON values."""
    made: dict[str, object] = msgspec.to_builtins(message)
    return made


def _exactly(text: str) -> None:
    for line in text.removesuffix("\n").split("\n"):
        click.echo(printable_line(line, exact=output.width() is None))


def printable_line(line: str, *, exact: bool) -> str:
    """Escape what a terminal acts upon; for a program only what no text should have in it.

    Some services need characters that cannot be seen: they keep a word from mentioning anybody.
    """
    kept = "\\\t" if exact else "\\"
    return "".join(
        one if one in kept or _is_harmless(one, exact=exact) else printable(one) for one in line
    )


def _is_harmless(character: str, *, exact: bool) -> bool:
    return unicodedata.category(character) != "Cc" if exact else character.isprintable()

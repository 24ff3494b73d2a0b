"""The child that runs a notifier: it delivers one alert, or says what is wrong with notifiers.

A notifier may hang, print, leak or keep threads: in a process of its own it can be killed. Nothing
that it prints is kept, for libraries print the secrets they are given.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import msgspec

from pipeline.alerts import receipts
from pipeline.alerts.plain import plain
from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.confinement import Terms, ceilings, environment
from pipeline.confinement.confine import confine, harden
from pipeline.confinement.identity import RightsKept
from pipeline.confinement.loading import LOADED_LATE
from pipeline.display import one_line
from pipeline.errors import ConfigError, Rejected, TryAgain
from pipeline.messages import Style, renderer
from pipeline.model import Alert, Message
from pipeline.plugin import Notifier
from pipeline.redaction import secret_fields, without_secrets
from pipeline.registry.discovery import load_class, rebuild
from pipeline.registry.wording import said

SENT_STATUS = 79
"""Exit status after a delivery; one that no library ends a process with by itself."""
_LONGEST_WORDS = 300
"""Characters of an answer, or a fault of the text, that are kept."""
_MOST_MEMORY = 1 << 30
_RIGHTS_KEPT = "its process could not give up the daemon's rights"
_GRACE = 1.0
"""Seconds that the daemon, if there still is one, has to end the child before it does so itself."""


class Recipe(msgspec.Struct, frozen=True):
    """What makes a notifier again in a child. Its configuration holds secrets."""

    reference: str
    config: Mapping[str, Any]


class Letter(msgspec.Struct, frozen=True):
    """What the child is given on its standard input; never in arguments, which anyone can list."""

    notifier: Recipe
    alert: Alert
    key: str
    style: Style
    limit: float
    """Seconds after which the child must be gone, whether or not its daemon still lives."""
    terms: Terms = msgspec.field(default_factory=Terms)
    """What the child gives up before it renders and sends."""
    environment: tuple[tuple[bytes, bytes], ...] = ()
    """What it sees of the daemon's environment beside what is harmless."""


def command(task: Literal["deliver", "check"], *arguments: int) -> list[str]:
    """Return the command line of a child; it never imports from the working directory."""
    flag = "-I" if sys.flags.isolated else "-P"
    program = f"from pipeline.alerts.sender import {task}; {task}()"
    return [sys.executable, flag, "-c", program, *map(str, arguments)]


def deliver() -> NoReturn:
    """Deliver the letter and leave a receipt in the file whose descriptor is the argument."""
    harden()
    slip = int(sys.argv[1])
    os.set_inheritable(slip, False)  # the lock must end with us, not with a notifier's helper
    letter = _letter()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, letter.limit + _GRACE)
    _silence()
    environment.add(letter.environment)
    receipt = _confined(letter) or Receipt(Outcome.AGAIN, _RIGHTS_KEPT)
    status = SENT_STATUS if receipt.outcome is Outcome.SENT else 1
    try:
        receipts.write(slip, receipt)
    finally:
        os._exit(status)  # whatever threads a library has left


def _letter() -> Letter:
    try:
        return msgspec.json.decode(sys.stdin.buffer.read(), type=Letter)
    except msgspec.DecodeError:  # the daemon died before it had written all of it: nothing is sent
        os._exit(1)


def _confined(letter: Letter) -> Receipt | None:
    """Deliver without the daemon's rights; None where these could not be given up."""
    tools = _Tools.of(letter)
    if not tools.keeps_rights:
        try:
            for name in LOADED_LATE:
                importlib.import_module(name)
            environment.drop(letter.environment, remote=True)
            ceilings.cap_memory(_MOST_MEMORY)
            # It outlives the daemon. Some services keep files, and nothing hostile is parsed here.
            confine(letter.terms, remote=True, writes=True, rearm=lambda: None)
        except RightsKept:
            return None
    return _delivered(letter, tools)


@dataclass(frozen=True)
class _Tools:
    """What is made of files while the child still has the rights to read them."""

    notifier: Notifier | BaseException
    render: Callable[[Alert, str], Message] | Exception

    @classmethod
    def of(cls, letter: Letter) -> _Tools:
        try:
            notifier: Notifier | BaseException = _made(letter.notifier)
            if isinstance(notifier, Notifier):
                notifier.prepare()
        except BaseException as error:  # a stranger's notifier may raise anything
            notifier = error
        try:
            return cls(notifier, renderer(letter.style))
        except Exception as error:
            return cls(notifier, error)

    @property
    def keeps_rights(self) -> bool:
        return isinstance(self.notifier, Notifier) and self.notifier.runs_in == "daemon"


def _delivered(letter: Letter, tools: _Tools) -> Receipt:
    message, fault = _rendered(letter, tools)
    try:
        if isinstance(tools.notifier, BaseException):
            raise tools.notifier
        answer = tools.notifier.send(message)
    except BaseException as error:  # a stranger's notifier may raise anything
        outcome = Outcome.REFUSED if isinstance(error, Rejected) else Outcome.AGAIN
        reason = without_secrets(said(error, "the notifier"), _secrets(letter.notifier))
        return Receipt(outcome, reason, after=_asked_pause(error), fault=fault)
    return Receipt(Outcome.SENT, answer=_told(answer, letter.notifier), fault=fault)


def _rendered(letter: Letter, tools: _Tools) -> tuple[Message, str]:
    """Return the message, and what went wrong with its text: that loses no alert."""
    try:
        if isinstance(tools.render, Exception):
            raise tools.render
        return tools.render(letter.alert, letter.key), ""
    except Exception as error:
        return plain(letter.alert, letter.key), one_line(said(error, "the text"), _LONGEST_WORDS)


def _asked_pause(error: BaseException) -> float | None:
    after = error.after if isinstance(error, TryAgain) else None
    return float(after) if isinstance(after, int | float) and after > 0 else None


def _told(answer: object, recipe: Recipe) -> str:
    """Return what the service said; a stranger's notifier may return anything."""
    if not isinstance(answer, str):
        return ""
    return one_line(without_secrets(answer, _secrets(recipe)), _LONGEST_WORDS)


def check() -> NoReturn:
    """Read recipes from standard input; answer with the faults of each on standard output.

    Keeps the daemon's rights: it looks at files of secrets, and sees nothing that others sent.
    """
    harden()
    answers = os.fdopen(os.dup(1), "wb")
    recipes = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Recipe])
    _silence()
    with answers:
        answers.write(msgspec.json.encode([list(_faults(recipe)) for recipe in recipes]))
    os._exit(0)


def _faults(recipe: Recipe) -> Iterator[str]:
    try:
        _made(recipe).check()
    except BaseException as error:  # a stranger's notifier may raise anything
        text = str(error) if isinstance(error, ValueError) else said(error, "the notifier")
        for line in text.splitlines():
            yield without_secrets(line, _secrets(recipe))


def _made(recipe: Recipe) -> Notifier:
    notifier = rebuild(recipe.reference, recipe.config)
    if not isinstance(notifier, Notifier):
        raise ConfigError(f"{recipe.reference} is not a notifier")
    return notifier


def _secrets(recipe: Recipe) -> list[Any]:
    try:
        secret = secret_fields(load_class(recipe.reference))
    except ConfigError:
        secret = frozenset(recipe.config)
    return [value for key, value in recipe.config.items() if key in secret]


def _silence() -> None:
    """Let nothing reach the daemon's log, or be read from what the daemon sent."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)

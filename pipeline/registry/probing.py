"""Asks stages to try out what they need of other machines, each in a child that can be killed.

What a stage tries may hang, print, crash or start helpers. Its configuration reaches the child
through a pipe, since it may hold secrets, and nothing that it prints is kept. It has the rights
that it will run with: it prepares as whoever owns the state directory, and then gives up what
workers do.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from pipeline.confinement import Terms, environment
from pipeline.confinement.confine import confine
from pipeline.confinement.identity import RightsKept
from pipeline.confinement.loading import LOADED_LATE
from pipeline.display import duration, one_line
from pipeline.errors import ConfigError
from pipeline.machine.acting import become_owner
from pipeline.plugin import Probe, Stage
from pipeline.redaction import withheld
from pipeline.registry.discovery import Built, load_class, rebuild
from pipeline.registry.nesting import secrets_in
from pipeline.registry.wording import said

_LIMIT = 60.0
"""Seconds that one stage may take over its probes."""
_GRACE = 5.0
"""Seconds after which the child ends itself, where whoever asked is gone."""
_MOST_PROBES = 50
_WORDS = 300


class Daemon(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf a stage is asked."""

    state_directory: str
    terms: Terms
    """What its workers give up."""


class _Question(msgspec.Struct, frozen=True):
    """What the child is given on its standard input."""

    reference: str
    config: Mapping[str, Any]
    limit: float
    daemon: Daemon | None


class _Answer(msgspec.Struct, frozen=True):
    """What it writes to what was its standard output."""

    probes: list[tuple[str, str | None]]


def has_probes(stage: Stage) -> bool:
    """Whether it is worth starting a child for."""
    return type(stage).probe is not Stage.probe


def probe(
    stage: Built[Stage], limit: float = _LIMIT, daemon: Daemon | None = None
) -> Sequence[Probe]:
    """Ask one stage; where its child dies or hangs, that is a fault as well.

    Without a daemon it keeps the rights of whoever asks. All texts are one line and safe to show.
    """
    if not has_probes(stage.plugin):
        return ()
    question = _Question(stage.reference, stage.config, limit + _GRACE, daemon)
    try:
        found = _asked(msgspec.json.encode(question), limit)
        answer = msgspec.json.decode(found, type=_Answer)
    except (OSError, msgspec.DecodeError, _NoAnswer) as error:
        return (Probe(what=f"try out {one_line(stage.name, 64)}", fault=one_line(str(error))),)
    return [Probe(what=what, fault=fault) for what, fault in answer.probes]


class _NoAnswer(Exception):
    """The child ended, or was ended, without one."""


def _asked(question: bytes, limit: float) -> bytes:
    flag = "-I" if sys.flags.isolated else "-P"  # never import from the working directory
    program = "from pipeline.registry.probing import answer; answer()"
    child = subprocess.Popen(
        [sys.executable, flag, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        found, _ = child.communicate(question, limit)
    except subprocess.TimeoutExpired:
        raise _NoAnswer(
            f"did not end within {duration(limit)} and was stopped; see whether the network "
            "drops what is sent there"
        ) from None
    finally:
        _end(child)
    if child.returncode:
        raise _NoAnswer(f"the stage's process died: {_death(child.returncode)}; this is its bug")
    return found


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and its helpers, and wait for none of their pipes."""
    with contextlib.suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what it never read cannot be flushed
                pipe.close()


def _death(status: int) -> str:
    if status > 0:
        return f"exit status {status}"
    with contextlib.suppress(ValueError):
        return f"ended by {signal.Signals(-status).name}"
    return f"ended by signal {-status}"


def answer() -> NoReturn:
    """Try out the stage that standard input describes, and say on standard output what works."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=_Question)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, question.limit)
    with os.fdopen(os.dup(1), "wb") as answers:
        _silence()
        answers.write(msgspec.json.encode(_Answer(_tried(question))))
    os._exit(0)  # whatever threads a library has left


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _tried(question: _Question) -> list[tuple[str, str | None]]:
    cls: type | None = None
    try:
        cls = load_class(question.reference)
        stage = _made(question)
        if question.daemon is None:
            stage.prepare()
        else:
            _prepare(stage, question.daemon)
        probes = list(islice(stage.probe(), _MOST_PROBES))
        found = [(str(each.what), each.fault and str(each.fault)) for each in probes]
    except RightsKept as error:
        found = [("try out the stage", str(error))]
    except BaseException as error:  # a stranger's stage may raise anything
        found = [("try out the stage", said(error, "the stage"))]
    secrets = [] if cls is None else list(secrets_in(cls, question.config))
    return [
        (_safe(what, secrets), None if fault is None else _safe(fault, secrets))
        for what, fault in found
    ]


def _prepare(stage: Stage, daemon: Daemon) -> None:
    """Have it prepare as who runs the daemon, and give up what its workers do."""
    for name in LOADED_LATE:
        importlib.import_module(name)
    is_another = become_owner(Path(daemon.state_directory))
    try:
        stage.prepare()
    except ModuleNotFoundError as error:
        if not is_another:
            raise
        raise ConfigError(
            f"who owns {daemon.state_directory} cannot read the Python that runs this "
            f"({error.name}); ask the panicpipe that is installed"
        ) from error
    if stage.runs_in == "worker":
        environment.drop(environment.others(), remote=stage.remote)
        # Who is not root has no other account to become. Its own limit ends it.
        terms = replace(daemon.terms, account=None) if is_another else daemon.terms
        confine(terms, remote=stage.remote, rearm=lambda: None)


def _made(question: _Question) -> Stage:
    stage = rebuild(question.reference, question.config)
    if not isinstance(stage, Stage):
        raise ConfigError(f"{question.reference} is not a stage")
    return stage


def _safe(text: str, secrets: Sequence[str]) -> str:
    return withheld(text[: _WORDS * 8], secrets)

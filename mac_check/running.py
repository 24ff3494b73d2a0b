"""Runs checks one after another; none can stop the next one, or leave anything behind."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from mac_check.result import Check, Outcome, Result, Scene
from pipeline.machine import Machine


class _TooLong(BaseException):
    """No Exception: a check that expects errors must not take it for one."""


def run(
    checks: Sequence[Check], machine: Machine, *, traces: bool
) -> Iterator[tuple[Check, Result]]:
    """Run each check in a directory of its own."""
    scene = Scene(
        directory=Path("/nowhere"), machine=machine, root=os.geteuid() == 0, traces=traces
    )
    for check in checks:
        yield check, _looked(check, scene)


def _looked(check: Check, scene: Scene) -> Result:
    if check.mac and not scene.machine.mac:
        return Result(Outcome.NOT_HERE, "only on a Mac")
    if check.root and not scene.root:
        return Result(Outcome.NEEDS_ROOT, "run: sudo .venv/bin/python -B -m mac_check")
    with tempfile.TemporaryDirectory(prefix="mac-check-", ignore_cleanup_errors=True) as place:
        try:
            with _at_most(check.seconds):
                return check.look(replace(scene, directory=Path(place)))
        except _TooLong:
            return Result(Outcome.FAILED, f"no answer within {check.seconds} s")
        except (ImportError, AttributeError) as error:
            return Result(Outcome.FAILED, f"panicpipe lacks what is checked: {error}")
        except Exception as error:  # whatever a system does that nobody foresaw: tell, and go on
            return Result(Outcome.FAILED, f"{type(error).__name__}: {error}")


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

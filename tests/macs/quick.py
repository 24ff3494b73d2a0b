"""The Mac to rehearse on, with its programs called in this process: many tests in little time.

Their answers are the same. What is about running programs at all is tried with the real thing.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import MachineError
from pipeline.machine import Answer, Machine
from tests.installing import fake_python
from tests.macs.fake_mac import PROGRAMS, FakeMac

_NAMES = {path: name for name, path in PROGRAMS.items()}


class QuickMac(FakeMac):
    """A FakeMac whose `machine` starts no processes for its programs."""

    @property
    def machine(self) -> Machine:
        return _QuickMachine(self.root, "darwin")


class _QuickMachine(Machine):
    def run(
        self, program: str, *arguments: str, patience: float = 60.0, text: str | None = None
    ) -> Answer:
        if not self.has(program):
            raise MachineError(f"{program}: cannot be run: No such file or directory")
        if program not in _NAMES:
            return _python(self.root, program, arguments)
        mac = FakeMac(self.root)
        with (mac.root / ".mac" / "calls.jsonl").open("a") as calls:
            calls.write(json.dumps([program, *arguments]) + "\n")
        fixed = mac.state.get("answers", {}).get(_NAMES[program])
        if fixed:
            return Answer(**fixed)
        return _called(mac, _NAMES[program], list(arguments))


def _python(root: Path, program: str, arguments: Sequence[str]) -> Answer:
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = fake_python.act(str(root), program, arguments)
    return Answer(status=status, out=_written(out), err=_written(err))


def _called(mac: FakeMac, name: str, arguments: list[str]) -> Answer:
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    module: Any = importlib.import_module(f"tests.macs.programs.{name}")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = module.main(mac, arguments)
    return Answer(status=status, out=_written(out), err=_written(err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def quick_mac(directory: Path) -> QuickMac:
    return QuickMac(directory / "mac")

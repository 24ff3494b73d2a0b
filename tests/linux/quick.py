"""The Linux machine to rehearse on, with its programs called in this process.

Their answers are the same. What is about running programs at all is tried with the real thing.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from pathlib import Path
from typing import Any

from pipeline.errors import MachineError
from pipeline.machine import Answer, Machine
from tests.installing import fake_python
from tests.linux.fake_linux import PROGRAMS, FakeLinux

_NAMES = {path: name for name, path in PROGRAMS.items()}


class QuickLinux(FakeLinux):
    """A FakeLinux whose `machine` starts no processes for its programs."""

    @property
    def machine(self) -> Machine:
        return _QuickMachine(self.root, "linux")


class _QuickMachine(Machine):
    def run(
        self, program: str, *arguments: str, patience: float = 60.0, text: str | None = None
    ) -> Answer:
        if not self.has(program):
            raise MachineError(f"{program}: cannot be run: No such file or directory")
        fixed = FakeLinux(self.root).state.get("answers", {}).get(_NAMES.get(program))
        if fixed:
            return Answer(**fixed)
        out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            if program in _NAMES:
                status = _called(FakeLinux(self.root), program, list(arguments))
            else:
                status = fake_python.act(str(self.root), program, arguments)
        return Answer(status=status, out=_written(out), err=_written(err))


def _called(linux: FakeLinux, program: str, arguments: list[str]) -> int:
    with (linux.root / ".linux" / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps([program, *arguments]) + "\n")
    module: Any = importlib.import_module(f"{linux.PACKAGE}.{_NAMES[program]}")
    status: int = module.main(linux, arguments)
    return status


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def quick_linux(directory: Path) -> QuickLinux:
    return QuickLinux(directory / "linux")

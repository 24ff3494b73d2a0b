"""What scratch roots that stand for a machine have in common: programs that answer and record.

Each program is a module with `main(machine, arguments) -> int`, found by its name in `PACKAGE`. It
answers in the form of the real one, from the machine's `state`, which it may change.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from pipeline.machine import Machine
from tests.conftest import ROOT

Entry = tuple[int, int, int, str]
"""Owner, group, mode, and content or where a link leads."""


class FakeMachine:
    """A machine to rehearse on."""

    PLATFORM: ClassVar[str]
    RECORDS: ClassVar[str]
    """The directory of our own, below the root."""
    PACKAGE: ClassVar[str]
    PROGRAMS: ClassVar[Mapping[str, str]]
    """Where the system has them; one without a module is not made."""
    OURS: ClassVar[tuple[str, ...]] = ()
    """Files that are no part of the tree, below the root."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._state = self.root / self.RECORDS / "state.json"
        self._calls = self.root / self.RECORDS / "calls.jsonl"

    @property
    def machine(self) -> Machine:
        return Machine(self.root, self.PLATFORM)

    @property
    def state(self) -> dict[str, Any]:
        """What the programs answer from; a copy."""
        state: dict[str, Any] = json.loads(self._state.read_text())
        return state

    @contextmanager
    def changed(self) -> Iterator[dict[str, Any]]:
        """Change the state: `with machine.changed() as state: state["pmset"] = …`."""
        state = self.state
        yield state
        beside = self._state.with_name(f"state-{os.getpid()}")
        beside.write_text(json.dumps(state))
        beside.replace(self._state)  # whole: several programs may be asked at the same time

    @property
    def calls(self) -> list[list[str]]:
        """Every call of a program so far: its absolute path, then its arguments."""
        if not self._calls.exists():
            return []
        return [json.loads(line) for line in self._calls.read_text().splitlines()]

    def forget_calls(self) -> None:
        self._calls.unlink(missing_ok=True)

    def answer(self, program: str, out: str = "", err: str = "", status: int = 0) -> None:
        """Have a program answer this from now on, whatever it is asked."""
        with self.changed() as state:
            state.setdefault("answers", {})[program] = {"out": out, "err": err, "status": status}

    def lose(self, program: str) -> None:
        """Take a program away."""
        self.machine.place(self.PROGRAMS[program]).unlink()

    def tree(self) -> dict[str, Entry]:
        """All below the root but our own records: owner, group, mode, content or link."""
        return dict(self._entries(self.root))

    def _entries(self, directory: Path) -> Iterator[tuple[str, Entry]]:
        ours = {self.root / name for name in (self.RECORDS, *self.OURS)}
        for entry in sorted(directory.iterdir()):
            if entry in ours:
                continue
            found = entry.lstat()
            content = ""
            if entry.is_symlink():
                content = os.readlink(entry)
            elif stat.S_ISREG(found.st_mode):
                content = entry.read_bytes().decode("latin-1")
            name = "/" + str(entry.relative_to(self.root))
            yield name, (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode), content)
            if entry.is_dir() and not entry.is_symlink():
                yield from self._entries(entry)

    def _begin(self, directories: Mapping[str, int], state: Mapping[str, Any]) -> None:
        """Make the root, with its directories and programs."""
        (self.root / self.RECORDS).mkdir(parents=True)
        self._state.write_text(json.dumps(state))
        for name, mode in directories.items():
            place = self.machine.place(name)
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(mode)
        for name, path in self.PROGRAMS.items():
            if importlib.util.find_spec(f"{self.PACKAGE}.{name}") is not None:
                self._write_program(name, path)

    def _write_program(self, name: str, path: str) -> None:
        place = self.machine.place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(
            f"#!{sys.executable} -I\n"
            f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
            "from pathlib import Path\n"
            f"from {type(self).__module__} import {type(self).__name__} as Machine\n"
            f"Machine(Path({str(self.root)!r})).act({name!r}, {path!r})\n"
        )
        place.chmod(0o755)

    def act(self, name: str, path: str) -> None:
        """Be one of the programs: record the call, then answer."""
        arguments = sys.argv[1:]
        with self._calls.open("a") as calls:
            calls.write(json.dumps([path, *arguments]) + "\n")
        fixed = self.state.get("answers", {}).get(name)
        if fixed:
            sys.stdout.write(fixed["out"])
            sys.stderr.write(fixed["err"])
            sys.exit(fixed["status"])
        sys.exit(importlib.import_module(f"{self.PACKAGE}.{name}").main(self, arguments))

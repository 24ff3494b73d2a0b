"""Other processes that write, read and wait, told what to do one step at a time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

PIECE = 1406
"""Bytes that kdumpd writes at a time."""

_ROOT = str(Path(__file__).parents[2])

_PROGRAM = """
import os, sys
fd = None
for line in sys.stdin:
    order, _, rest = line.rstrip("\\n").partition(" ")
    if order == "create":
        fd = os.open(os.fsencode(rest), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o660)
    elif order == "append":
        fd = os.open(os.fsencode(rest), os.O_APPEND | os.O_WRONLY)
    elif order == "read":
        fd = os.open(os.fsencode(rest), os.O_RDONLY)
    elif order == "write":
        for _ in range(int(rest)):
            os.write(fd, b"x" * 1406)
    elif order == "close":
        os.close(fd)
    print("done", flush=True)
"""


class Other:
    """Another process with at most one file open. Each order is carried out when it returns."""

    def __init__(self, *, own_group: bool = False) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0 if own_group else None,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def create(self, path: Path) -> None:
        self._order(f"create {path}")

    def append(self, path: Path) -> None:
        self._order(f"append {path}")

    def read(self, path: Path) -> None:
        self._order(f"read {path}")

    def write(self, pieces: int = 1) -> None:
        self._order(f"write {pieces}")

    def close(self) -> None:
        self._order("close")

    def die(self) -> None:
        """End by SIGKILL, with whatever is open."""
        self._process.kill()
        self._process.wait()

    def _order(self, line: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def __enter__(self) -> Other:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.die()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()


def as_nobody(program: str, *arguments: str) -> str:
    """Run a Python program in a process without privileges; return what it prints.

    Its imports are done as root, because the package may lie where nobody may not look.
    """
    imports = [line for line in program.splitlines() if line.startswith(("import ", "from "))]
    drop = "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    lines = [f"import sys; sys.path.insert(0, {_ROOT!r})", *imports, drop, program]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines), *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def let_everybody_in(path: Path) -> None:
    """Open the private temporary folders above `path`, for `as_nobody`."""
    for folder in path.parents:
        if folder == Path(tempfile.gettempdir()):
            return
        folder.chmod(0o755)

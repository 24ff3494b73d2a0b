"""The installed command, run as a user runs it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PANICPIPE = Path(sys.executable).with_name("panicpipe")
_LONGEST = 60


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nothing of this machine's user shows."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8", **more}


def panicpipe(
    home: Path, *arguments: str | bytes | Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal."""
    return subprocess.run(
        [PANICPIPE, *arguments],
        env=environment(home, **(env or {})),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=_LONGEST,
        check=False,
    )


def on_a_terminal(
    home: Path, *arguments: str | bytes | Path, env: Mapping[str, str] | None = None
) -> str:
    """Run the command on a terminal of its own and return all that it wrote there."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [PANICPIPE, *arguments],
        env=environment(home, **{"TERM": "xterm", "COLUMNS": "100", **(env or {})}),
        cwd=home,
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    written = b""
    try:
        while data := _read(ours):
            written += data
        process.wait(_LONGEST)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: nobody has the other side open any more
        return b""

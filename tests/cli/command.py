"""The installed command, run as a user runs it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
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


def no_longer_read(home: Path, begun: str, *arguments: str) -> tuple[int, str]:
    """Read the command's lines until one begins so, and no more, as `| head` does.

    Returns its exit code and what it says of it on standard error.
    """
    with subprocess.Popen(
        [PANICPIPE, *arguments],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert any(line.startswith(begun) for line in running.stdout)
        running.stdout.close()
        said = running.stderr.read()
    return running.returncode, said


def on_a_terminal(
    home: Path, *arguments: str | bytes | Path, env: Mapping[str, str] | None = None
) -> str:
    """Run the command on a terminal of its own and return all that it wrote there."""
    with Terminal(home, *arguments, env=env) as terminal:
        return terminal.rest()


class Terminal:
    """The command on a terminal of its own; ends with the `with` block."""

    def __init__(
        self, home: Path, *arguments: str | bytes | Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._ours, its = pty.openpty()
        self.process = subprocess.Popen(
            [PANICPIPE, *arguments],
            env=environment(home, **{"TERM": "xterm", "COLUMNS": "100", **(env or {})}),
            cwd=home,
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        self._written = b""

    def until(self, text: str) -> str:
        """Wait until this is on the screen; returns all that was written so far."""
        end = time.monotonic() + _LONGEST
        while text not in self._written.decode():
            data = _read(self._ours)
            assert data, f"{text!r} never came: {self._written!r}"
            assert time.monotonic() < end
            self._written += data
        return self._written.decode()

    def type(self, text: str) -> None:
        """Type on the terminal."""
        os.write(self._ours, text.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal as a terminal does: to all processes that run on it."""
        os.killpg(self.process.pid, number)

    def rest(self) -> str:
        """Wait for the end; returns all that was written."""
        while data := _read(self._ours):
            self._written += data
        self.process.wait(_LONGEST)
        return self._written.decode()

    def close(self) -> None:
        """Close the terminal, as a window is; it controls nobody, so that no SIGHUP comes of it."""
        os.close(self._ours)
        self._ours = os.open(os.devnull, os.O_RDWR)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


_WITHOUT_RIGHTS = """
import os, sys
import encodings.utf_8_sig, pipeline.config.values  # a stranger may not read what Python is in
import pipeline.cli.alert_pending, pipeline.cli.alert_drop
import pipeline.cli.prune, pipeline.cli.retry, pipeline.cli.show
import pipeline.cli.status, pipeline.cli.status_value
from pipeline.cli import main
os.getuid() or os.setuid(65534)
sys.exit(main.call(sys.argv[1:]))
"""


def without_rights(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user who owns nothing, where we are root, and as us otherwise."""
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_RIGHTS, *arguments],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: nobody has the other side open any more
        return b""

"""The installed daemon on directories of its own, and files that other processes grow for it."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PANICPIPE = str(Path(sys.executable).with_name("panicpipe"))
PATIENCE = 40.0
LOG = b'panic(cpu 2 caller 0xfffffe0012345678): "test" @file.c:1\nOS version: 24E263\n'

_GROW = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_DFL)
source, target, piece, pause, stop_at, then = sys.argv[1:]
whole = open(source, "rb").read()
data = whole[: int(stop_at)]
fd = os.open(os.fsencode(target), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660)
for start in range(0, len(data), int(piece)):
    os.write(fd, data[start : start + int(piece)])
    time.sleep(float(pause))
if then == "hold":
    print("held", flush=True)
    sys.stdin.read()
if then == "go on":
    sys.stdin.readline()
    os.write(fd, whole[int(stop_at) :])
if then == "die":
    os.kill(os.getpid(), 9)
os.close(fd)
"""


def python_path(*first: Path) -> str:
    """A PYTHONPATH with these before the repository, in which the tests' own plugins are."""
    rest = os.environ.get("PYTHONPATH")
    return ":".join([*map(str, first), str(Path(__file__).parents[2]), *([rest] if rest else [])])


class Place:
    """Directories and configuration of one daemon."""

    def __init__(
        self,
        root: Path,
        *,
        settle: float = 1.0,
        retry: float = 0.5,
        stages: Sequence[str] = ("verify", "package"),
        warn_below: int | str = 0,
        extra: str = "",
    ) -> None:
        self.root = root
        self.dumps, self.zips, self.state = root / "dumps", root / "zips", root / "state"
        self.dumps.mkdir(exist_ok=True)
        self.config = root / "panicpipe.toml"
        self.config.write_text(
            f'state_directory = "{self.state}"\n'
            f"[pipeline]\nstages = {json.dumps(list(stages))}\n"
            f"retry_first_seconds = {retry}\nscan_seconds = 1\n"
            f"[space]\nwarn_below = {json.dumps(warn_below)}\n"
            f'[source.directory]\npath = "{self.dumps}"\nsettle_seconds = {settle}\n'
            f'[stages.package]\ndirectory = "{self.zips}"\n' + extra
        )

    def start(self, **environment: str) -> Daemon:
        return Daemon(self, environment)

    def panicpipe(self, *arguments: str, check: bool = True) -> str:
        """Run a command with this configuration; returns what it prints."""
        done = subprocess.run(
            [PANICPIPE, *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def status(self) -> dict[str, Any]:
        text = self.panicpipe("status", "--json", "--all", check=False)
        try:
            answer: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError:
            return {"running": False, "done": [], "parked": [], "in_flight": [], "waiting": []}
        return answer

    def until(self, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Wait until the status is as it should be."""
        end = time.monotonic() + PATIENCE
        while True:
            status = self.status()
            if condition(status):
                return status
            assert time.monotonic() < end, json.dumps(status, indent=1)
            time.sleep(0.1)

    def published(self) -> list[str]:
        """What is in the output directory under a final name."""
        if not self.zips.exists():
            return []
        return sorted(name for name in os.listdir(self.zips) if not name.startswith("."))

    def temporaries(self) -> list[str]:
        return [name for name in os.listdir(self.zips) if name.startswith(".")]

    def grow(
        self,
        content: Path,
        name: str | bytes,
        *,
        piece: int = 1406,
        pause: float = 0.0,
        stop_at: int = 1 << 60,
        then: str = "close",
    ) -> subprocess.Popen[bytes]:
        """Write a file as kdumpd does, in another process.

        At `stop_at` it closes, dies, holds the file open until its standard input ends, or waits
        for a line there and goes on.
        """
        target = os.path.join(os.fsencode(self.dumps), os.fsencode(name))
        return subprocess.Popen(
            [sys.executable, "-c", _GROW, str(content), os.fsdecode(target)]
            + [str(piece), str(pause), str(stop_at), then],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )


class Daemon:
    """`panicpipe run` as a process; ends with the `with` block."""

    def __init__(self, place: Place, environment: dict[str, str]) -> None:
        self.place = place
        self.log_path = place.root / "log"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [PANICPIPE, "run", "--config", str(place.config)],
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        atexit.register(self.process.kill)  # no failing test leaves a daemon behind

    def __enter__(self) -> Daemon:
        self.place.until(lambda status: status["running"])
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def stop(self) -> float:
        """Ask it to stop; returns the seconds it took."""
        begin = time.monotonic()
        self.process.terminate()
        self.process.wait(30)
        return time.monotonic() - begin

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def children(self) -> list[int]:
        """All processes of its session but itself."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                alive = fields[0] != "Z"
                if alive and int(fields[3]) == self.process.pid != int(entry.name):
                    found.append(int(entry.name))
        return found


def go_on(sender: subprocess.Popen[bytes]) -> None:
    """Let a sender that waits write the rest."""
    sender.communicate(b"now\n")


def worker_of(daemon: Daemon) -> int | None:
    """A worker: a child of the daemon's child that holds none of its own children."""
    pids = daemon.children()
    parents = {
        int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1]): pid
        for pid in pids
        if (Path("/proc") / str(pid) / "stat").exists()
    }
    return next((pid for parent, pid in parents.items() if parent in pids), None)


def kill_quietly(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)

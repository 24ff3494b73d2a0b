"""The workers' sandbox, entered by a throwaway child that then tries what a worker must not do."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from mac_check.result import Result, Scene, failed, judged
from pipeline.confinement.confine import trial
from pipeline.confinement.terms import Terms
from pipeline.macos import sandbox

_NEEDED = ("read what it was given", "write what it was given", "look at it", "cut it", "sync it")
"""What a worker does with descriptors that it was passed."""


def a_worker_is_fenced(scene: Scene) -> Result:
    """The profile that workers get that need no network."""
    hidden = scene.directory.resolve() / "hidden"
    hidden.mkdir()
    (hidden / "secret").write_bytes(b"secret")
    (scene.directory / "given").write_bytes(b"dump")
    tries = _tried(scene.directory, sandbox.profile([str(hidden)], remote=False), hidden)
    if "sandbox" in tries:
        return failed(tries["sandbox"])
    bad = [name for name, end in tries.items() if (end == "done") != (name in _NEEDED)]
    if bad:
        return failed("; ".join(f"{name}: {tries[name]}" for name in bad))
    refused = [name for name in tries if name not in _NEEDED]
    return judged(True, f"refused: {', '.join(refused)}; passed descriptors go on working")


def the_network_stays_for_uploads(scene: Scene) -> Result:
    """The profile with `remote`: connecting is refused by the peer then, not by the sandbox."""
    (scene.directory / "given").write_bytes(b"dump")
    tries = _tried(scene.directory, sandbox.profile([], remote=True), scene.directory)
    if "sandbox" in tries:
        return failed(tries["sandbox"])
    return judged(tries["connect"] == "done", f"connect: {tries['connect']}")


def a_worker_gives_up_its_rights(scene: Scene) -> Result:
    """All of the way down at once, as the daemon tries it in a child when it starts."""
    said = trial(Terms(hidden=(str(scene.directory.resolve()),)))
    return judged(said is None, said or "nothing was left undone")


def _tried(directory: Path, profile: str, hidden: Path) -> Mapping[str, str]:
    """Enter the sandbox in a child and try; returns of each how it ended."""
    given = os.open(directory / "given", os.O_RDWR)
    with socket.create_server(("127.0.0.1", 0)) as server:
        tries = _tries(directory, given, hidden, server.getsockname()[1])
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(theirs, json.dumps(_in_the_sandbox(profile, tries)).encode())
            os._exit(0)
        os.close(theirs)
        with open(ours, "rb") as pipe:
            said = pipe.read()
        os.waitpid(pid, 0)
    os.close(given)
    if not said:
        return {"sandbox": "the child ended before it could tell"}
    ends: dict[str, str] = json.loads(said)
    return ends


def _in_the_sandbox(profile: str, tries: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    try:
        sandbox.enter(profile)
    except sandbox.NoSandbox as error:
        return {"sandbox": str(error)}
    ends = {}
    for name, attempt in tries.items():
        try:
            attempt()
        except OSError as error:
            ends[name] = error.strerror or str(error)
        else:
            ends[name] = "done"
    return ends


def _tries(
    directory: Path, given: int, hidden: Path, port: int
) -> Mapping[str, Callable[[], object]]:
    return {
        "read what it was given": lambda: os.pread(given, 4, 0),
        "write what it was given": lambda: os.pwrite(given, b"more", 4),
        "look at it": lambda: os.fstat(given),
        "cut it": lambda: os.ftruncate(given, 4),
        "sync it": lambda: os.fsync(given),
        "make a file": lambda: os.close(os.open(directory / "new", os.O_CREAT | os.O_WRONLY)),
        "remove a file": lambda: os.unlink(directory / "given"),
        "change a mode": lambda: os.chmod(directory / "given", 0o777),
        "read what is hidden": lambda: (hidden / "secret").read_bytes(),
        "fork": _fork,
        "run a program": lambda: os.execv("/usr/bin/true", ["true"]),
        "signal its parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
        "connect": lambda: socket.create_connection(("127.0.0.1", port), 5).close(),
    }


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)

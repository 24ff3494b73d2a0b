"""Processes: who has a file open, what one weighs and may use, what keeps the Mac awake."""

from __future__ import annotations

import os
import resource
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable

from mac_check.result import Result, Scene, failed, judged, ok
from pipeline.confinement.footprint import weigh
from pipeline.daemon.boot import boot_id
from pipeline.daemon.state_directory import StateDirectory, wake
from pipeline.sources.open_files import writers

_WRITER = "import sys; f = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
_MIB = 1 << 20


def an_open_file_is_noticed(scene: Scene) -> Result:
    """A writer in a process group of its own, as kdumpd is, before and after it closes."""
    path = scene.directory / "core"
    path.touch()
    fd = os.open(path, os.O_RDONLY)
    pipe = subprocess.PIPE
    writer = subprocess.Popen(
        [sys.executable, "-I", "-c", _WRITER, path],
        stdin=pipe,
        stdout=pipe,
        start_new_session=True,
    )
    try:
        assert writer.stdout
        writer.stdout.readline()
        during = writers(fd)
        writer.communicate()
        after = writers(fd)
    finally:
        writer.kill()
        writer.wait()
        os.close(fd)
    unknown = None if sys.platform == "darwin" and not scene.root else False
    return judged((during, after) == (True, unknown), f"while open: {during}; closed: {after}")


def the_boot_is_named(scene: Scene) -> Result:
    name = boot_id()
    return judged(name is not None and name == boot_id(), f"boot session {name}")


def a_fifo_wakes(scene: Scene) -> Result:
    """The state directory's FIFO in the selector that asyncio takes (kqueue on a Mac)."""
    with StateDirectory.acquire(scene.directory / "state") as state:
        selector = selectors.DefaultSelector()
        try:
            selector.register(state.wake_fd, selectors.EVENT_READ)
            idle = bool(selector.select(0.2))
            asked = wake(state.path) and bool(selector.select(5))
            state.drain()
            drained = not selector.select(0.2)
        finally:
            selector.close()
    what = f"{type(selector).__name__}: ready idle {idle}, asked {asked}, quiet after {drained}"
    return judged((idle, asked, drained) == (False, True, True), what)


def a_process_is_weighed(scene: Scene) -> Result:
    """The footprint of one that takes 64 MiB more."""
    weight = weigh()
    before = weight(os.getpid())
    block = bytearray(os.urandom(_MIB) * 64)
    after = weight(os.getpid())
    if before is None or after is None:
        return failed(f"nobody knows what we weigh: {before}, {after}")
    grown = (after - before) / _MIB
    del block
    return judged(32 < grown < 192, f"{before >> 20} MiB, {grown:.0f} more with 64 MiB more")


def limits_are_kept(scene: Scene) -> Result:
    """CPU time and descriptors are; macOS takes no notice of the address space."""
    cpu = _ends(resource.RLIMIT_CPU, (1, 2), _burn)
    files = _ends(resource.RLIMIT_NOFILE, (32, 32), _open_many)
    space = _ends(resource.RLIMIT_AS, (512 * _MIB, 512 * _MIB), _take_much)
    what = f"CPU: {cpu}; open files: {files}; address space: {space}"
    return judged(cpu == "SIGXCPU" and files == "refused", what)


def _ends(which: int, limit: tuple[int, int], work: Callable[[], object]) -> str:
    """Return how work in a child ends under a limit."""
    pid = os.fork()
    if pid == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.alarm(20)
            resource.setrlimit(which, limit)
        except (OSError, ValueError):
            os._exit(3)
        try:
            work()
        except (OSError, MemoryError):
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code < 0:
        return signal.Signals(-code).name
    return {0: "not kept", 1: "refused", 3: "cannot be set"}.get(code, str(code))


def _burn() -> None:
    while True:
        pass


def _open_many() -> None:
    for _ in range(64):
        os.open(os.devnull, os.O_RDONLY)


def _take_much() -> None:
    len(bytearray(1024 * _MIB))


def caffeinate_is_seen(scene: Scene) -> Result:
    """Held for a process, named by pmset, and gone with the process."""
    sleeper = subprocess.Popen(["/bin/sleep", "60"])
    awake = subprocess.Popen(["/usr/bin/caffeinate", "-i", "-m", "-w", str(sleeper.pid)])
    try:
        held = _assertions(scene, awake.pid)
    finally:
        sleeper.kill()
        sleeper.wait()
    try:
        awake.wait(10)
    except subprocess.TimeoutExpired:
        awake.kill()
        return failed(f"caffeinate outlives what it waits for; held: {held}")
    return ok(f"held: {held}") if held else failed("pmset does not name it")


def _assertions(scene: Scene, pid: int) -> list[str]:
    for _ in range(20):
        answer = scene.machine.run("/usr/bin/pmset", "-g", "assertions")
        lines = [line for line in answer.out.splitlines() if f"pid {pid}(" in line]
        if lines:
            kinds = {word for line in lines for word in line.split() if word.startswith("Prevent")}
            return sorted(kinds) or [lines[0]]
    return []

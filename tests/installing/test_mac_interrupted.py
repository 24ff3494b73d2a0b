"""An installation that is killed at any moment, or finds the disk full, can be run again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import MachineError
from pipeline.installing.environment import building
from tests.cli.command import PANICPIPE, environment
from tests.installing import fake_python
from tests.installing.mac_installer import (
    CONFIGURATION,
    FIRST,
    HOME,
    SECOND,
    Installer,
    build_quickly,
)
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import QuickMac, quick_mac

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")

_CHANGES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chown", "os.chmod"})
_POINTS = 5


@pytest.fixture(scope="module", autouse=True)
def _in_little_time() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        build_quickly(patch)
        yield


def _fresh(directory: Path) -> Installer:
    """One with a Python to build on, which uv makes whole or not at all."""
    installer = Installer(quick_mac(directory))
    fake_python.write(installer.mac.root, f"{HOME}/python/cpython-3.13.9/bin/python3.13")
    return installer


def _upgraded(directory: Path) -> Installer:
    """One that is installed, with a newer environment beside it."""
    installer = Installer(quick_mac(directory))
    installer.install()
    installer.make(SECOND)
    return installer


def _install(installer: Installer) -> None:
    installer.install_as_asked()


def _upgrade(installer: Installer) -> None:
    installer.install_as_asked(environment=SECOND)


def _uninstall(installer: Installer) -> None:
    installer.uninstall(purge=True)


def _killed_after(changes: int, act: Callable[[], object]) -> bool:
    """Do it in a process that kills itself before it changes a file once more than that."""
    child = os.fork()
    if child == 0:  # never to return, whatever happens
        try:
            _arm(changes)
            act()
        except BaseException:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in (0, -signal.SIGKILL)
    return ended != 0


def _arm(changes: int) -> None:
    left = changes

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        written = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if event in _CHANGES or written:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    sys.addaudithook(look)


@pytest.mark.parametrize(
    ("prepared", "act"), [(_fresh, _install), (_upgraded, _upgrade), (_upgraded, _uninstall)]
)
def test_killed_anywhere_it_can_be_run_again(
    open_path: Path,
    prepared: Callable[[Path], Installer],
    act: Callable[[Installer], None],
) -> None:
    whole = prepared(open_path / "whole")
    act(whole)
    expected = whole.mac.tree()
    changes, killed = 1, 0
    while True:
        installer = prepared(open_path / str(changes))
        if not _killed_after(changes, partial(act, installer)):
            break
        killed += 1
        act(installer)
        found = {
            path: (*entry[:3], entry[3].replace(f"/{changes}/mac", "/whole/mac"))
            for path, entry in installer.mac.tree().items()
        }
        assert found == expected, f"killed before change {changes + 1}"
        changes += 2 + changes // 3
    assert killed >= _POINTS


def test_the_command_itself_can_be_killed(open_path: Path) -> None:
    mac = FakeMac(open_path / "mac")
    installer = Installer(mac)
    arguments = ["install", "--root", str(mac.root), "--environment", installer.make("/opt/one")]
    running = subprocess.Popen(
        [PANICPIPE, *arguments],
        env=environment(open_path),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    while len(mac.calls) < 8:
        assert running.poll() is None
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    again = Installer(QuickMac(mac.root))
    again.install_as_asked(environment="/opt/one")
    whole = Installer(quick_mac(open_path / "whole"))
    whole.install_as_asked(environment=whole.make("/opt/one"))
    assert again.mac.tree().keys() == whole.mac.tree().keys()
    assert again.job.pid


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A volume of its own, of 4 MiB."""
    with tempfile.TemporaryDirectory(prefix="panicpipe-test-") as name:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "none", name],
            capture_output=True,
            check=False,
        )
        if mounted.returncode:
            pytest.skip("mounts are not possible here")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


def _on(disk: Path, elsewhere: Path) -> Installer:
    """A Mac on that volume; what its programs write of themselves is not meant."""
    mac = quick_mac(disk)
    records, place = mac.root / ".mac", elsewhere / "records"
    shutil.move(records, place)
    records.symlink_to(place)
    return Installer(mac)


def _fill(disk: Path, left: int) -> Path:
    """Take all of it but so many pages of memory."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    with filler.open("wb") as file:
        for _ in range(free.f_bavail - left):
            file.write(b"x" * free.f_frsize)
    return filler


def test_on_a_full_disk_it_ends_with_one_line_and_can_be_run_again(
    small_disk: Path, open_path: Path
) -> None:
    installer = _on(small_disk, open_path)
    mac = installer.mac
    installer.install()
    whole = mac.tree()
    installer.uninstall()
    installer.make(FIRST)
    for left in range(6):
        installer.place(CONFIGURATION).unlink(missing_ok=True)
        filler = _fill(small_disk, left)
        with pytest.raises(MachineError, match=r"^/.*No space left on device") as caught:
            installer.install()
        assert "\n" not in str(caught.value)
        assert not list(mac.root.glob("**/.*.new"))
        filler.unlink()
    installer.install()
    assert mac.tree() == whole


def test_a_build_that_fills_the_disk_leaves_nothing_of_its_environment(
    small_disk: Path, open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {f"pipeline/{number}.py": b"x" * 100_000 for number in range(60)}
    monkeypatch.setattr(building, "contents", lambda: large)
    installer = _on(small_disk, open_path)
    with pytest.raises(MachineError, match=r"^/.*No space left on device"):
        installer.install_as_asked()
    assert not list(installer.place("/Library/PanicPipe/environments").iterdir())
    monkeypatch.setattr(building, "contents", lambda: {"pipeline/__init__.py": b""})
    installer.install_as_asked()
    assert installer.job.pid

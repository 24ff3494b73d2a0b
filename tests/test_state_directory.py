"""One daemon at a time, and a way to wake it."""

from __future__ import annotations

import os
import select
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.daemon.state_directory import StateDirectory, holder, running, wake
from pipeline.errors import AlreadyRunning, RefusedDirectory


def test_it_is_made_for_us_alone(tmp_path: Path) -> None:
    with StateDirectory.acquire(tmp_path / "a" / "state") as state:
        assert stat.S_IMODE(state.path.stat().st_mode) == 0o700


def test_a_second_daemon_is_told_who_the_first_is(tmp_path: Path) -> None:
    with (
        StateDirectory.acquire(tmp_path / "s"),
        pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"),
    ):
        StateDirectory.acquire(tmp_path / "s")


def test_a_dead_daemon_leaves_no_lock(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path\n"
        "from pipeline.daemon.state_directory import StateDirectory\n"
        "StateDirectory.acquire(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "s")], check=False)
    assert not running(tmp_path / "s")
    StateDirectory.acquire(tmp_path / "s").release()


def test_others_can_tell_whether_it_runs(tmp_path: Path) -> None:
    assert not running(tmp_path / "s")
    with StateDirectory.acquire(tmp_path / "s"):
        assert running(tmp_path / "s")
    assert not running(tmp_path / "s")


def test_a_wake_up_reaches_the_daemon(tmp_path: Path) -> None:
    assert not wake(tmp_path / "s")
    with StateDirectory.acquire(tmp_path / "s") as state:
        assert not select.select([state.wake_fd], [], [], 0)[0]
        assert wake(tmp_path / "s")
        assert select.select([state.wake_fd], [], [], 5)[0]
        state.drain()
        assert not select.select([state.wake_fd], [], [], 0)[0]
    assert not wake(tmp_path / "s")


def _link(place: Path) -> None:
    place.symlink_to("victim")


def _other_name(place: Path) -> None:
    place.hardlink_to(place.with_name("victim"))


@pytest.mark.parametrize("plant", [_link, _other_name])
def test_waking_writes_into_no_file(tmp_path: Path, plant: Callable[[Path], None]) -> None:
    """Root wakes a daemon that runs as somebody else, who may have been taken over."""
    (tmp_path / "victim").write_text("as it was")
    plant(tmp_path / "wake")
    assert not wake(tmp_path)
    assert (tmp_path / "victim").read_text() == "as it was"


@pytest.mark.parametrize("plant", [_link, os.mkfifo, Path.mkdir])
def test_what_is_no_lock_is_neither_followed_nor_waited_for(
    tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    (tmp_path / "victim").write_text("4711")
    plant(tmp_path / "lock")
    assert not running(tmp_path)
    assert holder(tmp_path) is None


def test_a_directory_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o770)
    with pytest.raises(RefusedDirectory, match="chmod"):
        StateDirectory.acquire(tmp_path)


def test_a_symlink_or_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    for name in ("link", "file"):
        with pytest.raises(RefusedDirectory, match="no directory"):
            StateDirectory.acquire(tmp_path / name)


def test_a_wake_up_that_was_restored_as_a_file_is_made_anew(tmp_path: Path) -> None:
    """As a backup brings it back; a plain file would be readable all the time."""
    tmp_path.chmod(0o700)
    (tmp_path / "wake").write_text("!")
    with StateDirectory.acquire(tmp_path) as state:
        assert not select.select([state.wake_fd], [], [], 0)[0]
        assert wake(tmp_path)
        assert select.select([state.wake_fd], [], [], 5)[0]


def test_a_lock_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedDirectory, match=r"cannot be used: .*; set state_directory"):
        StateDirectory.acquire(tmp_path)
    assert not (tmp_path / "elsewhere").exists()

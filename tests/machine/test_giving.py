"""What root gives away is what it has looked at, also where others can write beside it."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.errors import MachineError, Untrusted
from pipeline.machine import Changes, Machine
from pipeline.machine.giving import give_file, have_directory

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")
_ROUNDS = 300


@contextmanager
def swapping(place: Path, target: Path) -> Iterator[None]:
    """Let the name lead to a directory and to a link in turn, as fast as it goes."""
    aside, ended = place.with_name("aside"), threading.Event()

    def swap() -> None:
        while not ended.is_set():
            for act in (
                lambda: place.rename(aside),
                lambda: place.symlink_to(target),
                place.unlink,
                lambda: aside.rename(place),
            ):
                try:
                    act()
                except OSError:
                    continue

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@root_only
def test_a_directory_that_is_swapped_for_a_link_gives_nothing_else_away(tmp_path: Path) -> None:
    victim, place = tmp_path / "victim", tmp_path / "ours"
    victim.mkdir()
    victim.chmod(0o700)
    changes = Changes(Machine(tmp_path), lambda _: None, dry_run=False)
    with swapping(place, victim):
        for number in range(_ROUNDS):
            try:
                changes.directory("/ours", "0", "0", 0o1777 if number % 2 else 0o755)
            except (MachineError, Untrusted):
                continue
    assert stat.S_IMODE(victim.stat().st_mode) == 0o700


@root_only
def test_a_directory_that_somebody_put_there_meanwhile_stays_theirs(tmp_path: Path) -> None:
    place = tmp_path / "ours"
    place.mkdir(0o700)
    os.chown(place, 501, 20)
    with pytest.raises(Untrusted):
        have_directory(place, (0, 0), 0o755, {0})
    assert (place.stat().st_uid, stat.S_IMODE(place.stat().st_mode)) == (501, 0o700)


def test_a_link_put_there_meanwhile_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(0o700)
    (tmp_path / "ours").symlink_to(victim)
    with pytest.raises(OSError, match="ours"):
        have_directory(tmp_path / "ours", None, 0o777, {os.geteuid()})
    assert stat.S_IMODE(victim.stat().st_mode) == 0o700


def test_a_file_with_another_name_elsewhere_is_not_given_away(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.touch(0o600)
    (tmp_path / "log").hardlink_to(victim)
    with pytest.raises(Untrusted, match="2 names"):
        give_file(tmp_path / "log", None, 0o644)
    assert stat.S_IMODE(victim.stat().st_mode) == 0o600


def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    with pytest.raises(Untrusted, match="no file"):
        give_file(tmp_path / "log", None, 0o644)

"""Wake-ups, from real events made by other processes."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.sources.conftest import Start, Wakes
from tests.sources.processes import Other

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at inotify")
IN_MODIFY = 0x2
IN_CLOSE_WRITE = 0x8


def inotify_masks() -> list[int]:
    """Return what this process asks inotify for, as the kernel has it."""
    masks = []
    for info in Path("/proc/self/fdinfo").iterdir():
        try:
            text = info.read_text()
        except FileNotFoundError:
            continue
        masks += [int(mask, 16) for mask in re.findall(r"^inotify .*\bmask:(\w+)", text, re.M)]
    return masks


def test_creating_closing_moving_and_deleting_wake(
    dumps: Path, start: Start, wakes: Wakes, tmp_path: Path
) -> None:
    start()
    (tmp_path / "outside").write_bytes(b"x")
    with Other() as other:
        for step in (
            lambda: other.create(dumps / "core"),
            other.close,
            lambda: (tmp_path / "outside").rename(dumps / "moved in"),
            lambda: (dumps / "core").rename(dumps / "renamed"),
            lambda: (dumps / "moved in").rename(tmp_path / "moved out"),
            (dumps / "renamed").unlink,
        ):
            before = wakes.count
            step()
            wakes.until_more_than(before)


@linux
def test_writing_does_not_wake(dumps: Path, start: Start, wakes: Wakes, tmp_path: Path) -> None:
    watch = start()
    with Other() as other:
        other.create(dumps / "core")
        wakes.until_more_than(0)
        before = wakes.count
        for _ in range(100):
            other.write(20)
        # events come in order: once this one is there, all earlier ones would have been
        (tmp_path / "sentinel").write_bytes(b"")
        (tmp_path / "sentinel").rename(dumps / "sentinel")
        wakes.until_more_than(before)
        assert wakes.count == before + 1
    assert {file.identity.size for file in watch.scan().files} == {0, 2000 * 1406}


@linux
def test_inotify_is_not_even_asked_for_writes(start: Start) -> None:
    start()
    masks = inotify_masks()
    assert len(masks) == 1
    assert masks[0] & IN_CLOSE_WRITE
    assert not masks[0] & IN_MODIFY


@linux
def test_a_mac_is_asked_for_modified_because_it_never_says_closed(start: Start) -> None:
    start(platform="darwin")
    assert inotify_masks()[0] & IN_MODIFY


def test_nothing_is_left_running_or_open_after_stop(start: Start, dumps: Path) -> None:
    before = os.open(dumps, os.O_RDONLY)
    os.close(before)
    for _ in range(3):
        watch = start()
        watch.scan()
        watch.stop()
    after = os.open(dumps, os.O_RDONLY)
    os.close(after)
    assert after == before

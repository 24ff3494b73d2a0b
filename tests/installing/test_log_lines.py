"""Following a log while it is written, and over its rotation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from pipeline.installing import log_lines
from pipeline.installing.log_lines import followed, last_lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "panicpipe.log"
    path.write_text("one\ntwo\nthree\n")
    return path


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def _whenever_it_waits(monkeypatch: pytest.MonkeyPatch, *acts: object) -> None:
    """Do one thing each time that there is nothing to be read."""
    coming: Iterator[object] = iter(acts)

    def wait(_: float) -> None:
        act = next(coming)
        assert callable(act)
        act()

    monkeypatch.setattr("time.sleep", wait)


def test_the_last_lines_come_first_then_what_is_written(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _whenever_it_waits(monkeypatch, lambda: _append(log, "four\n"))
    assert list(islice(followed(log, 2), 3)) == ["two", "three", "four"]


def test_a_line_is_shown_once_it_is_whole(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _whenever_it_waits(
        monkeypatch, lambda: _append(log, "fo"), lambda: None, lambda: _append(log, "ur\nfi")
    )
    assert list(islice(followed(log, 0), 1)) == ["four"]


def test_no_line_is_lost_or_told_twice_over_a_rotation(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = log.with_suffix(".log.0")

    def rename() -> None:
        _append(log, "four\n")
        log.rename(older)

    def begin() -> None:
        _append(older, "five, by who had it open")
        log.write_text("six\n")

    _whenever_it_waits(monkeypatch, rename, lambda: None, begin, lambda: _append(log, "seven\n"))
    assert list(islice(followed(log, 1), 5)) == [
        "three",
        "four",
        "five, by who had it open",
        "six",
        "seven",
    ]


def test_what_is_written_just_before_the_rotation_is_read(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_renamed = log_lines._Lines.was_renamed

    def rotated_meanwhile(lines: log_lines._Lines) -> bool:
        if not log.with_suffix(".0").exists():
            _append(log, "late\n")
            log.rename(log.with_suffix(".0"))
            log.write_text("new\n")
        return was_renamed(lines)

    monkeypatch.setattr(log_lines._Lines, "was_renamed", rotated_meanwhile)
    assert list(islice(followed(log, 0), 2)) == ["late", "new"]


def test_many_rotations_keep_no_file_open(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rotate() -> None:
        log.rename(log.with_suffix(".0"))
        log.write_text("again\n")

    _whenever_it_waits(monkeypatch, *[rotate] * 50)
    lines = followed(log, 0)
    before = len(os.listdir("/dev/fd"))
    assert list(islice(lines, 40)) == ["again"] * 40
    assert len(os.listdir("/dev/fd")) <= before + 1


def test_what_is_no_utf_8_is_shown_all_the_same(log: Path) -> None:
    log.write_bytes(b"a\xffb\n")
    assert list(last_lines(log, 5)) == ["a\\xffb"]

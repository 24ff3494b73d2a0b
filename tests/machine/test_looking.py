"""Paths are looked at with a time limit, whatever they lead to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.machine import looking
from pipeline.machine.looking import Looking, looks


def test_it_tells_what_is_there(tmp_path: Path) -> None:
    folder, file, link = tmp_path / "d\nx", tmp_path / "f", tmp_path / "l"
    folder.mkdir(0o750)
    file.write_text("")
    link.symlink_to(folder)
    found = looks([folder, file, link, tmp_path / "no", file / "below"])
    kinds = [look.kind for look in found.values()]
    assert kinds == ["directory", "file", "link", "missing", "missing"]
    told = found[str(folder)]
    assert (told.owner, told.mode, told.fault) == (os.geteuid(), 0o750, None)
    assert told.free
    assert told.volume == folder.stat().st_dev


def test_a_name_that_is_no_utf_8_can_be_looked_at(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff")
    path.mkdir()
    assert looks([path])[str(path)].kind == "directory"


def test_what_hangs_keeps_nothing_else_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import sys, time\n"
        """print('{"number": 0, "kind": "directory"}', flush=True)\n"""
        """print('junk', flush=True)\n"""
        "time.sleep(1000)\n"
    )
    monkeypatch.setattr(looking, "_SCRIPT", str(slow))
    asked = Looking(["/a", "/b"])
    found = asked.collect(3.0)
    assert found["/a"].kind == "directory"
    assert found["/b"].kind is None
    assert "no answer" in (found["/b"].fault or "")
    assert asked._child.poll() is not None

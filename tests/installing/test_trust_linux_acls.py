"""ACLs on Linux: the mode shows their mask as the group's permissions, and root's group is fine."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from pipeline.installing.trust.rules import whom_an_acl_lets_write
from pipeline.installing.trust.survey import Survey
from pipeline.machine import Machine

USER, GROUP_OBJ, GROUP, MASK, OTHER = 0x02, 0x04, 0x08, 0x10, 0x20


def acl(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.mark.parametrize(
    ("entries", "who"),
    [
        ([(USER, 6, 60501), (MASK, 6, 0xFFFFFFFF)], "uid 60501"),
        ([(GROUP, 7, 60080), (MASK, 7, 0xFFFFFFFF)], "group 60080"),
        ([(USER, 6, 0), (GROUP, 6, 0), (MASK, 6, 0xFFFFFFFF)], None),
        ([(USER, 6, 60501), (MASK, 4, 0xFFFFFFFF)], None),
        ([(USER, 5, 60501), (GROUP_OBJ, 6, 0xFFFFFFFF), (MASK, 6, 0xFFFFFFFF)], None),
    ],
    ids=["a user", "a group", "root", "masked", "read only"],
)
def test_who_may_write(entries: list[tuple[int, int, int]], who: str | None) -> None:
    expected = who and f"can be written by {who}, by its ACL"
    assert whom_an_acl_lets_write(acl(*entries)) == expected


@pytest.mark.parametrize("data", [b"", b"\2\0", acl((USER, 6, 1))[:-1]])
def test_one_that_is_cut_short_is_not_trusted(data: bytes) -> None:
    assert whom_an_acl_lets_write(data) == "has an ACL that cannot be read"


@pytest.mark.skipif(shutil.which("setfacl") is None, reason="needs the package acl")
def test_a_real_one_is_found(tmp_path: Path) -> None:
    """Mode and owner alone show nothing: group root, whose writing is fine."""
    file = tmp_path / "a.py"
    file.touch(0o644)
    done = subprocess.run(["setfacl", "-m", "u:60501:rw", file], check=False)
    if done.returncode != 0:
        pytest.skip("no ACLs on this file system")
    survey = Survey(Machine(tmp_path))
    survey.path(str(file))
    gid = file.stat().st_gid
    shown = "uid 60501, by its ACL" if gid == 0 else "group "
    assert next(fault.what for fault in survey.faults).startswith(f"can be written by {shown}")

"""Root acting as a directory's owner."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from pipeline.machine.acting import acting_as_owner

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@as_root
def test_what_is_made_is_the_owner_s_and_root_is_root_again(open_path: Path) -> None:
    place = open_path / "state"
    place.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    before = os.getgroups()
    with acting_as_owner(place):
        (place / "file").touch()
        assert not os.access("/etc/shadow", os.R_OK, effective_ids=True)
        with acting_as_owner(place):
            pass
        assert os.geteuid() == nobody.pw_uid
    found = (place / "file").stat()
    assert (found.st_uid, found.st_gid) == (nobody.pw_uid, nobody.pw_gid)
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, before)


@as_root
def test_also_after_an_error(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, 54321)
    with pytest.raises(FileNotFoundError), acting_as_owner(tmp_path):
        os.unlink("/no/such/file")
    assert (os.geteuid(), os.getegid()) == (0, 0)


def test_where_nobody_else_owns_it_nothing_changes(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        with acting_as_owner(place):
            assert os.geteuid() == os.getuid()

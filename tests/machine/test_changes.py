"""Changes are told, made whole, with the right owner, and made once."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pipeline.errors import MachineError, Untrusted
from pipeline.machine import Changes, Machine
from pipeline.machine.acting import acting
from tests.macs.fake_mac import FakeMac

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")


def changes(mac: FakeMac, told: list[str], *, dry_run: bool = False) -> Changes:
    return Changes(mac.machine, told.append, dry_run=dry_run)


@root_only
def test_a_directory_gets_exactly_its_owner_and_mode(mac: FakeMac) -> None:
    told: list[str] = []
    changes(mac, told).directory("/Library/Logs/PanicPipe", "root", "admin", 0o750)
    found = (mac.root / "Library/Logs/PanicPipe").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (0, 80, 0o750)
    assert told == ["make   /Library/Logs/PanicPipe/  root:admin 0750"]


@root_only
def test_a_second_time_nothing_is_done_or_told(mac: FakeMac) -> None:
    for _ in range(2):
        told: list[str] = []
        changes(mac, told).directory("/Library/X", "root", "wheel", 0o755)
        changes(mac, told).file("/Library/X/f", b"1\n", "root", "admin", 0o640)
    assert told == []


@root_only
def test_a_directory_that_somebody_else_made_is_refused(mac: FakeMac) -> None:
    place = mac.root / "Users/Shared/PanicPipe"
    place.mkdir()
    os.chown(place, 501, 20)
    with pytest.raises(Untrusted, match="made by uid 501"):
        changes(mac, []).directory("/Users/Shared/PanicPipe", "root", "admin", 0o750)
    assert place.stat().st_uid == 501


def test_a_link_in_place_of_a_directory_is_refused(mac: FakeMac, tmp_path: Path) -> None:
    (mac.root / "Users/Shared/PanicPipe").symlink_to(tmp_path)
    with pytest.raises(Untrusted, match="is no directory"):
        changes(mac, []).directory("/Users/Shared/PanicPipe", "root", "admin", 0o750)


@root_only
def test_a_planted_link_is_not_written_through(mac: FakeMac, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (mac.root / "Library/.f.new").symlink_to(victim)
    (mac.root / "Library/f").symlink_to(victim)
    changes(mac, []).file("/Library/f", b"ours", "root", "wheel", 0o644)
    assert victim.read_text() == "mine"
    assert (mac.root / "Library/f").read_bytes() == b"ours"


def test_a_dry_run_tells_all_and_changes_nothing(mac: FakeMac) -> None:
    before, told = mac.tree(), list[str]()
    dry = changes(mac, told, dry_run=True)
    dry.directory("/Library/X", "root", "wheel", 0o755)
    dry.file("/Library/X/f", b"one\ntwo\n", "root", "wheel", 0o644)
    dry.run("/usr/bin/sw_vers", "-productVersion")
    assert mac.tree() == before
    assert mac.calls == []
    assert told == [
        "make   /Library/X/  root:wheel 0755",
        "write  /Library/X/f  root:wheel 0644, 8 bytes",
        "     | one",
        "     | two",
        "run    /usr/bin/sw_vers -productVersion",
    ]


def test_a_program_that_fails_is_told_with_what_it_said(mac: FakeMac) -> None:
    mac.answer("sw_vers", err="it\nfailed\n", status=5)
    with pytest.raises(MachineError, match="`/usr/bin/sw_vers` ended with 5: it failed"):
        changes(mac, []).run("/usr/bin/sw_vers")


def test_a_program_that_is_missing_is_told(mac: FakeMac) -> None:
    mac.lose("sw_vers")
    assert mac.machine.ask("/usr/bin/sw_vers") is None
    with pytest.raises(MachineError, match="sw_vers: cannot be run: No such file"):
        mac.machine.run("/usr/bin/sw_vers")


def test_removing_a_link_leaves_what_it_names(mac: FakeMac, tmp_path: Path) -> None:
    (mac.root / "Library/link").symlink_to(tmp_path)
    assert changes(mac, []).remove("/Library/link")
    assert tmp_path.is_dir()
    assert not changes(mac, []).remove("/Library/link")


def test_many_files_are_one_line_and_for_all_to_read(mac: FakeMac) -> None:
    told: list[str] = []
    contents = {"a/b/c.py": b"1\n", "a/d.py": b"22\n"}
    before = os.umask(0o077)
    try:
        changes(mac, told).files("/Library/X", contents)
    finally:
        os.umask(before)
    found = {
        name: (stat.S_IMODE((mac.root / "Library/X" / name).stat().st_mode))
        for name in ("", "a", "a/b", *contents)
    }
    assert found == {"": 0o755, "a": 0o755, "a/b": 0o755, "a/b/c.py": 0o644, "a/d.py": 0o644}
    assert (mac.root / "Library/X/a/d.py").read_bytes() == b"22\n"
    assert told == ["write  /Library/X/  2 files, 5 bytes"]


def test_a_dry_run_writes_none_of_many_files(mac: FakeMac) -> None:
    before = mac.tree()
    changes(mac, [], dry_run=True).files("/Library/X", {"a.py": b"1\n"})
    assert mac.tree() == before


def test_what_programs_make_is_for_all_to_read(tmp_path: Path) -> None:
    """Whatever umask sudo's caller has set."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\numask\n")
    program.chmod(0o755)
    before = os.umask(0o077)
    try:
        assert Machine(tmp_path).run("/program").out.strip().endswith("022")
    finally:
        os.umask(before)


def test_what_root_runs_is_never_open_to_others_for_an_instant(
    mac: FakeMac, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens a file for writing meanwhile keeps it open."""
    monkeypatch.setattr(os, "chmod", lambda *_: None)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    before = os.umask(0)
    try:
        changes(mac, []).files("/Library/code", {"package/module.py": b"pass"})
    finally:
        os.umask(before)
    for name in ("code", "code/package", "code/package/module.py"):
        assert not (mac.root / "Library" / name).stat().st_mode & 0o022, name


@root_only
def test_where_only_root_may_look_a_dry_run_says_so_and_goes_on(open_path: Path) -> None:
    """`--dry-run` needs no root; what it cannot see, it does not guess at."""
    (open_path / "Closed").mkdir(mode=0o700)
    told: list[str] = []
    dry = Changes(Machine(open_path, "darwin"), told.append, dry_run=True)
    with acting(65534, 65534, []):
        assert not dry.file("/Closed/f", b"", "root", "wheel", 0o644)
        assert not dry.access("/Closed/f", "root", "wheel", 0o644)
        dry.directory("/Closed/d", "root", "wheel", 0o755)
        assert not dry.remove("/Closed/f")
        assert not dry.remove_tree("/Closed/d")
        assert not dry.remove_directory("/Closed")
    assert dry.made == 0
    assert [line.split(":")[0] for line in told] == [
        f"hidden {open_path}/Closed{name}" for name in ("/f", "/f", "/d", "/f", "/d", "")
    ]


@root_only
def test_a_directory_that_cannot_be_listed_is_told(open_path: Path) -> None:
    (open_path / "Closed").mkdir(mode=0o700)
    real = Changes(Machine(open_path, "darwin"), print, dry_run=False)
    with acting(65534, 65534, []), pytest.raises(MachineError, match="Closed: Permission denied"):
        real.remove_directory("/Closed")

"""ACLs of macOS, which neither owner nor mode shows, and volumes that ignore owners."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.installing.trust import distrusted_program
from pipeline.installing.trust.mac_acls import acl_faults, whom_acls_let_write
from tests.macs.fake_mac import FakeMac

FILE = "drwxr-xr-x+ 5 root  wheel  160 Jan  1 12:00 /Library/PanicPipe\n"
LINK = "lrwxr-xr-x  1 root  wheel  16 Jan  1 12:00 /etc -> private/etc\n"


@pytest.mark.parametrize(
    ("entry", "who"),
    [
        ("user:ann allow write", "user ann"),
        ("group:admin allow list,add_file,search", "group admin"),
        ("group:CORP\\domain users inherited allow append", "group CORP\\domain users"),
        ("user:ann allow read,delete,file_inherit,directory_inherit,only_inherit", "user ann"),
        (
            "FFFFEEEE-DDDD-CCCC-BBBB-AAAA000001F5 allow chown",
            "FFFFEEEE-DDDD-CCCC-BBBB-AAAA000001F5",
        ),
        ("group:everyone deny delete", None),
        ("user:ann allow read,execute,list,search,readattr", None),
        ("user:root allow write", None),
        ("group:wheel inherited allow add_file,delete_child", None),
    ],
)
def test_who_may_change_it(entry: str, who: str | None) -> None:
    expected = who and f"can be changed by {who}, by its ACL"
    assert whom_acls_let_write(f"{FILE} 0: {entry}\n{LINK}", 2) == expected


def test_a_later_entry_counts_too() -> None:
    listing = f"{FILE} 0: group:everyone deny delete\n 1: user:ann allow write\n"
    assert whom_acls_let_write(listing, 1) == "can be changed by user ann, by its ACL"


def test_what_is_not_understood_is_not_trusted() -> None:
    assert whom_acls_let_write(f"{FILE} 0: nonsense\n", 1) == (
        "has an ACL that is not understood: 0: nonsense"
    )
    assert whom_acls_let_write(FILE, 2) == "may have an ACL: /bin/ls does not tell of each file"


def test_the_one_among_many_is_found(mac: FakeMac) -> None:
    """With thousands of files, few calls; whatever their names pretend."""
    folder = mac.root / "Library/PanicPipe"
    folder.mkdir()
    names = [*(f"{number}.py" for number in range(400)), "x\n 0: user:eve allow write"]
    for name in names:
        (folder / name).touch(0o644)
    with mac.changed() as state:
        state["acls"] = {"/Library/PanicPipe/273.py": ["user:ann allow write"]}
    (fault,) = acl_faults(mac.machine, [str(folder / name) for name in names])
    assert (fault.path, fault.what) == (
        str(folder / "273.py"),
        "can be changed by user ann, by its ACL",
    )
    assert len(mac.calls) < 25


def test_without_an_answer_nothing_is_trusted(mac: FakeMac) -> None:
    mac.lose("ls")
    assert [fault.what for fault in acl_faults(mac.machine, ["/"])] == [
        "may have an ACL: /bin/ls cannot tell"
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="files must be root's")
def test_directories_above_count(mac: FakeMac) -> None:
    program = _program(mac, "/Library/PanicPipe/uv")
    assert distrusted_program(mac.machine, program) == ()
    with mac.changed() as state:
        state["acls"] = {"/Library": ["group:admin allow add_subdirectory"]}
    assert distrusted_program(mac.machine, program) == (
        f"{mac.root}/Library can be changed by group admin, by its ACL",
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="files must be root's")
def test_a_volume_that_ignores_owners_is_not_trusted(mac: FakeMac) -> None:
    """On such a volume everybody may change what root sees as its own."""
    program = _program(mac, "/Volumes/My USB (1)/uv")
    with mac.changed() as state:
        state["mounts"] = ["/dev/disk4s1 on /Volumes/My USB (apfs, local, noowners)"]
    assert distrusted_program(mac.machine, program) == ()
    with mac.changed() as state:
        state["mounts"] = [
            "/dev/disk4s1 on /Volumes/My USB (1) (apfs, local, nodev, nosuid, journaled, noowners)"
        ]
    assert distrusted_program(mac.machine, program) == (
        f"{mac.root}/Volumes/My USB (1) is a volume where ownership is ignored",
    )


def _program(mac: FakeMac, path: str) -> str:
    place: Path = mac.machine.place(path)
    place.parent.mkdir(parents=True)
    place.touch(0o755)
    return path

"""What setup refuses before it changes anything: what others made, where dumps would be lost."""

from __future__ import annotations

import os

import pytest

from pipeline.errors import MachineError, Untrusted
from pipeline.kdumpd import kdumpd_directory
from pipeline.machine import Level
from tests.macs.fake_mac import FakeMac
from tests.server.macs import (
    ANN,
    DUMPS,
    OTHER,
    amiss,
    make,
    mode_of,
    ready,
    receives,
    root_only,
    undone,
)

pytestmark = root_only


def refused(mac: FakeMac, kind: type[Exception], words: str, directory: str | None = None) -> None:
    before, state = mac.tree(), mac.state
    with pytest.raises(kind, match=words):
        receives(mac, directory)
    assert mac.tree() == before
    assert mac.state == state


def test_a_directory_of_somebody_else_is_refused_with_what_mends_it(mac: FakeMac) -> None:
    make(mac, DUMPS, owner=ANN)
    refused(
        mac,
        Untrusted,
        rf"uid 501.*sudo chown root:wheel {DUMPS} && sudo chmod -N {DUMPS} && sudo chmod 1777",
    )
    os.chown(mac.machine.place(DUMPS), 0, 0)
    receives(mac)


@pytest.mark.parametrize("path", [DUMPS, "/private/var/tmp"])
def test_an_acl_that_lets_others_in_is_refused(mac: FakeMac, path: str) -> None:
    """Whoever made a directory may have left one behind, whosever it is now."""
    make(mac, DUMPS)
    with mac.changed() as state:
        state["acls"] = {path: ["user:ann allow add_file,delete_child"]}
    refused(mac, Untrusted, rf"{path} has an ACL that lets user ann change.*sudo chmod -N {path}")
    assert amiss(mac)["server.directory"] is Level.WARN
    with mac.changed() as state:
        state["acls"] = {path: ["group:everyone deny delete", "user:root allow add_file"]}
    receives(mac)


def test_nobody_s_own_directory_is_refused_too(mac: FakeMac) -> None:
    make(mac, DUMPS, owner=0xFFFFFFFE)
    refused(mac, Untrusted, "belongs to uid 4294967294")


def test_a_planted_link_is_refused(mac: FakeMac) -> None:
    place = mac.machine.place(DUMPS)
    place.symlink_to("/private/etc")
    refused(mac, Untrusted, rf"{DUMPS} is a link.*sudo rm {DUMPS}")
    place.unlink()
    place.symlink_to("nowhere")
    refused(mac, Untrusted, "is a link")


def test_a_file_in_its_place_is_refused(mac: FakeMac) -> None:
    mac.machine.place(DUMPS).write_text("")
    refused(mac, MachineError, f"is no directory.*sudo mv {DUMPS}")


def test_a_directory_above_that_somebody_could_change_is_refused(mac: FakeMac) -> None:
    volume = mac.machine.place("/Volumes/Dumps")
    os.chown(volume, ANN, 20)
    refused(mac, Untrusted, r"can be changed by uid 501.*chown root:wheel /Volumes/Dumps", OTHER)
    os.chown(volume, 0, 20)
    volume.chmod(0o775)
    refused(mac, Untrusted, r"can be changed by group 20.*chmod \+t /Volumes/Dumps", OTHER)
    volume.chmod(0o777)
    refused(mac, Untrusted, "can be changed by anybody", OTHER)
    volume.chmod(0o1777)
    receives(mac, OTHER)


def test_a_link_above_that_somebody_made_is_refused(mac: FakeMac) -> None:
    link = mac.machine.place("/private/tmp/link")
    link.symlink_to("../../Volumes/Dumps")
    os.lchown(link, ANN, 20)
    refused(mac, Untrusted, "above PanicDumps, can be changed by uid 501", "/tmp/link/PanicDumps")
    os.lchown(link, 0, 0)
    receives(mac, "/tmp/link/PanicDumps")
    assert str(kdumpd_directory(mac.root)) == OTHER


def test_nothing_outside_of_a_rehearsal_is_touched(mac: FakeMac) -> None:
    mac.machine.place("/out").symlink_to("/tmp")
    refused(mac, MachineError, "leads out of the rehearsal", "/out/PanicDumps")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ("apfs, local, noowners", Untrusted, "sudo diskutil enableOwnership /Volumes/Dumps"),
        ("exfat, local, noowners", Untrusted, "exfat knows no owners.*APFS"),
        ("smbfs, nodev, nosuid", MachineError, r"on another machine \(smbfs\)"),
        ("apfs, local, read-only", MachineError, "can only be read"),
    ],
)
def test_a_volume_that_is_no_good_for_dumps_is_refused(
    mac: FakeMac, options: str, kind: type[Exception], words: str
) -> None:
    ready(mac, options)
    refused(mac, kind, words, OTHER)


def test_a_volume_that_is_not_mounted_is_refused(mac: FakeMac) -> None:
    with mac.changed() as state:
        state["mounts"] = []
    refused(mac, MachineError, "not mounted", OTHER)


@pytest.mark.parametrize("directory", ["/", "/Volumes/..", "/Volumes/Dumps/.."])
def test_what_is_no_name_is_refused(mac: FakeMac, directory: str) -> None:
    refused(mac, MachineError, "name a directory for dumps", directory)


def test_a_directory_that_is_used_for_something_else_is_not_opened_to_everybody(
    mac: FakeMac,
) -> None:
    (make(mac, OTHER, mode=0o755) / "photo").write_text("x")
    refused(mac, MachineError, f"used for something else.*{OTHER}/PanicDumps", OTHER)
    mac.machine.place(OTHER).chmod(0o1777)
    receives(mac, OTHER)


def test_an_empty_one_is_used_and_given_back_as_it_was(mac: FakeMac) -> None:
    place = make(mac, OTHER, mode=0o750)
    os.chown(place, 0, 20)
    before = mac.tree()
    receives(mac, OTHER)
    assert mode_of(place) == 0o1777
    undone(mac)
    assert mac.tree() == before


def test_a_directory_whose_parent_is_missing_is_refused(mac: FakeMac) -> None:
    refused(mac, MachineError, "there is no such directory; make it first", f"{OTHER}/deeper")


@pytest.mark.parametrize("name", ["Pa\nnic", "Pa\x1b[2Jnic", "Pa\\nic"])
def test_a_name_that_a_property_list_or_a_terminal_chokes_on_is_refused(
    mac: FakeMac, name: str
) -> None:
    refused(mac, MachineError, "plain characters", f"/Volumes/Dumps/{name}")


def test_without_kdumpd_ours_is_no_use(mac: FakeMac) -> None:
    mac.machine.place("/usr/libexec/kdumpd").unlink()
    refused(mac, MachineError, "/usr/libexec/kdumpd: is not there", OTHER)

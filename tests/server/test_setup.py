"""Setting a Mac up, again, on another volume, back, and undoing it all, compared as trees."""

from __future__ import annotations

import os
import plistlib

import pytest

from pipeline.errors import MachineError, Untrusted
from pipeline.kdumpd import APPLE, OURS, kdumpd_directory
from tests.macs.fake_mac import KDUMPD, FakeMac
from tests.macs.launchd_rules import faults_of_calls, faults_of_plist
from tests.server.macs import (
    ANN,
    APPLE_PLIST,
    DUMPS,
    OTHER,
    OUR_PLIST,
    RECORD,
    TEMPLATE,
    amiss,
    make,
    mode_of,
    ready,
    receives,
    root_only,
    undone,
)

pytestmark = root_only


def jobs(mac: FakeMac) -> list[str]:
    return sorted(mac.state.get("launchd", {}).get("jobs", {}))


def overrides(mac: FakeMac) -> dict[str, bool]:
    found: dict[str, bool] = mac.state.get("launchd", {}).get("overrides", {})
    return found


def test_all_that_is_needed_is_made_and_started(mac: FakeMac) -> None:
    before = mac.tree()
    receives(mac)
    made = {path: entry for path, entry in mac.tree().items() if path not in before}
    assert set(made) == {DUMPS, RECORD, os.path.dirname(RECORD)}
    assert made[DUMPS][:3] == (0, 0, 0o1777)
    assert made[RECORD][:3] == (0, 0, 0o644)
    assert jobs(mac) == [APPLE]
    assert overrides(mac) == {APPLE: False}
    assert amiss(mac) == {}


def test_launchctl_is_asked_what_it_understands_and_load_is_not_used(mac: FakeMac) -> None:
    receives(mac)
    receives(mac, OTHER)
    undone(mac)
    assert faults_of_calls(mac.calls) == []
    verbs = [call[1] for call in mac.calls if call[0] == "/bin/launchctl"]
    assert not {"load", "unload", "kickstart"} & set(verbs)


def test_a_second_time_nothing_is_changed_or_told(mac: FakeMac) -> None:
    receives(mac)
    before, state = mac.tree(), mac.state
    assert receives(mac) == []
    assert (mac.tree(), mac.state) == (before, state)


def test_a_dry_run_tells_it_all_and_changes_nothing(mac: FakeMac) -> None:
    before, state = mac.tree(), mac.state
    told = receives(mac, dry_run=True)
    real = [line for line in told if not line.startswith("     |")]
    assert (mac.tree(), mac.state["ipv4"]) == (before, state["ipv4"])
    assert jobs(mac) == []
    assert receives(mac) == real


def test_another_volume_gets_a_property_list_of_ours_in_place_of_apple_s(mac: FakeMac) -> None:
    receives(mac)
    told = receives(mac, OTHER)
    assert jobs(mac) == [OURS]
    assert overrides(mac)[APPLE]
    assert told.index(f"run    /bin/launchctl bootout system/{APPLE}") < told.index(
        f"run    /bin/launchctl bootstrap system {OUR_PLIST}"
    )
    assert mac.tree()[OUR_PLIST][:3] == (0, 0, 0o644)
    assert str(kdumpd_directory(mac.root)) == OTHER
    assert amiss(mac) == {}
    before = mac.tree()
    assert receives(mac, OTHER) == []
    assert receives(mac) == []  # left out: where they go now
    assert mac.tree() == before


def test_ours_is_apple_s_but_for_label_and_directory(mac: FakeMac) -> None:
    receives(mac, OTHER)
    job = plistlib.loads(mac.machine.place(OUR_PLIST).read_bytes())
    assert faults_of_plist(job) == []
    assert job["Label"] == OURS
    assert job["ProgramArguments"] == ["/usr/libexec/kdumpd", OTHER]
    assert int(job["Umask"], 8) == KDUMPD["Umask"]
    ours = {"Label", "Disabled", "ProgramArguments", "Umask"}
    assert {key: job[key] for key in job if key not in ours} == {
        key: KDUMPD[key] for key in KDUMPD if key not in ours
    }


def test_a_third_directory_replaces_the_second(mac: FakeMac) -> None:
    receives(mac, OTHER)
    receives(mac, "/Volumes/Dumps/More")
    assert jobs(mac) == [OURS]
    assert str(kdumpd_directory(mac.root)) == "/Volumes/Dumps/More"
    program = mac.state["launchd"]["jobs"][OURS]["program"]
    assert program == ["/usr/libexec/kdumpd", "/Volumes/Dumps/More"]


def test_apple_s_own_directory_brings_apple_s_job_back(mac: FakeMac) -> None:
    receives(mac)
    state, before = mac.state["launchd"]["jobs"], mac.tree()
    receives(mac, OTHER)
    receives(mac, "/var/tmp/PanicDumps")
    after = mac.tree()
    assert mac.state["launchd"]["jobs"] == state
    assert overrides(mac)[APPLE] is False
    assert OUR_PLIST not in after
    assert {path for path in after if path not in before} == {OTHER}
    assert amiss(mac) == {}


@pytest.mark.parametrize("directories", [[None], [OTHER], [None, OTHER, "/var/tmp/PanicDumps"]])
def test_undo_leaves_the_tree_as_it_was(mac: FakeMac, directories: list[str | None]) -> None:
    before = mac.tree()
    for directory in directories:
        receives(mac, directory)
    dry, _ = undone(mac, dry_run=True)
    told, left = undone(mac)
    assert dry == told[:-1]  # that the folder is empty then cannot be seen before
    assert mac.tree() == before
    assert jobs(mac) == []
    assert overrides(mac).get(APPLE) is not False
    assert any("transfer" in line for line in left)
    assert undone(mac) == ([], [])


def test_dumps_are_never_touched(mac: FakeMac) -> None:
    receives(mac)
    dump = mac.machine.place(f"{DUMPS}/core.gz")
    dump.write_bytes(b"kernel memory")
    os.chown(dump, ANN, ANN)
    receives(mac)
    receives(mac, OTHER)
    _, left = undone(mac)
    assert f"{DUMPS} stays: there are 1 file in it, which are yours to keep" in left
    found = dump.stat()
    assert (dump.read_bytes(), found.st_uid) == (b"kernel memory", ANN)


def test_one_who_had_followed_the_recipe_gets_that_back(mac: FakeMac) -> None:
    """Found as the recipe leaves it, but for the mode: that is set right, and given back."""
    make(mac, DUMPS, mode=0o755)
    with mac.changed() as state:
        job = {"plist": APPLE_PLIST, "pid": 0, "exit": 0, "program": ["x"], "sockets": ["1069"]}
        state["launchd"] = {"jobs": {APPLE: job}, "overrides": {APPLE: False}}
    before = mac.tree()
    receives(mac, OTHER)
    receives(mac, "/var/tmp/PanicDumps")
    assert mode_of(mac.machine.place(DUMPS)) == 0o1777
    undone(mac)
    assert mac.tree() == before
    assert jobs(mac) == [APPLE]
    assert overrides(mac)[APPLE] is False


def test_what_was_set_up_by_hand_is_not_undone_by_guess(mac: FakeMac) -> None:
    receives(mac)
    mac.machine.place(RECORD).unlink()
    before = mac.tree()
    with pytest.raises(MachineError, match=f"sudo launchctl bootout system/{APPLE}"):
        undone(mac)
    assert mac.tree() == before


@pytest.mark.parametrize("text", [b"", b"{}", b'{"disabled": 5, "loaded": true}', b"\xff\x00"])
def test_a_broken_record_is_told(mac: FakeMac, text: bytes) -> None:
    receives(mac)
    mac.machine.place(RECORD).write_bytes(text)
    for act in (undone, receives):
        with pytest.raises(MachineError, match=r"server\.json: is no record"):
            act(mac)


def test_a_record_that_others_could_have_written_is_not_followed(mac: FakeMac) -> None:
    receives(mac)
    record = mac.machine.place(RECORD)
    record.chmod(0o666)
    with pytest.raises(Untrusted, match="others could have written it"):
        undone(mac)
    record.unlink()
    record.symlink_to("/etc/passwd")
    with pytest.raises(MachineError, match=r"server\.json"):
        undone(mac)


# What is refused, before anything is changed.


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
        rf"uid 501.*sudo chown root:wheel {DUMPS} && sudo chmod 1777 {DUMPS}",
    )
    os.chown(mac.machine.place(DUMPS), 0, 0)
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


def test_what_launchd_refuses_is_told_and_can_be_undone(mac: FakeMac) -> None:
    before = mac.tree()
    with mac.changed() as state:
        state["launchd"] = {"sip": [APPLE]}
    with pytest.raises(MachineError, match=r"150.*System Integrity Protection"):
        receives(mac)
    undone(mac)
    assert mac.tree() == before


def test_a_property_list_of_ours_that_was_changed_by_hand_is_mended(mac: FakeMac) -> None:
    receives(mac, OTHER)
    place = mac.machine.place(OUR_PLIST)
    place.write_bytes(place.read_bytes().replace(b"nobody", b"daemon"))
    told = receives(mac)
    assert [line.split()[0] for line in told] == ["write", "run", "run"]
    assert jobs(mac) == [OURS]
    assert b"nobody" in place.read_bytes()


def test_the_one_that_is_shipped_can_be_rendered() -> None:
    assert faults_of_plist(plistlib.loads(TEMPLATE)) == []

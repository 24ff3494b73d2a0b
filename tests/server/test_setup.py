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


def test_what_launchd_refuses_is_told_and_can_be_undone(mac: FakeMac) -> None:
    before = mac.tree()
    with mac.changed() as state:
        state["launchd"] = {"sip": [APPLE]}
    with pytest.raises(MachineError, match=r"150.*System Integrity Protection"):
        receives(mac)
    undone(mac)
    assert mac.tree() == before


def test_where_sip_keeps_apple_s_job_a_restart_ends_it(mac: FakeMac) -> None:
    receives(mac)
    with mac.changed() as state:
        state["launchd"]["sip"] = [APPLE]
    with pytest.raises(MachineError, match=r"150.*restart this Mac, then do this again"):
        receives(mac, OTHER)
    assert jobs(mac) == [APPLE]  # dumps are received all the while
    with mac.changed() as state:
        state["launchd"]["jobs"] = {}
    receives(mac, OTHER)
    assert jobs(mac) == [OURS]


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

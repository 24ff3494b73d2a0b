"""What `doctor` says of a Mac that is itself to send its core."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.client.before import Before, keep
from pipeline.client.checks import findings
from pipeline.machine import Finding, Level, Machine
from tests.client.macs import FILE, changes, have, root_only
from tests.macs.fake_mac import FakeMac

GOOD = "debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en0 wdt=-1"


def found(mac: FakeMac) -> list[Finding]:
    return list(findings(mac.machine))


def test_a_mac_that_was_never_set_up_is_not_spoken_of(mac: FakeMac) -> None:
    assert not found(mac)
    have(mac, "-v debug=0x144")
    assert not found(mac)


@pytest.mark.parametrize("sip", ["disabled", "nvram", "partly"])
def test_one_that_is_set_up_well_is_fine(mac: FakeMac, sip: str) -> None:
    """Even where the boot-args, once set, cannot be changed."""
    have(mac, GOOD, sip=sip)
    (finding,) = found(mac)
    assert finding == Finding(
        check="client.boot-args", level=Level.OK, what="this Mac sends its cores to 10.0.40.2"
    )


def test_one_whose_protection_was_switched_on_again_sends_no_core(mac: FakeMac) -> None:
    have(mac, GOOD, sip="enabled")
    (finding,) = found(mac)
    assert finding.level is Level.FAIL
    assert "System Integrity Protection is on" in finding.what


def test_every_trap_is_a_finding_with_its_remedy(mac: FakeMac) -> None:
    have(mac, "debug=0x101c44 _panicd_ip=10.0.40.2", sip="disabled")
    levels = {finding.what.split()[0]: finding.level for finding in found(mac)}
    assert levels == {
        "0x100000": Level.FAIL,
        "kdp_match_name": Level.FAIL,
        "0x400": Level.WARN,
        "0x1000": Level.WARN,
    }
    assert all(finding.remedy for finding in found(mac))


def test_hostile_boot_args_stay_on_one_line(mac: FakeMac) -> None:
    have(mac, "debug=\x1b[31m\n _panicd_ip=10.0.40.2")
    assert all(finding.what.isprintable() for finding in found(mac))


@root_only
def test_boot_args_that_an_update_took_away_are_missed(mac: FakeMac) -> None:
    keep(changes(mac), Before(before="", added=GOOD))
    (finding,) = found(mac)
    assert finding.level is Level.FAIL
    assert finding.remedy is not None
    assert finding.remedy.startswith(f'sudo nvram boot-args="{GOOD}"')


def test_a_record_that_cannot_be_read_is_said_to_be(mac: FakeMac) -> None:
    place = mac.machine.place(FILE)
    Path(place.parent).mkdir()
    place.write_text("junk")
    (finding,) = found(mac)
    assert finding.level is Level.UNKNOWN
    assert "boot-args.before" in finding.what


def test_a_record_that_others_can_change_is_said_to_be_so(mac: FakeMac) -> None:
    place = mac.machine.place(FILE)
    Path(place.parent).mkdir()
    place.write_text("{}")
    place.chmod(0o666)
    (finding,) = found(mac)
    assert finding.level is Level.UNKNOWN
    assert "others could have written it" in finding.what


def test_what_nvram_does_not_tell_and_other_machines_are_not_spoken_of(mac: FakeMac) -> None:
    have(mac, GOOD)
    assert not list(findings(Machine(mac.root, "linux")))
    mac.lose("nvram")
    assert not found(mac)

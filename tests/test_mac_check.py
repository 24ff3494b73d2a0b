"""`make mac-check` on a system that is no Mac: what is portable works, the rest is not here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mac_check import accounts, files, launchd, ports, programs, zips
from mac_check.checks import CHECKS
from mac_check.result import Check, Outcome, Result, Scene, failed, ok
from mac_check.running import run
from pipeline.machine import Machine
from tests.conftest import ROOT
from tests.macs.fake_mac import FakeMac

_LINUX = Machine(platform="linux")
_AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="gives a file to root")


def _scene(directory: Path, machine: Machine) -> Scene:
    return Scene(directory=directory, machine=machine, root=True, traces=True)


def _result(look: Callable[[Scene], Result], machine: Machine = _LINUX, **more: bool) -> Result:
    check = Check(name="one", look=look, seconds=1, **more)
    ((_, result),) = run([check], machine, traces=False)
    return result


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mac_check", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "darwin", reason="there it is run by itself")
def test_the_portable_checks_hold_here_and_the_others_say_where() -> None:
    done = _command("--json")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["check"]: row["result"] for row in map(json.loads, done.stdout.splitlines())}
    assert list(rows) == [check.name for check in CHECKS]
    assert {rows[check.name] for check in CHECKS if check.mac} == {"not here"}
    portable = {rows[check.name] for check in CHECKS if not check.mac}
    assert "ok" in portable
    assert portable <= {"ok", "seen", "not here"}


def test_one_check_can_be_named() -> None:
    done = _command("disk.publish", "process.boot")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("disk.publish")
    assert "ok" in done.stdout.splitlines()[-1]


def test_a_name_that_no_check_has_is_refused() -> None:
    done = _command("nonsense")
    assert (done.returncode, done.stdout) == (2, "")


def test_names_are_unique() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_a_check_that_raises_has_failed_and_hurts_no_other() -> None:
    def raising(scene: Scene) -> Result:
        raise OSError("the disk is on fire")

    results = [
        r for _, r in run([Check(name="a", look=raising, mac=False)] * 2, _LINUX, traces=False)
    ]
    assert [result.outcome for result in results] == [Outcome.FAILED] * 2
    assert "the disk is on fire" in results[0].seen


def test_a_check_that_hangs_is_stopped() -> None:
    def hanging(scene: Scene) -> Result:
        try:
            time.sleep(60)
        except Exception:  # the stop must not be taken for a fault of what is checked
            return ok("slept")
        return ok("slept")

    assert _result(hanging, mac=False).outcome is Outcome.FAILED


def test_what_a_check_leaves_is_removed() -> None:
    places = []

    def leaving(scene: Scene) -> Result:
        (scene.directory / "left").write_bytes(b"x")
        places.append(scene.directory)
        return failed("as it is")

    _result(leaving, mac=False)
    assert places
    assert not places[0].exists()


def test_what_needs_a_mac_or_root_is_not_tried() -> None:
    def never(scene: Scene) -> Result:
        raise AssertionError

    assert _result(never).outcome is Outcome.NOT_HERE


@pytest.mark.parametrize(
    "look",
    [
        ports.ioreg_is_understood,
        ports.ioreg_is_short_enough,
        ports.settings_are_understood,
        ports.addresses_are_understood,
        ports.ports_are_judged,
        programs.power_is_understood,
        programs.the_firewall_is_understood,
        programs.filevault_is_understood,
        programs.volumes_are_understood,
        programs.boot_arguments_are_understood,
        programs.the_dump_server_is_understood,
        accounts.a_free_number_is_found,
        pytest.param(accounts.an_account_comes_and_goes, marks=_AS_ROOT),
        launchd.kdumpd_is_as_known,
        launchd.the_list_of_switches_is_as_we_read_it,
        launchd.what_is_not_loaded_is_told,
        pytest.param(launchd.a_job_comes_and_goes, marks=_AS_ROOT),
        pytest.param(launchd.launchd_refuses_with_known_numbers, marks=_AS_ROOT),
        pytest.param(launchd.a_switched_off_job_is_told, marks=_AS_ROOT),
    ],
)
def test_the_checks_hold_on_a_rehearsed_mac(
    mac: FakeMac, tmp_path: Path, look: Callable[[Scene], Result]
) -> None:
    before = mac.tree()
    result = look(_scene(tmp_path, mac.machine))
    assert result.outcome is Outcome.OK, result.seen
    assert mac.tree() == before


def test_a_mac_that_tells_nothing_fails_its_checks(mac: FakeMac, tmp_path: Path) -> None:
    for program in ("ioreg", "networksetup", "ifconfig"):
        mac.answer(program, out="nothing of use")
    for look in (ports.ioreg_is_understood, ports.ports_are_judged, ports.addresses_are_understood):
        assert look(_scene(tmp_path, mac.machine)).outcome is Outcome.FAILED


def test_the_line_for_newsyslog_is_the_one_that_is_installed(mac: FakeMac, tmp_path: Path) -> None:
    (line,) = files.rotation(_scene(tmp_path, mac.machine))
    assert line.startswith("/Library/Logs/PanicPipe/panicpipe.log root:admin 640 ")


def test_the_zips_that_are_tried_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ditto and Archive Utility are given opens here, so that a fault there is theirs."""
    import zipfile

    zipped, content = zips._small(tmp_path)
    with zipfile.ZipFile(zipped) as archive:
        assert archive.read(zips._NAME) == content
    monkeypatch.setattr(zips, "FOUR_GIB", 64 << 20)
    large, size, _ = zips._large(tmp_path)
    with zipfile.ZipFile(large) as archive:
        assert archive.testzip() is None
        assert archive.getinfo(zips._NAME).file_size == size

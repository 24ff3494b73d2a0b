"""Starting and stopping jobs, whatever number launchd answers with."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import MachineError
from pipeline.machine import Changes
from pipeline.macos import launchd_verbs
from pipeline.macos.launchd import look
from tests.macs.fake_mac import FakeMac
from tests.macs.launchd_rules import faults_of_calls
from tests.macs.quick import quick_mac
from tests.macs.waiting import Waiting

LABEL = "org.example.job"
PLIST = f"/Library/LaunchDaemons/{LABEL}.plist"


@pytest.fixture
def job(tmp_path: Path) -> FakeMac:
    mac = quick_mac(tmp_path)
    value = {"Label": LABEL, "ProgramArguments": ["/bin/ls"], "RunAtLoad": True}
    mac.machine.place(PLIST).write_bytes(plistlib.dumps(value))
    mac.machine.place(PLIST).chmod(0o644)
    return mac


def given(mac: FakeMac, **launchd: Any) -> None:
    with mac.changed() as state:
        state.setdefault("launchd", {}).update(launchd)


def changes(mac: FakeMac, told: list[str] | None = None, *, dry_run: bool = False) -> Changes:
    return Changes(mac.machine, ([] if told is None else told).append, dry_run=dry_run)


def start(mac: FakeMac) -> None:
    launchd_verbs.start(changes(mac), LABEL, PLIST, patience=Waiting())


def test_a_job_is_loaded_and_runs(job: FakeMac) -> None:
    start(job)
    assert look(job.machine, LABEL).pid
    assert faults_of_calls(job.calls) == []


def test_starting_again_changes_nothing(job: FakeMac) -> None:
    start(job)
    pid = look(job.machine, LABEL).pid
    start(job)
    assert look(job.machine, LABEL).pid == pid


@pytest.mark.parametrize("style", ["true", "disabled"])
def test_a_disabled_job_is_enabled_first(job: FakeMac, style: str) -> None:
    given(job, overrides={LABEL: True}, style=style)
    assert look(job.machine, LABEL).disabled
    start(job)
    assert look(job.machine, LABEL).disabled is False
    assert look(job.machine, LABEL).loaded


def test_a_job_that_is_not_disabled_gets_no_record_that_it_is_enabled(job: FakeMac) -> None:
    start(job)
    assert look(job.machine, LABEL).disabled is None


def test_a_job_that_its_property_list_disables_is_enabled(job: FakeMac) -> None:
    place = job.machine.place(PLIST)
    place.write_bytes(plistlib.dumps(plistlib.loads(place.read_bytes()) | {"Disabled": True}))
    start(job)
    assert look(job.machine, LABEL).loaded


def test_a_job_that_is_disabled_though_nobody_says_so_is_enabled(job: FakeMac) -> None:
    given(job, refuse_119=1)
    start(job)
    assert look(job.machine, LABEL).loaded
    assert sum("enable" in call for call in job.calls) == 1


def test_a_job_that_stays_disabled_is_told(job: FakeMac) -> None:
    given(job, refuse_119=2)
    with pytest.raises(MachineError, match=r"119.*Login Items"):
        start(job)


def test_a_disabled_job_that_is_only_loaded_is_told_with_the_remedy(job: FakeMac) -> None:
    given(job, overrides={LABEL: True})
    with pytest.raises(MachineError, match=f"119.*sudo launchctl enable system/{LABEL}"):
        launchd_verbs.load(changes(job), LABEL, PLIST, patience=Waiting())


def test_a_teardown_under_way_is_waited_for(job: FakeMac) -> None:
    given(job, slow=4)
    start(job)
    launchd_verbs.stop(changes(job), LABEL, patience=Waiting())
    start(job)
    assert look(job.machine, LABEL).pid


def test_a_teardown_without_end_is_told(job: FakeMac) -> None:
    given(job, busy={LABEL: 10_000})
    with pytest.raises(MachineError, match=r"37.*still busy"):
        launchd_verbs.load(changes(job), LABEL, PLIST, patience=Waiting())


def test_a_refusal_without_reason_is_tried_again_briefly(job: FakeMac) -> None:
    given(job, refuse=2)
    start(job)
    assert look(job.machine, LABEL).loaded


def test_a_lasting_refusal_without_reason_is_told(job: FakeMac) -> None:
    given(job, refuse=10_000)
    with pytest.raises(MachineError, match=r"5 .*launchd does not say why"):
        start(job)
    assert sum("bootstrap" in call for call in job.calls) == 3


def test_what_sip_refuses_is_not_tried_again(job: FakeMac) -> None:
    given(job, sip=[LABEL])
    with pytest.raises(MachineError, match=r"150.*System Integrity Protection"):
        start(job)
    assert sum("bootstrap" in call for call in job.calls) == 1


def test_a_job_that_is_not_loaded_is_stopped_already(job: FakeMac) -> None:
    assert not launchd_verbs.stop(changes(job), LABEL, patience=Waiting())


def test_stopping_ends_it(job: FakeMac) -> None:
    start(job)
    assert launchd_verbs.stop(changes(job), LABEL, patience=Waiting())
    assert look(job.machine, LABEL).loaded is False


def test_run_at_load_that_fails_is_made_good(job: FakeMac) -> None:
    given(job, forgets_run_at_load=True)
    start(job)
    assert look(job.machine, LABEL).pid


def test_a_job_that_dies_at_once_has_no_process(job: FakeMac) -> None:
    given(job, dead=[LABEL])
    start(job)
    assert launchd_verbs.await_pid(changes(job), LABEL, patience=Waiting()) is None
    assert look(job.machine, LABEL).last_exit == 256


def test_a_property_list_that_others_can_write_is_refused(job: FakeMac) -> None:
    job.machine.place(PLIST).chmod(0o666)
    with pytest.raises(MachineError, match=r"5 "):
        start(job)


def test_a_dry_run_tells_each_command_and_runs_none(job: FakeMac) -> None:
    told: list[str] = []
    launchd_verbs.start(changes(job, told, dry_run=True), LABEL, PLIST)
    assert told == [
        f"run    /bin/launchctl bootstrap system {PLIST}",
        f"run    /bin/launchctl kickstart system/{LABEL}",
    ]
    assert {call[1] for call in job.calls} == {"print-disabled"}


@pytest.mark.parametrize("answer", ["", "garbage\x1b[2J\n", "{\n}\n"])
def test_what_cannot_be_read_is_unknown(job: FakeMac, answer: str) -> None:
    job.answer("launchctl", out=answer)
    found = look(job.machine, LABEL)
    assert (found.loaded, found.pid, found.last_exit, found.disabled) == (None, None, None, None)


def test_without_launchctl_all_is_unknown(job: FakeMac) -> None:
    job.lose("launchctl")
    assert look(job.machine, LABEL).loaded is None

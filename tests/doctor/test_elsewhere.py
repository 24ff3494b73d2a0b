"""What lies on other volumes and machines, and a Linux machine, as `panicpipe doctor` tells it."""

from __future__ import annotations

import json
import socket
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import call
from pipeline.daemon.state_directory import StateDirectory
from pipeline.doctor import hurried
from pipeline.journal import Journal
from pipeline.machine import Machine
from tests.doctor import macs
from tests.macs.fake_mac import FakeMac

Checks = dict[str, dict[str, Any]]


def _asked(capsys: pytest.CaptureFixture[str], root: Path, *options: str) -> Checks:
    call(["doctor", "--json", "--root", str(root), *options])
    return {each["check"]: each for each in json.loads(capsys.readouterr().out)["checks"]}


def _configure(mac: FakeMac, text: str) -> None:
    macs.install(mac, "sw_vers")
    mac.machine.place(f"{macs.SITE}/panicpipe.toml").write_text(text)


def test_a_volume_is_judged_by_the_daemon_s_look(
    mac: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    _configure(mac, '[stages.package]\ndirectory = "/Volumes/Archive/zips"\n')
    with macs.daemon(mac) as journal:
        assert _asked(capsys, mac.root)["elsewhere.volumes"]["level"] == "unknown"
        fault = "Operation not permitted: macOS does not let panicpipe in"
        journal.conditions.put("destination:/Volumes/Archive/zips", time.time(), fault)
        told = _asked(capsys, mac.root)["elsewhere.volumes"]
    assert told["level"] == "fail"
    assert "Full Disk Access" in told["remedy"]


def test_dumps_that_arrive_on_another_volume_are_the_daemon_s_to_see(
    mac: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    _configure(mac, '[source.directory]\npath = "/Volumes/Dumps/PanicDumps"\n')
    macs.journal(mac).close()
    told = _asked(capsys, mac.root)["elsewhere.volumes"]
    assert told["what"] == "/Volumes/Dumps/PanicDumps: the daemon has not looked at it yet"


def test_an_archive_is_tried_online_only(mac: FakeMac, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        _configure(
            mac,
            '[pipeline]\nstages = ["verify", "package", "compress", "upload"]\n'
            f'[stages.upload]\nbucket = "panics"\nendpoint_url = "http://127.0.0.1:{port}"\n',
        )
        macs.journal(mac).close()
        assert "elsewhere.archive" not in _asked(capsys, mac.root)
        told = _asked(capsys, mac.root, "--online")["elsewhere.archive"]
    assert (told["level"], told["remedy"]) == ("fail", "sudo panicpipe config check --online")
    assert "refuses connections" in told["what"]


def test_a_program_that_hangs_is_not_waited_for(
    mac: FakeMac, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hurried, "_LONGEST", 0.5)
    macs.install(mac, "sw_vers")
    for program in ("/bin/launchctl", "/usr/sbin/systemsetup", "/usr/bin/sfltool"):
        mac.machine.place(program).write_text("#!/bin/sh\nexec sleep 1000\n")
    found = _asked(capsys, mac.root)
    assert found["service.running"]["level"] == "unknown"
    assert found["machine.time"]["level"] == "unknown"
    assert "configuration.valid" in found


def _program(machine: Machine, path: str, answer: str) -> None:
    place = machine.place(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\ncat <<'E'\n{answer}\nE\n")
    place.chmod(0o755)


@pytest.fixture
def linux(tmp_path: Path) -> Machine:
    """A Linux machine with the service installed, where systemd says that it runs."""
    machine = Machine(tmp_path / "linux", "linux")
    environment = "/opt/panicpipe/environments/2"
    info = f"{environment}/lib/python3.11/site-packages/panicpipe-{version('panicpipe')}.dist-info"
    for path in (info, "/etc/systemd/system", "/var/lib/panicpipe", "/PanicDumps"):
        machine.place(path).mkdir(parents=True)
    machine.place("/var/lib/panicpipe").chmod(0o700)
    unit = machine.place("/etc/systemd/system/panicpipe.service")
    unit.write_text(f"[Service]\nExecStart={environment}/bin/python -I -m pipeline run\n")
    machine.place("/etc/passwd").write_text("panicpipe:x:990:990::/:/usr/sbin/nologin\n")
    machine.place("/etc/group").write_text("panicpipe:x:990:\n")
    return machine


def _systemd(machine: Machine, load: str, file: str, pid: int) -> None:
    _program(
        machine,
        "/usr/bin/systemctl",
        f"LoadState={load}\nUnitFileState={file}\nActiveState=active\nMainPID={pid}\n"
        "ExecMainStatus=0",
    )


def test_on_linux_systemd_is_asked(linux: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    _systemd(linux, "loaded", "enabled", 0)
    _program(linux, "/usr/bin/timedatectl", "yes")
    found = _asked(capsys, linux.root)
    assert found["service.running"]["level"] == "fail"
    assert found["service.enabled"]["level"] == "ok"
    assert found["machine.time"]["level"] == "ok"
    assert found["configuration.source"]["level"] == "ok"
    assert not [name for name in found if name.endswith(".failed")]


def test_on_linux_a_service_at_work_is_recognised(
    linux: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    _program(linux, "/usr/bin/timedatectl", "no")
    with StateDirectory.acquire(linux.place("/var/lib/panicpipe")) as state:
        Journal.open(state.path).close()
        pid = int((state.path / "lock").read_text())
        _systemd(linux, "loaded", "disabled", pid)
        found = _asked(capsys, linux.root)
    assert found["service.running"]["level"] == "ok"
    assert found["service.enabled"]["level"] == "fail"
    assert found["service.account"]["level"] == "ok"
    assert found["machine.time"]["level"] == "warn"
    assert found["machine.time"]["remedy"].startswith("install a time service")  # CanNTP=no
    assert found["dumps.last"]["what"] == "no dump has come yet"

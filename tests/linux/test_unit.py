"""The unit, judged by systemd itself where that is at hand."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.installing.linux_layout import program, rendered
from tests.conftest import ROOT

SHIPPED = ROOT / "systemd" / "panicpipe.service"
MOST_EXPOSED = 2.0
ANALYZE = shutil.which("systemd-analyze")
by_systemd = pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    place = tmp_path / "panicpipe.service"
    place.write_bytes(rendered(sys.executable))
    return place


def _analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ANALYZE), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def _values(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#") and "=" in line:
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@by_systemd
def test_systemd_finds_nothing_wrong_with_it(unit: Path) -> None:
    done = _analyze("verify", "--man=no", unit)
    # A system without the account's home or other units of this machine is not the unit's fault.
    ours = [line for line in done.stderr.splitlines() if "panicpipe" in line]
    assert (done.returncode, ours) == (0, [])


@by_systemd
def test_it_is_exposed_to_little(unit: Path) -> None:
    done = _analyze("security", "--offline=true", "--no-pager", unit)
    if "offline" in done.stderr:
        pytest.skip("this systemd-analyze judges no files")
    exposure = re.search(r"Overall exposure level .*?: ([0-9.]+)", done.stdout)
    assert exposure is not None
    assert float(exposure[1]) <= MOST_EXPOSED


@by_systemd
def test_that_judgement_can_fail(unit: Path) -> None:
    """A key that systemd does not know, and a unit without what protects it, are told."""
    text = unit.read_text()
    unit.write_text(text.replace("NoNewPrivileges", "NoNewPrivilege"))
    assert "NoNewPrivilege" in _analyze("verify", "--man=no", unit).stderr


def test_what_only_a_person_can_mend_is_not_tried_again() -> None:
    prevented = _values(SHIPPED.read_text())["RestartPreventExitStatus"]
    assert prevented == [f"{ExitCode.CONFIGURATION} {ExitCode.BUSY}"]


def test_it_has_no_capability_and_an_account_of_its_own() -> None:
    values = _values(SHIPPED.read_text())
    assert values["CapabilityBoundingSet"] == values["AmbientCapabilities"] == [""]
    assert values["User"] == values["Group"] == ["panicpipe"]


def test_it_is_killed_later_than_it_leaves_by_itself() -> None:
    from pipeline.daemon import stopping

    assert int(_values(SHIPPED.read_text())["TimeoutStopSec"][0]) > 2 * stopping._STOP_LIMIT


def test_the_program_is_the_one_of_the_environment() -> None:
    python = "/opt/panicpipe/environments/7/bin/python"
    unit = rendered(python)
    assert program(unit) == python
    shipped = program(SHIPPED.read_bytes())
    assert shipped is not None
    assert unit == SHIPPED.read_bytes().replace(shipped.encode(), python.encode())


@pytest.mark.parametrize("python", ["/opt/a b/python", "/opt/%i/python", "/opt/$X/python", "x"])
def test_a_path_that_systemd_would_read_otherwise_is_refused(python: str) -> None:
    from pipeline.errors import MachineError

    with pytest.raises(MachineError, match="use a plain one"):
        rendered(python)

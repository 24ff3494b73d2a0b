"""What runs is what was installed, whatever came between."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from pipeline.daemon.state_directory import StateDirectory
from pipeline.installing.current import is_outdated
from pipeline.installing.mac import install
from pipeline.installing.wishes import Wishes
from pipeline.journal import Journal
from pipeline.machine import Changes
from tests.installing.mac_installer import FIRST, LABEL, PLIST, SECOND, STATE, Installer
from tests.macs.quick import quick_mac
from tests.macs.waiting import Waiting

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")


class _Killed(BaseException):
    """Stands for SIGKILL: nothing is done about it."""


@pytest.fixture
def installer(open_path: Path) -> Installer:
    """One that runs from its first environment."""
    installer = Installer(quick_mac(open_path))
    installer.install()
    return installer


def _upgrade(installer: Installer, tell: Callable[[str], None]) -> None:
    changes = Changes(installer.mac.machine, tell, dry_run=False)
    install(changes, Wishes(environment=SECOND), tell, Waiting)


@contextmanager
def _daemon(installer: Installer, **mark: str) -> Iterator[None]:
    """Have a daemon run that tells this of itself, and launchd know it."""
    place = installer.place(STATE)
    jobs = installer.mac.state["launchd"]["jobs"]
    installer.launchd(jobs={LABEL: jobs[LABEL] | {"pid": os.getpid()}})
    with StateDirectory.acquire(place):
        journal = Journal.open(place)
        text = msgspec.json.encode({"run": "x", **mark}).decode()
        journal.conditions.put("daemon.runs:mark", 1.0, text)
        yield
        journal.close()


def _hold(installer: Installer, environment: str, version: str) -> None:
    packages = installer.place(f"{environment}/lib/python3.13/site-packages")
    (packages / f"panicpipe-{version}.dist-info").mkdir()


@pytest.mark.parametrize("last_words", ["write  /Library/LaunchDaemons", "run    /bin/launchctl"])
def test_an_upgrade_that_was_killed_is_ended_by_the_next_one(
    installer: Installer, last_words: str
) -> None:
    """Whatever was replaced already, the earlier program is not left running."""
    installer.make(SECOND)

    def tell(line: str) -> None:
        if line.startswith(last_words):
            raise _Killed

    with pytest.raises(_Killed):
        _upgrade(installer, tell)
    installer.upgrade()
    assert installer.runs_from == f"{SECOND}/bin/python"
    assert installer.job.pid


def test_an_interrupted_upgrade_leaves_the_earlier_one_running(installer: Installer) -> None:
    installer.make(SECOND)
    before = installer.mac.tree()

    def tell(line: str) -> None:
        if line.startswith("run    /bin/launchctl bootstrap") and SECOND in installer.text(PLIST):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _upgrade(installer, tell)
    assert installer.runs_from == f"{FIRST}/bin/python"
    assert installer.job.pid
    after = {path: entry for path, entry in installer.mac.tree().items() if SECOND not in path}
    assert after == {path: entry for path, entry in before.items() if SECOND not in path}


def test_a_job_without_its_property_list_is_ended_first(installer: Installer) -> None:
    installer.place(PLIST).unlink()
    installer.upgrade()
    assert installer.runs_from == f"{SECOND}/bin/python"


def test_a_version_that_pip_has_put_into_the_same_environment_is_started(
    installer: Installer,
) -> None:
    _hold(installer, FIRST, "2.0")
    prefix = str(installer.place(FIRST))
    installer.mac.forget_calls()
    with _daemon(installer, version="1.0", prefix=prefix):
        installer.install()
    assert installer.verbs == ["bootout", "bootstrap"]
    installer.mac.forget_calls()
    with _daemon(installer, version="2.0", prefix=prefix):
        installer.install()
    assert installer.verbs == []


@pytest.mark.parametrize(
    ("mark", "outdated"),
    [
        ({"version": "2.0", "prefix": "ours"}, False),
        ({"version": "2.0"}, False),
        ({"version": "2.0", "prefix": sys.prefix}, True),
        ({"version": "1.0", "prefix": "ours"}, True),
        ({}, True),
    ],
)
def test_what_a_daemon_tells_of_itself_is_compared(
    installer: Installer, mark: dict[str, str], *, outdated: bool
) -> None:
    _hold(installer, FIRST, "2.0")
    if mark.get("prefix") == "ours":
        mark = mark | {"prefix": str(installer.place(FIRST))}
    with _daemon(installer, **mark):
        assert is_outdated(installer.mac.machine, STATE, FIRST) is outdated
    assert not is_outdated(installer.mac.machine, STATE, FIRST), "none runs any more"


def test_a_journal_that_cannot_be_read_is_no_reason_to_restart(installer: Installer) -> None:
    with StateDirectory.acquire(installer.place(STATE)):
        assert not is_outdated(installer.mac.machine, STATE, FIRST)
        installer.put(f"{STATE}/journal.sqlite3", "no journal")
        assert not is_outdated(installer.mac.machine, STATE, FIRST)

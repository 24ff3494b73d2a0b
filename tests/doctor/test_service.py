"""What the service manager, the lock and the journal together say of the daemon."""

from __future__ import annotations

import dataclasses

import pytest

from pipeline.daemon.lifeline import Run
from pipeline.doctor.service import Service, account, enabled, ownership, running, versions
from pipeline.doctor.standing import Life
from pipeline.machine import Level

_ENV = "/Library/PanicPipe/environments/3"
_LOADED = Service(
    installed=True, loaded=True, pid=512, disabled=False, version="0.2.0", prefix=_ENV
)
_ALIVE = Life(alive=True, pid=512)
_DEAD = Life(alive=False)
_RUN = Run(started=1_800_000_000, last_alive=1_800_000_100, version="0.2.0", prefix=_ENV)


@pytest.mark.parametrize(
    ("service", "life", "level", "says", "remedy"),
    [
        (_LOADED, _ALIVE, Level.OK, "loaded and running since", None),
        (Service(installed=True), _ALIVE, Level.OK, "a daemon runs", None),
        (Service(installed=True), Life(), Level.UNKNOWN, "needs sudo", None),
        (Service(installed=False), Life(), Level.UNKNOWN, "needs sudo", None),
        (
            _LOADED,
            Life(alive=True, pid=77),
            Level.WARN,
            "not as the service",
            "sudo panicpipe service start",
        ),
        (Service(installed=False), _ALIVE, Level.WARN, "not as", "sudo panicpipe install"),
        (Service(installed=False), _DEAD, Level.FAIL, "not installed", "sudo panicpipe install"),
        (
            dataclasses.replace(_LOADED, loaded=False, pid=None),
            _DEAD,
            Level.FAIL,
            "not loaded",
            "sudo panicpipe service start",
        ),
        (
            dataclasses.replace(_LOADED, pid=None, last_exit=78),
            _DEAD,
            Level.FAIL,
            "ended last with 78",
            "sudo panicpipe service logs, then: sudo panicpipe service start",
        ),
        (_LOADED, _DEAD, Level.WARN, "does not work yet", "sudo panicpipe service logs"),
        (_LOADED, Life(), Level.OK, "running, pid 512", None),
    ],
)
def test_running(service: Service, life: Life, level: Level, says: str, remedy: str | None) -> None:
    found = running(service, life, _RUN if life.alive else None)
    assert (found.level, found.remedy) == (level, remedy)
    assert says in found.what


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"disabled": False}, Level.OK),
        ({"disabled": True}, Level.FAIL),
        ({"disabled": None}, Level.UNKNOWN),
        ({"disallowed": True}, Level.FAIL),
        ({"disallowed": False}, Level.OK),
    ],
)
def test_enabled(change: dict[str, bool | None], level: Level) -> None:
    found = enabled(dataclasses.replace(_LOADED, **change))  # type: ignore[arg-type]
    assert found is not None
    assert found.level is level
    assert (found.remedy is None) == (level in (Level.OK, Level.UNKNOWN))


def test_what_is_switched_off_in_login_items_is_switched_on_there() -> None:
    found = enabled(dataclasses.replace(_LOADED, disallowed=True, disabled=True))
    assert found is not None
    assert "Login Items" in (found.remedy or "")


def test_nothing_installed_is_not_asked_whether_it_starts() -> None:
    assert enabled(Service(installed=False)) is None


@pytest.mark.parametrize(
    ("service", "life", "run", "ours", "level", "says"),
    [
        (_LOADED, _ALIVE, _RUN, "0.2.0", Level.OK, "0.2.0 runs, as installed"),
        (Service(installed=False), _ALIVE, _RUN, "0.2.0", Level.OK, "0.2.0 runs"),
        (_LOADED, _DEAD, None, "0.2.0", Level.OK, "0.2.0 is installed"),
        (Service(installed=True), _DEAD, None, "0.2.0", Level.UNKNOWN, "not known"),
        (
            _LOADED,
            _ALIVE,
            dataclasses.replace(_RUN, version="0.1.0"),
            "0.2.0",
            Level.WARN,
            "0.1.0 runs, and 0.2.0 is installed",
        ),
        (
            _LOADED,
            _ALIVE,
            dataclasses.replace(_RUN, version=None),
            "0.2.0",
            Level.WARN,
            "does not tell",
        ),
        (
            _LOADED,
            _ALIVE,
            dataclasses.replace(_RUN, prefix="/Library/PanicPipe/environments/2"),
            "0.2.0",
            Level.WARN,
            "environments/2, and",
        ),
        (_LOADED, _ALIVE, _RUN, "0.3.0", Level.WARN, "this command is 0.3.0"),
        (_LOADED, _DEAD, _RUN, "0.3.0", Level.WARN, "this command is 0.3.0"),
    ],
)
def test_versions(
    service: Service, life: Life, run: Run | None, ours: str, level: Level, says: str
) -> None:
    found = versions(service, life, run, ours)
    assert found.level is level
    assert says in found.what
    assert (found.remedy is not None) == (level is Level.WARN)


def test_ownership() -> None:
    assert ownership(None).level is Level.OK
    assert ownership(()).level is Level.OK
    found = ownership(("/a belongs to ann (uid 501)", "/b", "/c"))
    assert found.level is Level.FAIL
    assert found.what.endswith("/a belongs to ann (uid 501) (and 2 more)")


def test_account() -> None:
    assert account("_panicpipe", None, needed=True).level is Level.OK
    assert account("_panicpipe", "there is none", needed=False).level is Level.OK
    found = account("_panicpipe", "there is none", needed=True)
    assert (found.level, found.remedy) == (Level.WARN, "sudo panicpipe install")

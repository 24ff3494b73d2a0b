"""The daemon's directories, the watched one, and those on other volumes."""

from __future__ import annotations

import errno

import pytest

from pipeline.daemon.destinations import Destination
from pipeline.doctor.directories import Expected, findings
from pipeline.doctor.elsewhere import routes, tried, volumes
from pipeline.doctor.source import watched
from pipeline.journal.rows import RouteRow
from pipeline.machine import Level
from pipeline.machine.looking import Look
from pipeline.plugin import Probe

_STATE = Expected(role="state", path="/s", private=0o077)
_OUTPUTS = Expected(role="outputs", path="/o", private=0o027)
_LOG = Expected(role="log", path="/l", private=0o022, must_exist=True)
_MISSING = Look(kind="missing")


def _there(mode: int, owner: int = 0) -> Look:
    return Look(kind="directory", owner=owner, mode=mode)


def test_all_as_they_should_be_is_one_line() -> None:
    pairs = [(_STATE, _there(0o700)), (_OUTPUTS, _there(0o750)), (_LOG, _there(0o755))]
    (found,) = findings(pairs, {0}, needs_root=False)
    assert (found.level, found.what) == (Level.OK, "state, outputs, log: as they should be")


@pytest.mark.parametrize(
    ("expected", "look", "level", "remedy"),
    [
        (_STATE, _MISSING, Level.OK, None),
        (_LOG, _MISSING, Level.WARN, "sudo panicpipe install"),
        (_STATE, _there(0o750), Level.WARN, "sudo chmod go-rwx '/s'"),
        (_STATE, _there(0o777), Level.FAIL, "sudo chmod go-rwx '/s'"),
        (_OUTPUTS, _there(0o755), Level.WARN, "sudo chmod g-w,o-rwx '/o'"),
        (_OUTPUTS, _there(0o770), Level.FAIL, "sudo chmod g-w,o-rwx '/o'"),
        (_LOG, _there(0o775), Level.FAIL, "sudo chmod go-w '/l'"),
        (_OUTPUTS, Look(kind="link", owner=501), Level.FAIL, "sudo rm '/o'"),
        (_OUTPUTS, Look(kind="file", owner=0), Level.FAIL, "sudo rm '/o'"),
        (_OUTPUTS, Look(fault="no answer"), Level.FAIL, None),
    ],
)
def test_what_is_wrong_is_told_with_what_mends_it(
    expected: Expected, look: Look, level: Level, remedy: str | None
) -> None:
    (found,) = findings([(expected, look)], {0}, needs_root=False)
    assert (found.level, found.remedy) == (level, remedy)


def test_a_directory_of_somebody_else_s_fails() -> None:
    (found,) = findings([(_OUTPUTS, _there(0o750, owner=501))], {0}, needs_root=False)
    assert found.level is Level.FAIL
    assert "belongs to uid 501" in found.what


def test_what_only_root_may_see_is_unknown_to_others() -> None:
    closed = Look(kind="directory", error=errno.EACCES, fault="Permission denied")
    (found,) = findings([(_STATE, closed)], {0}, needs_root=True)
    assert (found.level, found.what) == (Level.UNKNOWN, "/s: needs sudo")
    (found,) = findings([(_STATE, closed)], {0}, needs_root=False)
    assert found.level is Level.FAIL


@pytest.mark.parametrize(
    ("look", "written", "level", "says"),
    [
        (_there(0o1777), "/d", Level.OK, "/d is watched"),
        (_there(0o1777), None, Level.OK, "/d is watched"),
        (_there(0o1777), "/var/tmp/PanicDumps", Level.WARN, "writes to /var/tmp/PanicDumps"),
        (_MISSING, "/d", Level.FAIL, "is not there"),
        (Look(kind="file"), None, Level.FAIL, "is no directory"),
        (Look(kind="link"), None, Level.OK, "by a link"),
        (Look(fault="no answer"), None, Level.FAIL, "no answer"),
        (Look(error=errno.EPERM, fault="Operation not permitted"), None, Level.UNKNOWN, "not perm"),
    ],
)
def test_the_watched_directory(look: Look, written: str | None, level: Level, says: str) -> None:
    found = watched("/d", look, written=written, needs_root=False)
    assert found.level is level
    assert says in found.what


def test_a_missing_directory_of_kdumpd_s_is_made_by_server_setup() -> None:
    found = watched("/d", _MISSING, written="/d", needs_root=False)
    assert found.remedy == "sudo panicpipe server setup"


def _volume(fault: str | None = None, *, looked: float = 1000.0) -> tuple[Level, str, str | None]:
    seen = [Destination(path="/Volumes/A", looked=looked, fault=fault)]
    (found,) = volumes(["/Volumes/A"], seen, 1060.0, "/py")
    return found.level, found.what, found.remedy


def test_the_daemon_s_own_look_at_other_volumes_counts() -> None:
    level, what, _ = _volume()
    assert (level, what) == (Level.OK, "/Volumes/A: usable, seen by the daemon 1 min 0 s ago")
    level, _, remedy = _volume("Operation not permitted: macOS does not let panicpipe in")
    assert level is Level.FAIL
    assert "Full Disk Access: add /py, then" in (remedy or "")
    assert _volume("its volume is not mounted")[0] is Level.FAIL
    assert _volume(looked=-9e9)[0] is Level.UNKNOWN
    assert _volume(looked=9e9)[0] is Level.UNKNOWN
    (unseen,) = volumes(["/Volumes/B"], [], 0, None)
    assert unseen.level is Level.UNKNOWN


def test_what_an_archive_s_probes_find() -> None:
    (found,) = tried("upload", [Probe(what="reach s3"), Probe(what="write")])
    assert (found.level, found.what) == (Level.OK, "upload: 2 probes worked")
    (found,) = tried("upload", [Probe(what="reach s3"), Probe(what="write", fault="denied")])
    assert (found.level, found.what) == (Level.FAIL, "upload: write: denied")


def test_a_route_that_was_never_used_is_unknown_because_nothing_is_sent() -> None:
    used, unused = RouteRow(name="ops", last_sent=5.0), RouteRow(name="mail")
    (found,) = routes([used])
    assert found.level is Level.OK
    (found,) = routes([used, unused])
    assert (found.level, found.remedy) == (Level.UNKNOWN, "sudo panicpipe alert test 'mail'")
    assert list(routes([])) == []

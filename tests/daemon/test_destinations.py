"""The daemon itself looks at directories on other volumes, because only its rights count."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.daemon.destinations import Destinations, directories_of, read_destinations
from pipeline.journal import Journal
from pipeline.machine.looking import Look, Looking


class _Known(Looking):
    """Has these answers, once it is asked for them."""

    def __init__(self, answers: Mapping[str, Look]) -> None:
        self._answers = answers

    def collect(self, patience: float) -> Mapping[str, Look]:
        return self._answers


_THERE = Look(kind="directory", mode=0o755)


def _found(directory: Look, mount: Look = _THERE) -> str | None:
    journal = Journal.in_memory()
    answers = {"/Volumes/A/out": directory, "/Volumes/A": mount}
    places = Destinations(journal, [Path("/Volumes/A/out")], look=lambda _: _Known(answers))
    places.look(10)
    assert read_destinations(journal) == ()
    places.look(12)
    (found,) = read_destinations(journal)
    assert (found.path, found.looked) == ("/Volumes/A/out", 12)
    return found.fault


def test_one_that_can_be_used_has_no_fault() -> None:
    assert _found(_THERE) is None


def test_one_that_is_still_to_be_made_is_judged_by_its_volume() -> None:
    assert _found(Look(kind="missing")) is None
    assert _found(Look(kind="missing"), Look(kind="directory", read_only=True))


@pytest.mark.parametrize(
    ("directory", "mount", "says"),
    [
        (
            Look(kind="directory", error=errno.EPERM, fault="Operation not permitted"),
            _THERE,
            "Operation not permitted: macOS does not let panicpipe in",
        ),
        (Look(kind="missing"), Look(kind="missing"), "its volume is not mounted"),
        (Look(fault="no answer"), _THERE, "no answer"),
        (Look(kind="file"), _THERE, "is no directory"),
    ],
)
def test_what_is_wrong_with_one_is_kept(directory: Look, mount: Look, says: str) -> None:
    assert _found(directory, mount) == says


def test_a_real_directory_is_looked_at_and_forgotten_with_its_key(tmp_path: Path) -> None:
    journal = Journal.in_memory()
    (tmp_path / "A" / "out").mkdir(parents=True)
    places = Destinations(
        journal,
        [tmp_path / "A" / "out", tmp_path / "B" / "out", Path("/elsewhere")],
        volumes=tmp_path,
    )
    places.look(0)
    assert places._under_way is not None
    places._under_way._child.wait(20)
    places.look(1)
    assert [(Path(each.path).parts[-2], each.fault) for each in read_destinations(journal)] == [
        ("A", None),
        ("B", "its volume is not mounted"),
    ]
    Destinations(journal, [], volumes=tmp_path).look(2)
    assert read_destinations(journal) == ()


def test_both_where_dumps_arrive_and_where_they_go_are_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "panicpipe.toml"
    file.write_text(
        '[source.directory]\npath = "/Volumes/A/dumps"\n'
        '[stages.package]\ndirectory = "/Volumes/B/zips"\n'
    )
    found = directories_of(load(file))
    assert found == [Path("/Volumes/A/dumps"), Path("/Volumes/B/zips")]


def test_the_same_fault_is_logged_once_and_looked_for_every_ten_minutes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal = Journal.in_memory()
    asked: list[Sequence[Path]] = []
    answers = {"/Volumes/A/out": Look(kind="missing"), "/Volumes/A": Look(kind="missing")}

    def look(paths: Sequence[Path]) -> Looking:
        asked.append(paths)
        return _Known(answers)

    places = Destinations(journal, [Path("/Volumes/A/out")], look=look)
    with caplog.at_level(logging.WARNING, "panicpipe.daemon"):
        for now in (0.0, 60.0, 120.0, 599.0, 660.0, 720.0):
            places.look(now)
    assert len(asked) == 2
    assert len(caplog.records) == 1

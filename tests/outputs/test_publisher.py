"""Publishing a step's files, whatever happens in between."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from pipeline.errors import WireError
from pipeline.journal import Journal
from pipeline.journal.rows import State
from pipeline.model import Identity
from pipeline.plugin import FileStage, StepResult
from pipeline.publishing.outputs import OutputDirectory
from pipeline.publishing.publisher import Draft, Publisher, base_name, private_directories


@pytest.fixture
def journal() -> Journal:
    journal = Journal.in_memory()
    identity = Identity(inode=1, size=1, mtime_ns=1)
    for name in (b"core-a.gz", b"core-a.gz"):
        journal.dumps.add(source="s", raw_name=name, identity=identity, now=0.0)
    return journal


def draft(publisher: Publisher, place: Path, dump: int, content: bytes) -> Draft:
    made = publisher.draft(place, dump, "zip", ".zip")
    os.write(made.temporary.fd, content)
    return made


def publish(publisher: Publisher, place: Path, dump: int, *drafts: Draft) -> list[str]:
    made = publisher.publish(dump, b"core-a.gz", "package", place, drafts, {"x": 1}, None)
    return [Path(artifact.path).name for artifact in made]


def test_the_result_is_recorded_with_its_files(journal: Journal, tmp_path: Path) -> None:
    publisher, place = Publisher(journal), tmp_path / "zips"
    assert publish(publisher, place, 1, draft(publisher, place, 1, b"zip")) == ["core-a.zip"]
    step = journal.steps.of(1)["package"]
    assert (step.state, dict(step.facts)) == ("done", {"x": 1})
    assert os.listdir(place) == ["core-a.zip"]


def test_equal_names_get_distinct_files(journal: Journal, tmp_path: Path) -> None:
    publisher, place = Publisher(journal), tmp_path / "zips"
    publish(publisher, place, 1, draft(publisher, place, 1, b"first"))
    assert publish(publisher, place, 2, draft(publisher, place, 2, b"second")) == ["core-a-2.zip"]
    assert (place / "core-a.zip").read_bytes() == b"first"
    assert (place / "core-a-2.zip").read_bytes() == b"second"


def test_an_interrupted_publication_is_completed(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intention was recorded, then the process died: its successor gives the final name."""
    publisher, place = Publisher(journal), tmp_path / "zips"
    made = draft(publisher, place, 1, b"zip")
    with monkeypatch.context() as patch:
        patch.setattr(OutputDirectory, "publish", _die)
        with pytest.raises(KeyboardInterrupt):
            publish(publisher, place, 1, made)
    assert journal.steps.of(1)["package"].state == "publishing"
    successor = Publisher(journal)
    assert successor.sweep(place) == []
    successor.complete(1, "package", b"core-a.gz")
    assert os.listdir(place) == ["core-a.zip"]
    assert journal.steps.of(1)["package"].state == "done"
    assert [artifact.size for artifact in journal.steps.artifacts(1)] == [3]


def test_a_publication_that_fails_is_taken_up_again_and_not_repeated(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full directory, say: the failure is counted, the finished file is still the one meant."""
    publisher, place = Publisher(journal), tmp_path / "zips"
    made = draft(publisher, place, 1, b"zip")
    with monkeypatch.context() as patch:
        patch.setattr(OutputDirectory, "publish", _no_room)
        with pytest.raises(OSError, match="No space"):
            publish(publisher, place, 1, made)
    journal.steps.fail(1, "package", "No space left on device")
    assert journal.steps.of(1)["package"].state == "publishing"
    publisher.complete(1, "package", b"core-a.gz")
    assert os.listdir(place) == ["core-a.zip"]
    assert journal.steps.unpublished() == []


def test_what_a_revised_dump_was_about_to_publish_is_swept(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its newer revision makes its own files: nobody would ever come back for these."""
    publisher, place = Publisher(journal), tmp_path / "zips"
    made = draft(publisher, place, 1, b"zip")
    with monkeypatch.context() as patch:
        patch.setattr(OutputDirectory, "publish", _no_room)
        with pytest.raises(OSError, match="No space"):
            publish(publisher, place, 1, made)
    assert publisher.sweep(place) == []
    journal.dumps.end(1, State.SUPERSEDED, "it changed", 1.0)
    assert publisher.sweep(place) == [made.temporary.name]


def _no_room(*_: object, **__: object) -> bool:
    raise OSError(errno.ENOSPC, "No space left on device")


def _die(*_: object, **__: object) -> bool:
    raise KeyboardInterrupt


def test_a_fault_before_the_intention_leaves_nothing(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, place = Publisher(journal), tmp_path / "zips"
    made = draft(publisher, place, 1, b"zip")
    monkeypatch.setattr(journal.steps, "intend", _die)
    with pytest.raises(KeyboardInterrupt):
        publish(publisher, place, 1, made)
    assert os.listdir(place) == []
    assert journal.steps.of(1) == {}


@pytest.mark.parametrize("suffix", ["/../../x", "", ".zip\n", "a" * 41, "…"])
def test_a_worker_cannot_choose_another_place(
    journal: Journal, tmp_path: Path, suffix: str
) -> None:
    with pytest.raises(WireError):
        Publisher(journal).draft(tmp_path / "zips", 1, "zip", suffix)


def test_a_replaced_directory_is_opened_anew(journal: Journal, tmp_path: Path) -> None:
    publisher, place = Publisher(journal), tmp_path / "zips"
    publish(publisher, place, 1, draft(publisher, place, 1, b"zip"))
    place.rename(tmp_path / "old")
    publish(publisher, place, 2, draft(publisher, place, 2, b"zip"))
    assert os.listdir(place) == ["core-a.zip"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"core-xnu-1.2-10.0.0.1-ab.gz", "core-xnu-1.2-10.0.0.1-ab"),
        (b"CORE.GZ", "CORE"),
        (b"../../etc/passwd", "etc_passwd"),
        (b"-rf", "rf"),
        (b"\xff\n", "dump"),
        (b".gz", "dump"),
    ],
)
def test_names_of_outputs_are_harmless(name: bytes, expected: str) -> None:
    assert base_name(name) == expected


# Releases.


def released(journal: Journal, publisher: Publisher, place: Path) -> None:
    """One step makes a zip, the next one releases it, and nothing is removed yet."""
    publish(publisher, place, 1, draft(publisher, place, 1, b"zip"))
    journal.steps.intend(1, "upload", facts={}, ends=None, artifacts=[], releases=["zip"])
    journal.steps.complete(1, "upload", 0.0)


def test_what_is_released_goes_when_its_volume_is_back(journal: Journal, tmp_path: Path) -> None:
    """Until then it is no longer offered to anybody, and still owed."""
    publisher, place = Publisher(journal), tmp_path / "zips"
    released(journal, publisher, place)
    place.rename(tmp_path / "away")
    place.write_text("no directory")
    assert len(publisher.remove_released()) == 1
    assert journal.steps.artifacts(1) == []
    assert len(journal.steps.released()) == 1
    place.unlink()
    (tmp_path / "away").rename(place)
    assert publisher.remove_released(2) == []
    assert os.listdir(place) == ["core-a.zip"]
    assert publisher.remove_released() == []
    assert os.listdir(place) == []


def test_a_removal_is_safe_to_repeat_after_a_crash(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file was removed, then the process died before it could say so."""
    publisher, place = Publisher(journal), tmp_path / "zips"
    released(journal, publisher, place)
    with monkeypatch.context() as patch:
        patch.setattr(journal.steps, "mark_removed", _end_here)
        with pytest.raises(KeyboardInterrupt):
            publisher.remove_released()
    assert os.listdir(place) == []
    assert Publisher(journal).remove_released() == []
    (former,) = journal.steps.removed(1)
    assert (former.removed_why, former.removed is None) == (
        "released by upload; it was gone already",
        False,
    )


def _end_here(*_: object) -> None:
    raise KeyboardInterrupt


def test_only_the_file_that_is_meant_is_removed(tmp_path: Path) -> None:
    place = OutputDirectory.open(tmp_path / "out")
    path = tmp_path / "out" / "a.zip"
    path.write_bytes(b"ours")
    inode = path.stat().st_ino
    path.rename(path.with_name("kept.zip"))
    path.write_bytes(b"another")
    assert not place.remove("a.zip", inode)
    assert not place.remove("none.zip", inode)
    assert place.remove("kept.zip", inode)
    assert os.listdir(tmp_path / "out") == ["a.zip"]


@dataclass(frozen=True, kw_only=True)
class _Zips(FileStage):
    def run(self, *_: object) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class _Spool(_Zips):
    keeps: ClassVar[Literal["outputs", "spool"]] = "spool"


def test_a_spool_is_made_for_us_alone(journal: Journal, tmp_path: Path) -> None:
    """It holds kernel memory that nobody is to find anything in."""
    stages = [_Zips(directory=tmp_path / "zips"), _Spool(directory=tmp_path / "spool")]
    publisher = Publisher(journal, private_directories(stages))
    for number, place in enumerate((tmp_path / "zips", tmp_path / "spool"), 1):
        publish(publisher, place, number, draft(publisher, place, number, b"made"))
    assert stat.S_IMODE((tmp_path / "zips").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700


def test_a_spool_in_which_people_find_zips_as_well_is_no_private_one(tmp_path: Path) -> None:
    stages = [_Spool(directory=tmp_path), _Zips(directory=tmp_path)]
    assert private_directories(stages) == frozenset()

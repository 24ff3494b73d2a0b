"""What the journal holds of steps: their files, and what they remember until they are done."""

from __future__ import annotations

import pytest

from pipeline.journal import Journal
from pipeline.journal.rows import ArtifactRow, State
from pipeline.model import Identity

IDENTITY = Identity(inode=7, size=100, mtime_ns=5)


@pytest.fixture
def journal() -> Journal:
    return Journal.in_memory()


def add(journal: Journal) -> int:
    return journal.dumps.add(source="s", raw_name=b"core", identity=IDENTITY, now=1.0).id


def file(dump: int, stage: str, kind: str) -> ArtifactRow:
    return ArtifactRow(
        id=0,
        dump=dump,
        stage=stage,
        kind=kind,
        directory="/spool",
        temporary=f".{stage}-{kind}",
        name=f"{stage}.{kind}",
        suffix=f".{kind}",
        inode=1,
        size=1,
        published=False,
    )


def make(
    journal: Journal, dump: int, stage: str, *kinds: str, releases: tuple[str, ...] = ()
) -> None:
    files = [file(dump, stage, kind) for kind in kinds]
    journal.steps.intend(dump, stage, facts={}, ends=None, artifacts=files, releases=releases)


def there(journal: Journal, dump: int) -> list[str]:
    return [made.path for made in journal.steps.artifacts(dump)]


def test_what_a_step_releases_goes_once_that_step_is_done(journal: Journal) -> None:
    """Of the kinds it names, that is, and never what it made itself."""
    dump = add(journal)
    make(journal, dump, "compress", "archive", "record", "log")
    journal.steps.complete(dump, "compress", 1.0)
    make(journal, dump, "encrypt", "archive", "record", releases=("archive", "record"))
    assert journal.steps.released() == []
    journal.steps.complete(dump, "encrypt", 2.0)
    assert [row.name for row in journal.steps.released()] == ["compress.archive", "compress.record"]
    assert there(journal, dump) == [
        "/spool/compress.log",
        "/spool/encrypt.archive",
        "/spool/encrypt.record",
    ]
    for row in journal.steps.released(dump):
        journal.steps.mark_removed(row.id, "released by encrypt", 3.0)
    assert journal.steps.released() == []
    former = journal.steps.removed(dump)
    assert [row.removed_why for row in former] == ["released by encrypt"] * 2


def test_a_step_that_must_run_again_has_released_nothing(journal: Journal) -> None:
    dump = add(journal)
    make(journal, dump, "compress", "archive")
    journal.steps.complete(dump, "compress", 1.0)
    make(journal, dump, "encrypt", "archive", releases=("archive",))
    journal.steps.forget(dump, "encrypt")
    assert there(journal, dump) == ["/spool/compress.archive"]


def test_a_step_that_is_done_remembers_nothing(journal: Journal) -> None:
    dump = add(journal)
    journal.memory.keep(dump, "upload", "id", "x")
    journal.memory.keep(dump, "other", "id", "y")
    make(journal, dump, "upload")
    assert journal.memory.value(dump, "upload", "id") == "x"
    journal.steps.complete(dump, "upload", 1.0)
    assert journal.memory.stages(dump) == ["other"]


@pytest.mark.parametrize(
    ("state", "orphaned"),
    [
        (State.PENDING, False),
        (State.ARCHIVING, False),
        (State.PARKED, False),
        (State.SUPERSEDED, True),
        (State.GONE, True),
        (State.DONE, True),
    ],
)
def test_a_memory_that_no_run_will_ask_for_is_an_orphan(
    journal: Journal, state: State, orphaned: bool
) -> None:
    dump = add(journal)
    journal.memory.keep(dump, "upload", "id", "x")
    journal.dumps.end(dump, state, None, 1.0)
    assert bool(journal.memory.orphans()) is orphaned


def test_the_memory_of_a_parked_dump_that_was_replaced_is_an_orphan(journal: Journal) -> None:
    dump = journal.dumps.get(add(journal))
    journal.memory.keep(dump.id, "upload", "id", "x")
    journal.dumps.end(dump.id, State.PARKED, "no bucket", 1.0)
    journal.dumps.add(source="s", raw_name=b"core", identity=IDENTITY, now=2.0, previous=dump)
    assert journal.memory.orphans() == [(dump.id, "upload")]


def test_the_sizes_of_what_is_remembered_are_those_of_its_json(journal: Journal) -> None:
    dump = add(journal)
    journal.memory.keep(dump, "upload", "a", "ä")
    journal.memory.keep(dump, "upload", "b", {"n": 1})
    assert journal.memory.sizes(dump, "upload") == {"a": 4, "b": 7}


def test_who_was_told_of_a_failing_step_is_told_again_only_once_it_starts_afresh(
    journal: Journal,
) -> None:
    dump = add(journal)
    journal.steps.fail(dump, "upload", "no route to host")
    journal.steps.tell(dump, "upload", 5.0)
    journal.steps.fail(dump, "upload", "no route to host")
    journal.steps.hearten(dump, "upload")
    assert journal.steps.of(dump)["upload"].told == 5.0
    journal.steps.forgive(dump)
    journal.steps.fail(dump, "upload", "no route to host")
    assert journal.steps.of(dump)["upload"].told is None

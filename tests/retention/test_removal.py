"""Removing what was decided on, and nothing else, whatever happens in between."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest

from pipeline.journal.rows import ArtifactRow, State
from pipeline.plugin import Sighting
from pipeline.publishing.publisher import Publisher
from pipeline.retention.holdings import Place
from pipeline.retention.plan import Decision
from pipeline.retention.removal import Remover
from tests.retention.records import NOW, Records, name

CORE = name(1)


def remover(records: Records) -> Remover:
    return Remover(records.journal, records.watches, records.publisher)


def remove(records: Records, file: str, meanwhile: Callable[[], object] = int) -> bool:
    """Decide to remove a file; something happens; then it is removed, or not."""
    decision = Decision(kept=records.kept()[file], remove=True, reason="removed: it is old")
    meanwhile()
    let_go = remover(records).remove(decision, NOW)
    if let_go is not None:
        let_go()
    return let_go is not None


def test_a_removed_dump_keeps_its_record(local: Records) -> None:
    row = local.done(CORE)
    assert remove(local, CORE)
    assert not (local.dumps / CORE).exists()
    kept = local.journal.dumps.get(row.id)
    assert (kept.state, kept.removed, kept.removed_why) == (State.DONE, NOW, "it is old")
    assert CORE not in local.kept()


def test_a_removed_zip_keeps_its_record(local: Records) -> None:
    row = local.done(CORE)
    file = f"{row.id}.zip"
    assert remove(local, file)
    assert not (local.zips / file).exists()
    (record,) = local.journal.steps.removed(row.id)
    assert (record.name, record.removed_why) == (file, "it is old")
    assert (local.dumps / CORE).exists()


def test_its_space_is_given_back_only_when_it_is_let_go(local: Records) -> None:
    """Freeing many gigabytes takes a while, and is not the event loop's to wait for."""
    local.done(CORE)
    decision = Decision(kept=local.kept()[CORE], remove=True, reason="removed: it is old")
    before = set(os.listdir("/dev/fd"))
    let_go = remover(local).remove(decision, NOW)
    held = set(os.listdir("/dev/fd")) - before
    assert len(held) == 1
    assert let_go is not None
    let_go()
    assert not held & set(os.listdir("/dev/fd"))


def test_nothing_outside_is_removed_through_a_link_in_its_place(local: Records) -> None:
    local.done(CORE)
    precious = local.zips / "precious"
    precious.write_bytes(b"core")

    def planted() -> None:
        (local.dumps / CORE).unlink()
        (local.dumps / CORE).symlink_to(precious)

    assert not remove(local, CORE, planted)
    assert precious.exists()
    assert (local.dumps / CORE).is_symlink()


def test_another_file_under_the_same_name_stays(local: Records) -> None:
    local.done(CORE)

    def replaced() -> None:
        (local.dumps / CORE).rename(local.dumps / "away")
        (local.dumps / CORE).write_bytes(b"core")

    assert not remove(local, CORE, replaced)
    assert sorted(os.listdir(local.dumps)) == sorted([CORE, "away"])


def test_a_file_that_changes_after_the_decision_stays(local: Records) -> None:
    local.done(CORE)

    def changed() -> None:
        with (local.dumps / CORE).open("ab") as file:
            file.write(b"more")

    assert not remove(local, CORE, changed)
    assert (local.dumps / CORE).read_bytes() == b"coremore"


def test_a_file_that_got_a_second_name_stays(local: Records) -> None:
    """Removing one of its names would free nothing, and somebody wants it."""
    local.done(CORE)
    assert not remove(local, CORE, lambda: os.link(local.dumps / CORE, local.dumps / "mine"))
    assert (local.dumps / CORE).exists()


def test_nothing_is_removed_from_a_directory_that_took_the_place(local: Records) -> None:
    local.done(CORE)

    def swapped() -> None:
        local.dumps.rename(local.dumps.with_name("old"))
        local.dumps.mkdir()
        os.link(local.dumps.with_name("old") / CORE, local.dumps / CORE)
        (local.dumps.with_name("old") / CORE).unlink()

    assert not remove(local, CORE, swapped)
    assert (local.dumps / CORE).exists()


@pytest.mark.parametrize("happens", ["retry", "parked", "reopened"])
def test_a_dump_that_is_taken_up_after_the_decision_stays(local: Records, happens: str) -> None:
    row = local.done(CORE)
    journal = local.journal
    meanwhile: dict[str, Callable[[], object]] = {
        "retry": lambda: journal.requests.add("retry", row.id, NOW),
        "parked": lambda: journal.dumps.end(row.id, State.PARKED, "why", NOW),
        "reopened": lambda: journal.dumps.reopen(row.id),
    }
    assert not remove(local, CORE, meanwhile[happens])
    assert (local.dumps / CORE).exists()


def test_a_zip_that_somebody_replaced_stays(local: Records) -> None:
    row = local.done(CORE)
    path = local.zips / f"{row.id}.zip"

    def replaced() -> None:
        path.rename(local.zips / "away")
        path.write_bytes(b"made")

    assert not remove(local, path.name, replaced)
    assert path.exists()
    assert local.journal.steps.removed(row.id) == []


def test_both_files_of_one_dump_can_go_after_one_decision(local: Records) -> None:
    row = local.done(CORE)
    kept = local.kept()
    for file in (CORE, f"{row.id}.zip"):
        decision = Decision(kept=kept[file], remove=True, reason="removed: it is old")
        assert remover(local).remove(decision, NOW) is not None


# After a crash, or a fault, between the intention and its end.


def test_an_intention_whose_file_is_gone_is_completed(local: Records) -> None:
    row = local.done(CORE)
    local.journal.removals.intend_core(row.id, "it is old")
    (local.dumps / CORE).unlink()
    remover(local).settle(local.places(), NOW)
    kept = local.journal.dumps.get(row.id)
    assert (kept.removed, kept.removed_why) == (NOW, "it is old")


def test_an_intention_whose_file_is_there_is_taken_back(local: Records) -> None:
    row = local.done(CORE)
    local.journal.removals.intend_core(row.id, "it is old")
    remover(local).settle(local.places(), NOW)
    kept = local.journal.dumps.get(row.id)
    assert (kept.removed, kept.removed_why) == (None, None)


def test_an_intention_waits_while_its_volume_is_not_there(local: Records) -> None:
    row = local.done(CORE)
    local.journal.removals.intend_core(row.id, "it is old")
    local.dumps.rename(local.dumps.with_name("unmounted"))
    remover(local).settle(local.places(), NOW)
    kept = local.journal.dumps.get(row.id)
    assert (kept.removed, kept.removed_why) == (None, "it is old")


def test_an_intention_waits_while_its_source_is_not_configured(local: Records) -> None:
    row = local.done(CORE)
    local.journal.removals.intend_core(row.id, "it is old")
    (local.dumps / CORE).unlink()
    remover(local).settle({}, NOW)
    assert local.journal.dumps.get(row.id).removed is None


def test_each_removal_is_told_with_its_reason(
    local: Records, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "panicpipe.retention")
    row = local.done(CORE)
    remove(local, CORE)
    told = f"dump {row.id} {local.dumps}/{CORE} (4 bytes): removed: it is old"
    assert caplog.messages == [told]


class Refusing(Publisher):
    """Outputs on a volume that nothing can be removed from."""

    def remove(self, row: ArtifactRow, why: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_a_removal_is_on_record_before_it_happens_and_its_failure_is_told(
    local: Records, caplog: pytest.LogCaptureFixture
) -> None:
    row = local.done(CORE)
    zipped = local.kept()[f"{row.id}.zip"]
    outputs = Refusing(local.journal)
    decision = Decision(kept=zipped, remove=True, reason="removed: it is old")
    before = set(os.listdir("/dev/fd"))
    assert Remover(local.journal, local.watches, outputs).remove(decision, NOW) is None
    outputs.close()
    assert set(os.listdir("/dev/fd")) <= before
    (made,) = local.journal.removals.intended_artifacts()
    assert (made.removed_why, made.removed) == ("it is old", None)
    told = f"{zipped.holding.path}: not removed: [Errno {errno.EROFS}] Read-only file system"
    assert caplog.messages == [told]


def test_the_same_holds_for_what_stages_made(local: Records) -> None:
    gone, there = local.done(CORE), local.done(name(2))
    for row in (gone, there):
        (made,) = (m for m in local.journal.removals.kept_artifacts() if m.dump == row.id)
        local.journal.removals.intend_artifact(made.id, "it is old")
    (local.zips / f"{gone.id}.zip").unlink()
    remover(local).settle(local.places(), NOW)
    (record,) = local.journal.steps.removed(gone.id)
    assert (record.removed, record.removed_why) == (NOW, "it is old")
    assert local.journal.steps.removed(there.id) == []
    assert local.journal.removals.intended_artifacts() == []


def test_what_a_stage_made_waits_while_its_volume_is_not_there(local: Records) -> None:
    row = local.done(CORE)
    (made,) = local.journal.removals.kept_artifacts()
    local.journal.removals.intend_artifact(made.id, "it is old")
    local.zips.rename(local.zips.with_name("unmounted"))
    remover(local).settle(local.places(), NOW)
    assert local.journal.steps.removed(row.id) == []
    (waits,) = local.journal.removals.intended_artifacts()
    assert waits.removed_why == "it is old"


@pytest.mark.parametrize("now", ["another", "moved"])
def test_an_intention_whose_file_is_another_by_now_is_completed(local: Records, now: str) -> None:
    row = local.done(CORE)
    local.journal.removals.intend_core(row.id, "it is old")
    (local.dumps / CORE).rename(local.dumps / name(2))
    if now == "another":
        (local.dumps / CORE).write_bytes(b"core")
        (local.dumps / name(2)).unlink()
    remover(local).settle(local.places(), NOW)
    assert local.journal.dumps.get(row.id).removed == NOW


def test_what_was_put_away_under_a_second_name_is_not_taken_for_removed(local: Records) -> None:
    row = local.done(CORE)
    local.journal.removals.intend_core(row.id, "it is old")
    os.link(local.dumps / CORE, local.dumps / "mine")
    places: dict[str, Place] = local.places()
    assert not [seen for seen in places["directory"].scan.files if isinstance(seen, Sighting)]
    remover(local).settle(places, NOW)
    assert local.journal.dumps.get(row.id).removed is None

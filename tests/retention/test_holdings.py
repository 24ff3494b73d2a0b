"""What is kept of every dump, and what is known of it: the journal and the directory together."""

from __future__ import annotations

import os

from pipeline.journal.rows import State
from pipeline.model import Holding, Kind, Verdict
from tests.retention.records import NOW, Post, Records, built, name

ONE, TWO, THREE = name(1), name(2), name(3)


def of(records: Records, file: str) -> Holding:
    return records.kept()[file].holding


def test_a_dump_and_its_zip_are_each_in_their_heap(local: Records) -> None:
    row = local.done(ONE)
    kept = local.kept()
    assert {file: each.holding.heap for file, each in kept.items()} == {
        ONE: "cores",
        f"{row.id}.zip": "zips",
    }
    assert kept[ONE].holding == Holding(
        heap="cores",
        dump=row.id,
        kind="core",
        path=f"{local.dumps}/{ONE}",
        size=4,
        since=NOW - 50,
        client="10.0.40.7",
        in_flight=False,
        parked=False,
        packaged=True,
        archived=None,
        complete=True,
        succeeded=False,
    )


def test_what_a_spooling_stage_made_is_on_the_spool(archive: Records) -> None:
    row = archive.judged(ONE)
    archive.did(row, "press", "archive")
    assert of(archive, f"{row.id}.archive").heap == "spool"


def test_what_a_stage_made_that_is_configured_no_more_is_for_people(local: Records) -> None:
    row = local.judged(ONE)
    local.did(row, "press", "archive")
    assert of(local, f"{row.id}.archive").heap == "zips"


def test_a_file_that_is_not_what_was_judged_is_not_kept(local: Records) -> None:
    """It will be judged afresh."""
    local.done(ONE)
    with (local.dumps / ONE).open("ab") as file:
        file.write(b"more")
    assert ONE not in local.kept()


def test_another_file_of_the_same_name_is_not_the_dumps(local: Records) -> None:
    local.done(ONE)
    held = (local.dumps / ONE).open()  # keeps its inode from being given out again
    os.unlink(local.dumps / ONE)
    (local.dumps / ONE).write_bytes(b"core")
    assert ONE not in local.kept()
    held.close()


def test_a_file_that_somebody_moved_away_is_not_kept(local: Records) -> None:
    row = local.done(ONE)
    (local.dumps / ONE).rename(local.dumps.parent / "away")
    assert set(local.kept()) == {f"{row.id}.zip"}


def test_what_is_no_dump_is_nobodys_to_remove(local: Records) -> None:
    local.end(local.judged("notes.txt", Verdict.NOT_A_DUMP, Kind.OTHER), State.IGNORED)
    assert local.kept() == {}


def test_a_file_that_is_back_after_it_was_given_up_is_a_dump_of_its_own(local: Records) -> None:
    local.end(local.judged(ONE), State.GONE)
    assert local.kept() == {}


def test_what_arrives_is_in_flight_at_its_present_size(local: Records) -> None:
    local.arrive(ONE)
    with (local.dumps / ONE).open("ab") as file:
        file.write(b"more")
    one = of(local, ONE)
    assert (one.in_flight, one.complete, one.size) == (True, False, 8)


def test_what_is_judged_and_not_announced_is_in_flight(local: Records) -> None:
    row = local.judged(ONE)
    local.did(row, "package", "zip")
    assert of(local, ONE).in_flight
    assert of(local, f"{row.id}.zip").in_flight


def test_a_parked_dump_that_is_to_be_taken_up_again_is_in_flight(local: Records) -> None:
    row = local.end(local.judged(ONE), State.PARKED)
    assert (of(local, ONE).parked, of(local, ONE).in_flight) == (True, False)
    local.journal.requests.add("retry", row.id, NOW)
    assert of(local, ONE).in_flight


def test_while_it_is_archived_only_what_is_still_read_is_in_flight(archive: Records) -> None:
    row = archive.judged(ONE)
    archive.did(row, "package", "zip")
    archive.journal.dumps.announce(row.id, NOW)
    assert of(archive, ONE).in_flight
    archive.did(row, "press", "archive")
    kept = {file: each.holding for file, each in archive.kept().items()}
    assert {file: one.in_flight for file, one in kept.items()} == {
        ONE: False,
        f"{row.id}.zip": False,
        f"{row.id}.archive": True,
    }
    assert {one.archived for one in kept.values()} == {False}


def test_a_chain_that_has_ended_reads_nothing_more(archive: Records) -> None:
    row = archive.judged(ONE)
    archive.did(row, "package", "zip")
    archive.journal.dumps.announce(row.id, NOW)
    assert of(archive, ONE).in_flight
    archive.did(row, "press", ends="of no kind that is known here")
    assert not of(archive, ONE).in_flight


def test_all_on_the_spool_is_in_flight_until_it_is_sent(archive: Records) -> None:
    """Whatever its kind is: who sends may know of more than it says that it needs."""
    row = archive.judged(ONE)
    archive.did(row, "package", "zip")
    archive.did(row, "press", "leaflet")
    archive.journal.dumps.announce(row.id, NOW)
    assert of(archive, f"{row.id}.leaflet").in_flight
    archive.did(row, "send")
    assert not of(archive, f"{row.id}.leaflet").in_flight


def test_a_zip_that_a_later_stage_hands_on_is_in_flight(local: Records) -> None:
    local.chain = (local.chain[0], built("post", Post()), local.chain[1])
    row = local.judged(ONE)
    local.did(row, "package", "zip")
    local.journal.dumps.announce(row.id, NOW)
    assert of(local, f"{row.id}.zip").in_flight
    assert not of(local, ONE).in_flight
    local.did(row, "post")
    assert not of(local, f"{row.id}.zip").in_flight


def test_it_is_archived_once_that_step_is_done(archive: Records) -> None:
    archive.done(ONE)
    assert of(archive, ONE).archived is True


def test_it_is_packaged_once_that_step_is_done(local: Records) -> None:
    local.end(local.judged(ONE), State.PARKED)
    assert not of(local, ONE).packaged


def test_a_stage_that_left_it_alone_has_not_packaged_it(local: Records) -> None:
    row = local.judged(ONE, Verdict.UNSUPPORTED)
    local.did(row, "package", ends="of no kind that is known here")
    local.end(row, State.DONE)
    assert not of(local, ONE).packaged


def test_where_nothing_packages_or_archives_the_dump_is_all_there_is(local: Records) -> None:
    local.chain = local.chain[-1:]
    local.done(ONE)
    assert not of(local, ONE).packaged


def test_what_is_on_the_spool_is_no_package(archive: Records) -> None:
    archive.chain = (archive.chain[1], archive.chain[-1])
    archive.done(ONE)
    assert not of(archive, ONE).packaged


def test_where_nothing_packages_an_archive_is_enough(archive: Records) -> None:
    archive.chain = archive.chain[1:]
    archive.done(ONE)
    assert of(archive, ONE).packaged


def test_an_incomplete_core_is_succeeded_by_a_later_complete_one_of_its_mac(
    local: Records,
) -> None:
    local.done(ONE, Verdict.TRUNCATED)
    assert not of(local, ONE).succeeded
    local.done(name(2, client="10.0.40.8"))
    assert not of(local, ONE).succeeded
    local.done(THREE)
    assert of(local, ONE).succeeded


def test_an_earlier_complete_core_is_no_successor(local: Records) -> None:
    local.done(TWO)
    local.done(ONE, Verdict.TRUNCATED)
    assert not of(local, ONE).succeeded


def test_a_later_core_that_is_incomplete_as_well_is_no_successor(local: Records) -> None:
    local.done(ONE, Verdict.TRUNCATED)
    local.done(TWO, Verdict.TRUNCATED)
    assert not of(local, ONE).succeeded


def test_what_is_complete_is_never_succeeded(local: Records) -> None:
    local.done(ONE)
    local.done(TWO)
    assert not of(local, ONE).succeeded


def test_a_complete_log_is_no_successor_of_a_core(local: Records) -> None:
    local.done(ONE, Verdict.TRUNCATED)
    local.done("paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a02", kind=Kind.PANICLOG)
    assert not of(local, ONE).succeeded


def test_a_successor_that_is_not_safe_itself_does_not_count(archive: Records) -> None:
    archive.done(ONE, Verdict.TRUNCATED)
    row = archive.judged(TWO)
    archive.did(row, "package", "zip")
    archive.journal.dumps.announce(row.id, NOW)
    assert not of(archive, ONE).succeeded


def test_a_successor_that_is_archived_and_not_packaged_does_not_count(archive: Records) -> None:
    archive.done(ONE, Verdict.TRUNCATED)
    row = archive.judged(TWO)
    for stage in ("press", "send"):
        archive.did(row, stage)
    archive.end(row, State.DONE)
    assert not of(archive, ONE).succeeded


def test_what_was_made_of_a_log_that_was_completed_later_is_succeeded(local: Records) -> None:
    log = "paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a02"
    first = local.judged(log, Verdict.TRUNCATED, Kind.PANICLOG)
    local.did(first, "package", "zip")
    local.end(first, State.SUPERSEDED)
    local.done(log, kind=Kind.PANICLOG, previous=first)
    assert of(local, f"{first.id}.zip").succeeded


def test_a_later_revision_that_is_incomplete_as_well_takes_nothings_place(
    archive: Records,
) -> None:
    first = archive.judged(ONE, Verdict.TRUNCATED)
    archive.did(first, "package", "zip")
    archive.end(first, State.SUPERSEDED)
    archive.done(ONE, Verdict.TRUNCATED, previous=first)
    one = of(archive, f"{first.id}.zip")
    assert (one.succeeded, one.archived) == (False, False)


def test_what_was_made_of_a_revision_that_was_completed_later_is_succeeded(
    archive: Records,
) -> None:
    """Its file has grown: the newer revision is archived, the older one never will be."""
    first = archive.judged(ONE, Verdict.TRUNCATED)
    archive.did(first, "package", "zip")
    archive.end(first, State.SUPERSEDED)
    older = f"{first.id}.zip"
    assert (of(archive, older).succeeded, of(archive, older).archived) == (False, False)
    archive.done(ONE, previous=first)
    one = of(archive, older)
    assert (one.complete, one.succeeded, one.packaged, one.archived) == (False, True, True, True)


def test_the_zip_of_a_complete_revision_is_judged_by_its_own_archive(archive: Records) -> None:
    """The file was changed: what came after says nothing about what was there."""
    first = archive.judged(ONE)
    archive.did(first, "package", "zip")
    archive.end(first, State.SUPERSEDED)
    archive.done(ONE, previous=first)
    assert of(archive, f"{first.id}.zip").archived is False


def test_a_released_file_is_not_for_retention(archive: Records) -> None:
    row = archive.judged(ONE)
    archive.did(row, "press", "archive")
    archive.journal.steps.intend(
        row.id, "send", facts={}, ends=None, artifacts=[], releases=["archive"]
    )
    assert f"{row.id}.archive" not in archive.kept()


def test_names_are_safe_to_show(local: Records) -> None:
    local.done("core\x1b[2J")
    assert of(local, "core\\x1b[2J").kind == "core"

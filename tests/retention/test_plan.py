"""What retention stages may say, and what becomes of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from pipeline import Dump, Holding, Removal, Retention, StepResult, Workspace
from pipeline.journal.rows import State
from pipeline.plugin import Volume
from pipeline.retention import upkeep
from pipeline.retention.plan import RetentionFailed, plan
from pipeline.retention.shelves import Round, rounds
from pipeline.retention.upkeep import decide, take_stock
from pipeline.stages.retain import Retain
from pipeline.stages.retention_rule import Rule
from tests.retention.records import NOW, Records, built, name


@dataclass(frozen=True, kw_only=True)
class Says(Retention):
    """Decides whatever the test wants."""

    what: Literal["all", "none", "nothing", "other", "raise"]

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()

    def decide(
        self, holdings: Sequence[Holding], free: Mapping[str, int | None], now: float
    ) -> Sequence[Removal]:
        if self.what == "raise":
            raise ZeroDivisionError("a bug\nof theirs")
        if self.what == "nothing":
            return []
        if self.what == "other":
            holdings = [replace(each, path="/etc/passwd") for each in holdings]
        said = "removed: because" if self.what != "none" else "kept: because"
        return [Removal(holding=each, remove=self.what != "none", reason=said) for each in holdings]


def test_what_is_being_worked_on_stays_whatever_a_stage_says(local: Records) -> None:
    local.judged(name(1))
    assert local.decided(Says(what="all")) == {name(1): "kept: it is still being worked on"}
    assert local.proposed(Says(what="all")).removals == []


def test_why_a_stage_keeps_what_is_being_worked_on_is_its_own_to_say(local: Records) -> None:
    local.judged(name(1))
    assert local.decided(Says(what="none")) == {name(1): "kept: because"}


def test_what_is_removed_comes_first(local: Records) -> None:
    row = local.done(name(1))
    decided = local.decided(Retain(zips=Rule(max_age_days=0)))
    assert list(decided) == [f"{row.id}.zip", name(1)]


def test_what_a_stage_does_not_mention_stays(local: Records) -> None:
    local.done(name(1))
    assert local.decided(Says(what="nothing"))[name(1)] == "kept: no stage says anything of it"


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ("raise", "retain: cannot decide, so nothing is removed: ZeroDivisionError: a bug of"),
        ("other", "retain: decided on what it was not asked about, so nothing is removed"),
    ],
)
def test_a_stage_at_fault_has_nothing_removed(
    local: Records, what: Literal["raise", "other"], fault: str
) -> None:
    local.done(name(1))
    with pytest.raises(RetentionFailed, match=fault):
        local.decided(Says(what=what))


@dataclass(frozen=True, kw_only=True)
class Objects(Says):
    """Gives other reasons than the others."""

    def decide(
        self, holdings: Sequence[Holding], free: Mapping[str, int | None], now: float
    ) -> Sequence[Removal]:
        said = super().decide(holdings, free, now)
        return [replace(each, reason=each.reason + " I say so") for each in said]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ((Says(what="none"), Objects(what="all")), "removed: because I say so"),
        ((Objects(what="all"), Says(what="none")), "removed: because I say so"),
        ((Objects(what="all"), Says(what="all")), "removed: because I say so"),
        ((Objects(what="none"), Says(what="none")), "kept: because I say so"),
    ],
)
def test_of_several_stages_the_first_that_wants_it_removed_counts(
    local: Records, said: Sequence[Retention], reason: str
) -> None:
    local.done(name(1))
    chain = [built(f"stage-{number}", stage) for number, stage in enumerate(said)]
    stock = take_stock(local.journal, local.chain, local.places(), NOW)
    decisions = plan(chain, rounds(stock.kept, stock.places), NOW)
    assert [each.reason for each in decisions] == [reason] * 2


def test_a_file_that_is_not_there_is_not_decided_upon(local: Records) -> None:
    row = local.done(name(1))
    (local.zips / f"{row.id}.zip").unlink()
    assert set(local.decided(Says(what="all"))) == {name(1)}


def test_a_file_that_took_the_place_of_what_was_made_is_not_decided_upon(local: Records) -> None:
    row = local.done(name(1))
    path = local.zips / f"{row.id}.zip"
    path.rename(local.zips / "mine")
    path.write_bytes(b"made")
    assert set(local.decided(Says(what="all"))) == {name(1)}


def test_heaps_on_one_volume_have_the_same_room(local: Records) -> None:
    local.done(name(1))
    stock = take_stock(local.journal, local.chain, local.places(), NOW)
    (found,) = rounds(stock.kept, stock.places)
    assert found.free["cores"] == found.free["zips"] is not None
    assert decide(stock, local.chain).free == found.free


def test_a_core_whose_spooled_file_is_gone_is_packaged_all_the_same(archive: Records) -> None:
    row = archive.judged(name(1))
    archive.did(row, "package", "zip")
    archive.did(row, "press", "archive")
    archive.did(row, "send")
    archive.end(row, State.DONE)
    (archive.zips / f"{row.id}.archive").unlink()
    stock = take_stock(archive.journal, archive.chain, archive.places(), NOW)
    unsure = [replace(each, holding=replace(each.holding, archived=None)) for each in stock.kept]
    found = [each.holding for one in rounds(unsure, stock.places) for each in one.kept]
    assert [(each.heap, each.packaged) for each in found] == [("cores", True), ("zips", True)]


def test_a_volume_that_is_no_sources_is_asked_for_its_room(
    local: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several volumes the one with the least is told; an unknown one is worth a word."""
    local.done(name(1))
    places = local.places()
    places["directory"] = replace(places["directory"], volume=Volume(device=-1, free=1 << 62))
    room = os.statvfs(local.zips)
    asked = []

    def statvfs(path: str) -> os.statvfs_result:
        asked.append(path)
        return room

    monkeypatch.setattr(os, "statvfs", statvfs)
    stock = take_stock(local.journal, local.chain, places, NOW)
    told = decide(stock, local.chain).free
    assert told == {"cores": 1 << 62, "zips": room.f_bavail * room.f_frsize}
    assert asked == [str(local.zips)]


@pytest.mark.parametrize(
    ("rooms", "least"), [((7, 5), 5), ((5, 7), 5), ((5, None), 5), ((None, 5), 5), ((None,), None)]
)
def test_of_several_volumes_the_least_room_is_told(
    local: Records, monkeypatch: pytest.MonkeyPatch, rooms: Sequence[int | None], least: int | None
) -> None:
    stock = take_stock(local.journal, local.chain, local.places(), NOW)
    found = [Round(kept=[], free={"cores": room}) for room in rooms]
    monkeypatch.setattr(upkeep, "rounds", lambda *_: found)
    assert decide(stock, local.chain).free == {"cores": least}


def test_heaps_on_several_volumes_are_decided_on_one_by_one(local: Records) -> None:
    """What makes room on one volume makes none on the other."""
    local.done(name(1))
    places = local.places()
    places["other"] = replace(places["directory"], volume=None)
    stock = take_stock(local.journal, local.chain, places, NOW)
    core, zipped = stock.kept
    elsewhere = replace(core, row=replace(core.row, source="other"))
    found = rounds([core, elsewhere, zipped], places)
    assert [list(each.kept) for each in found] == [[core, zipped], [elsewhere]]
    assert found[1].free == {"cores": None}


def test_without_a_retention_stage_all_stays(local: Records) -> None:
    local.done(name(1))
    stock = take_stock(local.journal, local.chain, local.places(), NOW)
    about = Round(kept=stock.kept, free={})
    assert not [each for each in plan(local.chain[:1], [about], NOW) if each.remove]


def test_a_core_whose_zip_somebody_took_away_stays(local: Records) -> None:
    """It may be the last there is. A zip that a rule removed is another matter."""
    taken, ruled = local.done(name(1)), local.done(name(2))
    rule = Retain(cores=Rule(max_age_days=0))
    (local.zips / f"{taken.id}.zip").unlink()
    (gone,) = local.journal.steps.kept(ruled.id)
    local.publisher.remove(gone, "older than 30 days")
    decided = local.decided(rule)
    assert decided[name(1)] == "kept: no package of it is there"
    assert decided[name(2)].startswith("removed: ")


def test_a_core_that_is_archived_needs_no_zip(archive: Records) -> None:
    row = archive.done(name(1))
    (archive.zips / f"{row.id}.zip").unlink()
    decided = archive.decided(Retain(cores=Rule(max_age_days=0)))
    assert decided[name(1)].startswith("removed: ")

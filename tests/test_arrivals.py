from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.daemon.arrivals import (
    Action,
    Arrive,
    Gone,
    Known,
    Readopt,
    Rename,
    Resume,
    Revise,
    compare,
)
from pipeline.model import Identity
from pipeline.plugin import Scan, Sighting


def identity(inode: int = 1, size: int = 100, mtime_ns: int = 5) -> Identity:
    return Identity(inode=inode, size=size, mtime_ns=mtime_ns)


def file(name: str, inode: int = 1, size: int = 100, mtime_ns: int = 5) -> Sighting:
    return Sighting(raw_name=name.encode(), identity=identity(inode, size, mtime_ns))


def scan(*files: Sighting, passed_over: dict[bytes, str] | None = None) -> Scan:
    return Scan(present=True, files=files, passed_over=passed_over or {})


def row(
    number: int,
    name: str,
    inode: int = 1,
    size: int = 100,
    mtime_ns: int = 5,
    *,
    live: bool = False,
    open_: bool = False,
    ignored: bool = False,
) -> Known:
    return Known(
        id=number,
        raw_name=name.encode(),
        identity=identity(inode, size, mtime_ns),
        live=live,
        open=open_ or live,
        ignored=ignored,
    )


def test_a_file_that_is_done_and_unchanged_needs_nothing() -> None:
    assert compare(scan(file("a")), [row(1, "a")]) == ()


def test_an_unknown_file_arrives() -> None:
    assert compare(scan(file("a")), []) == (Arrive(sighting=file("a")),)


@pytest.mark.parametrize("now", [file("a", size=200, mtime_ns=9), file("a", mtime_ns=9)])
def test_a_file_that_is_done_and_changed_is_a_new_revision(now: Sighting) -> None:
    assert compare(scan(now), [row(1, "a")]) == (Revise(previous=1, sighting=now),)


def test_a_smaller_file_under_a_used_name_and_inode_is_a_new_dump() -> None:
    now = file("a", size=0, mtime_ns=9)
    assert compare(scan(now), [row(1, "a")]) == (Arrive(sighting=now, reused=1),)


def test_a_file_that_is_no_dump_may_shrink_without_becoming_another() -> None:
    now = file("a", size=0, mtime_ns=9)
    assert compare(scan(now), [row(1, "a", ignored=True)]) == (Revise(previous=1, sighting=now),)


@pytest.mark.parametrize("now", [file("a", 2, 300, 9), file("a", 2, 100, 9), file("a", 2, 300)])
def test_another_file_under_a_used_name_is_a_new_dump(now: Sighting) -> None:
    assert compare(scan(now), [row(1, "a")]) == (Arrive(sighting=now, reused=1),)


def test_a_name_used_again_and_again_is_told_with_the_latest_dump_that_had_it() -> None:
    now = file("a", 3, 7, 9)
    known = [row(2, "a", 2, 50), row(1, "a", 1)]
    assert compare(scan(now), known) == (Arrive(sighting=now, reused=2),)


def test_a_name_that_only_something_else_had_was_not_used_by_a_dump() -> None:
    now = file("a", 2, 7, 9)
    assert compare(scan(now), [row(1, "a", ignored=True)]) == (Arrive(sighting=now),)


def test_the_same_file_with_another_inode_is_taken_over_after_a_remount() -> None:
    assert compare(scan(file("a", inode=7)), [row(1, "a")]) == (
        Readopt(id=1, identity=identity(inode=7)),
    )


def test_a_file_taken_over_after_a_remount_goes_on_where_work_is_left() -> None:
    assert compare(scan(file("a", inode=7)), [row(1, "a", open_=True)]) == (
        Readopt(id=1, identity=identity(inode=7)),
        Resume(id=1, sighting=file("a", inode=7)),
    )


def test_a_whole_volume_is_taken_over_after_a_remount() -> None:
    known = [row(1, "a", 1, 10), row(2, "b", 2, 20)]
    assert compare(scan(file("a", 2, 10), file("b", 1, 20)), known) == (
        Readopt(id=1, identity=identity(2, 10)),
        Readopt(id=2, identity=identity(1, 20)),
    )


def test_a_copy_in_the_place_of_a_file_in_transfer_is_a_new_dump() -> None:
    now = file("a", inode=7)
    assert compare(scan(now), [row(1, "a", live=True)]) == (Arrive(sighting=now, reused=1),)


def test_a_renamed_file_keeps_its_row() -> None:
    assert compare(scan(file("b")), [row(1, "a")]) == (Rename(id=1, raw_name=b"b"),)


def test_a_renamed_file_with_work_left_goes_on() -> None:
    assert compare(scan(file("b")), [row(1, "a", open_=True)]) == (
        Rename(id=1, raw_name=b"b"),
        Resume(id=1, sighting=file("b")),
    )


def test_a_file_in_transfer_is_known_by_its_inode_while_it_grows() -> None:
    known = [row(1, "a", live=True)]
    assert compare(scan(file("a", size=900, mtime_ns=9)), known) == ()
    assert compare(scan(file("b", size=900, mtime_ns=9)), known) == (Rename(id=1, raw_name=b"b"),)


def test_an_inode_alone_does_not_make_a_rename() -> None:
    now = file("b", 1, 900, 9)
    assert compare(scan(now), [row(1, "a")]) == (Arrive(sighting=now),)


def test_a_name_used_again_after_its_file_was_renamed() -> None:
    new = file("a", 2, 0, 9)
    assert compare(scan(file("b"), new), [row(1, "a")]) == (
        Rename(id=1, raw_name=b"b"),
        Arrive(sighting=new, reused=1),
    )


def test_a_name_used_again_while_its_first_file_is_still_arriving_under_another() -> None:
    new = file("a", 2, 0, 9)
    known = [row(1, "a", live=True)]
    assert compare(scan(file("b", size=500, mtime_ns=8), new), known) == (
        Rename(id=1, raw_name=b"b"),
        Arrive(sighting=new, reused=1),
    )


def test_two_files_that_swapped_names() -> None:
    known = [row(1, "a", 1), row(2, "b", 2)]
    assert compare(scan(file("a", 2), file("b", 1)), known) == (
        Rename(id=2, raw_name=b"a"),
        Rename(id=1, raw_name=b"b"),
    )


def test_names_that_moved_on_by_one() -> None:
    known = [row(1, "a", 1), row(2, "b", 2)]
    new = file("a", 3, 0, 9)
    assert compare(scan(new, file("b", 1), file("c", 2)), known) == (
        Rename(id=1, raw_name=b"b"),
        Rename(id=2, raw_name=b"c"),
        Arrive(sighting=new, reused=1),
    )


def test_a_file_moved_over_another() -> None:
    known = [row(1, "a", 1), row(2, "b", 2, open_=True)]
    assert compare(scan(file("b", 1)), known) == (Rename(id=1, raw_name=b"b"), Gone(id=2))


def test_an_earlier_file_put_back_under_its_name_is_still_known() -> None:
    known = [row(1, "a", 1), row(2, "a", 2)]
    assert compare(scan(file("a", 1)), known) == ()


@pytest.mark.parametrize("now", [file("a"), file("a", size=900, mtime_ns=9)])
def test_work_that_nobody_is_at_is_taken_up_again(now: Sighting) -> None:
    assert compare(scan(now), [row(1, "a", open_=True)]) == (Resume(id=1, sighting=now),)


def test_a_missing_file_is_gone_only_where_work_is_left_and_nothing_holds_it() -> None:
    known = [row(1, "a", 1, open_=True), row(2, "b", 2, live=True), row(3, "c", 3)]
    assert compare(scan(), known) == (Gone(id=1),)


def test_a_file_whose_name_another_has_taken_is_gone() -> None:
    now = file("a", 2, 0, 9)
    assert compare(scan(now), [row(1, "a", open_=True)]) == (
        Gone(id=1),
        Arrive(sighting=now, reused=1),
    )


def test_a_name_that_is_passed_over_is_not_gone() -> None:
    now = scan(passed_over={b"a": "has 2 names (hard links)"})
    assert compare(now, [row(1, "a", open_=True)]) == ()


def test_nothing_is_said_while_the_place_is_missing() -> None:
    known = [row(1, "a", open_=True), row(2, "b", live=True), row(3, "c")]
    assert compare(Scan(present=False), known) == ()


def test_kdumpds_names_come_first_and_older_files_before_newer() -> None:
    core = "core-xnu-6153.121.1-10.0.40.7-1f0c3a9{}.gz"
    files = [
        file("notes.txt", 1, mtime_ns=1),
        file(core.format("a"), 2, mtime_ns=9),
        file(core.format("b"), 3, mtime_ns=4),
        file("_panicd_corename", 4, mtime_ns=0),
    ]
    known = [row(1, core.format("b"), 3, mtime_ns=4, open_=True)]
    assert compare(scan(*files), known) == (
        Resume(id=1, sighting=files[2]),
        Arrive(sighting=files[1]),
        Arrive(sighting=files[3]),
        Arrive(sighting=files[0]),
    )


@dataclass
class Model:
    """A directory, and a daemon that carries out each action as the real one does."""

    files: dict[bytes, Identity] = field(default_factory=dict)
    rows: dict[int, Known] = field(default_factory=dict)
    given_up: set[int] = field(default_factory=set)
    clock: int = 0

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def free_inode(self) -> int:
        """Give out inodes again as soon as neither a name nor a descriptor holds them."""
        held = {one.inode for one in self.files.values()}
        held |= {row.identity.inode for row in self.rows.values() if row.live}
        return next(number for number in range(1, 1000) if number not in held)

    def scan(self) -> Scan:
        return Scan(
            present=True,
            files=[Sighting(raw_name=name, identity=one) for name, one in self.files.items()],
        )

    def plan(self) -> tuple[Action, ...]:
        return compare(
            self.scan(), [row for id_, row in self.rows.items() if id_ not in self.given_up]
        )

    def carry_out(self, actions: tuple[Action, ...]) -> None:
        for action in actions:
            if isinstance(action, Rename):
                self.change(action.id, raw_name=action.raw_name)
            elif isinstance(action, Readopt):
                self.change(action.id, identity=action.identity)
            elif isinstance(action, Gone):
                self.given_up.add(action.id)
            elif isinstance(action, Resume):
                self.change(action.id, live=True)
            else:
                if isinstance(action, Revise):
                    del self.rows[action.previous]
                seen, number = action.sighting, self.tick()
                self.rows[number] = Known(
                    id=number,
                    raw_name=seen.raw_name,
                    identity=seen.identity,
                    live=True,
                    open=True,
                )

    def change(self, number: int, **changes: object) -> None:
        self.rows[number] = replace(self.rows[number], **changes)  # type: ignore[arg-type]

    def finish(self) -> None:
        """Judge what is live, as it is now."""
        by_inode = {one.inode: one for one in self.files.values()}
        for number, one in self.rows.items():
            if one.live:
                now = by_inode.get(one.identity.inode, one.identity)
                self.rows[number] = replace(one, live=False, open=False, identity=now)

    def restart(self) -> None:
        for number, one in self.rows.items():
            self.rows[number] = replace(one, live=False)

    def owners(self) -> list[tuple[bytes, int]]:
        """Return whose row each file matches fully or, while live, by inode."""
        return [
            (name, row.id)
            for name, here in self.files.items()
            for row in self.rows.values()
            if row.id not in self.given_up
            and row.raw_name == name
            and (row.identity == here or (row.live and row.identity.inode == here.inode))
        ]


NAMES = st.sampled_from([b"a", b"b", b"c"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["create", "grow", "rename", "swap", "delete", "finish", "restart", "remount", "look"]
        ),
        NAMES,
        NAMES,
    ),
    max_size=25,
)


def step(model: Model, what: str, one: bytes, other: bytes) -> None:
    if what == "finish":
        model.finish()
    elif what == "restart":
        model.restart()
    elif what == "look":
        model.carry_out(model.plan())
    elif what == "remount":
        model.restart()
        for name in model.files:
            model.files[name] = replace(model.files[name], inode=1000 + model.tick())
    else:
        change_files(model, what, one, other)


def change_files(model: Model, what: str, one: bytes, other: bytes) -> None:
    files = model.files
    if what == "create":
        files.pop(one, None)
        files[one] = Identity(inode=model.free_inode(), size=0, mtime_ns=model.tick())
    elif what == "grow" and one in files:
        files[one] = replace(files[one], size=files[one].size + 7, mtime_ns=model.tick())
    elif what == "rename" and one in files:
        files[other] = files.pop(one)
    elif what == "swap" and one in files and other in files:
        files[one], files[other] = files[other], files[one]
    elif what == "delete":
        files.pop(one, None)


@given(STEPS)
def test_whatever_happens_each_file_ends_up_with_one_row_and_then_all_is_quiet(
    steps: list[tuple[str, bytes, bytes]],
) -> None:
    model = Model()
    for what, one, other in steps:
        step(model, what, one, other)
    plan = model.plan()
    model.carry_out(plan)
    assert model.plan() == ()
    assert sorted({name for name, _ in model.owners()}) == sorted(model.files)
    assert len(model.owners()) == len(model.files)
    started = [action.sighting for action in plan if isinstance(action, Arrive | Revise | Resume)]
    assert len({seen.raw_name for seen in started}) == len(started)

"""boot-args of a Mac changed and put back, whatever happens in between."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from pipeline.bootargs.surroundings import NOWHERE, Surroundings
from pipeline.bootargs.value import parse
from pipeline.bootargs.wish import Wish, merged
from pipeline.client import applying
from pipeline.client.before import Before, kept
from pipeline.errors import MachineError, PanicPipeError, Untrusted
from pipeline.machine import Changes, Machine
from pipeline.macos import nvram
from tests.client.macs import FILE, SITE, boot_args, changes, have, root_only
from tests.macs.fake_mac import FakeMac


def apply(mac: FakeMac, server: str = "10.0.40.2", **values: Any) -> None:
    had = applying.current(mac.machine)
    wanted = merged(had, Wish(server=IPv4Address(server), **values))
    applying.apply(changes(mac), had, wanted)


def undo(mac: FakeMac) -> None:
    applying.undo(changes(mac), *applying.undone(mac.machine))


@root_only
@pytest.mark.parametrize("before", [None, "", "-v", "debug=1 debug=0x144 -v", "_panicd_port=7"])
def test_applied_and_undone_is_as_it_was(mac: FakeMac, before: str | None) -> None:
    have(mac, before)
    tree = mac.tree()
    apply(mac, interface="en0")
    assert "_panicd_ip=10.0.40.2" in (boot_args(mac) or "")
    assert mac.tree()[FILE][:3] == (0, 0, 0o644)
    undo(mac)
    assert (boot_args(mac) or "") == (before or "")
    assert mac.tree() == tree
    assert kept(mac.machine) is None


@root_only
def test_applied_twice_and_undone_once_is_as_it_was_before_the_first(mac: FakeMac) -> None:
    have(mac, "debug=0x144")
    apply(mac)
    apply(mac, server="10.0.40.9", reboot=True)
    undo(mac)
    assert boot_args(mac) == "debug=0x144"


@root_only
def test_what_somebody_added_between_two_changes_stays(mac: FakeMac) -> None:
    have(mac, "debug=0x144")
    apply(mac)
    have(mac, f"{boot_args(mac)} -v")
    apply(mac, server="10.0.40.9")
    have(mac, f"{boot_args(mac)} keepsyms=1")
    undo(mac)
    assert boot_args(mac) == "debug=0x144 -v keepsyms=1"


@root_only
def test_where_others_have_taken_it_back_undo_writes_nothing(mac: FakeMac) -> None:
    have(mac, "debug=0x144")
    apply(mac)
    have(mac, "-x")
    mac.forget_calls()
    undo(mac)
    assert boot_args(mac) == "-x"
    assert mac.calls == [[nvram.NVRAM, "boot-args"]]
    assert kept(mac.machine) is None


@root_only
def test_a_kill_before_the_write_leaves_what_can_be_undone(
    mac: FakeMac, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(mac, "debug=0x144")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(nvram, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            apply(mac)
    assert kept(mac.machine) is not None
    apply(mac, server="10.0.40.9")
    assert kept(mac.machine) == Before(before="debug=0x144", added=boot_args(mac) or "")
    undo(mac)
    assert boot_args(mac) == "debug=0x144"


@root_only
def test_a_kill_before_the_write_and_undo_change_nothing(mac: FakeMac) -> None:
    have(mac, "debug=0x144")
    apply(mac)
    have(mac, "debug=0x144")
    undo(mac)
    assert boot_args(mac) == "debug=0x144"


@root_only
@pytest.mark.parametrize("how", ["sip", "privilege", "general", "silently"])
def test_a_refusal_leaves_nothing_behind(mac: FakeMac, how: str) -> None:
    have(mac, "-v", nvram_refuses=how)
    tree = mac.tree()
    with pytest.raises(MachineError):
        apply(mac)
    assert boot_args(mac) == "-v"
    assert mac.tree() == tree


@root_only
def test_a_refusal_of_a_second_change_keeps_the_first_undoable(mac: FakeMac) -> None:
    have(mac, "-v")
    apply(mac)
    first = boot_args(mac)
    have(mac, first, nvram_refuses="sip")
    with pytest.raises(MachineError):
        apply(mac, server="10.0.40.9")
    assert boot_args(mac) == first
    have(mac, first, nvram_refuses=None)
    undo(mac)
    assert boot_args(mac) == "-v"


@root_only
def test_a_refused_undo_can_be_tried_again(mac: FakeMac) -> None:
    apply(mac)
    have(mac, boot_args(mac), nvram_refuses="sip")
    with pytest.raises(MachineError, match="System Integrity Protection"):
        undo(mac)
    have(mac, boot_args(mac), nvram_refuses=None)
    undo(mac)
    assert boot_args(mac) is None


@root_only
def test_a_configuration_beside_it_stays(mac: FakeMac) -> None:
    place = mac.machine.place(SITE)
    place.mkdir()
    (place / "panicpipe.toml").write_text("")
    apply(mac)
    undo(mac)
    assert [each.name for each in place.iterdir()] == ["panicpipe.toml"]


@pytest.mark.parametrize("act", [apply, undo])
def test_what_nvram_does_not_tell_is_not_changed(
    mac: FakeMac, act: Callable[[FakeMac], None]
) -> None:
    mac.answer("nvram", out="junk\n")
    with pytest.raises(MachineError, match="does not tell"):
        act(mac)
    mac.lose("nvram")
    with pytest.raises(MachineError, match="does not tell"):
        act(mac)


def test_elsewhere_than_on_a_mac_there_are_none(mac: FakeMac) -> None:
    with pytest.raises(MachineError, match="this is no Mac"):
        applying.current(Machine(mac.root, "linux"))


def test_without_a_change_there_is_nothing_to_undo(mac: FakeMac) -> None:
    with pytest.raises(MachineError, match="changed no boot-args here"):
        applying.undone(mac.machine)


def test_a_dry_run_only_tells(mac: FakeMac) -> None:
    have(mac, "-v")
    tree, told = mac.tree(), list[str]()
    had = applying.current(mac.machine)
    applying.apply(Changes(mac.machine, told.append, dry_run=True), had, parse("-v debug=1"))
    assert mac.tree() == tree
    assert boot_args(mac) == "-v"
    assert told[-2:] == [
        "run    /usr/sbin/nvram 'boot-args=-v debug=1'",
        "run    /usr/sbin/nvram -s",
    ]
    assert any(FILE in line for line in told)


@pytest.mark.parametrize(
    "content",
    ["", "junk", "[]", "{}", "null", '"x"', '{"before": 1, "added": "x"}', '{"before": "x"}']
    + [json.dumps({"before": "x", "added": None}), "\udcff"],
)
def test_a_record_that_was_spoiled_is_not_guessed_at(mac: FakeMac, content: str) -> None:
    place = mac.machine.place(FILE)
    place.parent.mkdir()
    place.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(MachineError, match="is not as it was written"):
        kept(mac.machine)


def _closed(place: Path) -> None:
    place.write_text('{"before": "-x", "added": "-v"}')
    place.chmod(0o644)


def _of_somebody(place: Path) -> None:
    _closed(place)
    os.chown(place, 501, 20)


def _open_to_all(place: Path) -> None:
    _closed(place)
    place.chmod(0o666)


def _linked(place: Path) -> None:
    _closed(place.with_name("elsewhere"))
    place.symlink_to("elsewhere")


@root_only
@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (Path.mkdir, "is no file"),
        (os.mkfifo, "is no file"),
        (_of_somebody, "others could have written it"),
        (_open_to_all, "others could have written it"),
        (_linked, "cannot be read"),
    ],
)
def test_a_record_that_others_could_have_planted_is_not_acted_upon(
    mac: FakeMac, plant: Callable[[Path], object], words: str
) -> None:
    have(mac, "-v")
    place = mac.machine.place(FILE)
    place.parent.mkdir()
    plant(place)
    for act in (undo, apply):
        with pytest.raises((Untrusted, MachineError), match=words):
            act(mac)
    assert boot_args(mac) == "-v"
    assert os.path.lexists(place)


def test_what_could_never_send_a_core_is_refused_with_the_way_around_it() -> None:
    args = parse("debug=0x20c44 _panicd_ip=10.0.40.2")
    applying.refuse_useless(args, NOWHERE)
    with pytest.raises(PanicPipeError, match=r"kdp_match_name is missing.*--force"):
        applying.refuse_useless(args, Surroundings(apple_silicon=True))

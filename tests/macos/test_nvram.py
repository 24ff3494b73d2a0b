"""boot-args in NVRAM: read, written, read again, and every refusal made plain."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ExitCode, MachineError, NeedsRoot
from pipeline.machine import Changes
from pipeline.macos import nvram
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import quick_mac

NEW = "debug=0x20c44 _panicd_ip=10.0.40.2"


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    return quick_mac(tmp_path)


def have(mac: FakeMac, text: str | None, **more: object) -> None:
    with mac.changed() as state:
        state["nvram"] = {} if text is None else {"boot-args": text}
        state.update(more)


def write(mac: FakeMac, text: str) -> list[str]:
    told: list[str] = []
    nvram.write(Changes(mac.machine, told.append, dry_run=False), text)
    return told


def refused(mac: FakeMac, text: str = NEW) -> str:
    with pytest.raises(MachineError) as caught:
        write(mac, text)
    return str(caught.value)


@pytest.mark.parametrize("text", ["-v", NEW, "a=\tb", "é", "trailing\n", '“debug=1"'])
def test_what_is_set_is_read_as_it_is(mac: FakeMac, text: str) -> None:
    have(mac, text)
    assert nvram.boot_args(mac.machine) == text


def test_none_set_is_empty_and_not_unknown(mac: FakeMac) -> None:
    have(mac, None)
    assert nvram.boot_args(mac.machine) == ""


@pytest.mark.parametrize(
    "answer",
    [
        {"out": ""},
        {"out": "junk\n"},
        {"out": "boot-args\n"},
        {"out": "boot-args -v\n"},
        {"out": "other\t-v\n"},
        {"out": "boot-args\tx=\ufffd\n"},
        {"err": "nvram: nvram is not supported on this system\n", "status": 1},
        {"out": "boot-args\t-v\n", "status": 1},
    ],
)
def test_what_is_no_answer_is_unknown(mac: FakeMac, answer: dict[str, str]) -> None:
    mac.answer("nvram", **answer)  # type: ignore[arg-type]
    assert nvram.boot_args(mac.machine) is None


def test_without_nvram_nothing_is_known(mac: FakeMac) -> None:
    mac.lose("nvram")
    assert nvram.boot_args(mac.machine) is None


def test_bytes_that_are_no_text_are_unknown(tmp_path: Path) -> None:
    """To write them back as they were would not be possible."""
    mac = FakeMac(tmp_path / "real-programs")
    place = mac.machine.place(nvram.NVRAM)
    place.write_text("#!/bin/sh\nprintf 'boot-args\\tx=\\377\\n'\n")
    assert nvram.boot_args(mac.machine) is None


def test_it_is_written_and_told_as_the_command_that_does_it(mac: FakeMac) -> None:
    have(mac, "-v")
    assert write(mac, NEW) == [f"run    /usr/sbin/nvram 'boot-args={NEW}'"]
    assert mac.state["nvram"]["boot-args"] == NEW
    assert mac.calls == [[nvram.NVRAM, f"boot-args={NEW}"], [nvram.NVRAM, "boot-args"]]


@pytest.mark.parametrize("before", ["-v", None])
def test_nothing_means_deleting_by_the_option_that_tells_of_errors(
    mac: FakeMac, before: str | None
) -> None:
    have(mac, before)
    write(mac, "")
    assert "boot-args" not in mac.state["nvram"]
    assert [nvram.NVRAM, "-r", "boot-args"] in mac.calls


def test_older_systems_delete_by_the_option_that_they_have(mac: FakeMac) -> None:
    have(mac, "-v", nvram_old=True)
    write(mac, "")
    assert "boot-args" not in mac.state["nvram"]


@pytest.mark.parametrize("text", [NEW, ""])
@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("sip", "System Integrity Protection refuses it"),
        ("privilege", "only root may change boot-args; put sudo before it"),
        ("general", "(iokit/common) general error"),
        ("silently", "no word why"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_a_refusal_is_made_plain(mac: FakeMac, text: str, how: str, words: str, old: bool) -> None:
    have(mac, "-v", nvram_refuses=how, nvram_old=old)
    hidden = old and not text  # -d of an older system says nothing at all
    assert ("no word why" if hidden else words) in refused(mac, text)
    assert mac.state["nvram"] == {"boot-args": "-v"}


def test_what_only_root_may_do_has_that_exit_code(mac: FakeMac) -> None:
    have(mac, "-v", nvram_refuses="privilege")
    with pytest.raises(NeedsRoot) as caught:
        write(mac, NEW)
    assert caught.value.exit_code == ExitCode.NEEDS_ROOT


def test_any_other_refusal_is_told_as_it_is(mac: FakeMac) -> None:
    mac.answer("nvram", err="nvram: Error setting variable - 'boot-args': \x1b[31mlow\n", status=1)
    said = refused(mac)
    assert "ended with 1" in said
    assert "\x1b" not in said


def test_a_value_that_became_another_one_is_no_success(mac: FakeMac) -> None:
    mac.answer("nvram", out="boot-args\tdebug=0x20c44\n")
    assert "did not take the boot-args" in refused(mac)


def test_what_is_there_already_may_be_refused(mac: FakeMac) -> None:
    have(mac, NEW, nvram_refuses="sip")
    write(mac, NEW)


def test_a_dry_run_asks_nothing_and_changes_nothing(mac: FakeMac) -> None:
    told: list[str] = []
    changes = Changes(mac.machine, told.append, dry_run=True)
    nvram.write(changes, NEW)
    nvram.write(changes, "")
    nvram.save(changes)
    assert not mac.calls
    assert told == [
        f"run    /usr/sbin/nvram 'boot-args={NEW}'",
        "run    /usr/sbin/nvram -r boot-args",
        "run    /usr/sbin/nvram -s",
    ]


@pytest.mark.parametrize("old", [False, True])
def test_saving_is_tried_and_may_fail(mac: FakeMac, old: bool) -> None:
    have(mac, "-v", nvram_old=old)
    nvram.save(Changes(mac.machine, lambda _: None, dry_run=False))
    assert mac.calls == [[nvram.NVRAM, "-s"]]

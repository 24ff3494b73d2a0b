"""`panicpipe client args`: the command for a Mac, with its undo, for this one or another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.client_commands import Client, runner
from tests.cli.command import panicpipe
from tests.client.macs import boot_args, have
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import quick_mac

SERVER = ("--server", "10.0.40.2")
HERE = 'sudo nvram boot-args="debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en0 wdt=-1"'


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    mac = quick_mac(tmp_path)
    have(mac, sip="disabled")
    return mac


@pytest.fixture
def client(
    mac: FakeMac, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Client:
    return runner(mac, monkeypatch, capsys)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Client:
    return runner(None, monkeypatch, capsys)


def value(told: tuple[int, str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told[1])
    return found


def commands(told: tuple[int, str, str]) -> list[str]:
    return [line.strip() for line in told[1].splitlines() if line.startswith("  sudo ")]


def test_on_the_mac_itself_the_command_and_its_undo_are_printed(client: Client) -> None:
    told = client("args", *SERVER, "--interface", "en0")
    assert told[0] == 0
    assert told[1].startswith("On this Mac:\n")
    assert commands(told) == [HERE, "sudo reboot", "sudo nvram -d boot-args"]


def test_what_the_mac_has_stays_and_what_goes_is_said(mac: FakeMac, client: Client) -> None:
    have(mac, "-v debug=0x104144 wdt=9 _panicd_port=1069")
    told = client("args", *SERVER, "--interface", "en0")
    assert commands(told)[0] == (
        'sudo nvram boot-args="-v debug=0x20d44 wdt=-1 _panicd_ip=10.0.40.2 kdp_match_name=en0"'
    )
    assert commands(told)[-1] == (
        'sudo nvram boot-args="-v debug=0x104144 wdt=9 _panicd_port=1069"'
    )
    gone = told[1].partition("Taken out, because it would be in the way:\n")[2].splitlines()[:4]
    assert gone == [
        "  0x4000 of debug: restart once the core is done",
        "  0x100000 of debug: restart after every panic at once",
        "  wdt=9: now wdt=-1",
        "  _panicd_port=1069: nothing: the kernel reads panicd_port, without the first _",
    ]
    assert value(client("args", *SERVER, "--interface", "en0", "--json"))["taken_out"] == [
        line.strip() for line in gone
    ]


@pytest.mark.parametrize(("sip", "there"), [("enabled", True), ("disabled", False)])
def test_what_protects_boot_args_is_spoken_of_where_it_is_on(
    mac: FakeMac, client: Client, sip: str, there: bool
) -> None:
    have(mac, "-v", sip=sip)
    code, out, _ = client("args", *SERVER, "--interface", "en0")
    assert code == (11 if there else 0)
    assert ("run `csrutil disable` there" in out) == there


def test_nothing_is_changed(mac: FakeMac, client: Client) -> None:
    have(mac, "-v")
    tree = mac.tree()
    client("args", *SERVER)
    assert mac.tree() == tree
    assert boot_args(mac) == "-v"


@pytest.mark.parametrize(
    ("more", "code", "trap"),
    [
        (("--interface", "en0"), 0, None),
        (("--interface", "en0", "--paniclog-only"), 0, None),
        (("--interface", "en0", "--reboot"), 0, None),
        (("--interface", "en0", "--port", "2000"), 10, "server.port-other"),
        ((), 11, "interface.unnamed"),
        (("--interface", "en7"), 11, "interface.missing"),
        (("--interface", "en1"), 11, "interface.cannot-send"),
        (("--interface", "en0", "--server", "10.9.9.9"), 11, "server.no-router"),
        (
            ("--interface", "en0", "--server", "10.9.9.9", "--router", "10.0.40.1"),
            0,
            None,
        ),
    ],
)
def test_the_exit_code_says_whether_a_core_could_arrive(
    client: Client, more: tuple[str, ...], code: int, trap: str | None
) -> None:
    assert client("args", *SERVER, *more)[0] == code
    found = client("args", *SERVER, *more, "--json")
    assert found[0] == code
    assert [each["code"] for each in value(found)["traps"]][:1] == ([trap] if trap else [])


def test_json_has_all_of_it(client: Client) -> None:
    found = value(client("args", *SERVER, "--interface", "en0", "--json"))
    assert list(found) == [
        "command",
        "undo",
        "this_mac",
        "had",
        "taken_out",
        "boot_args",
        "arguments",
        "debug",
        "traps",
    ]
    assert (found["command"], found["undo"]) == (HERE, "sudo nvram -d boot-args")
    assert (found["this_mac"], found["had"]) == (True, "")
    assert [each["bit"] for each in found["debug"]] == ["0x4", "0x40", "0x400", "0x800", "0x20000"]


def test_on_the_server_it_is_for_another_mac(mac: FakeMac, client: Client) -> None:
    """Its own boot-args and ports are no matter then."""
    have(mac, "-v secret=1")
    told = client("args", "--server", "10.0.40.7", "--interface", "en9")
    assert told[0] == 0
    assert told[1].startswith("On the Mac that may panic:\n")
    assert "secret" not in told[1]
    assert "not known here" in told[1]


def test_what_nvram_does_not_tell_is_said_to_be_unknown(mac: FakeMac, client: Client) -> None:
    mac.answer("nvram", out="junk\n")
    assert "not known here" in client("args", *SERVER, "--interface", "en0")[1]
    found = value(client("args", *SERVER, "--interface", "en0", "--json"))
    assert (found["had"], found["undo"], found["this_mac"]) == (None, None, True)


def test_for_another_mac_nothing_of_this_one_counts(mac: FakeMac, client: Client) -> None:
    have(mac, "-v", sip="enabled")
    for kind, code in (("--intel", 0), ("--apple-silicon", 11)):
        told = client("args", *SERVER, kind)
        assert told[0] == code
        assert "-v" not in commands(told)[0]


@pytest.mark.parametrize(
    ("keep", "command", "undo"),
    [
        ("", 'boot-args="debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1"', "-d boot-args"),
        ("-v", 'boot-args="-v debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1"', 'boot-args="-v"'),
        (
            "boot-args\t-v",
            'boot-args="-v debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1"',
            'boot-args="-v"',
        ),
        (
            "x=$HOME",
            "boot-args='x=$HOME debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1'",
            "boot-args='x=$HOME'",
        ),
    ],
)
def test_what_is_to_be_kept_can_be_given(
    elsewhere: Client, keep: str, command: str, undo: str
) -> None:
    told = elsewhere("args", *SERVER, "--keep", keep)
    assert commands(told) == [f"sudo nvram {command}", "sudo reboot", f"sudo nvram {undo}"]
    assert "not known here" not in told[1]


def test_elsewhere_what_the_mac_has_is_not_known_and_no_undo_is_promised(
    elsewhere: Client,
) -> None:
    assert "To undo it where it had none:" in elsewhere("args", *SERVER)[1]
    assert value(elsewhere("args", *SERVER, "--json"))["undo"] is None


@pytest.mark.parametrize(
    ("more", "words", "there"),
    [
        ((), "hold its power button", True),
        (("--reboot",), "hold its power button", False),
        ((), "also needs --router", True),
        (("--router", "10.0.1.1"), "also needs --router", False),
        (("--intel",), "left-Command", True),
        (("--apple-silicon",), "left-Command", False),
    ],
)
def test_what_comes_next_is_said_where_it_helps(
    elsewhere: Client, more: tuple[str, ...], words: str, there: bool
) -> None:
    assert (words in elsewhere("args", *SERVER, *more)[1]) == there


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("--server", "fe80::1"),
        ("--server", "server.example.org"),
        ("--server", "127.0.0.1"),
        ("--server", "10.0.40.2\x1b[31m"),
        (*SERVER, "--router", "x"),
        (*SERVER, "--interface", "en 0"),
        (*SERVER, "--interface", "en0;reboot"),
        (*SERVER, "--port", "0"),
        (*SERVER, "--port", "65536"),
    ],
)
def test_wrong_usage_ends_with_2_and_shows_nothing_raw(
    elsewhere: Client, wrong: tuple[str, ...]
) -> None:
    code, out, err = elsewhere("args", *wrong)
    assert (code, out) == (2, "")
    assert "\x1b" not in err


def test_what_the_kernel_would_cut_off_is_not_printed(elsewhere: Client) -> None:
    code, out, err = elsewhere("args", *SERVER, "--keep", "x=" + "x" * 1000)
    assert (code, out) == (1, "")
    assert "the kernel keeps 1023" in err


def test_hostile_boot_args_never_reach_the_terminal_raw(mac: FakeMac, client: Client) -> None:
    have(mac, "a=\x1b[31m b=\x07 _panicd_corename=\x1b]0;x\x07")
    told = client("args", *SERVER, "--interface", "en0")
    assert not {"\x1b", "\x07"} & set(told[1])
    assert not {"\x1b", "\x07"} & set(client("args", *SERVER, "--json")[1])


def test_the_installed_command_does_it_on_a_scratch_root(tmp_path: Path) -> None:
    mac = FakeMac(tmp_path / "mac")
    have(mac, "-v", sip="disabled")
    root = ("--root", str(mac.root))
    done = panicpipe(tmp_path, "client", "args", *SERVER, "--interface", "en0", *root)
    assert (done.returncode, done.stderr) == (0, "")
    assert HERE.replace('"debug', '"-v debug') in done.stdout

"""`panicpipe client decode`: boot-args explained, whoever gives them and however they look."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.bootargs.texts import TEXTS
from tests.bootargs.trapped import ALL, FATAL
from tests.cli.client_commands import Client, runner
from tests.cli.command import panicpipe
from tests.client.macs import have
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import quick_mac

NEEDS_THE_MAC = {
    "sip.boot-args",
    "sip.no-core",
    "server.self",
    "server.no-router",
    "server.router-far",
    "interface.missing",
    "interface.cannot-send",
    "interface.unknown",
}
"""Traps that do not show in the text itself."""
GOOD = "debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en0"


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


def test_every_argument_and_every_bit_is_explained(elsewhere: Client) -> None:
    code, out, _ = elsewhere("decode", GOOD)
    assert code == 0
    assert out.splitlines()[:7] == [
        "  debug=0x20c44         what the kernel does when it panics, bit by bit",
        "    0x4                 stop in the debugger on the power key or the NMI keys",
        "    0x40                answer ARP while stopped, so that server and router keep finding "
        "this Mac",
        "    0x400               write a core when the Mac panics",
        "    0x800               write a core on the power key or the NMI keys",
        "    0x20000             write no core to the local disk: send it at once",
        "  _panicd_ip=10.0.40.2  where the core is sent: the server's IPv4 address",
    ]
    assert out.endswith("\nNothing known keeps a core from arriving.\n")


@pytest.mark.parametrize("code", sorted(ALL.keys() - NEEDS_THE_MAC))
def test_a_trap_is_told_with_its_remedy_and_exit_code(elsewhere: Client, code: str) -> None:
    status, out, _ = elsewhere("decode", ALL[code][0], "--apple-silicon", "--json")
    found = {trap["code"]: trap for trap in json.loads(out)["traps"]}
    assert list(found) == [code]
    assert status == (11 if code in FATAL else 10)
    text = elsewhere("decode", ALL[code][0], "--apple-silicon")[1]
    assert f"{'FAIL' if code in FATAL else 'warn'}  {found[code]['what']}\n" in text
    assert f"      -> {found[code]['remedy']}\n" in text


def test_without_text_the_mac_s_own_are_judged_by_its_ports(mac: FakeMac, client: Client) -> None:
    have(mac, GOOD.replace("en0", "en1"), sip="disabled")
    code, out, _ = client("decode")
    assert code == 11
    assert "kdp_match_name=en1: it cannot send a core" in out


def test_text_about_another_mac_is_not_judged_by_this_one_s_ports(client: Client) -> None:
    other = GOOD.replace("en0", "en7")
    assert client("decode", other)[0] == 0
    code, out, _ = client("decode", other, "--this-mac")
    assert code == 11
    assert "kdp_match_name=en7: this Mac has no such interface now" in out


@pytest.mark.parametrize(("kind", "code"), [("--intel", 0), ("--apple-silicon", 11)])
def test_which_kind_of_mac_can_be_said(elsewhere: Client, kind: str, code: int) -> None:
    assert elsewhere("decode", "debug=0x20c44 _panicd_ip=10.0.40.2", kind)[0] == code
    assert elsewhere("decode", "debug=0x20c44 _panicd_ip=10.0.40.2")[0] == 10


@pytest.mark.parametrize("more", [("--intel",), ("x", "--this-mac", "--apple-silicon")])
def test_which_mac_is_said_once(client: Client, more: tuple[str, ...]) -> None:
    code, _, err = client("decode", *more)
    assert code == 2
    assert "either --this-mac, or --apple-silicon or --intel" in err


@pytest.mark.parametrize("arguments", [(), (GOOD, "--this-mac")])
def test_elsewhere_there_is_no_this_mac(elsewhere: Client, arguments: tuple[str, ...]) -> None:
    code, _, err = elsewhere("decode", *arguments)
    assert code == 1
    assert "this is no Mac" in err


@pytest.mark.parametrize("text", ["", " ", 'nvram boot-args=""'])
def test_empty_ones_are_said_to_be_so_and_send_no_core(elsewhere: Client, text: str) -> None:
    code, out, _ = elsewhere("decode", text)
    assert code == 11
    assert out.startswith("There are no boot-args.\n")
    assert "debug is missing" in out
    assert "_panicd_ip is missing" in out


def test_quotes_that_nvram_itself_holds_are_shown(mac: FakeMac, client: Client) -> None:
    """They are no part of how they were pasted: the kernel sees them."""
    have(mac, f'"{GOOD}"', sip="disabled")
    code, out, _ = client("decode")
    assert code == 11
    assert '  "debug=0x20c44 ' in out
    assert "debug is missing" in out


def test_standard_input_is_read(elsewhere: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    data = f"boot-args\t{GOOD} x=".encode() + b"\xff\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    found = json.loads(elsewhere("decode", "-", "--json")[1])
    assert found["boot_args"] == f"{GOOD} x=\udcff"
    assert [trap["code"] for trap in found["traps"]] == ["form.not-ascii"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TEXTS)
def test_any_text_is_explained_and_none_reaches_the_terminal_raw(
    elsewhere: Client, text: str
) -> None:
    code, out, err = elsewhere("decode", "--", text) if text != "-" else (0, "", "")
    assert code in (0, 10, 11)
    assert not err
    assert all(line.isprintable() for line in out.split("\n"))
    assert elsewhere("decode", "--json", "--", text)[0] == code or text == "-"


def test_a_very_long_text_is_cut_and_not_choked_on(elsewhere: Client) -> None:
    code, out, _ = elsewhere("decode", "debug=" + "9" * 100_000)
    assert code == 11
    assert len(out) < 100_000


def test_the_installed_command_takes_bytes_that_are_no_text(tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "client", "decode", GOOD.encode() + b" x=\xff\x1b[31m")
    assert done.returncode == 10
    assert "x=\\xff\\x1b[31m" in done.stdout
    assert "\x1b" not in done.stdout

"""`panicpipe client apply` and `undo`: asked first, told all, and taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli import main
from tests.cli.client_commands import Client, runner
from tests.cli.command import Terminal, panicpipe
from tests.client.macs import FILE, boot_args, have, root_only
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import quick_mac

APPLY = ("apply", "--server", "10.0.40.2", "--interface", "en0")
NEW = "-v debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en0 wdt=-1"


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    mac = quick_mac(tmp_path)
    have(mac, "-v", sip="disabled")
    return mac


@pytest.fixture
def client(
    mac: FakeMac, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Client:
    return runner(mac, monkeypatch, capsys)


@root_only
def test_applied_and_undone(mac: FakeMac, client: Client) -> None:
    tree = mac.tree()
    code, out, _ = client(*APPLY, "--yes")
    assert code == 0
    assert out.splitlines() == [
        "boot-args now:  -v",
        f"boot-args then: {NEW}",
        "make   /Library/Application Support/PanicPipe/  root:wheel 0755",
        f"write  {FILE}  root:wheel 0644, {len(mac.machine.place(FILE).read_bytes())} bytes",
        f"run    /usr/sbin/nvram 'boot-args={NEW}'",
        "run    /usr/sbin/nvram -s",
        "Set, and read again. Restart this Mac: sudo reboot",
    ]
    assert boot_args(mac) == NEW
    code, out, _ = client("undo", "--yes")
    assert code == 0
    assert "run    /usr/sbin/nvram boot-args=-v" in out
    assert boot_args(mac) == "-v"
    assert mac.tree() == tree


@root_only
def test_again_is_already_so(mac: FakeMac, client: Client) -> None:
    client(*APPLY, "--yes")
    tree = mac.tree()
    code, out, _ = client(*APPLY)
    assert code == 0
    assert out.endswith("This Mac has these boot-args already.\n")
    assert mac.tree() == tree


@root_only
def test_what_is_taken_out_is_said_before_it_is_done(mac: FakeMac, client: Client) -> None:
    have(mac, "debug=0x100c44", sip="disabled")
    out = client(*APPLY, "--yes")[1]
    assert "0x100000 of debug: restart after every panic at once" in out
    assert out.index("0x100000 of debug") < out.index("run    ")


def test_a_dry_run_shows_all_and_changes_nothing(mac: FakeMac, client: Client) -> None:
    tree = mac.tree()
    code, out, _ = client(*APPLY, "--dry-run")
    assert code == 0
    assert f"run    /usr/sbin/nvram 'boot-args={NEW}'" in out
    assert json.dumps(NEW) in out
    assert "Set, and read again" not in out
    assert mac.tree() == tree
    assert boot_args(mac) == "-v"


@root_only
def test_a_dry_run_of_undo_changes_nothing_either(mac: FakeMac, client: Client) -> None:
    client(*APPLY, "--yes")
    tree = mac.tree()
    code, out, _ = client("undo", "--dry-run")
    assert code == 0
    assert "run    /usr/sbin/nvram boot-args=-v" in out
    assert mac.tree() == tree
    assert boot_args(mac) == NEW


@root_only
@pytest.mark.parametrize("command", [APPLY, ("undo",)])
def test_without_a_terminal_somebody_must_have_said_yes(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    mac = FakeMac(tmp_path / "real-programs")
    have(mac, "-v", sip="disabled")
    root = ("--root", str(mac.root))
    if command == ("undo",):
        assert panicpipe(tmp_path, "client", *APPLY, "--yes", *root).returncode == 0
    tree, had = mac.tree(), boot_args(mac)
    done = panicpipe(tmp_path, "client", *command, *root)
    assert done.returncode == 2
    assert "add --yes, or --dry-run" in done.stderr
    assert (mac.tree(), boot_args(mac)) == (tree, had)


@root_only
@pytest.mark.parametrize(("answer", "code"), [("n", 130), ("", 130), ("y", 0)])
def test_somebody_at_a_terminal_is_asked(tmp_path: Path, answer: str, code: int) -> None:
    mac = FakeMac(tmp_path / "real-programs")
    have(mac, "-v", sip="disabled")
    with Terminal(tmp_path, "client", *APPLY, "--root", str(mac.root)) as terminal:
        asked = terminal.until("Go on? [y/N]:")
        assert "nvram" in asked
        assert boot_args(mac) == "-v"
        terminal.type(f"{answer}\n")
        terminal.rest()
        assert terminal.process.returncode == code
    assert boot_args(mac) == (NEW if code == 0 else "-v")
    assert mac.machine.place(FILE).exists() == (code == 0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--interface", "en1"), "it cannot send a core"),
        (("--interface", "en7"), "no such interface"),
        (("--server", "10.9.9.9"), "_router_ip is missing"),
        (("--server", "10.0.40.7"), "an address of this Mac itself"),
    ],
)
@root_only
def test_what_could_send_no_core_is_refused_unless_it_is_forced(
    mac: FakeMac, client: Client, more: tuple[str, ...], words: str
) -> None:
    tree = mac.tree()
    code, _, err = client(*APPLY, "--yes", *more)
    assert code == 1
    assert words in err
    assert "--force" in err
    assert (mac.tree(), boot_args(mac)) == (tree, "-v")
    assert client(*APPLY, "--yes", "--force", *more)[0] == 0
    assert boot_args(mac) != "-v"


@root_only
@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ("sip", 1, "csrutil disable"),
        ("privilege", 12, "only root may change boot-args"),
        ("general", 1, "general error"),
        ("silently", 1, "no word why"),
    ],
)
def test_a_refusal_is_told_and_leaves_all_as_it_was(
    mac: FakeMac, client: Client, how: str, code: int, words: str
) -> None:
    have(mac, "-v", nvram_refuses=how)
    tree = mac.tree()
    found, _, err = client(*APPLY, "--yes")
    assert (found, words in err) == (code, True)
    assert (mac.tree(), boot_args(mac)) == (tree, "-v")


def test_undo_without_apply_says_what_else_can_be_done(client: Client) -> None:
    code, _, err = client("undo", "--yes")
    assert code == 1
    assert "sudo nvram -d boot-args" in err


@pytest.mark.parametrize("command", [APPLY, ("undo",)])
def test_elsewhere_there_is_nothing_to_change(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = runner(None, monkeypatch, capsys)(*command, "--yes")
    assert code == 1
    assert "this is no Mac: run it on the one that panics" in err


def test_a_user_is_told_to_use_sudo_before_anything_is_done(
    mac: FakeMac, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.machine.Machine.real", True)
    monkeypatch.setattr("os.geteuid", lambda: 501)
    code, _, err = client(*APPLY, "--yes")
    assert code == 12
    assert "client apply: only root can do this; nothing was changed" in err
    assert boot_args(mac) == "-v"
    assert client(*APPLY, "--dry-run")[0] == 0


def test_what_both_are_for_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.call(["client", "--help"]) == 0
    out = capsys.readouterr().out
    for name in ("args", "decode", "interfaces", "apply", "undo"):
        assert f"\n  {name} " in out

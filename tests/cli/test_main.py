from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from pipeline.cli import main
from pipeline.errors import ExitCode, Rejected
from tests.cli.command import environment, panicpipe

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| +(\d+) \| (\w+) \|", re.MULTILINE)


def test_the_version_is_the_distribution_s(tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "--version")
    assert done.stdout == f"panicpipe {importlib.metadata.version('panicpipe')}\n"
    assert done.returncode == 0


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_every_command(tmp_path: Path, option: str) -> None:
    done = panicpipe(tmp_path, option)
    assert done.returncode == 0
    for command in (
        "run",
        "process",
        "inspect",
        "status",
        "show",
        "retry",
        "alert",
        "stages",
        "config",
    ):
        assert re.search(rf"^  {command} +[A-Z].*\.$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", list(main._COMMANDS))
def test_every_command_of_the_table_is_there_and_explains_itself(
    tmp_path: Path, command: str
) -> None:
    done = panicpipe(tmp_path, command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: panicpipe {command} ")


@pytest.mark.parametrize("command", ["test", "preview", "pending", "drop"])
def test_every_command_about_alerts_explains_itself(tmp_path: Path, command: str) -> None:
    listed = panicpipe(tmp_path, "alert", "--help").stdout
    assert re.search(rf"^  {command} +[A-Z].*\.$", listed, re.MULTILINE)
    done = panicpipe(tmp_path, "alert", command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: panicpipe alert {command} ")


def test_a_group_without_a_command_shows_what_there_is(tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "alert")
    assert "  pending  List what is owed" in done.stdout + done.stderr


def test_an_unknown_command_is_wrong_usage(tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "inspct")
    assert done.returncode == 2
    assert "inspct" in done.stderr


def test_the_documented_exit_codes_are_the_real_ones() -> None:
    documented = _ROW.findall((ROOT / "docs/exit-codes.md").read_text())
    assert documented == [(str(code.value), code.name) for code in ExitCode]


def test_help_tells_every_exit_code(tmp_path: Path) -> None:
    told = " ".join(panicpipe(tmp_path, "--help").stdout.split("Exit codes:")[1].split())
    assert [int(code) for code in re.findall(r"\d+", told)] == list(ExitCode)


def test_the_configuration_may_be_named_before_the_command_and_after_it(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text("")
    (tmp_path / "two.toml").write_text("")
    before = panicpipe(tmp_path, "--config", "one.toml", "config", "path")
    after = panicpipe(tmp_path, "config", "path", "--config", "two.toml")
    both = panicpipe(tmp_path, "--config", "one.toml", "config", "path", "--config", "two.toml")
    assert before.stdout == f"{tmp_path}/one.toml\n"
    assert after.stdout == both.stdout == f"{tmp_path}/two.toml\n"


def test_light_commands_load_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, pipeline.cli.main, pipeline.config;"
        "pipeline.config.state_directory_only();"
        "heavy = {'pydantic', 'apprise', 'boto3', 'watchdog', 'rich', 'sqlite3', 'asyncio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def _command(monkeypatch: pytest.MonkeyPatch, body: Callable[[], object]) -> None:
    """Put a command of our own in place of one of the table's."""
    module = sys.modules[__name__]
    monkeypatch.setattr(module, "extra", click.command("extra")(body), raising=False)
    monkeypatch.setattr(main.cli, "table", {"extra": (f"{__name__}:extra", "A test.")})


def test_a_foreseen_fault_is_a_line_each_on_standard_error_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise Rejected("one \x1b[2J thing\nand another")

    _command(monkeypatch, body)
    assert main.call(["extra"]) == ExitCode.PARKED
    assert capfd.readouterr() == ("", "panicpipe: one \\x1b[2J thing\npanicpipe: and another\n")


def test_an_unforeseen_fault_says_that_it_is_a_bug_and_where(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise LookupError("\x1b[2J")

    _command(monkeypatch, body)
    assert main.call(["extra"]) == ExitCode.FAILED
    told = capfd.readouterr().err
    assert told.startswith("panicpipe: this is a bug; please report it")
    assert "test_main.py" in told
    assert "\x1b" not in told


def test_a_pipe_that_broke_elsewhere_is_no_reason_to_be_quiet(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise BrokenPipeError

    _command(monkeypatch, body)
    assert main.call(["extra"]) == ExitCode.FAILED
    assert "this is a bug" in capfd.readouterr().err


def test_ctrl_c_ends_quietly_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise KeyboardInterrupt

    _command(monkeypatch, body)
    assert main.call(["extra"]) == ExitCode.INTERRUPTED
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (ExitCode.INCOMPLETE, 3), ("x", 0)])
def test_what_a_command_returns_is_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, returned: object, code: int
) -> None:
    _command(monkeypatch, lambda: returned)
    assert main.call(["extra"]) == code

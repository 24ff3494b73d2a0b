"""The daemon's log: a line for each event, whatever is in it."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest


def _logged(program: str) -> list[str]:
    program = f"import logging\nfrom pipeline.daemon import logs\nlogs.begin()\n{program}"
    done = subprocess.run(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, check=True
    )
    return done.stderr.splitlines()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\\nb", "a\\x0ab"),
        ("\\x1b[2J", "\\x1b[2J"),
        ("\\u202eevil", "\\u202eevil"),
        (r"core\\xff", r"core\xff"),
        ("\\udcff", "\\xff"),
        ("コア", "コア"),
    ],
)
def test_hostile_text_is_one_escaped_line(text: str, shown: str) -> None:
    """What is escaped already is not escaped again."""
    (line,) = _logged(f"logging.getLogger('panicpipe.dump').info('dump 1: %s', '{text}')")
    assert line.endswith(f"Z INFO    dump 1: {shown}")


def test_a_bug_s_traceback_is_logged_escaped() -> None:
    lines = _logged(
        "try:\n raise ValueError('x\\x1b[2J')\nexcept ValueError:\n"
        " logging.getLogger('panicpipe.source').exception('a bug')"
    )
    assert lines[0].endswith("ERROR   a bug")
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: x\\x1b[2J"


def test_of_other_packages_only_what_is_wrong_is_logged() -> None:
    lines = _logged(
        "logging.getLogger('asyncio').error('not retrieved')\n"
        "logging.getLogger('somebody').info('hello')"
    )
    assert [line.split(maxsplit=1)[1] for line in lines] == ["ERROR   not retrieved"]


def _to_a_file(log: Path, program: str) -> subprocess.CompletedProcess[str]:
    program = (
        "import logging, os, pathlib\nfrom pipeline.daemon import logs\n"
        f"path = pathlib.Path({str(log)!r})\nlogs.begin(path)\n"
        f"say = logging.getLogger('panicpipe.dump').info\n{program}"
    )
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


def test_the_log_is_a_file_that_strangers_cannot_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert _to_a_file(log, "say('one')").stderr == ""
    assert log.read_text().endswith("INFO    one\n")
    assert stat.S_IMODE(log.stat().st_mode) & 0o007 == 0


def test_a_log_that_was_renamed_is_begun_anew(tmp_path: Path) -> None:
    """As newsyslog does it, which sends no signal."""
    log = tmp_path / "log"
    _to_a_file(log, "say('one'); path.rename(path.with_name('log.0')); say('two')")
    assert (tmp_path / "log.0").read_text().endswith("INFO    one\n")
    assert log.read_text().endswith("INFO    two\n")
    assert "one" not in log.read_text()


def test_what_children_say_is_in_the_log_that_is_current(tmp_path: Path) -> None:
    log = tmp_path / "log"
    _to_a_file(
        log,
        "say('one'); path.rename(path.with_name('log.0')); path.touch(); say('two')\n"
        "os.system('echo three >&2')",
    )
    assert log.read_text().splitlines()[-1] == "three"


def test_no_log_is_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    log = tmp_path / "log"
    log.symlink_to(victim)
    done = _to_a_file(log, "say('one')")
    assert f"ConfigError: --log {log}: cannot be written to" in done.stderr
    assert victim.read_text() == "mine"


def test_a_log_whose_directory_is_gone_is_no_reason_to_end(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "log"
    log.parent.mkdir()
    done = _to_a_file(
        log, "path.unlink(); path.parent.rmdir(); say('one'); path.parent.mkdir(); say('two')"
    )
    assert done.returncode == 0
    assert log.read_text().endswith("INFO    two\n")

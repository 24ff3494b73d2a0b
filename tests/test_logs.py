"""The daemon's log: a line for each event, whatever is in it."""

from __future__ import annotations

import subprocess
import sys

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

"""Archive files as somebody without panicpipe opens them: with the stock `zstd` and `age`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

_WINDOW = re.compile(r"^Window Size: .*\((\d+) B\)$", re.MULTILINE)
_CONTENT = re.compile(r"^Decompressed Size: .*\((\d+) B\)$", re.MULTILINE)


def unzstd(path: Path) -> bytes:
    """Return what plain `zstd -d` makes of a file, after looking at its frame.

    One frame, with a checksum and its content's size, and no window over what `zstd` opens.
    """
    assert _run("zstd", "-t", "-q", path) == b""
    told = _run("zstd", "-lv", path).decode()
    assert "# Zstandard Frames: 1\n" in told
    assert "Check: XXH64" in told
    content = _run("zstd", "-d", "-c", path)
    assert _number(_CONTENT, told) == len(content)
    assert _number(_WINDOW, told) <= 128 << 20
    return content


def unage(path: Path, identity: Path) -> bytes:
    """Return what `age -d` makes of a file."""
    return _run("age", "-d", "-i", identity, path)


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    assert found, text
    return int(found[1])


def _run(program: str, *arguments: str | Path) -> bytes:
    command: Sequence[str | Path] = (shutil.which(program) or _skip(program), *arguments)
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _skip(program: str) -> str:
    pytest.skip(f"no {program} here")

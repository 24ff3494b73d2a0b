"""Temporary directories that other users can walk into, which pytest's are not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="panicpipe-test-") as name:
        path = Path(name).resolve()
        path.chmod(0o755)
        yield path

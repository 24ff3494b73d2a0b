"""A journal and directories of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.retention.records import ARCHIVE, LOCAL, Records


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Records]:
    """With a chain that packages and does not archive."""
    records = Records(tmp_path, LOCAL)
    yield records
    records.close()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Records]:
    """With a chain that packages and archives."""
    records = Records(tmp_path, ARCHIVE)
    yield records
    records.close()

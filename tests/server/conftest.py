"""A quick Mac for all tests of the dump server, ready to receive dumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.macs.quick import QuickMac, quick_mac
from tests.server.macs import ready


@pytest.fixture
def mac(tmp_path: Path) -> QuickMac:
    made = quick_mac(tmp_path)
    ready(made)
    return made

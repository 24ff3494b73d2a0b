"""A Mac whose programs start no processes, in place of the one whose do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client.macs import have
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import quick_mac


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    mac = quick_mac(tmp_path)
    have(mac)
    return mac

"""A Mac to rehearse on, as a fixture for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.macs.fake_mac import FakeMac


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    return FakeMac(tmp_path / "mac")

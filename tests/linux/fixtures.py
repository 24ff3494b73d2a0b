"""A Linux machine to rehearse on, as a fixture for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.linux.fake_linux import FakeLinux


@pytest.fixture
def linux(open_path: Path) -> FakeLinux:
    return FakeLinux(open_path / "linux")

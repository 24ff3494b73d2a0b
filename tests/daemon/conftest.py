"""Cores for the daemon to receive; made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cores import CoreSpec, build_core
from tests.daemon.harness import Place


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gzip core of about a quarter of a megabyte uncompressed."""
    path = tmp_path_factory.mktemp("cores") / "core"
    path.write_bytes(build_core(CoreSpec(arch="arm64", xnu="11417.101.15", size=1 << 20)))
    return path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)

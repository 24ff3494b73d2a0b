"""A state directory of its own, and a journal in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.journals import every_state
from tests.strangers import install


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that `--config panicpipe.toml` names."""
    state = tmp_path / "state"
    (tmp_path / "panicpipe.toml").write_text(f'state_directory = "{state}"\n')
    return state


@pytest.fixture
def full(state: Path) -> Path:
    """A journal with a dump in every state; returns the directory to work in."""
    every_state(state)
    return state.parent


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that any user can reach, unlike pytest's."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


@pytest.fixture
def strangers(tmp_path: Path) -> str:
    """A PYTHONPATH with stages that fail: `raises` (`what` says how), `hangs`; and an archive."""
    stages = {each.lower(): f"tests.workers.plugins:{each}" for each in ("Raises", "Hangs")}
    stages["sends-away"] = "tests.workers.background_plugins:SendsAway"
    site = install(tmp_path / "site", "strangers", {"panicpipe.stages": stages})
    return f"{site}:{os.environ['PYTHONPATH']}"

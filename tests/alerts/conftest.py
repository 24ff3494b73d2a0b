from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.alerts.lane import Lane


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[Lane]:
    place = tmp_path / "state"
    place.mkdir(mode=0o700)
    made = Lane(place)
    yield made
    made.journal.close()


@pytest.fixture
def web() -> Iterator[HTTPServer]:
    """A web server of which one answer does not wait for another."""
    with HTTPServer(threaded=True) as server:
        yield server

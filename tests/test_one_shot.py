"""`panicpipe process` with stages in the background, which run in the same run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.daemon.harness import LOG, PANICPIPE, Place, python_path

PLUGINS = Path(__file__).parent / "daemon" / "plugins"
NAME = "paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a9e"


def process(root: Path, last: str, stage: str) -> tuple[int, dict[str, Any], str]:
    """Process a log with a chain that ends with `last`; returns status, answer and complaint."""
    extra = f'[stages.archives]\ndirectory = "{root}/spool"\n[stages.{last}]\n{stage}\n'
    place = Place(root, stages=["verify", "package", "archives", last], extra=extra)
    (root / NAME).write_bytes(LOG)
    done = subprocess.run(
        [PANICPIPE, "process", str(root / NAME), "--json", "--config", str(place.config)],
        env={**os.environ, "PYTHONPATH": python_path(PLUGINS)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout), done.stderr


def test_all_of_the_chain_runs(tmp_path: Path) -> None:
    status, answer, _ = process(tmp_path, "sends", "")
    assert (status, answer["state"]) == (0, "done")
    assert os.listdir(tmp_path / "zips") == [f"{NAME}.zip"]
    assert os.listdir(tmp_path / "spool") == []


def test_an_upload_that_fails_leaves_the_zip_and_says_so(tmp_path: Path) -> None:
    status, answer, complaint = process(tmp_path, "sends", 'what = "again"')
    assert status != 0
    assert answer["state"] == "failed"
    assert "the server does not answer; the zip is there" in complaint
    assert os.listdir(tmp_path / "zips") == [f"{NAME}.zip"]
    assert os.listdir(tmp_path / "spool") == []


def test_what_nothing_was_to_be_sent_of_stays(tmp_path: Path) -> None:
    """A chain that ends with a file in the spool ends with that file."""
    status, answer, _ = process(tmp_path, "seals", f'directory = "{tmp_path}/spool"')
    assert (status, answer["state"]) == (0, "done")
    assert os.listdir(tmp_path / "spool") == [f"{NAME}.sealed"]


def test_what_a_failed_upload_began_is_taken_back(tmp_path: Path) -> None:
    """Nobody will go on with it: what it remembers ends with the command."""
    abandoned = tmp_path / "abandoned"
    process(tmp_path, "remembers", f'fault = "again"\nabandoned = "{abandoned}"')
    assert abandoned.read_text() == "1 1\n"

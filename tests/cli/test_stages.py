from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.command import on_a_terminal, panicpipe
from tests.strangers import STAGES, install


def _site(place: Path) -> dict[str, str]:
    points = {
        "panicpipe.stages": {
            "crush": "stranger:Crush",
            "broken": "no_such_module_of_ours:Stage",
        }
    }
    return {"PYTHONPATH": str(install(place / "site", "crusher", points, {"stranger": STAGES}))}


def test_what_is_installed_is_listed_with_its_place_in_the_chain(tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "--config", "/dev/null", "stages", env=_site(tmp_path))
    assert done.returncode == 0
    header, *rows = [line.split() for line in done.stdout.splitlines()]
    assert header[:2] == ["STAGE", "IN"]
    listed = {row[0]: row[1:] for row in rows}
    assert listed["verify"][:3] == ["step", "1", "worker"]
    assert listed["package"][:2] == ["step", "2"]
    assert listed["crush"][:5] == ["no", "daemon", "zip", "crushed", "crusher"]
    assert listed["crush"][5:] == ["Make", "it", "smaller."]


def test_a_stage_that_cannot_be_loaded_is_listed_with_the_reason(tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "--config", "/dev/null", "stages", env=_site(tmp_path))
    broken = next(line for line in done.stdout.splitlines() if line.startswith("broken"))
    assert "no_such_module_of_ours" in broken


def test_json_has_an_object_for_each_stage(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('[pipeline]\nstages = ["package", "crush"]\n')
    done = panicpipe(tmp_path, "--config", file, "stages", "--json", env=_site(tmp_path))
    stages = {stage["name"]: stage for stage in map(json.loads, done.stdout.splitlines())}
    assert stages["crush"] == {
        "name": "crush",
        "distribution": "crusher",
        "builtin": False,
        "place": 2,
        "summary": "Make it smaller.",
        "runs_in": "daemon",
        "background": False,
        "remote": False,
        "needs": ["zip"],
        "makes": ["crushed"],
    }
    assert stages["verify"]["place"] is None
    assert "error" in stages["broken"]


def test_the_list_is_there_although_the_chain_is_at_fault(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('[pipeline]\nstages = ["verfy"]\n')
    done = panicpipe(tmp_path, "--config", file, "stages")
    assert done.returncode == 0
    assert "verify" in done.stdout


def test_on_a_terminal_the_list_fits_its_width(tmp_path: Path) -> None:
    written = on_a_terminal(tmp_path, "--config", "/dev/null", "stages", env={"COLUMNS": "70"})
    lines = re.sub(r"\x1b\[[0-9;]*m", "", written).splitlines()
    assert any(line.startswith("verify ") for line in lines)
    assert max(map(len, lines)) <= 70

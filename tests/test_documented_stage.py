"""What docs/adding-a-stage.md builds, installed as a stranger's distribution and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.cores import CoreSpec, build_core, kdumpd_name

PAGE = ROOT / "docs" / "adding-a-stage.md"


@pytest.fixture(scope="module")
def panicpipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A panicpipe in a virtual environment that also has the documented distribution."""
    root = tmp_path_factory.mktemp("stranger")
    project = root / "project"
    project.mkdir()
    for name, text in re.findall(r"```[a-z]+-file (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (project / name).write_text(text)
    environment = root / "venv"
    venv.create(environment, with_pip=True)
    site = next((environment / "lib").glob("python*")) / "site-packages"
    # What is installed beside panicpipe here is to be had there too, without a network.
    (site / "panicpipe.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n{ROOT}\n")
    subprocess.run(
        [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps"]
        + ["--no-index", "--no-build-isolation", str(project)],
        check=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    command = environment / "bin" / "panicpipe"
    command.write_text(f"#!{environment}/bin/python\nfrom pipeline.cli.main import main\nmain()\n")
    command.chmod(0o755)
    return str(command)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The page's own configuration, with a limit to be filled in, and places of our own."""
    fence = re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert fence
    text = (
        fence[1] + f'directory = "{tmp_path}/out"\n[stages.package]\ndirectory = "{tmp_path}/out"\n'
    )
    path = tmp_path / "panicpipe.toml"
    path.write_text(f'state_directory = "{tmp_path}/state"\n{text}')
    return path


@pytest.fixture
def core(tmp_path: Path) -> Path:
    spec = CoreSpec()
    path = tmp_path / kdumpd_name(spec)
    path.write_bytes(build_core(spec))
    return path


def run(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_it_is_listed_with_its_distribution(panicpipe: str, config: Path) -> None:
    answer = run(panicpipe, "stages", "--json", "--config", config)
    stages = {row["name"]: row for row in map(json.loads, answer.stdout.splitlines())}
    assert "panicpipe-size-cap" in json.dumps(stages["size-cap"])
    assert "Refuse cores over a limit" in json.dumps(stages["size-cap"])


def test_it_runs_where_the_configuration_puts_it(
    panicpipe: str, config: Path, core: Path, tmp_path: Path
) -> None:
    answer = run(panicpipe, "process", "--config", config, core)
    assert answer.returncode == 0, answer.stderr
    made = sorted(os.listdir(tmp_path / "out"))
    assert [name.rpartition(".")[2] for name in made] == ["sha256", "zip"]
    assert core.name in (tmp_path / "out" / made[0]).read_text()


def test_its_refusal_parks_the_dump_with_its_reason(
    panicpipe: str, config: Path, core: Path
) -> None:
    config.write_text(config.read_text().replace("40_000_000_000", "10"))
    answer = run(panicpipe, "process", "--config", config, core)
    assert answer.returncode == 8
    assert "bytes is over 10" in answer.stdout + answer.stderr


def test_its_keys_are_checked(panicpipe: str, config: Path) -> None:
    config.write_text(config.read_text().replace("max_bytes =", "max_byte ="))
    answer = run(panicpipe, "config", "check", "--config", config)
    assert answer.returncode == 6
    assert "stages.size-cap.max_byte" in answer.stderr


def test_its_notifier_gets_alerts(panicpipe: str, config: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    route = f'[notifiers.book]\nuse = "notebook"\nfile = "{notes}"\n'
    config.write_text(config.read_text() + route)
    answer = run(panicpipe, "alert", "test", "--event", "dump.parked", "--config", config)
    assert answer.returncode == 0, answer.stderr
    assert "noted" in answer.stdout
    assert notes.read_text().startswith("dump.parked: 10.")

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.cli.command import panicpipe
from tests.strangers import STAGES, install


def _write(home: Path, text: str) -> Path:
    text = f'state_directory = "{home}/state"\n{text}'
    file = home / "p.toml"
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_check_tells_what_the_configuration_comes_to(tmp_path: Path) -> None:
    file = _write(tmp_path, '[stages.package]\ndirectory = "~/zips"\n')
    done = panicpipe(tmp_path, "config", "check", "--config", file)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == f"Configuration {file}"
    assert "Stage 1 verify: allow_incomplete = true" in lines
    assert "With the daemon's rights no stage" in lines
    assert "Notifier none: outcomes are only logged" in lines
    assert lines[-1] == "The configuration can be used."
    assert not (tmp_path / "state").exists()


def test_check_without_a_file_says_where_it_looked(tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "config", "check", "--config", "/dev/null")
    assert "/dev/null" in done.stdout
    done = panicpipe(tmp_path, "config", "path")
    assert done.returncode == 0
    assert "panicpipe/panicpipe.toml" in done.stderr + done.stdout


def test_check_tells_all_faults_and_ends_with_6(tmp_path: Path) -> None:
    file = _write(tmp_path, "colour = 1\n[pipeline]\nworkers = 'two'\n")
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert done.returncode == 6
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first.startswith(f"panicpipe: {file}: pipeline.workers: ")
    assert second.startswith(f"panicpipe: {file}: colour: ")


def test_check_names_the_stages_that_have_the_daemon_s_rights(tmp_path: Path) -> None:
    points = {"panicpipe.stages": {"crush": "stranger:Crush"}}
    site = install(tmp_path / "site", "crusher", points, {"stranger": STAGES})
    file = _write(
        tmp_path,
        '[pipeline]\nstages = ["package", "crush"]\n[stages.crush]\ntoken = "hunter2"\n'
        f'directory = "{tmp_path}/crushed"\n[stages.package]\ndirectory = "{tmp_path}/zips"\n',
    )
    done = panicpipe(tmp_path, "--config", file, "config", "check", env={"PYTHONPATH": str(site)})
    assert done.returncode == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "With the daemon's rights crush" in lines
    assert any(line.startswith(f"Directory of crush {tmp_path}/crushed: ") for line in lines)
    assert "hunter2" not in done.stdout


@pytest.mark.parametrize("owner", ["others can write", "symlink", "file"])
def test_check_refuses_a_directory_that_the_daemon_would(tmp_path: Path, owner: str) -> None:
    zips = tmp_path / "zips"
    if owner == "symlink":
        (tmp_path / "real").mkdir()
        zips.symlink_to("real")
    elif owner == "file":
        zips.touch()
    else:
        zips.mkdir()
        zips.chmod(0o777)
    file = _write(tmp_path, f'[stages.package]\ndirectory = "{zips}"\n')
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert done.returncode == 6
    assert str(zips) in done.stderr
    assert "can be used" not in done.stdout


def test_check_says_when_a_directory_cannot_be_made(tmp_path: Path) -> None:
    file = _write(tmp_path, f'[stages.package]\ndirectory = "{tmp_path}/p.toml/zips"\n')
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert done.returncode == 6
    assert f"{file}/zips: is not there, and this user cannot make it in {file}" in done.stderr


def test_check_warns_of_secrets_that_everybody_can_read(tmp_path: Path) -> None:
    file = _write(
        tmp_path,
        f'[stages.package]\ndirectory = "{tmp_path}/zips"\n'
        '[notifiers.ops]\nuse = "apprise"\nurls = ["json://u:hunter2@localhost"]\n',
    )
    assert panicpipe(tmp_path, "--config", file, "config", "check").stderr == ""
    file.chmod(0o644)
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert done.returncode == 0
    assert f"chmod go-r '{file}'" in done.stderr
    assert "json://…" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_show_is_a_configuration_that_gives_the_same_again(tmp_path: Path) -> None:
    file = _write(tmp_path, "[pipeline]\nworkers = 5\n[stages.package]\nlevel = 2\n")
    first = panicpipe(tmp_path, "--config", file, "config", "show")
    assert first.returncode == 0
    assert tomllib.loads(first.stdout)["pipeline"]["workers"] == 5
    again = tmp_path / "again.toml"
    again.write_text(first.stdout)
    second = panicpipe(tmp_path, "--config", again, "config", "show")
    assert tomllib.loads(second.stdout) == tomllib.loads(first.stdout)


def test_show_hides_secrets_in_toml_and_json(tmp_path: Path) -> None:
    file = _write(
        tmp_path, '[notifiers.ops]\nuse = "apprise"\nurls = ["slack://hunter2", "json://hunter2"]\n'
    )
    shown = panicpipe(tmp_path, "--config", file, "config", "show").stdout
    assert tomllib.loads(shown)["notifiers"]["ops"]["urls"] == ["slack://…", "json://…"]
    as_json = panicpipe(tmp_path, "--config", file, "config", "show", "--json").stdout
    assert json.loads(as_json)["notifiers"]["ops"]["urls"] == ["slack://…", "json://…"]
    assert json.loads(as_json)["file"] == str(file)
    assert "hunter2" not in shown + as_json


def test_path_prints_the_file_that_is_used_and_nothing_else(tmp_path: Path) -> None:
    file = _write(tmp_path, "")
    by_env = panicpipe(tmp_path, "config", "path", env={"PANICPIPE_CONFIG": str(file)})
    assert (by_env.stdout, by_env.stderr) == (f"{file}\n", "")


def test_a_named_file_that_is_missing_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    for command in (["config", "check"], ["config", "show"], ["stages"], ["status"]):
        done = panicpipe(tmp_path, *command, "--config", "absent.toml")
        assert done.returncode == 6
        assert done.stderr == f"panicpipe: {tmp_path}/absent.toml: there is no such file\n"

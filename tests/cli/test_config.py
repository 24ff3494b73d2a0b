from __future__ import annotations

import grp
import json
import os
import pwd
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


def _group_of_others() -> int:
    """Return a group that is neither root's nor this user's alone, and that we may give a file."""
    if os.geteuid() == 0:
        return 65534
    name = pwd.getpwuid(os.geteuid()).pw_name
    found = [each for each in os.getgroups() if each and grp.getgrgid(each).gr_name != name]
    if not found:
        pytest.skip("this user is in no other group")
    return found[0]


def test_check_warns_of_secrets_that_a_group_can_read(tmp_path: Path) -> None:
    file = _write(tmp_path, '[notifiers.ops]\nuse = "apprise"\nurls = ["json://u:hunter2@x"]\n')
    os.chown(file, -1, _group_of_others())
    assert panicpipe(tmp_path, "--config", file, "config", "check").stderr == ""
    file.chmod(0o640)
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert f"warning: {file} holds secrets and group " in done.stderr
    assert f"chmod go-r '{file}'" in done.stderr


def test_check_says_what_each_route_gets_and_whom_nobody_would_tell(tmp_path: Path) -> None:
    file = _write(
        tmp_path,
        '[notifiers.ops]\nuse = "apprise"\nurls = ["json://localhost"]\n'
        'events = ["dump.*", "!dump.parked"]\nhosts = ["10.0.0.0/8", "0.0.0.0/0"]\n',
    )
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert done.returncode == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert (
        'Alerts to ops events = ["dump.*", "!dump.parked"], severity = "info", '
        'hosts = ["10.0.0.0/8", "0.0.0.0/0"], group_minutes = 10'
    ) in lines
    assert "Alerts heartbeat_days = 7, dns = true" in lines
    assert done.stderr == (
        "panicpipe: warning: nobody would be told of dump.parked: notifiers.ops leaves it out\n"
    )


def test_check_has_a_line_for_each_fault_of_a_template(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    file = _write(tmp_path, f'[alerts]\ntemplates = "{templates}"\n')
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert done.returncode == 6
    assert done.stderr == f"panicpipe: {templates}: cannot be read: No such file or directory\n"
    templates.mkdir()
    (templates / "text.j2").write_text("{{ what }} {% for row in lines %}")
    (templates / "title.j2").write_text("{{ what }}")
    (templates / "html.j2").write_text("{{ nothing }}")
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert done.returncode == 6
    text, html = done.stderr.splitlines()
    assert text.startswith(f"panicpipe: {templates}/text.j2: line 1: ")
    assert html.startswith(f"panicpipe: {templates}/html.j2: line 1: 'nothing' is undefined")
    (templates / "text.j2").unlink()
    (templates / "html.j2").unlink()
    done = panicpipe(tmp_path, "--config", file, "config", "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_shown_of_alerts_passes_the_check_and_shows_the_same(tmp_path: Path) -> None:
    file = _write(
        tmp_path,
        '[alerts]\nheartbeat_days = 0.7\ndns = false\n[hosts]\n"10.0.40.7" = "lab-1"\n'
        '[server]\nexpect_listener = true\n[notifiers."the ops"]\nuse = "apprise"\n'
        'urls = ["json://localhost"]\nverdicts = ["damaged"]\nhosts = ["lab-*"]\n'
        'events = ["!heartbeat"]\n',
    )
    first = panicpipe(tmp_path, "--config", file, "config", "show")
    again = tmp_path / "again.toml"
    again.write_text(first.stdout.replace("json://…", "json://localhost"))
    again.chmod(0o600)
    assert panicpipe(tmp_path, "--config", again, "config", "check").returncode == 0
    second = panicpipe(tmp_path, "--config", again, "config", "show")
    assert tomllib.loads(second.stdout) == tomllib.loads(first.stdout)
    shown = tomllib.loads(first.stdout)
    assert shown["alerts"] == {"heartbeat_days": 0.7, "dns": False}
    assert shown["hosts"] == {"10.0.40.7": "lab-1"}
    assert shown["server"] == {"expect_listener": True, "port": 1069}
    assert shown["notifiers"]["the ops"]["severity"] == "info"


def test_urls_of_the_environment_are_shown_by_its_name_only(tmp_path: Path) -> None:
    file = _write(tmp_path, '[notifiers.ops]\nuse = "apprise"\nurls_env = "OPS_URLS"\n')
    file.chmod(0o644)
    env = {"OPS_URLS": "json://u:hunter2@localhost xml://u:hunter3@localhost"}
    check = panicpipe(tmp_path, "--config", file, "config", "check", env=env)
    assert (check.returncode, check.stderr) == (0, "")
    show = panicpipe(tmp_path, "--config", file, "config", "show", env=env)
    assert tomllib.loads(show.stdout)["notifiers"]["ops"]["urls_env"] == "OPS_URLS"
    assert "hunter" not in check.stdout + show.stdout + show.stderr
    unset = panicpipe(tmp_path, "--config", file, "config", "check")
    assert unset.returncode == 6
    assert "notifiers.ops: urls_env: the environment variable OPS_URLS is not set" in unset.stderr

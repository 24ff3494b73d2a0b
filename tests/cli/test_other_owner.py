"""Root looks into a journal that is the service account's, and leaves nothing of its own there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.journal import Journal
from tests.cli.command import panicpipe

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
_UID, _GID = 54321, 54322


@pytest.fixture
def config(open_path: Path) -> Path:
    """A configuration whose state directory, with a journal in it, is another user's."""
    state = open_path / "state"
    state.mkdir(0o700)
    Journal.open(state).close()
    for each in (state, *state.iterdir()):
        os.chown(each, _UID, _GID)
    config = open_path / "panicpipe.toml"
    config.write_text(
        f'state_directory = "{state}"\n[source.directory]\npath = "{open_path}"\n'
        f'[stages.package]\ndirectory = "{state}/packages"\n'
    )
    return config


def _owners(config: Path) -> set[tuple[int, int]]:
    found = [each.stat() for each in (config.parent / "state").rglob("*")]
    assert found
    return {(each.st_uid, each.st_gid) for each in found}


@pytest.mark.parametrize(
    "command",
    [["status"], ["show", "1"], ["retry", "1"], ["alert", "pending"], ["alert", "drop", "1"]],
)
def test_what_root_looks_at_its_owner_can_write_afterwards(
    config: Path, command: list[str], open_path: Path
) -> None:
    done = panicpipe(open_path, *command, "--config", config)
    assert "permission" not in done.stderr
    assert _owners(config) == {(_UID, _GID)}


def test_what_root_asks_for_reaches_the_service_s_journal(config: Path, open_path: Path) -> None:
    from pipeline.cli.journals import request

    state = config.parent / "state"
    request(state, "retry", 7)
    assert _owners(config) == {(_UID, _GID)}
    journal = Journal.read(state)
    assert [row[1:] for row in journal.requests.all()] == [("retry", 7)]
    journal.close()


def test_a_journal_that_is_made_for_a_request_is_the_owner_s(config: Path) -> None:
    from pipeline.cli.journals import request

    state = config.parent / "state"
    for each in state.iterdir():
        each.unlink()
    request(state, "retry", 7)
    assert _owners(config) == {(_UID, _GID)}


def test_root_s_own_daemon_is_refused_beside_the_service(config: Path, open_path: Path) -> None:
    done = panicpipe(open_path, "run", "--config", config)
    assert done.returncode == ExitCode.CONFIGURATION
    assert f"belongs to uid {_UID}; run as that user" in done.stderr
    assert _owners(config) == {(_UID, _GID)}


def test_processing_into_the_service_s_directory_says_what_to_do(
    config: Path, open_path: Path
) -> None:
    packages = config.parent / "state" / "packages"
    packages.mkdir(0o750)
    os.chown(packages, _UID, _GID)
    dump = open_path / "core"
    dump.touch()
    done = panicpipe(open_path, "process", "--config", config, dump)
    assert done.returncode == ExitCode.CONFIGURATION
    assert "name another with --output" in done.stderr
    done = panicpipe(open_path, "process", "--config", config, "--output", open_path / "o", dump)
    assert done.returncode != ExitCode.CONFIGURATION


def test_the_check_of_the_configuration_is_the_account_s(config: Path, open_path: Path) -> None:
    done = panicpipe(open_path, "config", "check", "--config", config)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    with config.open("a") as file:
        file.write(f'[stages.compress]\ndirectory = "{open_path}/roots-own"\n')
        file.write('[pipeline]\nstages = ["verify", "compress"]\n')
    (open_path / "roots-own").mkdir(0o755)
    done = panicpipe(open_path, "config", "check", "--config", config)
    assert done.returncode == ExitCode.CONFIGURATION
    assert "this user cannot write to it" in done.stderr

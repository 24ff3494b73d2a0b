"""Which directories the unit opens, by what the configuration names."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from pipeline.installing.linux_directories import Named, drop_in, named
from tests.installing.linux_installer import CONFIGURATION, DIRECTORIES, Installer, quick_installer

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def installer(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    return quick_installer(open_path, monkeypatch)


def _named(text: str, *, old_recipe: bool = False) -> Named:
    return named(tomllib.loads(text), old_recipe=old_recipe)


def _lines(*dumps: str, outputs: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> list[str]:
    return drop_in(Named(dumps=dumps, outputs=outputs), groups).splitlines()[3:]


def test_sources_stages_and_the_state_are_found() -> None:
    found = _named(
        'state_directory = "/srv/state"\n[source.directory]\npath = "/srv/../dumps/"\n'
        '[stages.package]\ndirectory = "~/zips"\n[stages.upload]\nbucket = "x"\n'
    )
    assert found == Named(dumps=["/dumps"], outputs=["/var/lib/panicpipe/zips", "/srv/state"])


def test_without_a_source_it_is_where_the_daemon_would_look() -> None:
    assert _named("").dumps == ["/var/tmp/PanicDumps"]
    assert _named("", old_recipe=True).dumps == ["/PanicDumps"]


@pytest.mark.parametrize(
    "text", ['source = 3\nstages = "x"', "[source]\na = 1", "[stages.a]\ndirectory = 3"]
)
def test_what_is_no_path_is_for_the_check_of_the_configuration(text: str) -> None:
    assert _named(text).outputs == []


def test_the_state_s_own_directory_is_open_anyway() -> None:
    assert _lines(outputs=("/var/lib/panicpipe", "/var/lib/panicpipe/packages")) == []


def test_others_are_opened_and_may_appear_later() -> None:
    assert _lines("/PanicDumps", outputs=("/srv/zips", "/PanicDumps")) == [
        'ReadWritePaths="-/PanicDumps"',
        'ReadWritePaths="-/srv/zips"',
    ]


def test_a_directory_of_a_home_is_not_hidden() -> None:
    assert "ProtectHome=read-only" in _lines("/home/ann/dumps")


def test_of_two_temporary_directories_the_one_that_is_not_needed_stays_private() -> None:
    lines = _lines("/var/tmp/PanicDumps")
    assert lines[1:] == ["PrivateTmp=no", "TemporaryFileSystem=/tmp:mode=1777"]
    assert _lines("/tmp/a", "/var/tmp/b")[2:] == ["PrivateTmp=no"]


def test_systemd_takes_names_as_they_are() -> None:
    assert _lines('/a b"c%d\\e') == ['ReadWritePaths="-/a b\\"c%%d\\\\e"']


def _dumps(installer: Installer, group: int, mode: int, file_mode: int = 0o640) -> Path:
    place = installer.place("/srv/dumps")
    place.mkdir(parents=True)
    (place / "core").touch()
    for each, its in ((place / "core", file_mode), (place, mode)):
        os.chown(each, 0, group)
        each.chmod(its)
    return place


@as_root
def test_the_group_that_opens_the_dumps_is_given_to_the_service(installer: Installer) -> None:
    _dumps(installer, 109, 0o750)
    installer.install(dumps="/srv/dumps")
    assert "SupplementaryGroups=tftpd\n" in installer.text(DIRECTORIES)


@as_root
def test_no_group_is_given_where_everybody_may_read(installer: Installer) -> None:
    _dumps(installer, 109, 0o755, 0o644)
    installer.install(dumps="/srv/dumps")
    assert "SupplementaryGroups" not in installer.text(DIRECTORIES)
    assert not [line for line in installer.told if line.startswith("note")]


@as_root
@pytest.mark.parametrize(("group", "mode", "file_mode"), [(0, 0o750, 0o640), (109, 0o750, 0o600)])
def test_where_no_group_helps_the_command_is_said_that_does(
    installer: Installer, group: int, mode: int, file_mode: int
) -> None:
    """Root's group least of all: it opens much else."""
    _dumps(installer, group, mode, file_mode)
    installer.install(dumps="/srv/dumps")
    assert "SupplementaryGroups" not in installer.text(DIRECTORIES)
    assert [line for line in installer.told if "setfacl -R -m u:panicpipe:rX" in line]


@as_root
def test_a_directory_that_is_not_there_yet_is_said(installer: Installer) -> None:
    installer.install(dumps="/srv/dumps")
    assert [line for line in installer.told if line.startswith("note   /srv/dumps: is not there")]


@as_root
def test_a_restart_opens_what_the_configuration_names_by_then(installer: Installer) -> None:
    from pipeline.installing.linux_service import installed_service

    installer.install()
    installer.place(CONFIGURATION).write_text('[stages.package]\ndirectory = "/srv/zips"\n')
    installed_service(installer.changes()).restart()
    assert 'ReadWritePaths="-/srv/zips"' in installer.unit["runs"]

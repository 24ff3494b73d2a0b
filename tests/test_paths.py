from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import paths
from pipeline.errors import ConfigError
from pipeline.paths import Host

USER = Host(
    platform="linux",
    euid=501,
    home=Path("/home/ann"),
    user_configuration=Path("/home/ann/.config/panicpipe"),
    user_state=Path("/home/ann/.local/state/panicpipe"),
    site_configurations=(Path("/etc/xdg/panicpipe"),),
)


def test_root_on_a_mac_uses_the_site_s_places_only() -> None:
    host = paths.here("darwin", 0, {"HOME": "/Users/ann"})
    support = Path("/Library/Application Support/PanicPipe")
    assert paths.configurations(host) == (support / "panicpipe.toml",)
    assert paths.state_directory(host) == support / "State"
    assert paths.output_directory(host) == Path("/Users/Shared/PanicPipe")
    assert paths.spool_directory(host) == support / "State/spool"
    assert paths.spool_directory(host, Path("/srv/state")) == Path("/srv/state/spool")


def test_root_on_linux_uses_the_site_s_places_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_DIRS", "/somebody/else")
    host = paths.here("linux", 0)
    assert paths.configurations(host) == (Path("/etc/xdg/panicpipe/panicpipe.toml"),)
    assert paths.state_directory(host) == Path("/var/lib/panicpipe")
    assert paths.output_directory(host) == Path("/var/lib/panicpipe/packages")


def test_the_account_of_the_service_on_linux_has_root_s_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that `sudo panicpipe status` shows what the service does, whatever its environment."""
    account = pwd.struct_passwd(
        ("panicpipe", "x", 998, 998, "", "/var/lib/panicpipe", "/bin/false")
    )
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: account)
    monkeypatch.setenv("XDG_CONFIG_DIRS", "/somebody/else")
    host, root = paths.here("linux", 998, {"HOME": "/home/ann"}), paths.here("linux", 0)
    assert paths.configurations(host) == paths.configurations(root)
    assert paths.state_directory(host) == paths.state_directory(root)
    assert paths.output_directory(host) == paths.output_directory(root)
    assert host.home == Path("/var/lib/panicpipe")
    assert not paths.here("darwin", 998, {}).is_account


def test_root_s_home_comes_from_the_user_database_whatever_sudo_left() -> None:
    assert paths.here("linux", 0, {"HOME": "/Users/ann"}).home == paths.here("linux", 0, {}).home


def test_a_user_on_a_mac_comes_before_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/Users/ann")
    host = paths.here("darwin", 501)
    assert paths.configurations(host) == (
        Path("/Users/ann/Library/Application Support/PanicPipe/panicpipe.toml"),
        Path("/Library/Application Support/PanicPipe/panicpipe.toml"),
    )
    assert paths.state_directory(host) == Path("/Users/ann/Library/Application Support/PanicPipe")
    assert paths.output_directory(host) == Path("/Users/ann/PanicPipe")


def test_a_user_on_linux_is_asked_where_by_the_xdg_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/ann/cfg")
    monkeypatch.setenv("XDG_STATE_HOME", "/home/ann/st")
    monkeypatch.setenv("XDG_CONFIG_DIRS", f"/one{os.pathsep}/two")
    host = paths.here("linux", 501)
    assert paths.configurations(host) == (
        Path("/home/ann/cfg/panicpipe/panicpipe.toml"),
        Path("/one/panicpipe/panicpipe.toml"),
        Path("/two/panicpipe/panicpipe.toml"),
    )
    assert paths.state_directory(host) == Path("/home/ann/st/panicpipe")


def test_without_a_home_variable_as_under_launchd_every_place_is_still_found() -> None:
    code = "from pipeline import paths; h = paths.here(); print(paths.configurations(h), h.home)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "panicpipe.toml" in done.stdout
    assert "None" not in done.stdout


def test_a_user_whom_no_database_knows_is_told_what_to_set() -> None:
    host = paths.here("linux", 54321, {})
    assert host.home is None
    with pytest.raises(ConfigError, match="set HOME, or state_directory"):
        paths.state_directory(host)
    with pytest.raises(ConfigError, match="set HOME"):
        paths.output_directory(host)
    assert all(place.is_absolute() for place in paths.configurations(host))


def test_the_option_names_the_configuration_before_the_variable() -> None:
    env = {"PANICPIPE_CONFIG": "/from/env.toml"}
    assert paths.named_configuration(Path("/from/option.toml"), env) == Path("/from/option.toml")
    assert paths.named_configuration(None, env) == Path("/from/env.toml")
    assert paths.named_configuration(None, {}) is None
    assert paths.named_configuration(None, {"PANICPIPE_CONFIG": ""}) is None


def test_a_configuration_named_on_the_command_line_is_relative_to_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.named_configuration(Path("mine.toml"), {}) == tmp_path / "mine.toml"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("/x/y", "/x/y"), ("~/y", "/home/ann/y"), ("~", "/home/ann"), ("/x/~", "/x/~")],
)
def test_a_tilde_in_front_is_the_user_s_home(written: str, meant: str) -> None:
    assert paths.absolute(Path(written), USER) == Path(meant)


def test_a_tilde_with_a_name_is_that_user_s_home() -> None:
    assert paths.absolute(Path("~root/y"), USER) == Path("~root/y").expanduser()


@pytest.mark.parametrize("written", ["y", "./y", "../y", "", "~nobody-of-that-name/y"])
def test_a_path_relative_to_nothing_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        paths.absolute(Path(written), USER)

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import inspection_limit, load, state_directory_only
from pipeline.config.location import find_and_read
from pipeline.errors import ConfigError
from tests.config.hosts import root, user

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="files of root's are needed")


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_first_file_that_is_there_counts_alone(tmp_path: Path) -> None:
    host = user(tmp_path / "home", tmp_path / "site")
    site = _write(tmp_path / "site/panicpipe.toml", "state_directory = '/site'")
    assert find_and_read(None, {}, host).file == site
    own = _write(tmp_path / "home/.config/panicpipe/panicpipe.toml", "")
    assert find_and_read(None, {}, host).file == own
    assert find_and_read(None, {}, host).table == {}
    by_env = _write(tmp_path / "env.toml", "")
    env = {"PANICPIPE_CONFIG": str(by_env)}
    assert find_and_read(None, env, host).file == by_env
    named = _write(tmp_path / "named.toml", "")
    assert find_and_read(named, env, host).file == named


def test_with_no_file_anywhere_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert find_and_read(None, {}, user(tmp_path)).table == {}
    assert find_and_read(None, {}, user(tmp_path)).file is None


@pytest.mark.parametrize("read", [load, state_directory_only])
def test_a_named_file_that_is_not_there_is_an_error(
    tmp_path: Path, read: Callable[..., object]
) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: there is no such file"):
        read(tmp_path / "absent.toml", {}, host=user(tmp_path))
    with pytest.raises(ConfigError, match=r"absent\.toml: there is no such file"):
        read(None, {"PANICPIPE_CONFIG": str(tmp_path / "absent.toml")}, host=user(tmp_path))


def test_dev_null_stands_for_the_defaults(tmp_path: Path) -> None:
    _write(tmp_path / "site/panicpipe.toml", "nonsense = 1")
    host = user(tmp_path / "home", tmp_path / "site")
    assert load(Path("/dev/null"), {}, host=host).transfers == 8


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a = 1\nb = [1,\n", ":2: is not TOML"),
        (b"a = 1\nb = \n", ":2:5: is not TOML"),
        (b"a = 1\na = 2\n", ":2:"),
        (b"a = 1\n\n# \xff\n", ":3: is not UTF-8 text"),
        (b"a = " + b"[" * 100_000, "is nested too deeply"),
        (b"#" * (1 << 20) + b"#", "is larger than 1 MiB"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, data: bytes, place: str) -> None:
    file = tmp_path / "p.toml"
    file.write_bytes(data)
    with pytest.raises(ConfigError) as refused:
        find_and_read(file, {}, user(tmp_path))
    assert str(refused.value).startswith(str(file))
    assert place in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_byte_order_mark_as_editors_leave_it_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert find_and_read(file, {}, user(tmp_path)).table == {"a": 1}


def test_a_fifo_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.toml")
    with pytest.raises(ConfigError, match="is not a regular file"):
        find_and_read(tmp_path / "p.toml", {}, user(tmp_path))


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a regular file"):
        find_and_read(tmp_path, {}, user(tmp_path))


def test_a_file_name_with_escapes_is_shown_escaped(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\\x1b\[2J\.toml: there is no such file"):
        find_and_read(tmp_path / "\x1b[2J.toml", {}, user(tmp_path))


def test_root_does_not_take_orders_from_another_user_s_file(tmp_path: Path) -> None:
    file = _write(tmp_path / "panicpipe.toml", "")
    if os.geteuid() == 0:
        os.chown(file, 12345, -1)
    with pytest.raises(ConfigError, match=r"belongs to uid .*; run: chown root '"):
        find_and_read(None, {}, root(tmp_path))


@AS_ROOT
@pytest.mark.parametrize(("mode", "group"), [(0o602, 0), (0o646, 0), (0o620, 12345)])
def test_root_does_not_take_orders_from_a_file_that_others_can_write(
    tmp_path: Path, mode: int, group: int
) -> None:
    file = _write(tmp_path / "panicpipe.toml", "")
    os.chown(file, 0, group)
    file.chmod(mode)
    with pytest.raises(ConfigError, match=rf"mode {mode:04o}\); run: chmod go-w '{file}'"):
        find_and_read(None, {}, root(tmp_path))


@AS_ROOT
@pytest.mark.parametrize(("mode", "group"), [(0o600, 0), (0o644, 12345), (0o660, 0)])
def test_root_takes_a_file_that_only_root_can_write(tmp_path: Path, mode: int, group: int) -> None:
    file = _write(tmp_path / "panicpipe.toml", "a = 1")
    os.chown(file, 0, group)
    file.chmod(mode)
    assert find_and_read(None, {}, root(tmp_path)).table == {"a": 1}


def test_the_state_directory_alone_is_what_loading_everything_gives(tmp_path: Path) -> None:
    host = user(tmp_path)
    assert state_directory_only(None, {}, host=host) == tmp_path / ".local/state/panicpipe"
    file = _write(tmp_path / "p.toml", "state_directory = '~/st'")
    assert state_directory_only(file, {}, host=host) == tmp_path / "st"
    assert load(file, {}, host=host).state_directory == tmp_path / "st"


@pytest.mark.parametrize("value", ["3", "'here'", "['/x']"])
def test_the_state_directory_alone_is_checked_as_strictly(tmp_path: Path, value: str) -> None:
    file = _write(tmp_path / "p.toml", f"state_directory = {value}")
    for read in (state_directory_only, load):
        with pytest.raises(ConfigError, match=r"p\.toml: state_directory: .* is not allowed"):
            read(file, {}, host=user(tmp_path))


def test_the_state_directory_is_known_although_something_else_is_at_fault(tmp_path: Path) -> None:
    file = _write(tmp_path / "p.toml", "state_directory = '/st'\nnonsense = 1")
    assert state_directory_only(file, {}, host=user(tmp_path)) == Path("/st")


def test_a_faulty_file_that_nobody_named_does_not_stop_an_inspection(tmp_path: Path) -> None:
    file = _write(tmp_path / "site/panicpipe.toml", "[inspect]\nmax_uncompressed_size = 'lots'")
    host = user(tmp_path / "home", tmp_path / "site")
    assert inspection_limit(5, None, {}, host=host) == 5
    with pytest.raises(ConfigError, match=r"inspect\.max_uncompressed_size"):
        inspection_limit(5, file, {}, host=host)


def test_the_inspection_limit_is_what_the_file_says(tmp_path: Path) -> None:
    _write(tmp_path / "site/panicpipe.toml", "[inspect]\nmax_uncompressed_size = '2 GiB'")
    host = user(tmp_path / "home", tmp_path / "site")
    assert inspection_limit(5, None, {}, host=host) == 2 << 30

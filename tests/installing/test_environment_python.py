"""The Python under an environment of root's: found, or made with uv."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline.errors import MachineError, Untrusted
from pipeline.installing.environment.base_python import base_python
from tests.installing import fake_python
from tests.installing.builder import Builder
from tests.macs.fake_mac import FakeMac

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes what belongs to root")

HOME = "/Library/PanicPipe"
MADE = f"{HOME}/python/cpython-3.13.9-macos-aarch64-none/bin/python3.13"


@pytest.fixture
def on_a_mac(mac: FakeMac) -> Builder:
    return Builder.mac(mac)


def base(builder: Builder, uv: str | None = None) -> str:
    return base_python(builder.changes(), builder.home, uv=uv, index_url=None)


def test_a_mac_s_is_made_with_what_uv_takes(on_a_mac: Builder, mac: FakeMac) -> None:
    """These options are those that `uv python install --help` of 0.8.0 and 0.13.9 lists."""
    assert base(on_a_mac) == MADE
    (call,) = [call for call in mac.calls if call[0] == "/usr/local/bin/uv"]
    assert call == [
        *("/usr/local/bin/uv", "python", "install", "--no-config", "--no-cache", "--no-progress"),
        *("--no-bin", "--install-dir", str(on_a_mac.place(f"{HOME}/python")), "3.13"),
    ]


def test_an_environment_is_built_on_it(on_a_mac: Builder) -> None:
    made = on_a_mac.build()
    assert on_a_mac.calls_of("venv")[0][0] == MADE
    assert on_a_mac.newest() == made
    told = len(on_a_mac.told)
    assert on_a_mac.build() == made
    assert on_a_mac.told[told:] == [f"keep   {made.directory}/"]


def test_one_that_was_made_is_used_again(on_a_mac: Builder, mac: FakeMac) -> None:
    fake_python.write(on_a_mac.root, MADE)
    assert base(on_a_mac) == MADE
    assert not [call for call in mac.calls if call[0].endswith("/uv")]


def test_of_those_that_were_made_the_newest_is_used(on_a_mac: Builder) -> None:
    newer = MADE.replace("3.13", "3.14")
    for python in (MADE, newer, MADE.replace("3.13", "3.10"), MADE.replace("3.13", "3.99")):
        fake_python.write(on_a_mac.root, python)
    assert base(on_a_mac) == newer


def test_one_that_others_can_change_is_not_used(on_a_mac: Builder, mac: FakeMac) -> None:
    fake_python.write(on_a_mac.root, MADE)
    on_a_mac.place(MADE).parent.chmod(0o777)
    with mac.changed() as state:
        state["uv"] = "nothing"
    with pytest.raises(Untrusted, match="can be written by everybody"):
        base(on_a_mac)


@pytest.mark.parametrize("how", ["offline", "nothing"])
def test_without_one_it_says_so(on_a_mac: Builder, mac: FakeMac, how: str) -> None:
    with mac.changed() as state:
        state["uv"] = how
    with pytest.raises(MachineError, match="uv") as error:
        base(on_a_mac)
    assert "\n" not in str(error.value)


def test_a_uv_that_others_can_change_is_not_run(on_a_mac: Builder, mac: FakeMac) -> None:
    """The one of the index, checked by its hash, is installed for the moment instead."""
    os.chown(on_a_mac.place("/usr/local/bin/uv"), 501, 20)
    with pytest.raises(MachineError, match="cannot be run"):  # what runs us is not below the root
        base(on_a_mac)
    assert not [call for call in mac.calls if call[0].endswith("/uv")]
    assert any("-m venv" in line and line.endswith(f"{HOME}/uv") for line in on_a_mac.told)
    assert not on_a_mac.place(f"{HOME}/uv").exists()


def test_a_uv_that_is_named_is_run_whoever_owns_it(on_a_mac: Builder, mac: FakeMac) -> None:
    uv = on_a_mac.place("/Users/ann/uv")
    uv.parent.mkdir(parents=True)
    shutil.copy(on_a_mac.place("/usr/local/bin/uv"), uv)
    os.chown(uv, 501, 20)
    mac.lose("uv")
    assert base(on_a_mac, "/Users/ann/uv") == MADE


def test_a_uv_that_is_not_there_is_named(on_a_mac: Builder) -> None:
    with pytest.raises(MachineError, match="--uv: /no/uv is no program"):
        base(on_a_mac, "/no/uv")


def test_linux_has_one(tmp_path: Path) -> None:
    assert base(Builder.linux(tmp_path)) == "/usr/bin/python3.13"


def test_one_of_linux_that_makes_no_environments_is_told_of(tmp_path: Path) -> None:
    """Debian leaves ensurepip out of python3.13."""
    builder = Builder.linux(tmp_path)
    fake_python.fail(builder.root, "import ensurepip")
    with pytest.raises(MachineError, match=r"apt-get install python3\.13-venv"):
        base(builder)

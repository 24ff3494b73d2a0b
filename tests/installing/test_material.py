"""The shipped files are found, from a checkout and from the wheel, and are in one place only."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import MachineError
from pipeline.installing import material
from tests.conftest import ROOT


def _of_the_tree() -> dict[str, bytes]:
    folders = [ROOT / folder for folder in material.FOLDERS if (ROOT / folder).is_dir()]
    return {file.name: file.read_bytes() for folder in folders for file in folder.iterdir()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without asking the network for anything."""
    place = tmp_path_factory.mktemp("wheel")
    build = f"import hatchling.build; hatchling.build.build_wheel({str(place)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    return next(place.glob("*.whl"))


def test_a_checkout_uses_its_own_files() -> None:
    assert {name: material.data(name) for name in material.names()} == _of_the_tree()
    assert "Label" in material.text("org.panicpipe.daemon.plist")


def test_no_two_have_the_same_name() -> None:
    """In the wheel they are in one folder."""
    folders = [ROOT / folder for folder in material.FOLDERS if (ROOT / folder).is_dir()]
    assert len(_of_the_tree()) == sum(len(list(folder.iterdir())) for folder in folders)


def test_one_that_is_missing_is_named() -> None:
    with pytest.raises(MachineError, match=r"^no\.plist: is missing"):
        material.data("no.plist")


def test_the_wheel_carries_all_of_them(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = f"pipeline/{material.CARRIED}/"
        carried = {
            name.removeprefix(inside): archive.read(name)
            for name in archive.namelist()
            if name.startswith(inside)
        }
    assert carried == _of_the_tree()


def test_an_installed_wheel_finds_them(wheel: Path, tmp_path: Path) -> None:
    """Nothing of the checkout is used: it is not on the path."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    show = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from pipeline.installing import material\n"
        "assert material.__file__.startswith(sys.path[0])\n"
        "print(*material.names())"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", show], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == set(_of_the_tree())


def test_the_locks_pin_the_same_versions() -> None:
    """What is installed is what the tests ran with."""
    everything, run = _pins(ROOT / "requirements.lock"), _pins(ROOT / "requirements/run.lock")
    assert run
    assert run.items() <= everything.items()


def test_the_lock_holds_every_dependency() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted = tomllib.load(file)["project"]["dependencies"]
    assert {line.split(">=")[0] for line in wanted} <= _pins(ROOT / "requirements/run.lock").keys()


def _pins(lock: Path) -> dict[str, str]:
    lines = [line.split(" ")[0] for line in lock.read_text().splitlines() if "==" in line[:60]]
    return {name: version for name, _, version in (line.partition("==") for line in lines)}

"""Environments of root's: what is run to make one, which one counts, and what is left of a failure.

With a Python that only pretends; `test_environment_real.py` makes a real one.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline.errors import MachineError, Untrusted
from pipeline.installing import material
from pipeline.installing.environment import build, retire
from tests.installing import fake_python
from tests.installing.builder import Builder

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes what belongs to root")

PIP = ["-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """One that has built an environment, to look at."""
    before = os.umask(0o077)  # what sudo's caller may have set
    builder = Builder.linux(tmp_path_factory.mktemp("built"))
    builder.build()
    os.umask(before)
    return builder


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder.linux(tmp_path)


def test_an_environment_is_made_from_what_is_running(built: Builder) -> None:
    made = built.newest()
    assert (made.number, made.python) == (1, f"{built.home}/environments/1/bin/python")
    package = built.place(f"{made.directory}/lib/python3.13/site-packages/pipeline")
    assert (package / "installing/material.py").read_bytes() == Path(material.__file__).read_bytes()
    assert (package / "material/panicpipe.toml").read_text() == material.text("panicpipe.toml")
    assert not list(package.rglob("*.pyc"))


def test_everybody_may_read_it_whatever_the_umask(built: Builder) -> None:
    for place in built.place(built.newest().directory).rglob("*"):
        assert place.stat().st_mode & 0o755 in (0o755, 0o644), place


def test_what_is_run_is_isolated_and_locked(built: Builder) -> None:
    """No variable, configuration or cache of a user counts, and nothing is built."""
    place = built.place(built.newest().directory)
    assert [call[len(PIP) + 1 :] for call in built.calls_of("pip")] == [
        ["uninstall", "--yes", "setuptools"],
        [
            *("install", "--no-cache-dir", "--only-binary", ":all:"),
            *("--require-hashes", "--requirement", f"{place}/requirements.lock"),
        ],
        ["check"],
        ["uninstall", "--yes", "pip"],
    ]
    assert all(call[1 : len(PIP) + 1] == PIP for call in built.calls_of("pip"))
    assert (place / "requirements.lock").read_text() == material.text("run.lock")


def test_again_nothing_is_changed(builder: Builder) -> None:
    made = builder.build()
    before, told = builder.tree(), len(builder.told)
    assert builder.build() == made
    assert builder.tree() == before
    assert builder.told[told:] == [f"keep   {made.directory}/"]


def test_one_that_others_can_change_is_made_anew(builder: Builder) -> None:
    made = builder.build()
    packages = builder.place(f"{made.directory}/lib/python3.13/site-packages")
    (packages / "planted.pth").touch()
    (packages / "planted.pth").chmod(0o666)
    assert builder.build().number == 2


def test_plugins_are_kept_until_others_are_named(builder: Builder) -> None:
    made = builder.build(extra=["size-cap==1.0", "other>=2"])
    assert made.extra == ("size-cap==1.0", "other>=2")
    assert builder.calls_of("size-cap==1.0")[0][len(PIP) + 1 :] == [
        *("install", "--no-cache-dir", "--only-binary", ":all:", "--constraint"),
        f"{builder.place(made.directory)}/constraints.txt",
        *("size-cap==1.0", "other>=2"),
    ]
    assert builder.build() == made
    assert builder.build(extra=[]).extra == ()


def test_plugins_change_no_version_that_is_locked(builder: Builder) -> None:
    made = builder.build()
    pins = builder.place(f"{made.directory}/constraints.txt").read_text().splitlines()
    assert f"panicpipe=={made.version}" in pins
    assert len(pins) == material.text("run.lock").count("==") - _markers() + 1
    assert all("==" in pin and "--hash" not in pin for pin in pins)


def _markers() -> int:
    """Count the equal signs that are no version's."""
    lines = material.text("run.lock").splitlines()
    return sum(
        line.count("==") - 1 for line in lines if "==" in line and line[0] not in "# "
    ) + sum(line.count("==") for line in lines if line[:1] in ("#", " "))


@pytest.mark.parametrize("extra", ["--index-url=http://evil", "", " "])
def test_an_option_is_no_plugin(builder: Builder, extra: str) -> None:
    with pytest.raises(MachineError, match="is no package"):
        builder.build(extra=[extra])


def test_a_wheel_is_found_from_where_one_is(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(builder.root)
    (builder.root / "cap-1.0-py3-none-any.whl").touch()
    made = builder.build(extra=["cap-1.0-py3-none-any.whl"])
    assert made.extra == (f"{builder.root}/cap-1.0-py3-none-any.whl",)


def test_another_index_is_passed_on(builder: Builder) -> None:
    builder.build(index_url="https://pypi.example.com/simple")
    (call,) = builder.calls_of("--require-hashes")
    assert call[call.index("--index-url") + 1] == "https://pypi.example.com/simple"


def test_a_password_is_put_on_no_command_line(builder: Builder) -> None:
    with pytest.raises(MachineError, match=r"pip\.conf") as error:
        builder.build(index_url="https://ann:hunter2@pypi.example.com/simple")
    assert "hunter2" not in f"{error.value}{builder.told}"
    assert builder.environments() == []


@pytest.mark.parametrize(
    "step", ["-m venv", "--require-hashes", "check", "compileall", "--version"]
)
def test_a_failure_leaves_nothing_that_counts(builder: Builder, step: str) -> None:
    before = builder.tree()
    fake_python.fail(builder.root, step)
    with pytest.raises(MachineError, match="it did not work"):
        builder.build()
    assert builder.environments() == []
    fake_python.mend(builder.root)
    builder.place(f"{builder.home}/environments").rmdir()
    assert builder.tree() == before


def test_a_failure_leaves_the_one_before(builder: Builder) -> None:
    good = builder.build()
    fake_python.fail(builder.root, "size-cap==1.0")
    with pytest.raises(MachineError, match="it did not work"):
        builder.build(extra=["size-cap==1.0"])
    assert builder.environments() == ["1"]
    assert builder.newest() == good


def test_one_that_root_may_not_run_is_removed_again(builder: Builder) -> None:
    """By the new environment's own account."""
    fake_python.fail(builder.root, "pipeline.installing.trust")
    with pytest.raises(Untrusted, match=r"does not tell what it loads.*removed again"):
        builder.build()
    assert builder.environments() == []


def test_what_a_kill_left_behind_never_counts(builder: Builder) -> None:
    made = builder.build()
    begun = builder.place(f"{builder.home}/environments/2")
    shutil.copytree(builder.place(made.directory), begun, symlinks=True)
    (begun / "panicpipe.json").unlink()
    assert builder.newest() == made
    assert builder.build(extra=["size-cap==1.0"]).number == 2
    assert f"remove {builder.home}/environments/2/ and all that is in it" in builder.told


def test_old_ones_are_retired(builder: Builder) -> None:
    for extra in ([], ["a==1"], ["b==1"]):
        builder.build(extra=extra)
    builder.place(f"{builder.home}/current").symlink_to("environments/2")
    retire(builder.changes(), builder.home, f"{builder.home}/current")
    assert builder.environments() == ["2"]
    removed = [line for line in builder.told if line.startswith("remove ")]
    assert removed == [  # killed in between, it counts no more
        f"remove {builder.home}/environments/1/panicpipe.json",
        f"remove {builder.home}/environments/1/ and all that is in it",
        f"remove {builder.home}/environments/3/panicpipe.json",
        f"remove {builder.home}/environments/3/ and all that is in it",
    ]


def test_a_dry_run_tells_the_commands_and_makes_nothing(builder: Builder) -> None:
    before = builder.tree()
    planned = build(builder.changes(dry_run=True), builder.home)
    assert builder.tree() == before
    assert planned.python == f"{builder.home}/environments/1/bin/python"
    assert not [line for line in builder.told if len(line) > 400]
    commands = [line.removeprefix("run    ") for line in builder.told if line.startswith("run ")]
    builder.told.clear()
    builder.build()
    really = [line.removeprefix("run    ") for line in builder.told if line.startswith("run ")]
    assert set(_without_python(commands)) <= set(_without_python(really))


def _without_python(commands: list[str]) -> list[str]:
    """Leave out what a dry run cannot know: the directory that uv will choose."""
    return [line for line in commands if "/python/cpython-" not in line]

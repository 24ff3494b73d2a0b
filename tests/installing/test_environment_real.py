"""One environment made for real, from this checkout and the index; then others get at it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.installing.environment import Environment, build
from pipeline.installing.environment.base_python import OPTIONS
from pipeline.installing.environment.contents import contents
from pipeline.installing.environment.uv import uv_program
from pipeline.installing.trust import distrusted_base, distrusted_environment
from pipeline.machine import Changes, Machine
from tests.cores.assembly import build_core
from tests.cores.spec import CoreSpec, kdumpd_name

HOME = "/opt/panicpipe"


def _system_python() -> Path | None:
    """Return the system's own Python where it can make environments, and belongs to root alone."""
    for minor in (14, 13, 12, 11):
        python = Path(f"/usr/bin/python3.{minor}")
        if not python.exists() or distrusted_base(Machine(), str(python)):
            continue
        done = subprocess.run([python, "-I", "-c", "import ensurepip, venv"], check=False)
        if done.returncode == 0:
            return python
    return None


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="makes what belongs to root"),
    pytest.mark.skipif(_system_python() is None, reason="needs a Python of the system's"),
]


class Made:
    """The environment, in a scratch root, and commands run in it as the service's are."""

    def __init__(self, root: Path, environment: Environment, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.machine = Machine(root, "linux")
        self.environment = environment
        self.place = self.machine.place(environment.directory)
        self.packages = next(self.place.glob("lib/python3*/site-packages"))

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.machine.place(self.environment.python), "-I", "-m", "pipeline", *arguments],
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.machine.root)},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    def reasons(self) -> Sequence[str]:
        return distrusted_environment(self.machine, self.environment.directory)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("machine")
    root.chmod(0o755)
    python = _system_python()
    assert python
    for folder in ("usr/bin", "etc", HOME.lstrip("/")):
        (root / folder).mkdir(parents=True)
    (root / "usr/bin" / python.name).symlink_to(python)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    changes = Changes(Machine(root, "linux"), lambda _: None, dry_run=False)
    plugin = _plugin(tmp_path_factory.mktemp("plugin"))
    files = contents()
    return Made(root, build(changes, HOME, extra=[str(plugin)]), files)


def _plugin(place: Path) -> Path:
    """Make the wheel of a plugin that wants panicpipe, and a dependency that is locked."""
    wheel = place / "size_cap-1.0-py3-none-any.whl"
    information = "size_cap-1.0.dist-info"
    files = {
        "size_cap.py": "from dataclasses import dataclass\n"
        "from pipeline import Dump, Stage, StepResult, Workspace\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class SizeCap(Stage):\n"
        '    """Refuse what is too large."""\n'
        "    def run(self, dump: Dump, work: Workspace) -> StepResult:\n"
        "        return StepResult()\n",
        f"{information}/METADATA": "Metadata-Version: 2.1\nName: size-cap\nVersion: 1.0\n"
        "Requires-Dist: panicpipe\nRequires-Dist: click\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{information}/entry_points.txt": "[panicpipe.stages]\nsize-cap = size_cap:SizeCap\n",
    }
    files[f"{information}/RECORD"] = "".join(f"{name},,\n" for name in files)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


def test_it_runs_isolated(made: Made) -> None:
    done = made.run("--version")
    assert (done.returncode, done.stdout.split()[-1]) == (0, made.environment.version), done.stderr


def test_its_configuration_can_be_used(made: Made) -> None:
    done = made.run(
        "config", "check", "--config", made.packages / "pipeline/material/panicpipe.toml"
    )
    assert done.returncode == 0, done.stderr


def test_it_processes_a_core(made: Made, tmp_path: Path) -> None:
    spec = CoreSpec()
    core = tmp_path / kdumpd_name(spec)
    core.write_bytes(build_core(spec))
    done = made.run("process", "--output", tmp_path / "out", core)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("*.zip"))) == 1


def test_the_plugin_is_there(made: Made) -> None:
    assert "size-cap" in made.run("stages").stdout


def test_what_was_installed_builds_the_same_again(made: Made) -> None:
    """So that an upgrade from the installed command to the same version changes nothing."""
    script = (
        "import hashlib\n"
        "from pipeline.installing.environment.contents import contents\n"
        "for name, data in sorted(contents().items()):\n"
        "    print(name, hashlib.sha256(data).hexdigest())"
    )
    done = subprocess.run(
        [made.machine.place(made.environment.python), "-I", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )
    assert dict(line.rsplit(" ", 1) for line in done.stdout.splitlines()) == {
        name: hashlib.sha256(data).hexdigest() for name, data in made.files.items()
    }


def test_nothing_can_be_installed_in_it_by_hand(made: Made) -> None:
    assert not (made.packages / "pip").exists()
    assert not list(made.packages.glob("*.pth"))


def test_all_of_it_is_compiled(made: Made) -> None:
    """So that root writes nothing there later."""
    before = sorted(made.packages.rglob("*.pyc"))
    made.run("config", "check")
    assert sorted(made.packages.rglob("*.pyc")) == before


def _writable(made: Made) -> Path:
    place = made.packages / "pipeline/plugin.py"
    place.chmod(0o664)
    os.chown(place, 0, 60080)
    return place


def _somebody_s(made: Made) -> Path:
    place = made.machine.place(f"{HOME}/environments")
    os.chown(place, 60501, 0)
    return place


def _planted(made: Made) -> Path:
    place = made.packages / "planted.pth"
    place.write_text("import os\n")
    os.chown(place, 60501, 0)
    return place


def _listed(made: Made) -> Path:
    place = made.packages / "click"
    if shutil.which("setfacl") is None:
        pytest.skip("needs the package acl")
    if subprocess.run(["setfacl", "-m", "u:60501:rwx", place], check=False).returncode != 0:
        pytest.skip("no ACLs on this file system")
    return place


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (_writable, "can be written by group 60080"),
        (_somebody_s, "belongs to uid 60501"),
        (_planted, "belongs to uid 60501"),
        (_listed, "can be written by uid 60501, by its ACL"),
    ],
)
def test_what_others_can_change_is_found(
    made: Made, tamper: Callable[[Made], Path], what: str
) -> None:
    assert made.reasons() == ()
    place = tamper(made)
    try:
        assert made.reasons() == (f"{place} {what}",)
    finally:
        _mend(place)
    assert made.reasons() == ()


def _mend(place: Path) -> None:
    os.chown(place, 0, 0)
    if place.suffix == ".pth":
        place.unlink()
        return
    if shutil.which("setfacl"):
        subprocess.run(["setfacl", "-b", place], check=False)
    place.chmod(0o755 if place.is_dir() else 0o644)


def test_uv_is_installed_by_its_hash_and_has_what_is_asked_of_it(tmp_path: Path) -> None:
    """Only the download itself is left untried: `uv python install` with these options."""
    tmp_path.chmod(0o755)
    for folder in ("etc", HOME.lstrip("/"), Path(sys.executable).parent.relative_to("/")):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / sys.executable.lstrip("/")).symlink_to(os.path.realpath(sys.executable))
    machine = Machine(tmp_path, "linux")
    changes = Changes(machine, lambda _: None, dry_run=False)
    with uv_program(changes, HOME, None, None) as uv:
        answer = machine.run(uv, "python", "install", "--help")
        used = {option for option in OPTIONS if option.startswith("--")} | {"--install-dir"}
        assert used - set(answer.out.replace(",", " ").split()) == set()
    assert os.listdir(machine.place(HOME)) == []

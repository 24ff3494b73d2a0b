"""Root runs a Python only where nobody else can change anything that it loads."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.installing.trust import distrusted, distrusted_environment, distrusted_program
from pipeline.machine import Machine

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")

ENVIRONMENT = "/srv/environment"
ANN = 501
PACKAGES = "lib/python3.11/site-packages"


class Rehearsal:
    """A scratch root with a virtual environment, and its base, which only root can change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.machine = Machine(root, "linux")
        self.base = root / "base"
        self.environment = root / "srv/environment"
        self.packages = self.environment / PACKAGES
        for place in (
            self.base / "bin",
            self.base / "lib/python3.11/encodings",
            self.environment / "bin",
            self.packages / "pipeline",
        ):
            place.mkdir(parents=True)
        self.write(self.base / "bin/python3.11")
        self.write(self.base / "lib/libpython3.11.so.1.0")
        self.write(self.base / "lib/python3.11/os.py")
        self.write(self.base / "lib/python3.11/encodings/utf_8.py")
        (self.environment / "bin/python").symlink_to(self.base / "bin/python3.11")
        self.write(self.environment / "pyvenv.cfg", f"home = {self.base}/bin\nversion = 3.11.2\n")
        self.write(self.packages / "pipeline/__init__.py")

    def write(self, place: Path, text: str = "") -> Path:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o644)
        return place

    def reasons(self) -> tuple[str, ...]:
        return distrusted_environment(self.machine, ENVIRONMENT)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    before = os.umask(0o022)
    yield Rehearsal(tmp_path)
    os.umask(before)


def test_what_only_root_can_change_is_trusted(rehearsal: Rehearsal) -> None:
    assert rehearsal.reasons() == ()


@pytest.mark.parametrize(
    "place",
    [
        "base",
        "base/bin",
        "base/bin/python3.11",
        "base/lib",
        "base/lib/libpython3.11.so.1.0",
        "base/lib/python3.11",
        "base/lib/python3.11/os.py",
        "base/lib/python3.11/encodings/utf_8.py",
        "srv",
        "srv/environment",
        "srv/environment/bin",
        "srv/environment/bin/python",
        "srv/environment/pyvenv.cfg",
        "srv/environment/lib",
        f"srv/environment/{PACKAGES}",
        f"srv/environment/{PACKAGES}/pipeline",
        f"srv/environment/{PACKAGES}/pipeline/__init__.py",
    ],
)
def test_each_part_and_each_directory_above_it_must_be_root_s(
    rehearsal: Rehearsal, place: str
) -> None:
    os.chown(rehearsal.root / place, ANN, 0, follow_symlinks=False)
    assert rehearsal.reasons() == (f"{rehearsal.root / place} belongs to uid 501",)


@pytest.mark.parametrize("name", ["a.py", "__pycache__/a.cpython-311.pyc", "a.abi3.so", "a.pth"])
def test_each_kind_of_code_must_be_root_s(rehearsal: Rehearsal, name: str) -> None:
    planted = rehearsal.write(rehearsal.packages / name)
    assert rehearsal.reasons() == ()
    planted.chmod(0o666)
    assert rehearsal.reasons() == (f"{planted} can be written by everybody",)


def test_a_group_may_write_only_if_it_is_root_s(rehearsal: Rehearsal) -> None:
    """As the group admin may in python.org's framework."""
    library = rehearsal.base / "lib"
    library.chmod(0o775)
    assert rehearsal.reasons() == ()
    os.chown(library, 0, 60080)
    assert rehearsal.reasons() == (f"{library} can be written by group 60080",)


def test_the_sticky_bit_keeps_nobody_from_adding_code(rehearsal: Rehearsal) -> None:
    rehearsal.packages.chmod(0o1777)
    assert rehearsal.reasons() == (f"{rehearsal.packages} can be written by everybody",)


def test_one_line_tells_of_all_that_lies_below(rehearsal: Rehearsal) -> None:
    for place in (rehearsal.environment, *rehearsal.environment.rglob("*")):
        os.chown(place, ANN, ANN, follow_symlinks=False)
    assert rehearsal.reasons() == (f"{rehearsal.environment} belongs to uid 501",)


def test_many_files_are_one_line(rehearsal: Rehearsal) -> None:
    for number in range(1000):
        os.chown(rehearsal.write(rehearsal.packages / f"a{number % 7}/{number}.py"), ANN, 0)
    (reason,) = rehearsal.reasons()
    assert reason.endswith(f" belongs to uid 501; 999 more below {rehearsal.packages} as well")


def test_many_reasons_are_six_lines(rehearsal: Rehearsal) -> None:
    for number in range(9):
        os.chown(rehearsal.write(rehearsal.packages / f"{number}.py"), ANN + number, 0)
    reasons = rehearsal.reasons()
    assert len(reasons) == 6
    assert reasons[-1] == "and 4 more such faults"


def test_a_link_is_followed_to_what_it_names(rehearsal: Rehearsal) -> None:
    target = rehearsal.write(rehearsal.root / "home/ann/thing/deep/__init__.py")
    (rehearsal.packages / "thing").symlink_to("../../../../../home/ann/thing")
    assert rehearsal.reasons() == ()
    os.chown(target, ANN, 0)
    assert rehearsal.reasons() == (f"{target} belongs to uid 501",)
    os.chown(rehearsal.root / "home/ann", ANN, 0)
    assert rehearsal.reasons() == (f"{rehearsal.root / 'home/ann'} belongs to uid 501",)


def test_every_link_of_a_chain_counts(rehearsal: Rehearsal) -> None:
    """A link on the way lies in a directory where others can put another one."""
    way = rehearsal.root / "way"
    way.mkdir()
    (way / "link").symlink_to(rehearsal.base / "lib/python3.11/os.py")
    (rehearsal.packages / "a.py").symlink_to(way / "link")
    assert rehearsal.reasons() == ()
    way.chmod(0o777)
    assert rehearsal.reasons() == (f"{way} can be written by everybody",)


def test_loops_end(rehearsal: Rehearsal) -> None:
    (rehearsal.packages / "here").symlink_to(".")
    (rehearsal.packages / "above").symlink_to("../..")
    assert rehearsal.reasons() == ()
    (rehearsal.packages / "loop").symlink_to("loop")
    assert rehearsal.reasons() == (f"{rehearsal.packages / 'loop'} is a loop of links",)


def test_a_link_to_nothing_counts_if_others_can_make_it(rehearsal: Rehearsal) -> None:
    (rehearsal.packages / "a.py").symlink_to(rehearsal.root / "gone/a.py")
    assert rehearsal.reasons() == ()
    (rehearsal.root / "gone").mkdir(mode=0o700)
    os.chown(rehearsal.root / "gone", ANN, 0)
    assert rehearsal.reasons() == (f"{rehearsal.root / 'gone'} belongs to uid 501",)


def test_a_hostile_name_stays_one_line(rehearsal: Rehearsal) -> None:
    planted = rehearsal.write(rehearsal.packages / "a\n\x1b[2J\udcff.py")
    os.chown(planted, ANN, 0)
    (reason,) = rehearsal.reasons()
    assert reason == f"{rehearsal.packages}/a\\x0a\\x1b[2J\\xff.py belongs to uid 501"


def test_what_a_pth_file_adds_is_looked_at(rehearsal: Rehearsal) -> None:
    added = rehearsal.write(rehearsal.root / "opt/more/deep/a.py")
    rehearsal.write(
        rehearsal.packages / "more.pth", f"# more\nimport os\n{rehearsal.root}/opt/more"
    )
    assert rehearsal.reasons() == ()
    added.chmod(0o666)
    assert rehearsal.reasons() == (f"{added} can be written by everybody",)


def test_an_editable_plugin_runs_from_a_checkout(rehearsal: Rehearsal) -> None:
    record = rehearsal.packages / "size_cap-1.0.dist-info/direct_url.json"
    rehearsal.write(record, '{"url": "file:///home/ann/cap", "dir_info": {"editable": true}}')
    assert rehearsal.reasons() == ("size_cap runs from a checkout, /home/ann/cap",)
    rehearsal.write(record, '{"url": "file:///home/ann/cap", "dir_info": {}}')
    assert rehearsal.reasons() == ()


def test_what_the_base_has_installed_is_not_loaded(rehearsal: Rehearsal) -> None:
    """A virtual environment leaves its base's site-packages out."""
    planted = rehearsal.write(rehearsal.base / PACKAGES / "a.py")
    planted.chmod(0o666)
    assert rehearsal.reasons() == ()
    with (rehearsal.environment / "pyvenv.cfg").open("a") as configuration:
        configuration.write("include-system-site-packages = true\n")
    assert rehearsal.reasons() == (f"{planted} can be written by everybody",)


def test_an_environment_that_is_not_there_is_not_trusted(rehearsal: Rehearsal) -> None:
    assert distrusted_environment(rehearsal.machine, "/srv/other") == (
        f"{rehearsal.root}/srv/other/bin/python is not there",
    )


def test_one_without_a_library_is_not_trusted_unseen(rehearsal: Rehearsal) -> None:
    (rehearsal.environment / "lib/python3.11").rename(rehearsal.environment / "lib/elsewhere")
    (rehearsal.environment / "lib").chmod(0o777)
    assert rehearsal.reasons() == (f"{rehearsal.environment}/lib can be written by everybody",)


def test_below_a_scratch_root_only(tmp_path: Path) -> None:
    """What is above a scratch root is whoever rehearses's business; of a machine, it all counts."""
    tmp_path.chmod(0o777)
    (tmp_path / "program").touch(0o755)
    assert distrusted_program(Machine(tmp_path), "/program") == ()
    assert distrusted_program(Machine(), f"{tmp_path}/program")


def test_the_tests_themselves_run_from_a_checkout() -> None:
    assert distrusted()[0].startswith("panicpipe runs from a checkout, ")


def test_the_running_interpreter_s_libraries_count(tmp_path: Path) -> None:
    """Those that are loaded, wherever they lie; run apart, since it loads one of its own."""
    import _ctypes

    library = tmp_path / "planted.so"
    library.write_bytes(Path(_ctypes.__file__).read_bytes())
    library.chmod(0o666)
    script = (
        f"import ctypes; ctypes.CDLL({str(library)!r})\n"
        "from pathlib import Path\n"
        "from pipeline.machine import Machine\n"
        "from pipeline.installing.trust import distrusted\n"
        f"print(*distrusted(Machine(Path({str(tmp_path)!r}))), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    assert f"{library} can be written by everybody" in done.stdout.splitlines()

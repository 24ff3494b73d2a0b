from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest

from pipeline.sources.kdumpd_directory import kdumpd_directory


def found(root: Path, job: Any = None, raw: bytes | None = None) -> Path:
    plist = root / "com.apple.kdumpd.plist"
    if raw is not None or job is not None:
        plist.write_bytes(raw if raw is not None else plistlib.dumps(job))
    return kdumpd_directory(plist=plist, old_recipe=root / "PanicDumps", usual=root / "usual")


def test_the_property_list_of_kdumpd_decides(tmp_path: Path) -> None:
    (tmp_path / "PanicDumps").mkdir()
    job = {"Label": "com.apple.kdumpd", "ProgramArguments": ["/usr/libexec/kdumpd", "/var/x"]}
    assert found(tmp_path, job) == Path("/var/x")


def test_without_a_property_list_the_old_place_is_taken_where_it_exists(tmp_path: Path) -> None:
    (tmp_path / "PanicDumps").mkdir()
    assert found(tmp_path) == tmp_path / "PanicDumps"


def test_without_either_the_place_of_current_systems_is_taken(tmp_path: Path) -> None:
    assert found(tmp_path) == tmp_path / "usual"


@pytest.mark.parametrize(
    "job",
    [
        {},
        {"ProgramArguments": []},
        {"ProgramArguments": ["/usr/libexec/kdumpd"]},
        {"ProgramArguments": ["/usr/libexec/kdumpd", "relative"]},
        {"ProgramArguments": ["/usr/libexec/kdumpd", 5]},
        {"ProgramArguments": 5},
        ["not", "a", "job"],
    ],
)
def test_a_property_list_that_tells_nothing_is_ignored(tmp_path: Path, job: Any) -> None:
    assert found(tmp_path, job) == tmp_path / "usual"


@pytest.mark.parametrize("raw", [b"", b"<plist", b"bplist00\xff\xff", b"\x00" * 64])
def test_a_broken_property_list_is_ignored(tmp_path: Path, raw: bytes) -> None:
    assert found(tmp_path, raw=raw) == tmp_path / "usual"

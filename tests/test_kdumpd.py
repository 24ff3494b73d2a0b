"""Which directory kdumpd is told to write to: our property list counts before Apple's."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest

from pipeline.kdumpd import APPLE, OURS, kdumpd_directory, plist_of, told
from tests.conftest import ROOT

USUAL = Path("/var/tmp/PanicDumps")
OLD = Path("/PanicDumps")


def put(root: Path, job: Any, label: str = APPLE) -> None:
    raw = job if isinstance(job, bytes) else plistlib.dumps(job)
    place = root / plist_of(label).relative_to("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(raw)


def job(directory: str) -> dict[str, Any]:
    return {"ProgramArguments": ["/usr/libexec/kdumpd", directory]}


def test_the_property_list_of_kdumpd_decides(tmp_path: Path) -> None:
    (tmp_path / "PanicDumps").mkdir()
    put(tmp_path, job("/var/x"))
    assert kdumpd_directory(tmp_path) == Path("/var/x")


def test_our_own_property_list_counts_before_apple_s(tmp_path: Path) -> None:
    put(tmp_path, job("/var/x"))
    put(tmp_path, job("/Volumes/Dumps/PanicDumps"), OURS)
    assert kdumpd_directory(tmp_path) == Path("/Volumes/Dumps/PanicDumps")
    found = told(tmp_path)
    assert found is not None
    assert found.ours
    assert found.plist == plist_of(OURS)


def test_one_of_ours_that_tells_nothing_leaves_it_to_apple_s(tmp_path: Path) -> None:
    put(tmp_path, job("/var/x"))
    put(tmp_path, b"<plist", OURS)
    assert kdumpd_directory(tmp_path) == Path("/var/x")


def test_ours_as_it_is_shipped_tells_a_directory(tmp_path: Path) -> None:
    put(tmp_path, (ROOT / "launchd" / plist_of(OURS).name).read_bytes(), OURS)
    assert kdumpd_directory(tmp_path).is_absolute()


def test_without_a_property_list_the_old_place_is_taken_where_it_exists(tmp_path: Path) -> None:
    (tmp_path / "PanicDumps").mkdir()
    assert kdumpd_directory(tmp_path) == OLD


def test_without_either_the_place_of_current_systems_is_taken(tmp_path: Path) -> None:
    assert kdumpd_directory(tmp_path) == USUAL


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"ProgramArguments": []},
        {"ProgramArguments": ["/usr/libexec/kdumpd"]},
        {"ProgramArguments": ["/usr/libexec/kdumpd", "relative"]},
        {"ProgramArguments": ["/usr/libexec/kdumpd", 5]},
        {"ProgramArguments": 5},
        {"ProgramArguments": "/x"},
        ["not", "a", "job"],
    ],
)
def test_a_property_list_that_tells_nothing_is_ignored(tmp_path: Path, value: Any) -> None:
    put(tmp_path, value)
    assert told(tmp_path) is None
    assert kdumpd_directory(tmp_path) == USUAL


@pytest.mark.parametrize("raw", [b"", b"<plist", b"bplist00\xff\xff", b"\x00" * 64])
def test_a_broken_property_list_is_ignored(tmp_path: Path, raw: bytes) -> None:
    put(tmp_path, raw)
    assert kdumpd_directory(tmp_path) == USUAL

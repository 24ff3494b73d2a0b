"""Realistic cores, judged by the Inspector itself and packed: what it counted is what comes out."""

import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import Dump, Verdict
from pipeline.stages.package import Package
from tests.cores import CoreSpec, build_core, kdumpd_name, uncompressed_core
from tests.cores.mutate import append, flip_bit, second_member, write_with_hole
from tests.stages.dumps import judged_by_the_inspector
from tests.stages.workspace import DirectoryWorkspace
from tests.stages.zips import assert_headers_agree

SPEC = CoreSpec(size=1 << 20)
RAW = CoreSpec(size=1 << 20, gzipped=False, arch="arm64", xnu="10063.121.3")
CORE = b"".join(uncompressed_core(SPEC))
GZIP = build_core(SPEC)
RAW_CORE = build_core(RAW)


def packed(dump: Dump, path: Path) -> tuple[bytes, dict[str, object]]:
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        zip_path = work.publish(Package().run(dump, work))["zip"]
    assert_headers_agree(zip_path)
    incomplete = dump.inspection.verdict is not Verdict.COMPLETE
    assert zip_path.name.endswith("-incomplete.zip") == incomplete
    with zipfile.ZipFile(zip_path) as archive:
        record, core = archive.infolist()
        return archive.read(core), json.loads(archive.read(record))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump"


@pytest.mark.parametrize("spec", [SPEC, RAW], ids=["gzip", "raw"])
def test_a_complete_core_comes_out_whole_with_its_facts(path: Path, spec: CoreSpec) -> None:
    path.write_bytes(build_core(spec))
    content, record = packed(judged_by_the_inspector(path, kdumpd_name(spec)), path)
    assert content == b"".join(uncompressed_core(spec))
    assert record["verdict"] == "complete"
    assert record["uuid"] == spec.uuid
    assert record["panic"] is not None
    assert record["uncompressed_size"] == record["expected_size"] == len(content)


@pytest.mark.parametrize("keep", [*range(1, len(GZIP), len(GZIP) // 23), -9, -8, -1])
def test_a_cut_gzip_core_comes_out_as_far_as_it_came(path: Path, keep: int) -> None:
    path.write_bytes(GZIP[:keep])
    dump = judged_by_the_inspector(path, kdumpd_name(SPEC))
    content, record = packed(dump, path)
    assert record["verdict"] == "truncated"
    assert content == zlib.decompressobj(31).decompress(GZIP[:keep])
    assert len(content) == dump.inspection.uncompressed_size


@pytest.mark.parametrize("at", range(5_000, len(GZIP) - 8, len(GZIP) // 41))
def test_a_gzip_core_with_a_flipped_bit_comes_out_up_to_what_was_counted(
    path: Path, at: int
) -> None:
    data = flip_bit(GZIP, at, at % 8)
    path.write_bytes(data)
    dump = judged_by_the_inspector(path, kdumpd_name(SPEC))
    content, record = packed(dump, path)
    assert record["verdict"] == "damaged"
    assert len(content) == dump.inspection.uncompressed_size
    before = zlib.decompressobj(31).decompress(data[:at])
    assert content[: len(before)] == before


@pytest.mark.parametrize("change", [append, second_member])
def test_a_gzip_core_with_something_behind_it_comes_out_whole_but_labelled(
    path: Path, change: Callable[[bytes], bytes]
) -> None:
    path.write_bytes(change(GZIP))
    content, record = packed(judged_by_the_inspector(path, kdumpd_name(SPEC)), path)
    assert content == CORE
    assert (record["verdict"], record["check"]) == ("damaged", "trailing-bytes")


@pytest.mark.parametrize("spec", [SPEC, RAW], ids=["gzip", "raw"])
def test_a_core_with_a_hole_comes_out_labelled(path: Path, spec: CoreSpec) -> None:
    """What was packed is good up to the hole, and says that it goes no further."""
    data, whole = build_core(spec), b"".join(uncompressed_core(spec))
    write_with_hole(path, data, 65_536, 65_536)
    dump = judged_by_the_inspector(path, kdumpd_name(spec))
    content, record = packed(dump, path)
    assert record["verdict"] == "damaged"
    good = dump.inspection.uncompressed_size
    assert good
    assert content[:good] == whole[:good]


@pytest.mark.parametrize("keep", [4, 40, 5_000, 70_000, len(RAW_CORE) - 1])
def test_a_cut_raw_core_comes_out_as_it_is(path: Path, keep: int) -> None:
    path.write_bytes(RAW_CORE[:keep])
    content, record = packed(judged_by_the_inspector(path, kdumpd_name(RAW)), path)
    assert content == RAW_CORE[:keep]
    assert record["verdict"] == "truncated"


def test_what_the_cores_own_end_does_not_cover_is_labelled(path: Path) -> None:
    path.write_bytes(append(RAW_CORE, b"more"))
    content, record = packed(judged_by_the_inspector(path, kdumpd_name(RAW)), path)
    assert content == RAW_CORE + b"more"
    assert record["incomplete"] is True

"""Realistic cores, judged by the Inspector itself: what it counted is what the archive holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import Dump, Verdict
from pipeline.stages.compress import Compress
from tests.cores import CoreSpec, build_core, kdumpd_name, uncompressed_core
from tests.cores.mutate import append, flip_bit, second_member, write_with_hole
from tests.stages.archives import unzstd
from tests.stages.dumps import judged_by_the_inspector
from tests.stages.workspace import DirectoryWorkspace

SPEC = CoreSpec(size=1 << 20)
RAW = CoreSpec(size=1 << 20, gzipped=False, arch="arm64", xnu="10063.121.3")
GZIP = build_core(SPEC)
RAW_CORE = build_core(RAW)


def archived(path: Path, name: str) -> tuple[Dump, Path, dict[str, Any]]:
    dump = judged_by_the_inspector(path, name)
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        result = Compress().run(dump, work)
        return dump, work.publish(result)["archive"], dict(result.facts)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump"


@pytest.mark.parametrize("spec", [SPEC, RAW], ids=["gzip", "raw"])
def test_a_complete_core_becomes_the_whole_uncompressed_core(path: Path, spec: CoreSpec) -> None:
    path.write_bytes(build_core(spec))
    dump, archive, facts = archived(path, kdumpd_name(spec))
    assert dump.inspection.verdict is Verdict.COMPLETE
    assert unzstd(archive) == b"".join(uncompressed_core(spec))
    assert facts["content_size"] == dump.inspection.uncompressed_size
    assert archive.suffix == ".zst"


def test_a_paniclog_becomes_itself(path: Path) -> None:
    path.write_bytes(b"panic(cpu 0 caller 0xfffffff01234): x\n" * 20)
    _, archive, _ = archived(path, "paniclog-xnu-8019.41.5-10.0.40.7-1f0c3a9e")
    assert unzstd(archive) == path.read_bytes()


@pytest.mark.parametrize("keep", [30, 5_000, len(GZIP) // 2, len(GZIP) - 9, len(GZIP) - 1])
def test_a_cut_gzip_core_stays_as_it_came(path: Path, keep: int) -> None:
    path.write_bytes(GZIP[:keep])
    _, archive, facts = archived(path, kdumpd_name(SPEC))
    assert archive.read_bytes() == GZIP[:keep]
    assert archive.name.endswith("-incomplete.gz")
    assert facts["format"] == "as-is"


@pytest.mark.parametrize("change", [append, second_member, lambda data: flip_bit(data, 9_000, 3)])
def test_a_damaged_gzip_core_stays_as_it_came(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(GZIP))
    dump, archive, _ = archived(path, kdumpd_name(SPEC))
    assert dump.inspection.verdict is Verdict.DAMAGED
    assert archive.read_bytes() == change(GZIP)


@pytest.mark.parametrize(("data", "spec"), [(GZIP, SPEC), (RAW_CORE, RAW)], ids=["gzip", "raw"])
def test_a_core_with_a_hole_stays_as_it_came(path: Path, data: bytes, spec: CoreSpec) -> None:
    write_with_hole(path, data, 65_536, 65_536)
    _, archive, _ = archived(path, kdumpd_name(spec))
    assert archive.read_bytes() == path.read_bytes()
    assert "-incomplete" in archive.name


@pytest.mark.parametrize("keep", [4, 5_000, len(RAW_CORE) - 1])
def test_a_cut_raw_core_stays_as_it_came(path: Path, keep: int) -> None:
    path.write_bytes(RAW_CORE[:keep])
    _, archive, _ = archived(path, kdumpd_name(RAW))
    assert archive.read_bytes() == RAW_CORE[:keep]
    assert archive.name.endswith("-incomplete")


def test_an_empty_file_ends_the_chain(path: Path) -> None:
    path.touch()
    dump = judged_by_the_inspector(path, kdumpd_name(SPEC))
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        result = Compress().run(dump, work)
    assert result.ends is not None
    assert result.outputs == ()

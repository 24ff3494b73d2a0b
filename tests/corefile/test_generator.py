"""The generator of cores is itself worth a look: everything else rests on it."""

from __future__ import annotations

import gzip
import subprocess
import sys
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest

from pipeline.corefile import DumpName
from pipeline.model import Verdict
from tests.corefile.inspecting import inspect
from tests.cores import (
    Arch,
    CoreSpec,
    build_core,
    kdumpd_name,
    uncompressed_core,
    uncompressed_size,
    write_core,
)


def test_the_same_spec_gives_the_same_bytes_and_another_seed_others() -> None:
    assert build_core(CoreSpec()) == build_core(CoreSpec())
    assert build_core(CoreSpec(seed=2)) != build_core(CoreSpec())


def test_gzip_has_the_kernel_s_header_and_inflates_to_the_core() -> None:
    spec = CoreSpec(arch="arm64e", xnu="11417.101.15")
    data = build_core(spec)
    assert data[:10] == bytes.fromhex("1f8b0800000000000403")
    assert gzip.decompress(data) == b"".join(uncompressed_core(spec))


@pytest.mark.parametrize(("arch", "page"), [("x86_64", 4096), ("arm64e", 16384)])
def test_memory_is_whole_pages_and_about_as_long_as_asked_for(arch: Arch, page: int) -> None:
    spec = CoreSpec(arch=arch, xnu="7195.141.2", size=1 << 20)
    assert uncompressed_size(spec) % page == 0
    assert abs(uncompressed_size(spec) - (1 << 20)) <= page
    assert sum(map(len, uncompressed_core(spec))) == uncompressed_size(spec)


def test_it_compresses_about_as_well_as_kernel_memory() -> None:
    spec = CoreSpec(size=16 << 20)
    assert 3 < uncompressed_size(spec) / len(build_core(spec)) < 5


def test_a_large_core_is_written_in_little_memory() -> None:
    class Sink(BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            return len(data)

    tracemalloc.start()
    size = write_core(CoreSpec(size=48 << 20, gzipped=False), Sink())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 47 << 20
    assert peak < 16 << 20


def test_the_command_writes_a_core_under_kdumpd_s_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.cores", "--arch", "arm64", "--xnu", "11417.101.15"]
    command += ["--size", "1M", "--gzip", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    path = Path(done.stdout.strip())
    assert path.parent == tmp_path
    assert DumpName.parse(path.name.encode()).generated
    found = inspect(path.read_bytes(), path.name)
    assert found.verdict is Verdict.COMPLETE
    assert found.architecture == "arm64"


def test_the_name_is_that_of_the_kernel_and_its_client() -> None:
    spec = CoreSpec(xnu="6153.101.6", client="192.168.7.8", clock=0xA75B4EEC)
    assert kdumpd_name(spec) == "core-xnu-6153.101.6-192.168.7.8-a75b4eec.gz"

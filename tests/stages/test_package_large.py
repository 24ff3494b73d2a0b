"""Dumps over four gigabytes, and memory that does not grow with the dump."""

import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from pipeline import DeflateStream, Dump, Encoding
from pipeline.stages.package import Package
from tests.stages.dumps import GZIP_HEADER, NAME, judged
from tests.stages.workspace import DirectoryWorkspace
from tests.stages.zips import assert_headers_agree, local_header

_MIB = 1 << 20
_UNIT = 64 * _MIB


def _gzip_of_zeros(path: Path, units: int) -> Dump:
    """Write a gzip core of `units` times 64 MiB of zeros without deflating more than one."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -12, 3)
    zeros = bytes(_UNIT)
    unit = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    crc32 = 0
    for _ in range(units):
        crc32 = zlib.crc32(zeros, crc32)
    stream = unit * units + b"\x03\x00"
    size = units * _UNIT
    trailer = crc32.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
    path.write_bytes(GZIP_HEADER + stream + trailer)
    return judged(
        path,
        NAME + b".gz",
        encoding=Encoding.GZIP,
        uncompressed_size=size,
        deflate=DeflateStream(
            offset=len(GZIP_HEADER), size=len(stream), crc32=crc32, uncompressed_size=size
        ),
    )


@pytest.mark.slow
def test_a_core_over_four_gigabytes_gets_a_zip64_entry_that_unzip_proves(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    dump = _gzip_of_zeros(path, 65)
    with DirectoryWorkspace(dump, path, tmp_path / "out") as work:
        zip_path = work.publish(Package().run(dump, work))["zip"]
    assert_headers_agree(zip_path)
    with zipfile.ZipFile(zip_path) as archive:
        record, big = archive.infolist()
        assert big.file_size == 65 * _UNIT
        assert not local_header(zip_path, record.header_offset).zip64
        assert local_header(zip_path, big.header_offset).zip64
    tested = subprocess.run(["unzip", "-t", zip_path], capture_output=True, check=False)
    assert b"No errors detected" in tested.stdout, tested.stdout


_MEASURED = """
import resource, sys, zlib
from pathlib import Path
from pipeline import Encoding, Verdict
from pipeline.stages.package import Package
from tests.stages.dumps import GZIP_HEADER, NAME, core_bytes, judged
from tests.stages.workspace import DirectoryWorkspace

path, mode, units = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
unit = core_bytes(1 << 20)
with path.open("wb") as file:
    packer = zlib.compressobj(1, zlib.DEFLATED, -12, 3)
    if mode == "gzip":
        file.write(GZIP_HEADER)
    for _ in range(units):
        file.write(unit if mode == "raw" else packer.compress(unit))
facts = {"verdict": Verdict.TRUNCATED, "uncompressed_size": units << 20}
if mode == "gzip":  # one whose stream did not end is inflated and deflated afresh
    facts["encoding"] = Encoding.GZIP
dump = judged(path, NAME, **facts)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with DirectoryWorkspace(dump, path, path.parent / "out") as work:
    work.publish(Package(level=1).run(dump, work))
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown if sys.platform != "darwin" else grown // 1024)
"""


def _kib_needed(directory: Path, mode: str, units: int) -> int:
    directory.mkdir()
    command = [sys.executable, "-c", _MEASURED, str(directory / "dump"), mode, str(units)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.slow
def test_memory_is_flat_in_the_size_of_the_dump(tmp_path: Path) -> None:
    """Packing 256 MiB takes no more than packing 64 MiB, give or take a few threads' buffers."""
    for mode in ("raw", "gzip"):
        small = _kib_needed(tmp_path / f"{mode}-small", mode, 64)
        large = _kib_needed(tmp_path / f"{mode}-large", mode, 256)
        assert small < 40 * 1024
        assert large < small + 8 * 1024

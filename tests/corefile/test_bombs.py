"""Files that inflate to far more than they are: time follows the file, memory stays flat."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.corefile import Inspector
from pipeline.model import Inspection, Verdict
from tests.corefile.inspecting import inspect_pieces, small_core
from tests.corefile.test_headers import header, segment

MIB = 1 << 20


def bomb(start: bytes, size: int) -> Iterator[bytes]:
    """Yield a gzip stream of `start` and then `size` zeros: a thousandth of that."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield deflater.compress(start)
    zeros = bytes(MIB)
    for _ in range(size // MIB):
        yield deflater.compress(zeros)
    yield deflater.flush()


def test_a_bomb_behind_a_small_core_is_stopped_at_the_announced_end() -> None:
    core = small_core()
    found = inspect_pieces(bomb(core, 200 * MIB))
    assert found.verdict is Verdict.DAMAGED
    assert found.check == "length"
    assert found.uncompressed_size == len(core)


def test_a_bomb_of_zeros_is_given_up_at_its_first_bytes() -> None:
    inspector = Inspector()
    for piece in bomb(b"", 100 * MIB):
        inspector.feed(piece)
    assert inspector.hopeless
    assert inspector.uncompressed_bytes <= MIB
    assert inspector.finish().verdict is Verdict.NOT_A_DUMP


def test_a_core_that_announces_the_bomb_is_read_to_its_end() -> None:
    core = header(segment(4096, 64 * MIB)).ljust(4096, b"\0")
    found = inspect_pieces(bomb(core, 64 * MIB))
    assert found.verdict is Verdict.COMPLETE


def test_text_inflates_no_further_than_the_cap() -> None:
    name = "paniclog-xnu-1.2-1.2.3.4-5"
    found = inspect_pieces(bomb(b"log " * 500, 64 * MIB), name, max_uncompressed=32 * MIB)
    assert found.verdict is Verdict.UNSUPPORTED
    assert "max_uncompressed_size" in found.reason


def test_text_without_a_report_is_given_up_in_good_time() -> None:
    inspector = Inspector()
    line = b"nothing of interest\n" * 50_000
    for _ in range(17):
        inspector.feed(line)
    assert inspector.hopeless


def run_limited(script: str, *paths: Path) -> str:
    """Run a script in a process that may use little memory beyond the interpreter's own."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))\n"
    if sys.platform != "linux":
        limit = ""  # macOS does not know this limit; the peak is looked at all the same
    done = subprocess.run(
        [sys.executable, "-c", limit + script, *map(str, paths)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


PEAK = """
import sys, os, tracemalloc
from pipeline.corefile import inspect_descriptor
fd = os.open(sys.argv[1], os.O_RDONLY)
tracemalloc.start()
found = inspect_descriptor(fd)
print(found.verdict, tracemalloc.get_traced_memory()[1])
"""


@pytest.mark.parametrize(
    "start",
    [
        header(segment(4096, 200 * MIB)),
        header(segment(4096, 200 * MIB), ncmds=200_000, sizeofcmds=16 << 20),
        b"panic(cpu 1 caller 0x1): x\n",
        b"panic(cpu 1 caller 0x1): x\0" * 1000,
    ],
)
def test_memory_stays_small_whatever_inflates(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(b"".join(bomb(start.ljust(4096, b"\1"), 200 * MIB)))
    _, peak = run_limited(PEAK, path).split()
    assert int(peak) < 12 * MIB


def test_a_header_name_without_end_costs_no_memory() -> None:
    inspector = Inspector()
    inspector.feed(b"\x1f\x8b\x08\x08\0\0\0\0\0\x03")
    for _ in range(64):
        inspector.feed(b"n" * MIB)
    found: Inspection = inspector.finish()
    assert found.verdict is Verdict.TRUNCATED

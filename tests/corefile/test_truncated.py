from __future__ import annotations

import random

import pytest

from pipeline.corefile import Inspector
from pipeline.model import Cause, Evidence, Inspection, Kind, Verdict
from tests.corefile.inspecting import inspect, small_core
from tests.cores import Arch, CoreSpec, build_core, mutate


@pytest.mark.parametrize(
    ("arch", "gzipped"),
    [("x86_64", False), ("x86_64", True), ("ppc", False), ("arm64", True)],
)
def test_no_cut_at_any_byte_is_ever_complete(arch: Arch, gzipped: bool) -> None:
    xnu = {"ppc": "1228.15.4", "arm64": "11417.101.15"}.get(arch, "8796.141.3")
    spec = CoreSpec(arch=arch, xnu=xnu, size=24 << 10, segments=2, cpus=2, gzipped=gzipped)
    data = build_core(spec)
    inspector = Inspector()
    for size, byte in enumerate(data):
        found = inspector.finish()
        assert found.verdict is (Verdict.TRUNCATED if size else Verdict.EMPTY)
        assert found.good_size == size
        assert not inspector.proven
        inspector.feed(bytes((byte,)))
    assert inspector.finish().verdict is Verdict.COMPLETE


def test_cuts_at_random_offsets_tell_how_far_the_core_came() -> None:
    raw, packed = small_core(), small_core(gzipped=True)
    chance = random.Random(7)
    for size in [chance.randrange(3000, len(packed) - 8) for _ in range(50)]:
        found = inspect(mutate.cut(packed, size))
        assert found.verdict is Verdict.TRUNCATED
        assert found.expected_size == len(raw)
        assert 0 < (found.uncompressed_size or 0) < len(raw)
        assert found.deflate is None
        assert found.cause is Cause.TRANSFER_STOPPED


@pytest.mark.parametrize("missing", range(1, 9))
def test_a_cut_in_the_trailer_only_is_not_complete(missing: int) -> None:
    packed = small_core(gzipped=True)
    found = inspect(mutate.cut(packed, len(packed) - missing))
    assert found.verdict is Verdict.TRUNCATED
    assert found.uncompressed_size == found.expected_size
    assert "checksum" in found.reason
    assert found.deflate is not None


def test_the_reason_says_how_far_it_came_of_how_much_and_why() -> None:
    spec = CoreSpec(size=2 << 20, gzipped=False)
    data = build_core(spec)
    assert _reason(data[: 1 << 20]) == "stops at 1.0 MiB of 2.0 MiB (transfer stopped)"
    assert _reason(data[:-1]) == "stops at 2.0 MiB, 1 bytes short of its end (transfer stopped)"
    assert _reason(data[:200]) == "stops at 200 bytes, inside its headers (transfer stopped)"


def test_the_evidence_decides_on_the_cause() -> None:
    data = small_core()[:-5000]
    full = inspect(data, evidence=Evidence(least_free_bytes=0))
    assert full.cause is Cause.VOLUME_FULL
    assert "volume full" in full.reason
    timeout = inspect(data, evidence=Evidence(least_free_bytes=1 << 40, silence_seconds=51))
    assert timeout.cause is Cause.KDUMPD_TIMEOUT


def test_a_raw_core_that_stops_after_its_headers_is_recognised() -> None:
    found = inspect(small_core()[:4096])
    assert found.verdict is Verdict.TRUNCATED
    assert "only the headers came" in found.reason


def test_a_raw_core_that_lacks_a_run_in_the_middle_is_too_short() -> None:
    found = inspect(mutate.without_run(small_core(), 20_000, 1406))
    assert found.verdict is Verdict.TRUNCATED


def test_a_core_that_the_kernel_ended_early_is_truncated_though_its_gzip_is_whole() -> None:
    raw = small_core()
    found = inspect(mutate.regzip(raw[:-20_000]))
    assert found.verdict is Verdict.TRUNCATED
    assert "gzip stream is whole" in found.reason
    assert found.deflate is not None
    assert found.uncompressed_size == len(raw) - 20_000


def test_a_gzip_core_cut_before_its_first_content_is_truncated() -> None:
    for size in (1, 2, 5, 10, 12):
        name = "core-xnu-1.2-1.2.3.4-5.gz"
        found = inspect(small_core(gzipped=True)[:size], name)
        assert found.verdict is Verdict.TRUNCATED
        assert found.kind is Kind.CORE


def test_an_empty_file_is_empty() -> None:
    found = inspect(b"", "core-xnu-1.2-1.2.3.4-5.gz")
    assert found.verdict is Verdict.EMPTY
    assert found.kind is Kind.CORE
    assert found.file_size == found.good_size == 0


def test_a_gzip_stream_of_nothing_is_empty() -> None:
    assert inspect(mutate.regzip(b"")).verdict is Verdict.EMPTY


def _reason(data: bytes) -> str:
    found: Inspection = inspect(data)
    assert found.verdict is Verdict.TRUNCATED
    return found.reason

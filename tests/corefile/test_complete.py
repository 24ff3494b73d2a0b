from __future__ import annotations

import hashlib
import zlib

import pytest

from pipeline.corefile import Inspector
from pipeline.display import one_line
from pipeline.model import DeflateStream, Encoding, Kind, Verdict
from tests.corefile.inspecting import inspect, small_core
from tests.cores import Arch, CoreSpec, Kext, ReportSpec, build_core, kdumpd_name, mutate

GENERATIONS = [
    ("x86_64", "3248.60.10"),
    ("x86_64", "3789.70.16"),
    ("x86_64", "4570.71.2"),
    ("x86_64", "7195.141.2"),
    ("x86_64", "8019.80.24"),
    ("x86_64", "8796.141.3"),
    ("x86_64", "10063.141.1"),
    ("x86_64", "11417.101.15"),
    ("arm64", "7195.141.2"),
    ("arm64", "8796.141.3"),
    ("arm64e", "10063.141.1"),
    ("arm64e", "11417.101.15"),
    ("i386", "1504.9.37"),
    ("ppc", "1228.15.4"),
]


@pytest.mark.parametrize("gzipped", [True, False])
@pytest.mark.parametrize(("arch", "xnu"), GENERATIONS)
def test_a_whole_core_of_every_generation_is_complete_and_tells_all(
    arch: Arch,
    xnu: str,
    gzipped: bool,
) -> None:
    spec = CoreSpec(arch=arch, xnu=xnu, gzipped=gzipped, size=200 << 10)
    found = inspect(build_core(spec), kdumpd_name(spec))
    assert found.verdict is Verdict.COMPLETE
    assert found.kind is Kind.CORE
    assert found.encoding is (Encoding.GZIP if gzipped else Encoding.RAW)
    assert found.architecture == arch
    assert found.uuid == spec.uuid
    assert found.version == one_line(spec.version)
    assert found.panic is not None
    assert found.panic.line == spec.panic_line
    assert found.panic.process == "WindowServer"
    assert found.panic.kexts == ("com.example.driver.Lost(1.2.3)",)
    assert found.panic.os_version == spec.generation.build


def test_sizes_and_digests_are_those_of_the_file() -> None:
    raw, packed = small_core(), small_core(gzipped=True)
    found = inspect(packed)
    assert found.file_size == found.good_size == len(packed)
    assert found.uncompressed_size == found.expected_size == len(raw)
    assert found.sha256 == hashlib.sha256(packed).hexdigest()
    assert found.deflate == DeflateStream(
        offset=10,
        size=len(packed) - 18,
        crc32=zlib.crc32(raw),
        uncompressed_size=len(raw),
    )
    stream = packed[found.deflate.offset :][: found.deflate.size]
    assert zlib.decompress(stream, -15) == raw


def test_a_raw_core_is_proven_by_length_only_and_says_so() -> None:
    found = inspect(small_core())
    assert found.verdict is Verdict.COMPLETE
    assert "length only" in found.reason
    assert found.deflate is None


def test_the_extent_reaches_to_the_end_of_the_last_note() -> None:
    spec = CoreSpec(arch="arm64e", xnu="11417.101.15", gzipped=False)
    data = build_core(spec)
    assert len(data) % 16384 == 40 + 16 + 3 * 68
    assert inspect(data).expected_size == len(data)


def test_an_optional_gzip_header_is_read_and_checked() -> None:
    header = b"\x1f\x8b\x08\x1e\0\0\0\0\0\x03" + b"\x04\0abcd" + b"name\0" + b"a comment\0"
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little")
    found = inspect(mutate.regzip(small_core(), header=header))
    assert found.verdict is Verdict.COMPLETE
    assert found.deflate is not None
    assert found.deflate.offset == len(header)


def test_a_name_of_any_length_in_the_gzip_header_costs_no_memory_and_is_passed_over() -> None:
    header = b"\x1f\x8b\x08\x18\0\0\0\0\0\x03" + b"n" * 100_000 + b"\0" + b"c" * 9000 + b"\0"
    assert inspect(mutate.regzip(small_core(), header=header)).verdict is Verdict.COMPLETE


def test_stored_and_strongly_compressed_streams_are_as_good() -> None:
    for level in (0, 1, 9):
        assert inspect(mutate.regzip(small_core(), level=level)).verdict is Verdict.COMPLETE


def test_a_core_without_any_report_is_complete_all_the_same() -> None:
    spec = CoreSpec(report=None, size=100 << 10)
    found = inspect(build_core(spec))
    assert found.verdict is Verdict.COMPLETE
    assert found.panic is None


def test_facts_are_known_while_the_core_arrives() -> None:
    spec = CoreSpec(arch="arm64e", xnu="11417.101.15", size=1 << 20)
    data = build_core(spec)
    inspector = Inspector()
    inspector.feed(data[: len(data) // 100])
    assert inspector.facts.architecture == "arm64e"
    assert inspector.facts.expected_size is not None
    assert inspector.facts.panic is None
    inspector.feed(data[len(data) // 100 : -200])
    assert inspector.facts.panic is not None
    assert inspector.facts.uuid == spec.uuid
    assert not inspector.proven
    inspector.feed(data[-200:])
    assert inspector.proven
    assert inspector.file_bytes == len(data)
    assert inspector.uncompressed_bytes == inspector.facts.expected_size


def test_facts_stay_the_same_object_until_something_new_is_known() -> None:
    data = small_core(gzipped=True)
    inspector = Inspector()
    seen = {}
    for at in range(0, len(data), 50):
        inspector.feed(data[at : at + 50])
        seen[id(inspector.facts)] = inspector.facts
        assert inspector.facts is inspector.facts
    assert 3 <= len(seen) < 12


def test_proof_ends_with_the_first_byte_that_follows() -> None:
    for data in (small_core(), small_core(gzipped=True)):
        inspector = Inspector()
        inspector.feed(data)
        assert inspector.proven
        inspector.feed(b"\0")
        assert not inspector.proven


def test_a_verdict_may_be_asked_for_at_any_time_and_the_file_go_on() -> None:
    data = small_core(gzipped=True)
    inspector = Inspector()
    inspector.feed(data[:3000])
    assert inspector.finish().verdict is Verdict.TRUNCATED
    inspector.feed(memoryview(data)[3000:])
    assert inspector.finish() == inspect(data)


def test_the_richest_of_several_reports_is_kept() -> None:
    plain = ReportSpec(kexts=(Kext("com.example.one", "1"), Kext("com.example.two", "2")))
    spec = CoreSpec(report=plain, report_copies=2, size=400 << 10, gzipped=False)
    data = build_core(spec)
    line = str(spec.panic_line).encode()
    assert data.count(line) == 2
    broken = data.replace(line, line + b"\0", 1)[: len(data)]
    found = inspect(broken)
    assert found.panic is not None
    assert found.panic.kexts == ("com.example.one(1)", "com.example.two(2)")

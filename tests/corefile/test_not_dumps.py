from __future__ import annotations

import gzip

import pytest

from pipeline.corefile import Inspector
from pipeline.model import Kind, Verdict
from tests.corefile.inspecting import inspect, small_core
from tests.cores import mutate


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"PK\x03\x04", "zip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x04\x22\x4d\x18", "LZ4"),
        (b"\x7fELF\x02\x01", "ELF"),
        (b"\xd4\xc3\xb2\xa1", "packet capture"),
        (b"\0\0\0\x01Bud1", ".DS_Store"),
        (b"bplist00", "property list"),
        (b"SQLite format 3\0", "SQLite"),
        (b"KDUMP   ", "Linux"),
        (b"\xca\xfe\xba\xbe", "universal"),
        (bytes(257) + b"ustar", "tar"),
        (bytes(600), "zero bytes"),
        (b"\x01\x02\x03\x04", "01 02 03 04"),
    ],
)
@pytest.mark.parametrize("length", [0, 600])
def test_well_known_files_are_no_dumps_and_named(start: bytes, what: str, length: int) -> None:
    found = inspect(start + bytes(range(256)) * (length // 256))
    if start.strip(b"\0") or length == 0:
        assert what in found.reason
    assert found.verdict is Verdict.NOT_A_DUMP
    assert found.kind is Kind.OTHER


def test_the_content_counts_not_the_name() -> None:
    found = inspect(b"PK\x03\x04" + bytes(100), "core-xnu-1.2-1.2.3.4-5.gz")
    assert found.verdict is Verdict.NOT_A_DUMP
    assert inspect(small_core(gzipped=True), "notes.txt").verdict is Verdict.COMPLETE
    assert inspect(small_core(), "core.gz").verdict is Verdict.COMPLETE


def test_what_a_gzip_file_holds_is_named() -> None:
    found = inspect(gzip.compress(b"\x7fELF" + bytes(1000)))
    assert found.reason == "compressed with gzip: an ELF file"
    assert "gzip within gzip" in inspect(gzip.compress(small_core(gzipped=True))).reason


def test_plain_text_is_no_dump() -> None:
    found = inspect("Ein paar Wörter.\n".encode() * 100)
    assert found.reason == "plain text without a panic report"
    assert inspect(gzip.compress(b"words\n")).verdict is Verdict.NOT_A_DUMP


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"Rad Mac\0", "mach_core_fileheader"),
        (b"Boss Mac\x02\0\0\0", "version 2"),
        (b"AEA1\x01", "AEA"),
    ],
)
def test_local_cores_are_unsupported_and_said_to_be_local(start: bytes, what: str) -> None:
    found = inspect(start + bytes(4096))
    assert found.verdict is Verdict.UNSUPPORTED
    assert what in found.reason


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04".ljust(600, b"\0"),
        b"Rad Mac".ljust(600, b"\0"),
        gzip.compress(bytes(600), mtime=0),
    ],
    ids=["zip", "a local core", "gzip of zeros"],
)
def test_a_hopeless_file_need_not_be_read_on_and_is_not_hashed(data: bytes) -> None:
    inspector = Inspector()
    inspector.feed(data)
    assert inspector.hopeless
    inspector.hole(1 << 50)
    found = inspector.finish()
    assert found.file_size == len(data) + (1 << 50)
    assert found.sha256 is None


def test_a_damaged_or_cut_core_is_not_hopeless() -> None:
    for data in (small_core()[:5000], mutate.append(small_core(), b"x"), b"\x1f", b""):
        inspector = Inspector()
        inspector.feed(data)
        assert not inspector.hopeless

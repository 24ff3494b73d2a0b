from __future__ import annotations

import gzip

from pipeline.model import Encoding, Kind, Verdict
from tests.corefile.inspecting import inspect
from tests.cores import CoreSpec

REPORT = CoreSpec(arch="arm64e", xnu="11417.101.15")
PANICLOG = "paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a9e"
SYSTEMLOG = "systemlog-xnu-11417.101.15-10.0.40.7-1f0c3a9e"


def test_a_panic_log_is_complete_but_nothing_proves_it_whole() -> None:
    found = inspect(REPORT.report_text.encode(), PANICLOG)
    assert found.verdict is Verdict.COMPLETE
    assert found.kind is Kind.PANICLOG
    assert "no end mark" in found.reason
    assert found.expected_size is None
    assert found.panic is not None
    assert found.panic.process == "WindowServer"
    assert found.uuid == REPORT.uuid
    assert found.version is not None


def test_a_text_with_a_panic_report_is_a_log_whatever_its_name() -> None:
    text = b"something before\n" + REPORT.report_text.encode()
    assert inspect(text, "saved.txt").kind is Kind.PANICLOG


def test_a_log_by_name_needs_no_report() -> None:
    found = inspect(b"Sep 30 12:00:00 kernel: hello\n", SYSTEMLOG)
    assert found.verdict is Verdict.COMPLETE
    assert found.kind is Kind.SYSTEMLOG
    assert found.panic is None


def test_a_log_buffer_may_have_unused_and_binary_parts() -> None:
    unused = bytes(2000) + b"kernel: hello\n" * 10
    assert inspect(unused, SYSTEMLOG).verdict is Verdict.COMPLETE
    binary = REPORT.report_text.encode() + b"\0" + bytes(range(256)) * 20
    assert inspect(binary, PANICLOG).verdict is Verdict.COMPLETE


def test_a_log_by_name_that_holds_no_text_is_no_dump() -> None:
    found = inspect(bytes(range(128, 256)) * 10, PANICLOG)
    assert found.verdict is Verdict.NOT_A_DUMP


def test_a_gzip_log_is_proven_by_its_gzip_stream() -> None:
    data = gzip.compress(REPORT.report_text.encode(), mtime=0)
    found = inspect(data, "log.gz")
    assert found.verdict is Verdict.COMPLETE
    assert found.encoding is Encoding.GZIP
    assert "checksum" in found.reason
    assert found.deflate is not None
    cut = inspect(data[:-1], "log.gz")
    assert cut.verdict is Verdict.TRUNCATED
    half = inspect(data[: len(data) // 2], PANICLOG)
    assert half.verdict is Verdict.TRUNCATED
    assert "headers" not in half.reason
    assert inspect(data + b"x", "log.gz").verdict is Verdict.DAMAGED


def test_text_of_a_log_cannot_break_the_line_it_is_shown_on() -> None:
    evil = b"panic(cpu 1 caller 0x1): \x1b[2J\xe2\x80\xaeevil\r\x07\nOS version: 21A559\n"
    found = inspect(evil)
    assert found.panic is not None
    assert found.panic.reason.isprintable()
    assert "\\x1b" in found.panic.reason

from __future__ import annotations

from pipeline.corefile.panic_text import parse_report
from pipeline.model import Panic
from tests.cores import CoreSpec, Kext, ReportSpec

TWO = ReportSpec(
    cpu=5,
    reason="Kernel trap at 0xffffff7f9cf9fc42, type 14=page fault, registers:\nCR0: 0x80010033",
    process="Some App (Renderer)",
    kexts=(
        Kext("com.example.driver.One", "1.0d1", ("com.apple.a(1)", "com.apple.b(2.0.1)")),
        Kext("com.example.Two-2", "14.99", ()),
    ),
    os_version="22D68",
)


def test_an_intel_report_is_taken_apart() -> None:
    spec = CoreSpec(arch="x86_64", report=TWO)
    report = parse_report(spec.report_text.encode())
    assert report is not None
    assert report.kernel_uuid == spec.uuid
    assert report.panic == Panic(
        line="panic(cpu 5 caller 0xffffff80006dc528): Kernel trap at 0xffffff7f9cf9fc42, "
        "type 14=page fault, registers:",
        cpu=5,
        caller="0xffffff80006dc528",
        reason="Kernel trap at 0xffffff7f9cf9fc42, type 14=page fault, registers:",
        kexts=("com.example.driver.One(1.0d1)", "com.example.Two-2(14.99)"),
        frames=report.panic.frames,
        process="Some App (Renderer)",
        os_version="22D68",
    )
    assert report.panic.frames[:2] == (
        "0xffffff80006dc528 (com.example.driver.One + 0xc528)",
        "0xffffff80006daaf3 (com.example.driver.One + 0xaaf3)",
    )


def test_a_report_of_apple_silicon_is_taken_apart() -> None:
    spec = CoreSpec(arch="arm64e", xnu="11417.101.15", report=TWO)
    report = parse_report(spec.report_text.encode())
    assert report is not None
    assert report.kernel_uuid == spec.uuid
    assert report.panic.process == "Some App (Renderer)"
    assert report.panic.kexts == ("com.example.driver.One(1.0d1)", "com.example.Two-2(14.99)")
    assert report.panic.os_version == "22D68"
    assert report.richness == 5


def test_the_process_line_of_old_systems_is_understood() -> None:
    text = b"panic(cpu 0 caller 0x1): x\nBSD process name corresponding to current thread: Finder\n"
    report = parse_report(text)
    assert report is not None
    assert report.panic.process == "Finder"


def test_a_report_may_end_anywhere() -> None:
    whole = CoreSpec(report=TWO).report_text.encode()
    for size in range(0, len(whole), 7):
        report = parse_report(whole[:size])
        assert report is None or report.panic.cpu == 5


def test_an_unformatted_string_is_no_report() -> None:
    assert parse_report(b"panic(cpu %u caller 0x%lx): ") is None
    assert parse_report(b"panic(cpu 1 caller 0x): x") is None
    assert parse_report(b"panic: no cpu") is None


def test_a_system_that_is_not_yet_known_is_left_out() -> None:
    report = parse_report(b"panic(cpu 0 caller 0x1): early\nMac OS version:\nNot yet set\n")
    assert report is not None
    assert report.panic.os_version is None


def test_hostile_reports_stay_short_and_printable() -> None:
    evil = b"panic(cpu 0 caller 0x1): " + b"A\x1b" * 9000 + b"\n"
    evil += b"Kernel Extensions in backtrace:\n" + b"   com.x(1)[AB]@0x1\n" * 2000
    evil += b"".join(b"   com.y%d(1)[AB]@0x1\n" % number for number in range(2000))
    evil += b"Process name corresponding to current thread: " + b"\x07" * 5000
    report = parse_report(evil)
    assert report is not None
    panic = report.panic
    assert len(panic.line) <= 1024
    assert len(panic.reason) <= 1024
    assert len(panic.kexts) <= 64
    assert len(panic.process or "") <= 128
    for text in (panic.line, panic.reason, panic.process or "", *panic.kexts):
        assert text.isprintable()

"""The backtrace's top frames, in the layouts that kernels print, and whatever else comes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corefile.backtrace import MOST_FRAMES, frames_of, kexts_of, telling_frames
from pipeline.corefile.panic_text import parse_report
from pipeline.model import Panic
from tests.cores import CoreSpec

KEEPSYMS = """panic(cpu 0 caller 0xffffff80138094da): Kernel trap at 0xffffff7f9604cd42
Backtrace (CPU 0), panicked thread: 0xffffff9553de90c8, Frame : Return Address
0xffffff911f6f3a00 : 0xffffff80136b9dcd mach_kernel : _handle_debugger_trap + 0x41d
0xffffff911f6f3a50 : 0xffffff8013819f03 mach_kernel : _kdp_i386_trap + 0x143
0xffffff911f6f3b00 : 0xffffff80136b964d mach_kernel : _panic + 0x54
0xffffff911f6f3cf0 : 0xffffff80138094da mach_kernel : _kernel_trap + 0x55a
0xffffff911f6f3d00 : 0xffffff7f9604cd42 com.example.driver.Lost : __ZN4Lost5startEv + 0x1a3
0xffffff911f6f3e00 : 0xffffff8013e0f1d5 mach_kernel : __ZN9IOService14doServiceMatchEj + 0x105
0xffffff911f6f3f00 : 0xffffff80137a113e mach_kernel : _call_continuation + 0x2e
      Kernel Extensions in backtrace:
         com.example.driver.Lost(1.2)[B3A7BE9C-2002]@0xffffff7f9604b000->0xffffff7f96050fff

Process name corresponding to current thread (0xffffff9553de90c8): kernel_task
"""
ARM = """panic(cpu 4 caller 0xfffffe0011d90fe8): "lost" @Lost.cpp:12
Panicked task 0xfffffe29d5fab940: 296 pages, 4 threads: pid 157: WindowServer
Panicked thread: 0xfffffe1974044790, backtrace: 0xfffffe647feeb6c0, tid: 255
\t\t  lr: 0xfffffe0011d3c4f8  fp: 0xfffffe647feeb750
\t\t  lr: 0xfffffe0010a01234  fp: 0xfffffe647feeb7c0
\t\t  lr: 0xfffffe0010a40000  fp: 0x0000000000000000
      Kernel Extensions in backtrace:
         com.example.Lost(1.2)[B3A7BE9C]@0xfffffe0010a00000->0xfffffe0010a3ffff
            dependency: com.apple.other(2.9)[2CE7]@0xfffffe0011d00000->0xfffffe0011dfffff
"""


def frames(text: str) -> tuple[str, ...]:
    report = parse_report(text.encode())
    assert report is not None
    return report.panic.frames


def test_names_are_preferred_where_an_intel_kernel_prints_them() -> None:
    found = frames(KEEPSYMS)
    assert found[0] == "mach_kernel: _handle_debugger_trap + 0x41d"
    assert found[4] == "com.example.driver.Lost: __ZN4Lost5startEv + 0x1a3"
    assert len(found) == 7


def test_what_is_told_begins_where_the_kernel_failed_and_not_where_it_reports() -> None:
    told = telling_frames(frames(KEEPSYMS))
    assert told[0] == "com.example.driver.Lost: __ZN4Lost5startEv + 0x1a3"
    assert told[-1] == "mach_kernel: _call_continuation + 0x2e"


def test_a_backtrace_of_nothing_but_reporting_is_told_all_the_same() -> None:
    only = ("mach_kernel: _handle_debugger_trap + 0x1", "mach_kernel: _panic + 0xd2")
    assert telling_frames(only) == only


def test_an_extension_may_call_its_functions_what_the_kernel_does() -> None:
    other = ("com.example.driver: _panic + 0xd2",)
    assert telling_frames(("mach_kernel: _panic + 0x54", *other)) == other


def test_addresses_of_apple_silicon_are_placed_in_the_extensions_that_are_listed() -> None:
    """A dependency is no frame of the backtrace, wherever it lies."""
    assert frames(ARM) == (
        "0xfffffe0011d3c4f8",
        "0xfffffe0010a01234 (com.example.Lost + 0x1234)",
        "0xfffffe0010a40000",
    )


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("0xffffff80a0b0bd30 : 0xffffff8000298e4a ", "0xffffff8000298e4a"),
        (
            "0x34a13f38 : 0x21acfa (0x5ce650 0x34a13f6c 0x223719 0x0) ",
            "0x21acfa",
        ),
        ("0xffffff80a0b0bd30 : 0xffffff8000298e4a nothing known", None),
        ("0xffffff80a0b0bd30", None),
        ("lr: 0x1  fp: 0x2 and more", "0x1"),
        ("CORE 0: PC=0xfffffe0011d90fe8, LR=0xfffffe0011d90fe4, FP=0xfffffe64801e7ed0", None),
    ],
)
def test_each_layout_of_a_line_is_known(line: str, frame: str | None) -> None:
    assert frames_of(f"{line}\n", ()) == (() if frame is None else (frame,))


@pytest.mark.parametrize("arch", ["x86_64", "arm64e"])
def test_the_backtrace_in_a_core_is_found(arch: str) -> None:
    spec = CoreSpec(arch="x86_64" if arch == "x86_64" else "arm64e")
    found = frames(spec.report_text)
    assert len(found) >= 9
    assert found[0].startswith(f"0x{spec._caller:016x} (com.example.driver.Lost + 0x")


def test_only_the_first_backtrace_counts_and_only_its_top() -> None:
    line = "0xffffff80a0b0bd30 : 0xffffff8000298e4a mach_kernel : _f{} + 0x1\n"
    many = "".join(line.format(number) for number in range(40))
    assert len(frames_of(many, ())) == MOST_FRAMES
    assert frames_of(line.format(1) + "\nanother thread\n" + line.format(2), ()) == (
        "mach_kernel: _f1 + 0x1",
    )


def test_hostile_frames_stay_short_and_printable() -> None:
    evil = f"0x1 : 0x2 mach_kernel : \x1b[2J\u202e{'A' * 20_000}\n" * 100
    found = frames_of(evil, ())
    assert len(found) == MOST_FRAMES
    assert all(len(frame) <= 160 and frame.isprintable() for frame in found)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=80),
            st.from_regex(r"0x[0-9a-f]{1,20} : 0x[0-9a-f]{1,20}( \S{1,20} : .{1,20})?"),
            st.from_regex(r"lr: 0x[0-9a-f]{1,20}  fp: 0x[0-9a-f]{1,20}"),
            st.from_regex(
                r"  com\.\w{1,9}\(1\)\[[0-9A-F]{1,9}\]@0x[0-9a-f]{1,20}->0x[0-9a-f]{1,9}"
            ),
            st.just("Kernel Extensions in backtrace:"),
        ),
        max_size=60,
    )
)
def test_any_text_gives_bounded_printable_frames(lines: list[str]) -> None:
    text = "\n".join(lines)
    kexts = kexts_of(text)
    assert len(kexts) <= 64
    found = frames_of(text, kexts)
    assert len(found) <= MOST_FRAMES
    assert all(frame and len(frame) <= 160 and frame.isprintable() for frame in found)


def test_a_panic_that_an_older_panicpipe_wrote_down_has_no_frames() -> None:
    text = b'{"line": "l", "cpu": 0, "caller": "0x1", "reason": "r", "kexts": ["a"]}'
    assert msgspec.json.decode(text, type=Panic).frames == ()

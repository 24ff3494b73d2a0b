"""Which alerts of one Mac are alike: the same panic is, however its report differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corefile.panic_text import parse_report
from pipeline.journal.rows import State
from pipeline.model import Cause, Panic, Verdict
from pipeline.running.signature import of_panic, without_what_varies
from tests.cores import CoreSpec, Kext, ReportSpec
from tests.running.endings import NAME, ending, inspection, told


def signature(line: str, kexts: tuple[str, ...] = (), frames: tuple[str, ...] = ()) -> str:
    report = parse_report(f"{line}\n".encode())
    assert report is not None
    return of_panic(replace(report.panic, kexts=kexts, frames=frames))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            'panic(cpu 2 caller 0xfffffe0012d90fe8): "zone kalloc.1024 is corrupt" @zalloc.c:712',
            'panic(cpu 5 caller 0xfffffe00295a0fe8): "zone kalloc.1024 is corrupt" @zalloc.c:712',
        ),
        (
            "panic(cpu 0 caller 0xffffff80138094da): Kernel trap at 0xffffff7f9604cd42, "
            "type 14=page fault, registers:",
            "panic(cpu 7 caller 0xffffff800a0094da): Kernel trap at 0xffffff7f8a84cd42, "
            "type 14=page fault, registers:",
        ),
        (
            'panic(cpu 3 caller 0xfffffe001b5c1a2c): watchdog timeout: no checkins from watchdogd '
            "in 92 seconds (6 total checkins since monitoring last enabled)",
            'panic(cpu 0 caller 0xfffffe0022dc1a2c): watchdog timeout: no checkins from watchdogd '
            "in 184 seconds (3541 total checkins since monitoring last enabled)",
        ),
        (
            'panic(cpu 1 caller 0xffffff8012): "cpu 3 never answered, pid 157 (launchd)" @m.c:9',
            'panic(cpu 1 caller 0xffffff8012): "CPU11 never answered, pid 4021 (launchd)" @m.c:9',
        ),
        (
            'panic(cpu 1 caller 0xfffffe0012): "a freed element 0xfffffe2999a1 was used, volume '
            'B3A7BE9C-2002-3891-B7D1-A84CEA0AC9E0, 1.5 GB" @zalloc.c:712',
            'panic(cpu 1 caller 0xfffffe0012): "a freed element 0xfffffe16d2 was used, volume '
            '2CE7BCB3-0766-3A94-A8D4-29BF3EBAEFBC, 12 GB" @zalloc.c:712',
        ),
        (
            'panic(cpu 1 caller 0xfffffe0012): "object ffffff80235bcd00 leaked"@OSObject.cpp:7',
            'panic(cpu 1 caller 0xfffffe0012): "object ffffff8023900d80 leaked"@OSObject.cpp:7',
        ),
    ],
)  # fmt: skip
def test_the_same_panic_has_the_same_signature(one: str, other: str) -> None:
    assert signature(one) == signature(other)


HEAD = "panic(cpu 0 caller 0xfffffe0012): "
TRAP = f"{HEAD}Kernel trap at 0xffffff7f9604cd42, type 14=page fault, registers:"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f'{HEAD}"zone is corrupt" @zalloc.c:712', f'{HEAD}"zone is corrupt" @zalloc.c:1340'),
        (f'{HEAD}"it is lost" @IOLost.cpp:12', f'{HEAD}"it is lost" @IOFound.cpp:12'),
        (f'{HEAD}"zone kalloc.512 is corrupt"', f'{HEAD}"zone kalloc.1024 is corrupt"'),
        (TRAP, TRAP.replace("14=page fault", "13=general protection")),
        (f"{HEAD}no checkins from watchdogd", f"{HEAD}no checkins from WindowServer"),
    ],
)
def test_other_panics_have_other_signatures(one: str, other: str) -> None:
    assert signature(one) != signature(other)


def test_the_same_trap_in_another_extension_is_another_panic() -> None:
    ours = signature(TRAP, kexts=("com.example.Ours(1.2)", "com.apple.iokit.IOUSB(1)"))
    assert ours == signature(TRAP, kexts=("com.apple.iokit.IOUSB(1)", "com.example.Ours(1.3)"))
    assert ours != signature(TRAP, kexts=("com.example.Theirs(1.2)", "com.apple.iokit.IOUSB(1)"))


def test_a_trap_is_told_by_the_function_that_failed_where_its_name_is_known() -> None:
    reporting = "mach_kernel: _panic + 0x54"
    ours = signature(TRAP, frames=(reporting, "com.a: _start + 0x1a3"))
    assert ours == signature(TRAP, frames=(reporting, "com.a: _start + 0x1a9", "com.a: _x + 0x1"))
    assert ours != signature(TRAP, frames=(reporting, "com.a: _stop + 0x1a3"))
    unnamed = signature(TRAP, frames=("0xfffffe0011d3c4f8",))
    assert unnamed == signature(TRAP, frames=("0xfffffe002a93c4f8 (com.a + 0x4f8)",))


def test_a_panic_loop_of_one_mac_has_one_signature() -> None:
    """Reports as kernels print them, each after another start."""
    kexts = (Kext("com.example.driver.Lost", "1.2.3"),)
    found = set()
    for cpu in range(8):
        report = ReportSpec(cpu=cpu, pid=100 + cpu, kexts=kexts)
        text = CoreSpec(arch="arm64e", xnu="11417.101.15", seed=cpu, report=report).report_text
        parsed = parse_report(text.replace("0xfffffe00", f"0xfffffe{cpu}0").encode())
        assert parsed is not None
        found.add(of_panic(parsed.panic))
    assert len(found) == 1


def test_the_signature_is_the_same_in_every_release() -> None:
    """Alerts that an older panicpipe owed are grouped with those that a newer one owes."""
    panic = Panic(line="", cpu=0, caller="0x1", reason='"lost 7" @Lost.cpp:12', kexts=("com.a(1)",))
    assert without_what_varies(panic.reason) == '"lost #" @Lost.cpp:12'
    assert of_panic(panic) == "3da033686259fa27"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ({"verdict": Verdict.EMPTY}, {"verdict": Verdict.EMPTY}, True),
        ({"verdict": Verdict.EMPTY}, {"verdict": Verdict.TRUNCATED}, False),
        (
            {"verdict": Verdict.TRUNCATED, "cause": Cause.VOLUME_FULL},
            {"verdict": Verdict.TRUNCATED, "cause": Cause.VOLUME_FULL, "file_size": 7},
            True,
        ),
        (
            {"verdict": Verdict.TRUNCATED, "cause": Cause.VOLUME_FULL},
            {"verdict": Verdict.TRUNCATED, "cause": Cause.KDUMPD_TIMEOUT},
            False,
        ),
    ],
)
def test_without_a_panic_it_is_the_verdict_and_its_cause_that_count(
    one: dict[str, Any], other: dict[str, Any], alike: bool
) -> None:
    found = [told(ending(inspection(panic=None, **each))).signature for each in (one, other)]
    assert None not in found
    assert (found[0] == found[1]) == alike


def test_dumps_parked_for_one_reason_are_alike_whatever_they_are_called() -> None:
    other = b"core-xnu-11417.101.15-10.0.40.7-2a0c3b00.gz"
    reason = "package: /zips/{}.zip: the volume is read-only (1234 bytes were to be written)"
    parked = [
        told(ending(None, State.PARKED, text, name=name)).signature
        for name, text in (
            (NAME, reason.format(NAME.decode().removesuffix(".gz"))),
            (other, reason.format(other.decode().removesuffix(".gz")).replace("1234", "99")),
            (NAME, "upload: access denied"),
        )
    ]
    assert parked[0] == parked[1] != parked[2]


@given(st.text(max_size=300))
def test_any_text_is_normalised_once_and_for_all(text: str) -> None:
    once = without_what_varies(text)
    assert without_what_varies(once) == once

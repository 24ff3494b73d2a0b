"""Panic reports as kernels print them, for Intel and for Apple silicon."""

from __future__ import annotations

from dataclasses import dataclass

_UUID_A = "B3A7BE9C-2002-3891-B7D1-A84CEA0AC9E0"
_UUID_B = "2CE7BCB3-0766-3A94-A8D4-29BF3EBAEFBC"


@dataclass(frozen=True)
class Kext:
    """A kernel extension in the backtrace."""

    name: str
    version: str
    dependencies: tuple[str, ...] = ("com.apple.iokit.IOPCIFamily(2.9)",)


@dataclass(frozen=True)
class ReportSpec:
    """What a panic report is to say."""

    cpu: int = 2
    reason: str = '"a driver lost its mind" @IOThing.cpp:1234'
    process: str = "WindowServer"
    pid: int = 157
    kexts: tuple[Kext, ...] = (Kext("com.example.driver.Lost", "1.2.3"),)
    os_version: str | None = None
    """None: the build that shipped the kernel."""


def first_line(report: ReportSpec, caller: int) -> str:
    return f"panic(cpu {report.cpu} caller 0x{caller:x}): {report.reason}"


def intel_report(report: ReportSpec, caller: int, version: str, uuid: str, build: str) -> str:
    """Return the text that an Intel kernel leaves in its log buffer."""
    stack = 0xFFFFFFD02DEFFA50
    frames = "".join(
        f"0x{stack + step * 0x30:016x} : 0x{caller - step * 0x1A35:016x} \n" for step in range(9)
    )
    return (
        f"{first_line(report, caller)}\n"
        f"Panicked task 0xffffff95525a1980: 4 threads: pid {report.pid}: {report.process}\n"
        "Backtrace (CPU 2), panicked thread: 0xffffff9553de90c8, Frame : Return Address\n"
        f"{frames}{_kexts(report, caller)}\n"
        "Process name corresponding to current thread (0xffffff9553de90c8): "
        f"{report.process}\n"
        "Boot args: debug=0xd44 _panicd_ip=10.0.40.2 kdp_match_name=en7\n\n"
        f"Mac OS version:\n{report.os_version or build}\n\n"
        f"Kernel version:\n{version}\nKernel UUID: {uuid}\n"
        "roots installed: 0\n"
        "KernelCache slide: 0x0000000018200000\n"
        "System model name: iMac20,1 (Mac-CFF7D910A743CAAF)\n"
        "System shutdown begun: NO\n\n"
        "System uptime in nanoseconds: 683238284447\n"
        "last started kext at 36530783870: >driverkit.serial\t6.0.0"
        " (addr 0xffffff7fb1cb5000, size 28672)\n"
        "loaded kexts:\ncom.example.driver.Lost\t1.2.3\n@filesystems.apfs\t1934.141.2\n"
    )


def arm_report(report: ReportSpec, caller: int, version: str, uuid: str, build: str) -> str:
    """Return the text that a kernel on Apple silicon leaves in its log buffer."""
    stack = 0xFFFFFE647FEEB750
    frames = "".join(
        f"\t\t  lr: 0x{caller - step * 0x2F14:016x}  fp: 0x{stack + step * 0x70:016x}\n"
        for step in range(12)
    )
    cores = "".join(
        f"CORE {core}: PC=0xfffffe0011d90fe8, LR=0xfffffe0011d90fe4, FP=0xfffffe64801e7ed0\n"
        for core in range(8)
        if core != report.cpu
    )
    return (
        f"{first_line(report, caller)}\n"
        "Debugger message: panic\nMemory ID: 0x6\nOS release type: User\n"
        f"OS version: {report.os_version or build}\n"
        f"Kernel version: {version}\n"
        "Fileset Kernelcache UUID: 61D2C4B7CD6A9B9BFCF3B3B5F1D0F1B4\n"
        f"Kernel UUID: {uuid}\n"
        "Boot session UUID: 7A2B0D4E-5C35-4B9B-9B4E-0C1D2E3F4A5B\n"
        "iBoot version: iBoot-11881.101.1\nsecure boot?: YES\nroots installed: 0\n"
        "Paniclog version: 14\nKernel slide:      0x0000000000f40000\n"
        "mach_absolute_time: 0x1d6f71e9ecf\n"
        "Epoch Time:        sec       usec\n  Boot    : 0x69dfb814 0x00085220\n"
        f"  Calendar: 0x69e10147 0x000161c7\n\n{cores}"
        "Compressor Info: 3% of compressed pages limit (OK) and 8% of segments limit (OK)\n"
        "Panicked task 0xfffffe29d5fab940: 296 pages, 4 threads: "
        f"pid {report.pid}: {report.process}\n"
        "Panicked thread: 0xfffffe1974044790, backtrace: 0xfffffe647feeb6c0, tid: 255\n"
        f"{frames}{_kexts(report, caller)}\n"
        "last started kext at 33860548825: com.example.driver.Lost\t1.2.3"
        " (addr 0xfffffe001086b830, size 2576)\n"
        "loaded kexts:\ncom.example.driver.Lost\t1.2.3\ncom.apple.filesystems.apfs\t2632.80.1\n"
    )


def _kexts(report: ReportSpec, caller: int) -> str:
    if not report.kexts:
        return ""
    lines = ["      Kernel Extensions in backtrace:\n"]
    for kext in report.kexts:
        place = f"[{_UUID_A}]@0x{caller & ~0xFFFF:x}->0x{caller | 0xFFFF:x}"
        lines.append(f"         {kext.name}({kext.version}){place}\n")
        lines += [
            f"            dependency: {other}[{_UUID_B}]@0x{caller - 0x90000:x}->0x{caller:x}\n"
            for other in kext.dependencies
        ]
    return "".join(lines)

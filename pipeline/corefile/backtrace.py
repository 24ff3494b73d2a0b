"""The backtrace of a panic report: its frames, and the kernel extensions that they lie in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.display import one_line

MOST_FRAMES = 16
"""So many are read: those of the panicking itself come first, and there are up to a dozen."""

_MOST_KEXTS = 64
_LONGEST_FRAME = 160
_TITLE = "Kernel Extensions in backtrace:"
_KEXT = re.compile(
    r"\s*([\w.!>@|-]{1,128})(\([^()]{1,64}\))\[[0-9A-Fa-f-]{1,36}\]"
    r"@0x([0-9A-Fa-f]{1,16})(?:->0x([0-9A-Fa-f]{1,16}))?"
)
_INTEL = re.compile(
    r"0x[0-9A-Fa-f]{1,16} : (0x[0-9A-Fa-f]{1,16})"
    r"(?: \([0-9A-Fa-fx ]{1,80}\))?"  # four words of the stack, on 32-bit systems
    r"(?: ([^ ]{1,200}) : (.+))?"  # with keepsyms=1
)
_ARM = re.compile(r"lr: (0x[0-9A-Fa-f]{1,16})\s{1,4}fp: 0x[0-9A-Fa-f]{1,16}()()")
_PANICKING = frozenset(
    {
        "handle_debugger_trap",
        "kdp_i386_trap",
        "kernel_trap",
        "return_from_trap",
        "trap_from_kernel",
        "DebuggerTrapWithState",
        "panic_trap_to_debugger",
        "panic_with_options",
        "panic",
        "panic_trap",
        "Debugger",
    }
)
"""What the kernel itself runs on its way from the fault to the report."""


@dataclass(frozen=True)
class LoadedKext:
    """A kernel extension in the backtrace, and where it lies."""

    name: str
    label: str
    """`com.example.driver(1.2)`"""
    start: int
    end: int


def kexts_of(text: str) -> tuple[LoadedKext, ...]:
    """List the extensions under the title: the lines that look so, without their dependencies."""
    found: dict[str, LoadedKext] = {}
    for part in text.split(_TITLE)[1:]:
        for line in part.splitlines()[1:]:
            match = _KEXT.match(line)
            if match:
                label = one_line(match[1] + match[2], 200)
                start, end = int(match[3], 16), int(match[4] or match[3], 16)
                found.setdefault(label, LoadedKext(one_line(match[1]), label, start, end))
            elif "dependency" not in line:
                break
    return tuple(found.values())[:_MOST_KEXTS]


def frames_of(text: str, kexts: Sequence[LoadedKext]) -> tuple[str, ...]:
    """Return the first frames of the first backtrace, innermost first, one printable line each.

    `mach_kernel: _panic + 0xd2` where the kernel prints names; otherwise the return address, and
    the extension that it lies in, if it is one of these.
    """
    frames: list[str] = []
    for line in text.splitlines():
        frame = _frame(line.strip(), kexts)
        if frame is not None:
            frames.append(frame)
        elif frames:
            break
        if len(frames) == MOST_FRAMES:
            break
    return tuple(frames)


def telling_frames(frames: Iterable[str]) -> tuple[str, ...]:
    """Leave out the kernel's own way from the fault to the report, where its names tell it."""
    every = tuple(frames)
    return tuple(_from_the_fault_on(every)) or every


def frames_line(frames: Iterable[str], most: int = 5) -> str | None:
    """Return the first of the `telling_frames` on one line; None where there are none."""
    told = telling_frames(frames)
    return ", ".join([*told[:most], *(["…"] if len(told) > most else [])]) or None


def _from_the_fault_on(frames: Sequence[str]) -> Iterator[str]:
    found = False
    for frame in frames:
        found = found or not _is_panicking(frame)
        if found:
            yield frame


def _is_panicking(frame: str) -> bool:
    image, _, symbol = frame.partition(": ")
    function = symbol.partition(" ")[0]
    return image == "mach_kernel" and function.lstrip("_") in _PANICKING


def _frame(line: str, kexts: Iterable[LoadedKext]) -> str | None:
    match = _INTEL.fullmatch(line) or _ARM.match(line)
    if match is None:
        return None
    if match[3]:
        return one_line(f"{match[2]}: {match[3]}", _LONGEST_FRAME)
    address = int(match[1], 16)
    inside = next((kext for kext in kexts if kext.start <= address < kext.end), None)
    if inside is None:
        return match[1]
    return one_line(f"{match[1]} ({inside.name} + {address - inside.start:#x})", _LONGEST_FRAME)

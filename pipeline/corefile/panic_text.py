"""What a panic report says, in the layouts of Intel and of Apple silicon."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.corefile.backtrace import frames_of, kexts_of
from pipeline.display import one_line
from pipeline.model import Panic

LITERAL = b"panic(cpu "
HEAD = re.compile(rb"panic\(cpu (\d{1,5}) caller (0x[0-9A-Fa-f]{1,16})\): ")
"""How a report begins. The unformatted string in the kernel's text does not look so."""

_PROCESS = re.compile(
    r"^(?:BSD p|P)rocess name corresponding to current thread(?: \(0x[0-9A-Fa-f]{1,16}\))?: (.+)$",
    re.MULTILINE,
)
_TASK = re.compile(r"^Panicked task 0x[^\n]{1,200}?: pid \d{1,10}: (.+)$", re.MULTILINE)
_OS_VERSION = re.compile(
    r"^(?:Mac OS version:\s{0,4}|OS version: )(\d{1,3}[A-Z]\d{1,6}[a-z]?)\b", re.M
)
_UUID = re.compile(r"^Kernel UUID: ([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})", re.M)


@dataclass(frozen=True)
class PanicReport:
    """A panic report taken apart."""

    panic: Panic
    kernel_uuid: str | None

    @property
    def richness(self) -> int:
        """How many of the optional fields it yields; of several copies the richest is kept."""
        panic = self.panic
        fields = (panic.kexts, panic.frames, panic.process, panic.os_version, self.kernel_uuid)
        return sum(bool(field) for field in fields)


def parse_report(raw: bytes) -> PanicReport | None:
    """Take apart the text that begins at `panic(cpu`, or return None where that is no report."""
    head = HEAD.match(raw)
    if head is None:
        return None
    first, _, _ = raw.partition(b"\n")
    text = raw.decode("utf-8", "replace").replace("\r", "")
    kexts = kexts_of(text)
    return PanicReport(
        Panic(
            line=one_line(first),
            cpu=int(head[1]),
            caller=head[2].decode(),
            reason=one_line(first[head.end() :]),
            kexts=tuple(kext.label for kext in kexts),
            frames=frames_of(text, kexts),
            process=_first(text, _PROCESS, _TASK),
            os_version=_first(text, _OS_VERSION),
        ),
        kernel_uuid=_upper(_first(text, _UUID)),
    )


def _first(text: str, *patterns: re.Pattern[str]) -> str | None:
    matches = (pattern.search(text) for pattern in patterns)
    found = next((match[1] for match in matches if match), None)
    return one_line(found, 128) or None if found else None


def _upper(text: str | None) -> str | None:
    return text.upper() if text else None

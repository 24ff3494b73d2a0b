"""The notes' payloads: gathered from the stream as it passes, and what they tell."""

from __future__ import annotations

import re
import struct
import uuid
from collections.abc import Iterable
from typing import Literal

from pipeline.corefile.macho_commands import Note
from pipeline.display import one_line

_MAX_PAYLOAD = 512
_KERNEL_TYPES = (0, 1)  # unspecified, kernel; the others are user processes and firmware
_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_IDENT_UUID = re.compile(rb"UUID=(" + _UUID.encode() + rb")")
_VERSION = re.compile(
    rb"Darwin Kernel Version [^;\x00\n]{1,200}; root:xnu-[^;\x00\r\n]{1,100}",
)


class NoteCollector:
    """Keeps the payloads of a few notes out of all the bytes that go by, in order, from `start`."""

    def __init__(self, notes: Iterable[Note], start: int) -> None:
        wanted = [note for note in notes if note.size > 0 and note.offset >= start]
        self._waiting = sorted(wanted, key=lambda note: note.offset)
        self._held = {note: bytearray() for note in self._waiting}

    def feed(self, offset: int, data: bytes) -> bool:
        """Take the bytes at `offset`; True when that completed a payload."""
        end = offset + len(data)
        before = len(self._waiting)
        for note in list(self._waiting):
            if note.offset >= end:
                break
            held = self._held[note]
            size = min(note.size, _MAX_PAYLOAD)
            start = note.offset + len(held) - offset
            held += data[start : start + size - len(held)]
            if len(held) == size:
                self._waiting.remove(note)
        return len(self._waiting) < before

    def payload(self, owner: bytes) -> bytes:
        """Return the first whole payload under that name, or nothing."""
        for note, held in self._held.items():
            if note.owner == owner and len(held) == min(note.size, _MAX_PAYLOAD):
                return bytes(held)
        return b""


def uuid_of_binary(payload: bytes, order: Literal["<", ">"]) -> str | None:
    """Read the kernel's UUID from the payload of a `main bin spec` note."""
    if len(payload) < 32:
        return None
    _, kind, _, raw = struct.unpack_from(f"{order}IIQ16s", payload)
    return str(uuid.UUID(bytes=raw)).upper() if any(raw) and kind in _KERNEL_TYPES else None


def uuid_of_ident(text: bytes) -> str | None:
    """Read the kernel's UUID from an LC_IDENT command or a `kern ver str` note."""
    match = _IDENT_UUID.search(text)
    return match[1].decode().upper() if match else None


def version_in(text: bytes) -> str | None:
    """Find `Darwin Kernel Version …; root:xnu-…`, made safe to show."""
    match = _VERSION.search(text)
    return one_line(match[0], 256) if match else None

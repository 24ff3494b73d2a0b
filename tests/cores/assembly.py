"""Putting a core together: header, commands, memory, notes; then gzip as the kernel does it."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from tests.cores.memory import kernel_strings, memory
from tests.cores.spec import CoreSpec

_MH_CORE = 4
_LC_SEGMENT, _LC_SEGMENT_64, _LC_THREAD, _LC_IDENT, _LC_NOTE = 0x1, 0x19, 0x4, 0x8, 0x31
_IDENT_TEXT = 256
_GZIP_LEVEL, _GZIP_WBITS, _GZIP_MEM = 1, 28, 3  # a window of 4 KiB with a gzip header


@dataclass(frozen=True)
class _Layout:
    """Sizes of a core's parts, before any of it is made."""

    notes: tuple[tuple[bytes, bytes], ...]
    segments: tuple[int, ...]
    commands: int
    """Bytes of load commands."""
    data_at: int

    @property
    def memory(self) -> int:
        return sum(self.segments)

    @property
    def size(self) -> int:
        return self.data_at + self.memory + sum(len(payload) for _, payload in self.notes)


def build_core(spec: CoreSpec) -> bytes:
    """Return the whole file."""
    file = BytesIO()
    write_core(spec, file)
    return file.getvalue()


def write_core(spec: CoreSpec, file: BinaryIO) -> int:
    """Write the file piece by piece, in little memory; return how many bytes it took."""
    pieces = _gzipped(uncompressed_core(spec)) if spec.gzipped else uncompressed_core(spec)
    return sum(file.write(piece) for piece in pieces)


def uncompressed_size(spec: CoreSpec) -> int:
    """Return how long the core is before compression."""
    return _layout(spec).size


def uncompressed_core(spec: CoreSpec) -> Iterator[bytes]:
    """Yield the core as it is before compression."""
    layout = _layout(spec)
    header = _header(spec, layout)
    yield header.ljust(layout.data_at, b"\0")
    yield from memory(spec, layout.memory)
    for _, payload in layout.notes:
        yield payload


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    deflater = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WBITS, _GZIP_MEM)
    for piece in pieces:
        yield deflater.compress(piece)
    yield deflater.flush()


def _layout(spec: CoreSpec) -> _Layout:
    machine, notes = spec.machine, tuple(_notes(spec))
    segment = 72 if machine.is_64_bit else 56
    thread = 16 + machine.thread_words * 4
    commands = spec.segments * segment + len(notes) * 40 + _threads(spec) * thread
    commands += 8 + _IDENT_TEXT if spec.generation.ident else 0
    data_at = _round(32 if machine.is_64_bit else 28, commands, machine.page)
    smallest = max(len(kernel_strings(spec)), 1024 + spec.report_copies * 8192)
    pages = max((spec.size - data_at) // machine.page, -(-smallest // machine.page), spec.segments)
    shares = [pages // spec.segments] * spec.segments
    shares[-1] += pages % spec.segments
    return _Layout(notes, tuple(share * machine.page for share in shares), commands, data_at)


def _round(header: int, commands: int, page: int) -> int:
    return -(-(header + commands) // page) * page


def _threads(spec: CoreSpec) -> int:
    return spec.cpus if spec.machine.thread_per_cpu else 1


def _header(spec: CoreSpec, layout: _Layout) -> bytes:
    machine = spec.machine
    threads = [_thread(spec, number) for number in range(_threads(spec))]
    ident = [_ident(spec)] if spec.generation.ident else []
    commands = [*_segments(spec, layout), *_note_commands(spec, layout), *threads, *ident]
    fields = (machine.cputype, machine.cpusubtype, _MH_CORE, len(commands), layout.commands, 0)
    header = machine.magic + struct.pack(f"{machine.order}6I", *fields)
    return b"".join((header, bytes(4 if machine.is_64_bit else 0), *commands))


def _segments(spec: CoreSpec, layout: _Layout) -> Iterator[bytes]:
    machine, at, address = spec.machine, layout.data_at, spec.machine.base
    for size in layout.segments:
        kind, form = (
            (_LC_SEGMENT_64, "2I16s4Q4I") if machine.is_64_bit else (_LC_SEGMENT, "2I16s8I")
        )
        length = struct.calcsize(f"<{form}")
        place = (address, size, at, size)
        yield struct.pack(f"{machine.order}{form}", kind, length, b"", *place, 1, 1, 0, 0)
        at += size
        address += size + 16 * machine.page  # unmapped pages lie between


def _note_commands(spec: CoreSpec, layout: _Layout) -> Iterator[bytes]:
    at = layout.data_at + layout.memory
    for owner, payload in layout.notes:
        yield struct.pack(f"{spec.machine.order}2I16s2Q", _LC_NOTE, 40, owner, at, len(payload))
        at += len(payload)


def _thread(spec: CoreSpec, number: int) -> bytes:
    machine = spec.machine
    size = 16 + machine.thread_words * 4
    words = (machine.base + number * 4 + word & 0xFFFFFFFF for word in range(machine.thread_words))
    fields = (_LC_THREAD, size, machine.thread_flavor, machine.thread_words, *words)
    return struct.pack(f"{machine.order}{len(fields)}I", *fields)


def _ident(spec: CoreSpec) -> bytes:
    text = f"{spec.version}; UUID={spec.uuid}; stext=0x{spec.machine.base:x}"
    head = struct.pack(f"{spec.machine.order}2I", _LC_IDENT, 8 + _IDENT_TEXT)
    return head + text.encode()[: _IDENT_TEXT - 1].ljust(_IDENT_TEXT, b"\0")


def _notes(spec: CoreSpec) -> Iterator[tuple[bytes, bytes]]:
    order, generation, is_arm = spec.machine.order, spec.generation, spec.machine.is_arm
    if generation.main_bin_spec:
        page_bits = spec.machine.page.bit_length() - 1
        identity = uuid.UUID(spec.uuid).bytes
        fields = (1, 1, spec.machine.base, identity, page_bits, 0)
        yield b"main bin spec", struct.pack(f"{order}IIQ16sII", *fields)
    if generation.addrable_bits:
        yield b"addrable bits", struct.pack(f"{order}IIQ", 3, 47 if is_arm else 48, 0)
    if generation.load_binary and is_arm:
        for number, name in enumerate((b"sptm", b"xnu", b"txm")):
            image = (1, bytes(16), spec.machine.base + (number << 24), (1 << 64) - 1, name)
            yield b"load binary", struct.pack(f"{order}I16sQQ32s", *image)

"""A core's Mach-O header and load commands, read as their bytes come."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pipeline.corefile.extents import Extents
from pipeline.corefile.fault import Fault
from pipeline.corefile.macho import MAX_COMMANDS_SIZE, MH_CORE, MachHeader

_LC_SEGMENT, _LC_SEGMENT_64, _LC_NOTE, _LC_IDENT = 0x1, 0x19, 0x31, 0x8
_SMALLEST = {_LC_SEGMENT: 56, _LC_SEGMENT_64: 72, _LC_NOTE: 40}
_NAMES = {_LC_SEGMENT: "segment", _LC_SEGMENT_64: "segment", _LC_NOTE: "note"}
_WANTED = {**_SMALLEST, _LC_IDENT: 8 + 512}
_KNOWN_NOTES = frozenset((b"main bin spec", b"kern ver str"))
_MAX_NOTES = 8
_SLICE = 64 << 10


@dataclass(frozen=True)
class Note:
    """Where in the core the payload of one named note lies."""

    owner: bytes
    offset: int
    size: int


class LoadCommands:
    """Feed it a core's first bytes until `done` or `fault`; then it knows the core's extent."""

    def __init__(self) -> None:
        self.header: MachHeader | None = None
        self.fault: Fault | None = None
        self.done = False
        self.extents = Extents()
        self.notes: list[Note] = []
        self.ident = b""
        self.segments = 0
        self._buffer = bytearray()
        self._offset = 0  # of the buffer's first byte
        self._skip = 0
        self._seen = 0

    @property
    def is_core(self) -> bool:
        """False once the header says that this is some other Mach-O file."""
        return self.header is None or self.header.filetype == MH_CORE

    @property
    def end(self) -> int:
        """Bytes that the whole core takes."""
        return max(self.extents.end, self.header.commands_end if self.header else 0)

    def feed(self, data: bytes) -> None:
        for start in range(0, len(data), _SLICE):
            if self.done or self.fault or not self.is_core:
                return
            self._buffer += data[start : start + _SLICE]
            self._read()

    def _read(self) -> None:
        if self.header is None and len(self._buffer) >= 4:
            self._read_header()
        if self.header is None or self.fault or not self.is_core:
            return
        used = self._read_commands(self.header)
        del self._buffer[:used]
        self._offset += used

    def _read_header(self) -> None:
        size = MachHeader.size_for(bytes(self._buffer[:4]))
        if len(self._buffer) < size:
            return
        header = self.header = MachHeader.parse(self._buffer)
        self._skip = size
        if not self.is_core:
            return
        if header.sizeofcmds > MAX_COMMANDS_SIZE:
            self._fail(20, f"the header announces {header.sizeofcmds} bytes of load commands")
        elif header.ncmds * 8 > header.sizeofcmds:
            self._fail(16, f"{header.ncmds} load commands cannot fit in {header.sizeofcmds} bytes")

    def _read_commands(self, header: MachHeader) -> int:
        """Read every command whose telling part is there; return how many bytes are used up."""
        at = 0
        while not self.fault:
            step = min(self._skip, len(self._buffer) - at)
            at, self._skip = at + step, self._skip - step
            if self._skip or self._is_done(header, self._offset + at):
                break
            if self._seen == header.ncmds:
                self._skip = header.commands_end - self._offset - at
                continue
            if len(self._buffer) - at < 8:
                break
            kind, size = struct.unpack_from(f"{header.order}2I", self._buffer, at)
            self._check(header, kind, size, self._offset + at)
            wanted = min(_WANTED.get(kind, 8), size)
            if self.fault or len(self._buffer) - at < wanted:
                break
            self._interpret(header, kind, self._buffer[at : at + wanted])
            self._seen += 1
            self._skip = size
        return at

    def _is_done(self, header: MachHeader, at: int) -> bool:
        """Note the end of the commands once their last byte has come."""
        if self._seen < header.ncmds:
            return False
        if not self.segments:
            self.fault = Fault("segments", 16, "the header announces no memory at all")
        self.done = at == header.commands_end and not self.fault
        return self.done or self.fault is not None

    def _check(self, header: MachHeader, kind: int, size: int, offset: int) -> None:
        smallest = _SMALLEST.get(kind, 8)
        if size < smallest:
            name = _NAMES.get(kind, "load")
            self._fail(offset, f"a {name} command is {size} bytes long, less than {smallest}")
        elif offset + size > header.commands_end:
            self._fail(offset, f"a load command of {size} bytes overruns the header")

    def _interpret(self, header: MachHeader, kind: int, command: bytearray) -> None:
        if kind == _LC_SEGMENT_64:
            self._segment(*struct.unpack_from(f"{header.order}2Q", command, 40))
        elif kind == _LC_SEGMENT:
            self._segment(*struct.unpack_from(f"{header.order}2I", command, 32))
        elif kind == _LC_NOTE:
            self._note(command, *struct.unpack_from(f"{header.order}2Q", command, 24))
        elif kind == _LC_IDENT:
            self.ident = bytes(command[8:])

    def _segment(self, offset: int, size: int) -> None:
        self.segments += 1
        self.extents.add(offset, size)

    def _note(self, command: bytearray, offset: int, size: int) -> None:
        owner = bytes(command[8:24]).rstrip(b"\0")
        self.extents.add(offset, size)
        if owner in _KNOWN_NOTES and len(self.notes) < _MAX_NOTES:
            self.notes.append(Note(owner, offset, size))

    def _fail(self, offset: int, text: str) -> None:
        self.fault = Fault("commands", offset, text)

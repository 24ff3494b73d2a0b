"""A Mach-O core: its header announces its exact length, its memory tells the rest."""

from __future__ import annotations

from dataclasses import replace

from pipeline.corefile.fault import Fault, FirstHole
from pipeline.corefile.macho_commands import LoadCommands
from pipeline.corefile.memory_scan import MemoryScan
from pipeline.corefile.notes import NoteCollector, uuid_of_binary, uuid_of_ident, version_in
from pipeline.model import CoreFacts, Kind


class CoreContent:
    """Follows a core byte by byte, in the memory of its header's bounded parts."""

    def __init__(self, max_size: int) -> None:
        self.size = 0
        """Bytes that have come, up to the announced end."""
        self.fault: Fault | None = None
        self.holes = FirstHole()
        self.commands = LoadCommands()
        self._max_size = max_size
        self._scan = MemoryScan()
        self._notes: NoteCollector | None = None
        self._offset = 0

    @property
    def settled(self) -> bool:
        return self.fault is not None or self.is_too_big or not self.commands.is_core

    @property
    def is_too_big(self) -> bool:
        return (self.expected_size or 0) > self._max_size

    @property
    def expected_size(self) -> int | None:
        return self.commands.end if self.commands.done else None

    @property
    def reached(self) -> bool:
        """Every byte that the header announces has come, and no more."""
        return self.size == self.expected_size and not self.fault and not self.holes

    @property
    def stops_after_commands(self) -> bool:
        """No byte of any segment has come."""
        return self.size <= min(self.commands.extents.start, self.commands.end - 1)

    def feed(self, data: bytes) -> bool:
        start, self._offset = self._offset, self._offset + len(data)
        if self.settled:
            return False
        if self.commands.done:
            return self._memory(start, data)
        self._read_commands(data)
        if self.settled or not self._notes or not self.commands.header:
            self.size = self._offset
        else:
            memory = max(self.commands.header.commands_end - start, 0)
            self._memory(start + memory, data[memory:])
        return True

    def hole(self, length: int) -> bool:
        """Take a run that was never written: harmless only between segments and notes."""
        start, self._offset = self._offset, self._offset + length
        if not self.commands.done:
            if not self.settled or self.holes:
                self.holes.add(start, length)
                self.fault = Fault("hole", self.holes.offset, "bytes were never written")
        elif not self.settled:
            self._memory_hole(start, length)
        return False

    def facts(self, known: CoreFacts, *, final: bool) -> CoreFacts:
        report, version = self._scan.final() if final else self._scan.found
        header = self.commands.header
        texts = (self._note(b"kern ver str")[4:], self.commands.ident)
        uuids = (
            uuid_of_binary(self._note(b"main bin spec"), header.order if header else "<"),
            *map(uuid_of_ident, texts),
            report.kernel_uuid if report else None,
        )
        return replace(
            known,
            kind=Kind.CORE,
            architecture=header.architecture if header else None,
            uuid=next(filter(None, uuids), None),
            version=next(filter(None, (*map(version_in, texts), version)), None),
            panic=report.panic if report else None,
            expected_size=self.expected_size,
        )

    def _read_commands(self, data: bytes) -> None:
        self.commands.feed(data)
        self.fault = self.commands.fault
        if self.commands.done and self.commands.header:
            self._notes = NoteCollector(self.commands.notes, self.commands.header.commands_end)

    def _memory(self, start: int, data: bytes) -> bool:
        surplus = self._surplus()
        data = data[: max(len(data) - surplus, 0)] if surplus else data
        news = self._notes is not None and self._notes.feed(start, data)
        news |= self._scan.feed(data)
        self.size = start + len(data)
        return news

    def _memory_hole(self, start: int, length: int) -> None:
        overlap = self.commands.extents.first_overlap(start, length)
        if overlap:
            self.holes.add(*overlap)
        self.size = self._offset - self._surplus()
        self._scan.feed(b"\0")  # no text goes on beyond it

    def _surplus(self) -> int:
        """Count the bytes after the announced end; any is a fault."""
        surplus = max(self._offset - self.commands.end, 0)
        if surplus:
            text = "bytes follow after the end that the core's header announces"
            self.fault = Fault("length", self.commands.end, text)
        return surplus

    def _note(self, owner: bytes) -> bytes:
        return self._notes.payload(owner) if self._notes else b""

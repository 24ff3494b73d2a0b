"""Packs a dump and what is known of it into one zip that Feedback and every unzipper takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from pipeline import (
    DeflateStream,
    Dump,
    Encoding,
    FileStage,
    Rejected,
    StepResult,
    Verdict,
    Workspace,
)
from pipeline.display import safe_filename
from pipeline.stages import record
from pipeline.stages.deflate import BLOCK, ParallelDeflate, largest_deflated
from pipeline.stages.dump_reader import DumpReader
from pipeline.stages.inflate import GZIP, RAW_DEFLATE, inflated
from pipeline.stages.left_alone import why_no_dump
from pipeline.stages.zip_container import Totals, ZipWriter

_COPY = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Package(FileStage):
    """Makes a zip with `dump.json` and the uncompressed core or log.

    A core that came as gzip is already deflated: its stream becomes the zip entry as it stands.
    """

    makes: ClassVar[frozenset[str]] = frozenset({"zip"})

    recompress: bool = False
    """Inflate such a core and deflate it better: a smaller zip, much more work."""
    level: int = 6
    """How hard to deflate, 1 (fast) to 9 (small); used where anything is deflated at all."""

    def __post_init__(self) -> None:
        if not 1 <= self.level <= 9:
            raise ValueError(f"level must be from 1 (fast) to 9 (small), not {self.level}")

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        """Make the zip; TryAgain when the dump is no longer the file that was judged."""
        no_dump = why_no_dump(dump.inspection)
        if no_dump:
            return StepResult(ends=no_dump)
        incomplete = dump.inspection.verdict is not Verdict.COMPLETE
        output = work.create("zip", "-incomplete.zip" if incomplete else ".zip")
        reader = DumpReader(dump, work)
        body = self._body(dump, reader)
        name = entry_name(dump.raw_name)

        archive = ZipWriter(output.file, modified_ns=dump.mtime_ns)
        archive.add(record.NAME, record.dump_record(dump, time.time()))
        archive.begin(name, largest=body.largest)
        for piece in body.pieces():
            archive.write(piece)
        reader.confirm()
        totals = body.totals()
        _refuse_a_false_whole(dump, totals)
        archive.end(totals)
        archive.close()

        facts = {"entry": name, "packaged_size": totals.uncompressed_size}
        return StepResult(outputs=(output,), facts=facts)

    def _body(self, dump: Dump, reader: DumpReader) -> _Body:
        found = dump.inspection
        if found.deflate is not None and not self.recompress:
            return _Carried(found.deflate, reader)
        if found.deflate is not None:
            stream = found.deflate
            size = stream.uncompressed_size
            packed = reader.span(stream.offset, stream.size, BLOCK)
            return _Deflated(inflated(packed, size, RAW_DEFLATE), size, self.level)
        # Without a hash it is mostly holes, however big it claims to be: keep what is really there.
        there = found.good_size if found.sha256 is None else found.file_size
        if found.encoding is Encoding.GZIP:
            size = found.uncompressed_size or 0
            packed = reader.span(0, there, BLOCK)
            return _Deflated(inflated(packed, size, GZIP), size, self.level)
        return _Deflated(reader.span(0, there, BLOCK), there, self.level)


class _Body(Protocol):
    """The deflate stream of the zip's big entry."""

    @property
    def largest(self) -> int: ...
    def pieces(self) -> Iterator[bytes | memoryview]: ...
    def totals(self) -> Totals: ...


class _Carried:
    def __init__(self, stream: DeflateStream, reader: DumpReader) -> None:
        self._stream = stream
        self._reader = reader
        self.largest = max(stream.size, stream.uncompressed_size)

    def pieces(self) -> Iterator[bytes | memoryview]:
        return self._reader.span(self._stream.offset, self._stream.size, _COPY)

    def totals(self) -> Totals:
        return Totals(crc32=self._stream.crc32, uncompressed_size=self._stream.uncompressed_size)


class _Deflated:
    def __init__(self, content: Iterator[bytes | memoryview], size: int, level: int) -> None:
        self._deflate = ParallelDeflate(content, level)
        self.largest = largest_deflated(size)

    def pieces(self) -> Iterator[bytes | memoryview]:
        return iter(self._deflate)

    def totals(self) -> Totals:
        return Totals(crc32=self._deflate.crc32, uncompressed_size=self._deflate.size)


def entry_name(raw_name: bytes) -> str:
    """Return what the core is called inside the zip; never what the record is called."""
    name = safe_filename(raw_name.removesuffix(b".gz"))
    return f"dump-{name}" if name.lower() == record.NAME else name


def _refuse_a_false_whole(dump: Dump, totals: Totals) -> None:
    found = dump.inspection
    if found.verdict is not Verdict.COMPLETE or found.uncompressed_size is None:
        return
    if totals.uncompressed_size != found.uncompressed_size:
        raise Rejected(
            f"{dump.name}: judged complete with {found.uncompressed_size} bytes, "
            f"but {totals.uncompressed_size} came out of it"
        )

"""Makes of a dump the one file that is kept in an archive, as small as is reasonable."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pipeline import Dump, Encoding, FileStage, Inspection, Rejected, StepResult, Verdict, Workspace
from pipeline.stages import record
from pipeline.stages.ahead import taken_ahead
from pipeline.stages.dump_reader import DumpReader
from pipeline.stages.inflate import RAW_DEFLATE, inflated
from pipeline.stages.left_alone import why_no_dump
from pipeline.stages.spool_file import SpoolFile
from pipeline.stages.zstd_frame import LEVELS, MOST_THREADS, ZstdFrame

_CHUNK = 256 << 10
_COPY = 1 << 20
_ZEROS = bytes(_COPY)


@dataclass(frozen=True, kw_only=True)
class Compress(FileStage):
    """Makes a `.zst` of the uncompressed core or log, and the `dump.json` that goes with it.

    What is not complete is kept as it is, byte for byte, and labelled: its good part and its fault
    are both still there for whoever wants to look.

    Nothing that was written is read again. What went in is proven: the dump's own hash and size
    are those that were judged, or the step fails. What came out carries zstd's checksum of the
    content, and its SHA-256, taken while it was written, goes into the facts and the record, so
    that later stages and the archive can be held against it.
    """

    makes: ClassVar[frozenset[str]] = frozenset({"archive", "record"})
    background: ClassVar[bool] = True
    keeps: ClassVar[Literal["outputs", "spool"]] = "spool"

    level: int = 3
    """How hard to compress, 1 (fast) to 19 (small)."""
    long_distance_matching: bool = False
    """Look for repeats 128 MiB back instead of a few: takes that much more memory at both ends."""
    threads: int = 0
    """0: as many as there are cores, as long as they fit in about 1 GiB of memory."""

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(f"level must be from 1 (fast) to 19 (small), not {self.level}")
        if not 0 <= self.threads <= MOST_THREADS:
            raise ValueError(
                f"threads must be from 0 (as many as there are cores) to {MOST_THREADS}, "
                f"not {self.threads}"
            )

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        """Make both files; DumpChanged when the dump is no longer the file that was judged."""
        found = dump.inspection
        no_dump = why_no_dump(found)
        if no_dump:
            return StepResult(ends=no_dump)
        whole = found.verdict is Verdict.COMPLETE
        archive = work.create("archive", ".zst" if whole else _label(found))
        beside = work.create("record", ".json")

        reader = DumpReader(dump, work)
        file = SpoolFile(archive, self.directory)
        make = self._compress if whole else _carry_over
        facts = make(dump, reader, file) | {"sha256": file.sha256, "size": file.size}

        note = SpoolFile(beside, self.directory)
        note.write(record.dump_record(dump, time.time(), archive=facts))
        note.finish()
        return StepResult(outputs=(archive, beside), facts=facts)

    def _compress(self, dump: Dump, reader: DumpReader, file: SpoolFile) -> dict[str, Any]:
        size = _judged_size(dump.inspection)
        frame = ZstdFrame(
            size,
            level=self.level,
            long_distance=self.long_distance_matching,
            threads=self.threads,
        )
        known = dump.inspection.sha256 if dump.inspection.deflate is None else None
        content_hash, taken = hashlib.sha256(), 0
        with closing(taken_ahead(_content(dump.inspection, reader))) as pieces:
            for piece in pieces:
                taken += len(piece)
                if known is None:
                    content_hash.update(piece)
                if taken <= size:
                    file.write(frame.add(piece))
        reader.confirm()
        if taken != size:
            raise Rejected(
                f"{dump.name}: judged complete with {size} bytes, but {taken} came out of it"
            )
        file.write(frame.finish())
        file.finish()
        return _content_facts("zstd", known or content_hash.hexdigest(), size)


def _content(found: Inspection, reader: DumpReader) -> Iterator[bytes | memoryview]:
    """Yield the uncompressed core or log."""
    stream = found.deflate
    if stream is None:
        return reader.span(0, _really_there(found), _CHUNK)
    packed = reader.span(stream.offset, stream.size, _CHUNK)
    return inflated(packed, stream.uncompressed_size, RAW_DEFLATE)


def _judged_size(found: Inspection) -> int:
    if found.uncompressed_size is not None:
        return found.uncompressed_size
    return _really_there(found)


def _carry_over(dump: Dump, reader: DumpReader, file: SpoolFile) -> dict[str, Any]:
    for piece in reader.span(0, _really_there(dump.inspection), _COPY):
        if piece == _ZEROS[: len(piece)]:
            file.skip(piece)
        else:
            file.write(piece)
    reader.confirm()
    file.finish()
    return _content_facts("as-is", file.sha256, file.size)


def _content_facts(form: str, sha256: str, size: int) -> dict[str, Any]:
    return {"format": form, "content_sha256": sha256, "content_size": size}


def _really_there(found: Inspection) -> int:
    """Return up to where to read; without a hash it is mostly holes, however big it seems."""
    return found.good_size if found.sha256 is None else found.file_size


def _label(found: Inspection) -> str:
    return "-incomplete.gz" if found.encoding is Encoding.GZIP else "-incomplete"

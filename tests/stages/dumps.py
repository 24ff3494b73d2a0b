"""Small dumps of known content, and what an Inspector would say of them."""

from __future__ import annotations

import hashlib
import os
import random
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import DeflateStream, Dump, Encoding, Inspection, Kind, Panic, Verdict
from pipeline.corefile import DumpName, inspect_descriptor

NAME = b"core-xnu-8019.41.5-10.0.40.7-1f0c3a9e"
GZIP_HEADER = bytes.fromhex("1f8b0800000000000403")
MTIME_NS = 1_700_000_001_500_000_000

PANIC = Panic(
    line='panic(cpu 2 caller 0xffffff8012345678): "a \\"reason\\"" @file.c:12',
    cpu=2,
    caller="0xffffff8012345678",
    reason='a \\"reason\\"',
    kexts=("com.example.driver(1.2)",),
    process="kernel_task",
    os_version="21A559",
)


def core_bytes(size: int, seed: int = 1) -> bytes:
    """Return content as compressible as memory is: noise, repeats and zero pages."""
    noise = random.Random(seed)
    page = noise.randbytes(1024)
    parts = bytearray()
    while len(parts) < size:
        parts += noise.choice([page, bytes(4096), noise.randbytes(512), b"panic " * 100])
    return bytes(parts[:size])


def deflated(content: bytes) -> bytes:
    """Return the raw deflate stream that a panicking kernel makes."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -12, 3)
    return packer.compress(content) + packer.flush()


def gzipped(content: bytes, header: bytes = GZIP_HEADER) -> bytes:
    trailer = zlib.crc32(content).to_bytes(4, "little")
    trailer += (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return header + deflated(content) + trailer


def judged(path: Path, name: bytes = NAME, **found: Any) -> Dump:
    """Return the Dump for the file at `path`, complete unless `found` says otherwise."""
    data_hash = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            data_hash.update(data)
    size = path.stat().st_size
    facts: dict[str, Any] = {
        "kind": Kind.CORE,
        "architecture": "x86_64",
        "uuid": "0B5C3A52-2D8B-3D0F-9C6C-3C9D3C1D2E4F",
        "version": "Darwin Kernel Version 21.1.0: root:xnu-8019.41.5~1/RELEASE_X86_64",
        "panic": PANIC,
        "verdict": Verdict.COMPLETE,
        "reason": "every check passed",
        "file_size": size,
        "good_size": size,
        "sha256": data_hash.hexdigest(),
    }
    return Dump(
        id=7,
        name=repr(name),
        raw_name=name,
        size=size,
        mtime_ns=MTIME_NS,
        arrived=1_700_000_000.0,
        finished=1_700_000_060.9,
        client="10.0.40.7",
        inspection=Inspection(**{**facts, **found}),
    )


def raw_dump(path: Path, content: bytes, name: bytes = NAME, **found: Any) -> Dump:
    path.write_bytes(content)
    return judged(path, name, **{"uncompressed_size": len(content), **found})


def gzip_dump(
    path: Path, content: bytes, name: bytes = NAME + b".gz", header: bytes = GZIP_HEADER
) -> Dump:
    data = gzipped(content, header)
    path.write_bytes(data)
    stream = DeflateStream(
        offset=len(header),
        size=len(data) - len(header) - 8,
        crc32=zlib.crc32(content),
        uncompressed_size=len(content),
    )
    return judged(
        path, name, encoding=Encoding.GZIP, uncompressed_size=len(content), deflate=stream
    )


def cut_gzip_dump(path: Path, content: bytes, keep: int, header: bytes = GZIP_HEADER) -> Dump:
    """Return a gzip core of which only the first `keep` bytes have arrived."""
    data = gzipped(content, header)[:keep]
    path.write_bytes(data)
    there = len(zlib.decompressobj(-15).decompress(data[len(header) :]))
    return judged(
        path,
        NAME + b".gz",
        encoding=Encoding.GZIP,
        verdict=Verdict.TRUNCATED,
        reason=f"the transfer stopped after {keep} bytes",
        uncompressed_size=there,
        expected_size=len(content),
    )


def damaged_gzip_dump(path: Path, content: bytes, tail: bytes) -> Dump:
    """Return a gzip core that holds `content`, followed by something that is no deflate."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -12, 3)
    good = GZIP_HEADER + packer.compress(content) + packer.flush(zlib.Z_SYNC_FLUSH)
    path.write_bytes(good + tail)
    return judged(
        path,
        NAME + b".gz",
        encoding=Encoding.GZIP,
        verdict=Verdict.DAMAGED,
        reason="the deflate stream is damaged",
        check="deflate",
        uncompressed_size=len(content),
        good_size=len(good),
    )


def stretched(dump: Dump, path: Path) -> Dump:
    """Return the dump as a file of four terabytes, nearly all of it a hole."""
    good = dump.inspection.file_size
    os.truncate(path, 1 << 42)
    inspection = replace(
        dump.inspection,
        verdict=Verdict.DAMAGED,
        check="hole",
        file_size=1 << 42,
        good_size=good,
        sha256=None,
    )
    return replace(dump, inspection=inspection)


def judged_by_the_inspector(path: Path, name: str) -> Dump:
    """Return the Dump that the Inspector makes of the file at `path`."""
    with path.open("rb") as file:
        found = inspect_descriptor(file.fileno(), name=DumpName.parse(name.encode()))
        status = os.fstat(file.fileno())
    return Dump(
        id=1,
        name=name,
        raw_name=name.encode(),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        arrived=0.0,
        finished=1.0,
        client="10.0.40.7",
        inspection=found,
    )

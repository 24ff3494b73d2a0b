"""Dumps put into a bucket as the stages do it, without the stages."""

from __future__ import annotations

import base64
import gzip
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyrage
import zstandard

from pipeline import Dump, Verdict
from pipeline.archive.describing import Packing, describe
from pipeline.archive.keys import DEFAULT_TEMPLATE, KeyTemplate
from pipeline.archive.manifest import Checksum, Manifest, StoredObject
from pipeline.archive.placeholders import placeholder_values
from pipeline.s3.options import S3Options
from tests.archive.dumps import MTIME_NS, NAME, a_dump
from tests.s3.servers import S3Server

DAY = 86400 * 10**9
RECORD = b'{"panic": "who reads this has the key"}\n'


def core(size: int = 300_000, seed: int = 1, zeros: tuple[int, int] = (65536, 196608)) -> bytes:
    """Bytes that do not compress, with a run of zeros in them."""
    data = bytearray(random.Random(seed).randbytes(size))
    begin, end = zeros
    data[begin:end] = bytes(min(end, size) - min(begin, size))
    return bytes(data)


def options(server: S3Server, prefix: str = "panics/") -> S3Options:
    return S3Options(bucket=server.bucket, prefix=prefix, endpoint_url=server.endpoint)


@dataclass(frozen=True, kw_only=True)
class Archived:
    """One dump in a bucket."""

    folder: str
    manifest: Manifest
    content: bytes
    stored: bytes

    @property
    def key(self) -> str:
        return f"{self.folder}/{self.manifest.archive.name}"


def put(
    server: S3Server,
    content: bytes,
    *,
    raw_name: bytes = NAME,
    recipients: Sequence[pyrage.x25519.Recipient] = (),
    packed: bytes | None = None,
    as_is: bool = False,
    days: int = 0,
    template: str = DEFAULT_TEMPLATE,
    prefix: str = "panics/",
    checksums: bool = True,
) -> Archived:
    """Archive `content`; `packed` is stored instead of what would come of compressing it."""
    dump = _dump(content, raw_name, days, as_is)
    stored = packed or (content if as_is else zstandard.ZstdCompressor(level=1).compress(content))
    name = placeholder_values(dump, "0" * 64)["name"] + ("-incomplete" if as_is else ".zst")
    record, record_name = RECORD, "dump.json"
    if recipients:
        stored, name = pyrage.encrypt(stored, list(recipients)), f"{name}.age"
        record, record_name = pyrage.encrypt(record, list(recipients)), "dump.json.age"
    objects = (
        _object(name, "archive", stored, checksums=checksums),
        _object(record_name, "record", record, checksums=checksums),
    )
    packing = Packing(
        content_sha256=hashlib.sha256(content).hexdigest(),
        content_size=len(content),
        compression="as-is" if as_is else "zstd",
        recipients=[str(each) for each in recipients],
    )
    manifest = describe(dump, packing, objects, 1_717_500_000)
    values = placeholder_values(dump, manifest.identity)
    folder = prefix + KeyTemplate.parse(template).render(values)
    for each, data in zip(objects, (stored, record), strict=True):
        put_object(server, f"{folder}/{each.name}", data, each.sha256)
    put_manifest(server, folder, manifest)
    return Archived(folder=folder, manifest=manifest, content=content, stored=stored)


def put_manifest(server: S3Server, folder: str, manifest: Manifest) -> None:
    put_object(server, f"{folder}/manifest.json", manifest.encode())


def put_object(server: S3Server, key: str, data: bytes, sha256: str = "") -> None:
    """Store an object; `sha256` is what an upload of ours notes with it."""
    server.client.put_object(
        Bucket=server.bucket,
        Key=key,
        Body=data,
        ChecksumAlgorithm="CRC64NVME",
        Metadata={"panicpipe-sha256": sha256} if sha256 else {},
    )


def _dump(content: bytes, raw_name: bytes, days: int, as_is: bool) -> Dump:
    file = content if as_is else gzip.compress(content, 1, mtime=0)
    dump = a_dump(
        raw_name,
        sha256=hashlib.sha256(file).hexdigest(),
        size=len(file),
        mtime_ns=MTIME_NS + days * DAY,
        verdict=Verdict.TRUNCATED if as_is else Verdict.COMPLETE,
    )
    return replace(dump, finished=dump.finished + days * 86400)


def _object(name: str, role: str, data: bytes, *, checksums: bool) -> StoredObject:
    from awscrt.checksums import crc64nvme

    value = base64.b64encode(crc64nvme(data).to_bytes(8, "big")).decode()
    return StoredObject(
        name=name,
        role="archive" if role == "archive" else "record",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        checksum=Checksum(algorithm="CRC64NVME", value=value) if checksums else None,
    )

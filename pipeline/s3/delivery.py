"""One file into the bucket, in whichever way its size asks for, and never twice."""

from __future__ import annotations

import contextlib

from pipeline.s3 import beginning, memory, multipart
from pipeline.s3.bandwidth import Bandwidth
from pipeline.s3.beginning import Work
from pipeline.s3.checksums import Different, Digests, Expected, Scheme
from pipeline.s3.keeping import SHA256
from pipeline.s3.objects import Bucket
from pipeline.s3.proving import Proven, proof
from pipeline.s3.sending import put_file
from pipeline.s3.spans import LocalFile

_LARGEST_PUT = 16 << 20
"""Larger ones go in parts, be it only one: of those one hears while they are sent."""


def deliver(bucket: Bucket, key: str, file: LocalFile, work: Work) -> Proven:
    """Send a file unless it is there; proven to be there on return.

    TryAgain for passing faults: what is done by then need not be done again.
    """
    proven = _there(bucket, key, file, work)
    if proven is None:
        proven = _sent(bucket, key, file, work)
    elif memory.recalled(work) is not None:
        beginning.abandon(bucket, work)
    work.progress(file.size, file.size)
    return proven


def _sent(bucket: Bucket, key: str, file: LocalFile, work: Work) -> Proven:
    bandwidth = Bandwidth(bucket.options.bytes_per_second)
    if file.size > min(bucket.options.part_bytes, _LARGEST_PUT):
        return multipart.upload(bucket, key, file, work, bandwidth)
    if memory.recalled(work) is not None:
        beginning.abandon(bucket, work)
    return put_file(bucket, key, file, bandwidth)


def _there(bucket: Bucket, key: str, file: LocalFile, work: Work) -> Proven | None:
    """Return the object where an earlier run put it there and died before it could say so."""
    stored = bucket.head(key)
    if (
        stored is None
        or stored.metadata.get(SHA256) != file.sha256
        or Scheme.CRC64NVME not in stored.checksums
    ):
        return None
    whole = Digests.of(beginning.watched(file, work))
    file.confirm(whole.sha256)
    with contextlib.suppress(Different):
        return proof(bucket, stored, file.sha256, Expected.in_one(whole))
    return None

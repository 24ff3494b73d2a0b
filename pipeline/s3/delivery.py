"""One file into the bucket, in whichever way its size asks for, and never twice."""

from __future__ import annotations

import contextlib

from pipeline.errors import Rejected, StepError
from pipeline.s3 import beginning, memory, multipart
from pipeline.s3.bandwidth import Bandwidth
from pipeline.s3.beginning import Work
from pipeline.s3.checksums import Different, Digests, Expected, Scheme
from pipeline.s3.keeping import SHA256
from pipeline.s3.objects import Bucket
from pipeline.s3.proving import Proven, Wasted, proof
from pipeline.s3.sending import put_file
from pipeline.s3.spans import LocalFile

_LARGEST_PUT = 16 << 20
"""Larger ones go in parts, be it only one: of those one hears while they are sent."""
_WASTED = "wasted"
_MOST_WASTED = 3


def deliver(bucket: Bucket, key: str, file: LocalFile, work: Work) -> Proven:
    """Send a file unless it is there; proven to be there on return.

    TryAgain for passing faults: what is done by then need not be done again. Rejected where all
    was sent several times and something else was there each time.
    """
    proven = _there(bucket, key, file, work)
    if proven is None:
        proven = _sent(bucket, key, file, work)
    elif memory.recalled(work) is not None:
        beginning.abandon(bucket, work)
    work.progress(file.size, file.size)
    return proven


def _sent(bucket: Bucket, key: str, file: LocalFile, work: Work) -> Proven:
    try:
        proven = _sent_once(bucket, key, file, work)
    except Wasted as fault:
        raise _once_more(fault, work) from None
    if work.recall(_WASTED) is not None:
        work.remember(_WASTED, None)
    return proven


def _once_more(fault: Wasted, work: Work) -> StepError:
    """Return the fault, or that this is enough: every try may send a hundred gigabytes."""
    before = work.recall(_WASTED)
    times = before + 1 if isinstance(before, int) else 1
    if times < _MOST_WASTED:
        work.remember(_WASTED, times)
        return fault
    work.remember(_WASTED, None)
    return Rejected(f"sent {times} times in vain: {fault}; check the server, and what is before it")


def _sent_once(bucket: Bucket, key: str, file: LocalFile, work: Work) -> Proven:
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

"""How a multipart upload begins, and how one is given up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from pipeline.errors import Rejected, TryAgain
from pipeline.s3 import keeping, memory
from pipeline.s3.checksums import Digests, Scheme
from pipeline.s3.faults import error_code, translated
from pipeline.s3.memory import Upload
from pipeline.s3.objects import Bucket
from pipeline.s3.options import LARGEST_PART
from pipeline.s3.sending import UNKNOWN_TO_SERVER
from pipeline.s3.spans import LocalFile
from pipeline.s3.told import told

MOST_PARTS = 1000
"""Amazon allows 10,000; ListParts tells 1,000 at once, and the journal need not hold more."""


class Work(memory.Memory, Protocol):
    """What an upload needs of a stage's workspace; called from one thread only."""

    @property
    def cancelled(self) -> bool: ...
    def progress(self, done: int, total: int) -> None: ...


def part_size(size: int, wanted: int) -> int:
    """Return the size of parts: as wanted, or larger in whole MiB for at most MOST_PARTS."""
    needed = -(-size // MOST_PARTS)
    rounded = -(-needed // (1 << 20)) << 20
    if max(wanted, rounded) > LARGEST_PART:
        raise Rejected(f"{size} bytes are more than S3 takes in one object")
    return max(wanted, rounded)


def abandon(bucket: Bucket, work: memory.Memory) -> None:
    """Give up what an earlier run began, wherever this client can reach it, and forget it."""
    begun = memory.recalled(work)
    if begun is not None and begun.is_at(bucket.options):
        there = bucket.beside(begun.bucket)
        for upload_id in [begun.id] if begun.id else _nameless(there, begun.key):
            try:
                there.abort(begun.key, upload_id)
            except Rejected:
                # Its bucket is gone, or closed to us: nothing that waiting would change. What it
                # left there falls to the bucket's lifecycle rule.
                break
    memory.forget(work)


def _nameless(bucket: Bucket, key: str) -> Sequence[str]:
    """Return the uploads that a run may have begun without living to see the answer.

    The key is this dump's alone, and so are they.
    """
    with (
        contextlib.suppress(Rejected),
        translated(bucket.options, "s3:ListBucketMultipartUploads", key),
    ):
        answer = bucket.client.list_multipart_uploads(Bucket=bucket.name, Prefix=key)
        begun = answer.get("Uploads", ())
        return [told(each, "UploadId") for each in begun if told(each, "Key") == key]
    return ()


def plan(bucket: Bucket, key: str, file: LocalFile) -> Upload:
    """Return how a file would be sent."""
    return Upload(
        endpoint=bucket.options.endpoint_url or "",
        bucket=bucket.name,
        key=key,
        size=file.size,
        sha256=file.sha256,
        crc64nvme="",
        part_size=part_size(file.size, bucket.options.part_bytes),
    )


def begin(bucket: Bucket, plan: Upload, file: LocalFile, work: Work) -> Upload:
    """Read the file once, and have the server begin; Rejected where it is not what was recorded."""
    whole = Digests.of(watched(file, work))
    file.confirm(whole.sha256)
    plan = replace(plan, crc64nvme=whole.crc64nvme)
    memory.remember(work, plan)
    begun = _created(bucket, plan)
    memory.remember(work, begun)
    return begun


def watched(file: LocalFile, work: Work) -> Iterator[bytes]:
    """Read a file, with a sign of life at each piece; TryAgain once nobody waits."""
    for piece in file.whole.chunks():
        if work.cancelled:
            raise TryAgain("stopped")
        work.progress(0, file.size)
        yield piece


def _abort_others(bucket: Bucket, begun: Upload) -> None:
    """Give up what was begun for the same file when only the answer was lost, and it began anew."""
    for upload_id in _nameless(bucket, begun.key):
        if upload_id != begun.id:
            bucket.abort(begun.key, upload_id)


def _created(bucket: Bucket, plan: Upload) -> Upload:
    """Begin with the best checksum that the server knows."""
    kept = keeping.arguments(bucket.options, "heavy", {keeping.SHA256: plan.sha256})
    with translated(bucket.options, "s3:PutObject", plan.key):
        for scheme in Scheme:
            arguments: dict[str, Any] = {**kept, **scheme.when_created()}
            try:
                answer = bucket.client.create_multipart_upload(
                    Bucket=bucket.name, Key=plan.key, **arguments
                )
            except Exception as error:
                if scheme is Scheme.MD5 or error_code(error) not in UNKNOWN_TO_SERVER:
                    raise
                continue
            # A server that does not repeat it has not understood it.
            spoken = scheme if answer.get("ChecksumAlgorithm") == scheme.value else Scheme.MD5
            begun = replace(plan, id=told(answer, "UploadId"), scheme=spoken.value)
            if answer["ResponseMetadata"].get("RetryAttempts"):
                _abort_others(bucket, begun)
            return begun
    raise TryAgain(f"{bucket.options.server} does not begin an upload")

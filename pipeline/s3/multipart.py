"""Large files in parts: several at once, flat in memory, and continued wherever they stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import Rejected, StepError, TryAgain
from pipeline.s3 import keeping, memory
from pipeline.s3.checksums import Different, Digests, Expected, Scheme
from pipeline.s3.faults import error_code, fault_of, translated
from pipeline.s3.memory import Part, Upload
from pipeline.s3.objects import Bucket
from pipeline.s3.options import LARGEST_PART
from pipeline.s3.proving import Proven, proof, prove
from pipeline.s3.sending import UNKNOWN_TO_SERVER
from pipeline.s3.spans import Body, Sending, Span

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

MOST_PARTS = 1000
"""Amazon allows 10,000; ListParts tells 1,000 at once, and the journal need not hold more."""
_LOOK_SECONDS = 0.2


class Work(memory.Memory, Protocol):
    """What an upload needs of a stage's workspace; called from one thread only."""

    @property
    def cancelled(self) -> bool: ...
    def progress(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Source:
    """An open file to be sent, and the SHA-256 it was recorded with."""

    fd: int
    size: int
    sha256: str

    @property
    def whole(self) -> Span:
        return Span(fd=self.fd, offset=0, size=self.size)


def part_size(size: int, wanted: int) -> int:
    """Return the size of parts: as wanted, or larger in whole MiB for at most MOST_PARTS."""
    needed = -(-size // MOST_PARTS)
    rounded = -(-needed // (1 << 20)) << 20
    if max(wanted, rounded) > LARGEST_PART:
        raise Rejected(f"{size} bytes are more than S3 takes in one object")
    return max(wanted, rounded)


def upload(bucket: Bucket, key: str, source: Source, work: Work, sending: Sending) -> Proven:
    """Send a file in parts, or what is missing of it, and prove that it is there.

    TryAgain leaves what is done remembered for the next run, unless the server has lost it.
    """
    begun = memory.recalled(work)
    plan = _plan(bucket, key, source)
    if begun is not None and begun.id and begun.is_of(plan):
        parts = _kept(bucket, begun, work)
        if parts is not None:
            return _finish(bucket, begun, parts, source, work, sending)
        ended = _already_there(bucket, begun, work)
        if ended is not None:
            return ended
    abandon(bucket, work)
    begun = _begin(bucket, plan, source, work)
    return _finish(bucket, begun, {}, source, work, sending)


def abandon(bucket: Bucket, work: memory.Memory) -> None:
    """Give up what an earlier run began, wherever this client can reach it, and forget it."""
    begun = memory.recalled(work)
    if begun is not None and begun.is_at(bucket.options):
        there = Bucket(replace(bucket.options, bucket=begun.bucket))
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
        return [each["UploadId"] for each in answer.get("Uploads", ()) if each["Key"] == key]
    return ()


def _plan(bucket: Bucket, key: str, source: Source) -> Upload:
    return Upload(
        endpoint=bucket.options.endpoint_url or "",
        bucket=bucket.name,
        key=key,
        size=source.size,
        sha256=source.sha256,
        crc64nvme="",
        part_size=part_size(source.size, bucket.options.part_bytes),
    )


def _begin(bucket: Bucket, plan: Upload, source: Source, work: Work) -> Upload:
    whole = Digests.of(_watched(source, work))
    if whole.sha256 != source.sha256:
        raise Rejected(
            "the file to be archived is no longer what was recorded (its SHA-256 differs): the "
            "disk may be failing"
        )
    plan = replace(plan, crc64nvme=whole.crc64nvme)
    memory.remember(work, plan)
    begun = _created(bucket, plan)
    memory.remember(work, begun)
    return begun


def _watched(source: Source, work: Work) -> Iterator[bytes]:
    for piece in source.whole.chunks():
        if work.cancelled:
            raise TryAgain("stopped")
        work.progress(0, source.size)
        yield piece


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
            return replace(plan, id=answer["UploadId"], scheme=spoken.value)
    raise TryAgain(f"{bucket.options.server} does not begin an upload")


def _kept(bucket: Bucket, begun: Upload, work: Work) -> dict[int, Part] | None:
    """Return the parts on which we and the server agree; None where it knows no such upload."""
    kept = {}
    with translated(bucket.options, "s3:ListMultipartUploadParts", begun.key):
        try:
            pages = bucket.client.get_paginator("list_parts").paginate(
                Bucket=begun.bucket, Key=begun.key, UploadId=begun.id
            )
            for page in pages:
                for told in page.get("Parts", ()):
                    part = memory.recalled_part(work, told["PartNumber"])
                    if part and (part.etag, part.size) == (told["ETag"], told["Size"]):
                        kept[told["PartNumber"]] = part
        except Exception as error:
            if error_code(error) in ("NoSuchUpload", "404"):
                return None
            raise
    return kept


def _finish(
    bucket: Bucket,
    begun: Upload,
    parts: Mapping[int, Part],
    source: Source,
    work: Work,
    sending: Sending,
) -> Proven:
    missing = [number for number in range(1, begun.parts + 1) if number not in parts]
    sender = _Sender(bucket, begun, source, sending)
    done = dict(parts)
    for number, part in _sent(sender, missing, work, sum(part.size for part in parts.values())):
        memory.remember_part(work, number, part)
        done[number] = part
    in_order = [done[number] for number in sorted(done)]
    _complete(bucket, begun, in_order, work)
    proven = prove(bucket, begun.key, begun.sha256, _expected(begun, in_order))
    memory.forget(work)
    return proven


def _expected(begun: Upload, parts: Sequence[Part]) -> Expected:
    whole = Digests(size=begun.size, sha256=begun.sha256, crc64nvme=begun.crc64nvme)
    return Expected.in_parts(whole, Scheme(begun.scheme), [part.digest for part in parts])


@dataclass(frozen=True)
class _Sender:
    """Sends one part; called in several threads."""

    bucket: Bucket
    begun: Upload
    source: Source
    sending: Sending

    def __call__(self, number: int) -> Part:
        begun = self.begun
        offset = (number - 1) * begun.part_size
        size = min(begun.part_size, begun.size - offset)
        span = Span(fd=self.source.fd, offset=offset, size=size)
        scheme = Scheme(begun.scheme)
        digest = scheme.digest(span.chunks())
        protection: dict[str, Any] = scheme.with_bytes(digest)
        with translated(self.bucket.options, "s3:PutObject", begun.key):
            answer = self.bucket.client.upload_part(
                Bucket=begun.bucket,
                Key=begun.key,
                UploadId=begun.id,
                PartNumber=number,
                Body=Body(span, self.sending, number),  # type: ignore[arg-type]
                ContentLength=size,
                **protection,
            )
        return Part(size=size, etag=answer["ETag"], digest=digest)


def _sent(
    sender: _Sender, missing: Sequence[int], work: Work, before: int
) -> Iterator[tuple[int, Part]]:
    """Yield each part as soon as it is sent; on the first fault, or once cancelled, stop all."""
    total, told = sender.begun.size, 0
    pool = ThreadPoolExecutor(sender.bucket.options.parallel, "part")
    waiting: dict[Future[Part], int] = {pool.submit(sender, number): number for number in missing}
    try:
        while waiting:
            ready, _ = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
            for future in ready:
                yield waiting.pop(future), future.result()
            told = max(told, min(before + sender.sending.sent, total))
            work.progress(told, total)
            if work.cancelled and waiting:
                raise TryAgain("stopped")
    finally:
        sender.sending.stop()
        pool.shutdown(wait=False, cancel_futures=True)


def _complete(bucket: Bucket, begun: Upload, parts: Sequence[Part], work: Work) -> None:
    """Have the parts put together; whatever is answered, `prove` has the last word."""
    scheme = Scheme(begun.scheme)
    named: list[CompletedPartTypeDef] = [
        {"PartNumber": number, "ETag": part.etag, **scheme.when_completed(part.digest)}  # type: ignore[typeddict-item]
        for number, part in enumerate(parts, 1)
    ]
    whole: dict[str, Any] = {}
    if scheme is Scheme.CRC64NVME:
        whole = {"ChecksumType": "FULL_OBJECT", "ChecksumCRC64NVME": begun.crc64nvme}
    try:
        bucket.client.complete_multipart_upload(
            Bucket=begun.bucket,
            Key=begun.key,
            UploadId=begun.id,
            MultipartUpload={"Parts": named},
            **whole,
        )
    except Exception as error:
        fault = fault_of(error, bucket.options, "s3:PutObject", begun.key)
        if fault is None:
            raise
        if _is_there(bucket, begun, _expected(begun, parts)) is None:
            _give_up_what_is_wrong(bucket, error, work)
            raise fault from None


def _give_up_what_is_wrong(bucket: Bucket, error: Exception, work: Work) -> None:
    """Begin anew next time where the parts, together, are not the file, or are gone."""
    wrong = {"BadDigest", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "NoSuchUpload"}
    if error_code(error) in wrong:
        with contextlib.suppress(StepError):
            abandon(bucket, work)


def _already_there(bucket: Bucket, begun: Upload, work: Work) -> Proven | None:
    """Return the object where the upload was completed and only the answer was lost."""
    parts = [memory.recalled_part(work, number) for number in range(1, begun.parts + 1)]
    sent = [part for part in parts if part is not None]
    if len(sent) < begun.parts:
        return None
    proven = _is_there(bucket, begun, _expected(begun, sent))
    if proven is not None:
        memory.forget(work)
    return proven


def _is_there(bucket: Bucket, begun: Upload, expected: Expected) -> Proven | None:
    with contextlib.suppress(Different, StepError):
        stored = bucket.head(begun.key)
        return stored and proof(bucket, stored, begun.sha256, expected)
    return None

"""Large files in parts: several at once, flat in memory, and continued wherever they stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.errors import StepError, TryAgain
from pipeline.s3 import memory
from pipeline.s3.bandwidth import Bandwidth
from pipeline.s3.beginning import Work, abandon, begin, plan, watched
from pipeline.s3.checksums import Different, Digests, Expected, Scheme, joined
from pipeline.s3.faults import error_code, fault_of, translated
from pipeline.s3.memory import Part, Upload
from pipeline.s3.objects import Bucket
from pipeline.s3.parts import PartSender, sent
from pipeline.s3.proving import Alive, Proven, Wasted, proof, prove
from pipeline.s3.spans import LocalFile, Sending
from pipeline.s3.told import told

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef


_WRONG = frozenset({"BadDigest", "InvalidPart", "InvalidPartOrder"})
_GARBLED = frozenset({"MalformedXML"})
"""What a server answers whom the list of parts did not reach as it was sent: asked again, the
parts are still there; one that does not understand it is not asked for ever."""


def upload(bucket: Bucket, key: str, file: LocalFile, work: Work, bandwidth: Bandwidth) -> Proven:
    """Send a file in parts, or what is missing of it, and prove that it is there.

    TryAgain leaves what is done remembered for the next run, unless the server has lost it.
    """
    begun = memory.recalled(work)
    wanted = plan(bucket, key, file)
    if begun is not None and begun.id and begun.is_of(wanted):
        parts = _kept(bucket, begun, work)
        if parts is not None:
            return _finish(bucket, begun, parts, file, work, bandwidth)
        ended = _already_there(bucket, begun, work)
        if ended is not None:
            return ended
    abandon(bucket, work)
    begun = begin(bucket, wanted, file, work)
    return _finish(bucket, begun, {}, file, work, bandwidth)


def _kept(bucket: Bucket, begun: Upload, work: Work) -> dict[int, Part] | None:
    """Return the parts on which we and the server agree; None where it knows no such upload."""
    kept = {}
    with translated(bucket.options, "s3:ListMultipartUploadParts", begun.key):
        try:
            pages = bucket.client.get_paginator("list_parts").paginate(
                Bucket=begun.bucket, Key=begun.key, UploadId=begun.id
            )
            for page in pages:
                for listed in page.get("Parts", ()):
                    number, etag, size = (
                        told(listed, name) for name in ("PartNumber", "ETag", "Size")
                    )
                    part = memory.recalled_part(work, number)
                    if part and (part.etag, part.size) == (etag, size):
                        kept[number] = part
        except Exception as error:
            if error_code(error) in ("NoSuchUpload", "404"):
                return None
            raise
    return kept


def _finish(
    bucket: Bucket,
    begun: Upload,
    parts: Mapping[int, Part],
    file: LocalFile,
    work: Work,
    bandwidth: Bandwidth,
) -> Proven:
    missing = [number for number in range(1, begun.parts + 1) if number not in parts]
    sender = PartSender(bucket, begun, file, Sending(bandwidth))
    done = dict(parts)
    for number, part in sent(sender, missing, work, sum(part.size for part in parts.values())):
        memory.remember_part(work, number, part)
        done[number] = part
    in_order = [done[number] for number in sorted(done)]
    _refuse_what_changed(bucket, begun, in_order, file, work)
    _complete(bucket, begun, in_order, work)
    expected = _expected(begun, in_order)
    proven = prove(bucket, begun.key, begun.sha256, expected, _alive(begun, work))
    memory.forget(work)
    return proven


def _refuse_what_changed(
    bucket: Bucket, begun: Upload, parts: Sequence[Part], file: LocalFile, work: Work
) -> None:
    """See that what was read for the parts, perhaps over days, is the file that was recorded.

    Few servers compare a checksum of the whole.
    """
    if joined((part.size, part.crc64nvme) for part in parts) != begun.crc64nvme:
        with contextlib.suppress(StepError):
            abandon(bucket, work)
        file.confirm(Digests.of(watched(file, work)).sha256)
        raise TryAgain(f"{file.name} was not read as it is: sending it again")


def _expected(begun: Upload, parts: Sequence[Part]) -> Expected:
    whole = Digests(size=begun.size, sha256=begun.sha256, crc64nvme=begun.crc64nvme)
    return Expected.in_parts(whole, Scheme(begun.scheme), [part.digest for part in parts])


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
        with contextlib.suppress(StepError):  # what went wrong before tells more
            if _is_there(bucket, begun, _expected(begun, parts), work):
                return
        _give_up_what_is_wrong(bucket, error, work)
        raise Wasted(str(fault)) if error_code(error) in _WRONG | _GARBLED else fault from None


def _give_up_what_is_wrong(bucket: Bucket, error: Exception, work: Work) -> None:
    """Begin anew next time where the parts, together, are not the file, or are gone."""
    if error_code(error) in _WRONG | {"EntityTooSmall", "NoSuchUpload"}:
        with contextlib.suppress(StepError):
            abandon(bucket, work)


def _already_there(bucket: Bucket, begun: Upload, work: Work) -> Proven | None:
    """Return the object where the upload was completed and only the answer was lost."""
    parts = [memory.recalled_part(work, number) for number in range(1, begun.parts + 1)]
    sent = [part for part in parts if part is not None]
    if len(sent) < begun.parts:
        return None
    proven = _is_there(bucket, begun, _expected(begun, sent), work)
    if proven is not None:
        memory.forget(work)
    return proven


def _is_there(bucket: Bucket, begun: Upload, expected: Expected, work: Work) -> Proven | None:
    stored = bucket.head(begun.key)
    with contextlib.suppress(Different):
        if stored is not None:
            return proof(bucket, stored, begun.sha256, expected, _alive(begun, work))
    return None


def _alive(begun: Upload, work: Work) -> Alive:
    return lambda: work.progress(begun.size, begun.size)

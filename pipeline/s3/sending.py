"""Files and small texts put in one request, each proven to be there in the end."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pipeline.s3 import keeping
from pipeline.s3.bandwidth import Bandwidth
from pipeline.s3.checksums import Digests, Expected, Scheme
from pipeline.s3.faults import error_code, translated
from pipeline.s3.objects import Bucket
from pipeline.s3.proving import Proven, prove
from pipeline.s3.spans import Body, LocalFile, Sending

UNKNOWN_TO_SERVER = frozenset(
    {"InvalidArgument", "InvalidRequest", "NotImplemented", "501", "400", "MalformedXML"}
)
"""Codes with which servers refuse checksums that they do not know."""


def put_bytes(
    bucket: Bucket, key: str, data: bytes, kind: str, *, locked_for: timedelta | None = None
) -> Proven:
    """Put a small object; `kind` is its media type.

    `locked_for` takes the place of the days under Object Lock, where there are any.
    """
    whole = Digests.of([data], md5=True)
    known = {keeping.SHA256: whole.sha256}
    kept = keeping.arguments(bucket.options, "light", known, locked_for=locked_for)
    extra = {"ContentType": kind, **kept}
    return _put(bucket, key, data, whole, extra)


def put_file(bucket: Bucket, key: str, file: LocalFile, bandwidth: Bandwidth) -> Proven:
    """Put a file in one request; Rejected where it is not what was recorded."""
    whole = Digests.of(file.whole.chunks(), md5=True)
    file.confirm(whole.sha256)
    kept = keeping.arguments(bucket.options, "heavy", {keeping.SHA256: whole.sha256})
    body = Body(file.whole, Sending(bandwidth))
    return _put(bucket, key, body, whole, kept)


def _put(
    bucket: Bucket, key: str, body: bytes | Body, whole: Digests, extra: Mapping[str, Any]
) -> Proven:
    protections = _protections(whole)
    with translated(bucket.options, "s3:PutObject", key):
        for last, protection in protections:
            arguments: dict[str, Any] = {**extra, **protection}
            if isinstance(body, Body):
                body.seek(0)  # a refusal may have come after all of it was read
            try:
                bucket.client.put_object(
                    Bucket=bucket.name,
                    Key=key,
                    Body=body,  # type: ignore[arg-type]
                    ContentLength=whole.size,
                    **arguments,
                )
                break
            except Exception as error:
                if last or error_code(error) not in UNKNOWN_TO_SERVER:
                    raise
    return prove(bucket, key, whole.sha256, Expected.in_one(whole))


def _protections(whole: Digests) -> Sequence[tuple[bool, Mapping[str, Any]]]:
    """Return what protects the bytes on their way, the best first, and whether it is the last."""
    md5 = Scheme.MD5.with_bytes(_base64(whole.md5 or ""))
    return (
        (False, {**md5, **Scheme.CRC64NVME.with_bytes(whole.crc64nvme)}),
        (False, {**md5, **Scheme.SHA256.with_bytes(_base64(whole.sha256))}),
        (True, md5),
    )


def _base64(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()

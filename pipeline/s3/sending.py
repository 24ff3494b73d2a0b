"""Files and small texts put in one request, each proven to be there in the end."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.s3 import keeping
from pipeline.s3.checksums import Digests, Expected, Scheme
from pipeline.s3.faults import error_code, translated
from pipeline.s3.keeping import Class
from pipeline.s3.objects import Bucket
from pipeline.s3.proving import Proven, prove
from pipeline.s3.spans import Body, Sending, Span

UNKNOWN_TO_SERVER = frozenset(
    {"InvalidArgument", "InvalidRequest", "NotImplemented", "501", "400", "MalformedXML"}
)
"""Codes with which servers refuse checksums that they do not know."""


def put_bytes(bucket: Bucket, key: str, data: bytes, kind: str) -> Proven:
    """Put a small object; `kind` is its media type."""
    whole = Digests.of([data], md5=True)
    extra = {"ContentType": kind, **_kept(bucket, "light", whole.sha256)}
    return _put(bucket, key, data, whole, extra)


def put_span(bucket: Bucket, key: str, span: Span, weight: Class, sending: Sending) -> Proven:
    """Put a file in one request."""
    whole = Digests.of(span.chunks(), md5=True)
    return _put(bucket, key, Body(span, sending), whole, _kept(bucket, weight, whole.sha256))


def _kept(bucket: Bucket, weight: Class, sha256: str) -> dict[str, Any]:
    return keeping.arguments(bucket.options, weight, {keeping.SHA256: sha256})


def _put(
    bucket: Bucket, key: str, body: bytes | Body, whole: Digests, extra: Mapping[str, Any]
) -> Proven:
    protections = _protections(whole)
    with translated(bucket.options, "s3:PutObject", key):
        for last, protection in protections:
            arguments: dict[str, Any] = {**extra, **protection}
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

"""How an object is to be kept, as arguments of PutObject and CreateMultipartUpload."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from pipeline.s3.options import S3Options

SHA256 = "panicpipe-sha256"
"""Metadata: the hexadecimal SHA-256 of the object's bytes."""

Class = Literal["heavy", "light"]
"""`light` objects must be readable at once: they are never put into a colder class."""


def arguments(
    options: S3Options,
    weight: Class,
    metadata: Mapping[str, str],
    *,
    locked_for: timedelta | None = None,
) -> dict[str, Any]:
    """Return what the options ask for, and the object's metadata (ASCII).

    `locked_for` takes the place of the days under Object Lock, where there are any.
    """
    given: dict[str, Any] = {
        "Metadata": dict(metadata),
        "ServerSideEncryption": options.sse,
        "SSEKMSKeyId": options.kms_key_id,
        "StorageClass": options.storage_class if weight == "heavy" else None,
        "Tagging": urlencode(options.tags) or None,
    }
    if options.object_lock_days is not None:
        retention = locked_for or timedelta(days=options.object_lock_days)
        given["ObjectLockMode"] = options.object_lock_mode
        given["ObjectLockRetainUntilDate"] = datetime.now(UTC) + retention
    return {name: value for name, value in given.items() if value is not None}

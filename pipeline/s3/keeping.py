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


def arguments(options: S3Options, weight: Class, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return what the options ask for, and the object's metadata (ASCII)."""
    given: dict[str, Any] = {
        "Metadata": dict(metadata),
        "ServerSideEncryption": options.sse,
        "SSEKMSKeyId": options.kms_key_id,
        "StorageClass": options.storage_class if weight == "heavy" else None,
        "Tagging": urlencode(options.tags) or None,
        "ObjectLockMode": options.object_lock_mode,
        "ObjectLockRetainUntilDate": _until(options.object_lock_days),
    }
    return {name: value for name, value in given.items() if value is not None}


def _until(days: int | None) -> datetime | None:
    return None if days is None else datetime.now(UTC) + timedelta(days=days)

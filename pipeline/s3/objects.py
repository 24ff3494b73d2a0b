"""One bucket: what lies in it, read, written and removed; every fault in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.s3.checksums import Scheme
from pipeline.s3.client import begin, connect, ready
from pipeline.s3.credentials import look_up
from pipeline.s3.faults import error_code, translated
from pipeline.s3.options import S3Options
from pipeline.s3.told import Untold, told, told_listing

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

_CHUNK = 1 << 20
_ETAG = re.compile(r"[!-~]{0,1024}")
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An object as a listing tells it."""

    key: str
    """As somebody wrote it: not safe to show."""
    size: int
    modified: datetime


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object as HEAD tells it."""

    key: str
    size: int
    etag: str
    """Without quotes."""
    modified: datetime
    version: str | None
    checksums: Mapping[Scheme, str]
    """What the server keeps, the strongest proof first; MD5 is the ETag."""
    metadata: Mapping[str, str]
    storage_class: str | None


class Bucket:
    """A bucket and a client for it; threads may share it."""

    def __init__(self, options: S3Options) -> None:
        self.options = options
        self.session: Session = begin(options)
        look_up(options, self.session)  # else the client would, and blame the server
        self.client: S3Client = connect(options, self.session)
        self.has_credentials = False
        """Whether there were some when it was prepared."""

    def prepare(self) -> None:
        """Read and load now what is needed later, when no file can be read any more.

        Credentials are looked up, by a program or a server where they say so. Rejected or TryAgain
        where that fails.
        """
        with translated(self.options):
            self.has_credentials = ready(self.options, self.session, self.client)

    def beside(self, name: str) -> Bucket:
        """Return another bucket of the same server, for the same credentials."""
        other = copy(self)
        other.options = replace(self.options, bucket=name)
        return other

    @property
    def name(self) -> str:
        return self.options.bucket

    def head(self, key: str) -> Stored | None:
        """Return what the server says of an object; None where there is none."""
        with translated(self.options, "s3:GetObject", key):
            try:
                answer = self.client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
            except Exception as error:
                if error_code(error) in _MISSING:
                    return None
                raise
            return _stored(key, answer)

    def read(self, key: str, most: int) -> bytes | None:
        """Return a small object, or None where there is none.

        Of a larger one no more than `most` + 1 bytes, by which it is known.
        """
        with translated(self.options, "s3:GetObject", key):
            try:
                answer = self.client.get_object(Bucket=self.name, Key=key)
            except Exception as error:
                if error_code(error) in _MISSING:
                    return None
                raise
            told(answer, "LastModified")
            with closing(answer["Body"]) as body:
                return body.read(most + 1)

    def stream(self, key: str, start: int = 0, etag: str | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` on; TryAgain if another object is there now.

        `etag` is that of the object that is meant.
        """
        arguments: dict[str, Any] = {} if etag is None else {"IfMatch": f'"{etag}"'}
        if start:
            arguments["Range"] = f"bytes={start}-"
        with translated(self.options, "s3:GetObject", key):
            answer = self.client.get_object(Bucket=self.name, Key=key, **arguments)
            told(answer, "LastModified")
            if start and not _begins(told(answer, "ContentRange"), start):
                raise Untold("another range")
            with closing(answer["Body"]) as body:
                yield from body.iter_chunks(_CHUNK)

    def list(self, prefix: str) -> Iterator[Listed]:
        """Yield every object whose key begins with `prefix`, in the order of their keys."""
        with translated(self.options, "s3:ListBucket", prefix):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.name, Prefix=prefix):
                for item in told_listing(page).get("Contents", ()):
                    yield Listed(
                        key=told(item, "Key"),
                        size=told(item, "Size"),
                        modified=told(item, "LastModified"),
                    )

    def delete(self, key: str, version: str | None = None) -> None:
        """Remove an object; it is no fault where there is none."""
        arguments: dict[str, Any] = {} if version is None else {"VersionId": version}
        with translated(self.options, "s3:DeleteObject", key):
            self.client.delete_object(Bucket=self.name, Key=key, **arguments)

    def abort(self, key: str, upload: str) -> None:
        """Give a multipart upload up; it is no fault where there is none."""
        with translated(self.options, "s3:AbortMultipartUpload", key):
            try:
                self.client.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload)
            except Exception as error:
                if error_code(error) not in ("NoSuchUpload", "404"):
                    raise


def _begins(content_range: str, start: int) -> bool:
    """Whether an answer brings bytes from there on: `bytes 5-9/10`."""
    return content_range.removeprefix("bytes ").startswith(f"{start}-")


def _stored(key: str, answer: HeadObjectOutputTypeDef) -> Stored:
    etag = answer.get("ETag", "").strip('"')
    etag = etag if _ETAG.fullmatch(etag) else ""  # it goes into headers again
    kept = {
        Scheme.CRC64NVME: answer.get("ChecksumCRC64NVME"),
        Scheme.SHA256: answer.get("ChecksumSHA256"),
        Scheme.MD5: etag,
    }
    version = answer.get("VersionId")
    return Stored(
        key=key,
        size=told(answer, "ContentLength"),
        etag=etag,
        modified=told(answer, "LastModified"),
        version=None if version == "null" else version,
        checksums={scheme: value for scheme, value in kept.items() if value},
        metadata=answer.get("Metadata", {}),
        storage_class=answer.get("StorageClass"),
    )

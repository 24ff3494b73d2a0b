"""Whether a bucket can be used as an archive, tried out step by step."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from pipeline.errors import StepError
from pipeline.plugin import Probe
from pipeline.s3 import keeping
from pipeline.s3.answers import TELL_OF_BUCKET
from pipeline.s3.client import begin, connect
from pipeline.s3.faults import answer_of, error_code, fault_of, translated
from pipeline.s3.objects import Bucket
from pipeline.s3.options import S3Options
from pipeline.s3.sending import put_bytes
from pipeline.s3.told import told

_NAME = ".panicpipe-probe-"
_DATA = b"Written and removed by panicpipe config check --online.\n"
_LOCKED_FOR = timedelta(minutes=1)


def probe(options: S3Options, bucket: Bucket | None = None) -> Sequence[Probe]:
    """Try all that an upload needs; ends at the first fault that makes the rest meaningless.

    `bucket` is the one of these options where it is prepared already.
    """
    return tuple(_probes(options, bucket))


def _probes(options: S3Options, bucket: Bucket | None) -> Iterator[Probe]:
    reached = _reached(options, bucket)
    yield reached
    if reached.fault:
        return
    identity, place, listing = _identified(options, bucket)
    yield identity
    if identity.fault:
        return
    yield place
    if place.fault:
        return
    yield listing
    yield from _tried(bucket or Bucket(options))


def _reached(options: S3Options, bucket: Bucket | None) -> Probe:
    """Any answer will do, even a refusal."""
    plain = (options.endpoint_url or "").startswith("http://")
    what = f"reach {options.server}" + (", unencrypted" if plain else " with TLS")
    try:
        session = begin(options) if bucket is None else bucket.session
        connect(options, session, anonymous=True).head_bucket(Bucket=options.bucket)
    except Exception as error:
        if answer_of(error) is None:
            return Probe(what=what, fault=_words(error, options))
    return Probe(what=what)


def _identified(options: S3Options, bucket: Bucket | None) -> tuple[Probe, Probe, Probe]:
    """Ask for a listing, whose refusal tells why: who we are, where the bucket is, what we may."""
    who = f" of profile {options.profile}" if options.profile else ""
    whats = (
        f"use the credentials{who} at {options.server}",
        f"find bucket {options.bucket}" + (f" in {options.region}" if options.region else ""),
        f"list {options.url(options.root)}",
    )
    faults: list[str | None] = [None, None, None]
    try:
        asked = bucket or Bucket(options)
        asked.client.list_objects_v2(Bucket=options.bucket, Prefix=options.root, MaxKeys=1)
    except Exception as error:
        blamed = _blamed(error)
        faults[blamed] = _words(error, options, "s3:ListBucket")
    identity, place, listing = (
        Probe(what=what, fault=fault) for what, fault in zip(whats, faults, strict=True)
    )
    return identity, place, listing


def _blamed(error: Exception) -> int:
    code = error_code(error)
    if code in TELL_OF_BUCKET:
        return 1
    return 2 if code in ("AccessDenied", "403", "NotImplemented") else 0


def _tried(bucket: Bucket) -> Iterator[Probe]:
    options = bucket.options
    key = f"{options.root}{_NAME}{secrets.token_hex(8)}"
    url = options.url(options.root)
    try:
        put_bytes(bucket, key, _DATA, "text/plain", locked_for=_LOCKED_FOR)
    except StepError as fault:
        with contextlib.suppress(StepError):  # it may be there, and only not be readable
            bucket.delete(key)
        yield Probe(what=f"write to {url}", fault=str(fault))
        return
    yield Probe(what=f"write to {url}")
    yield _read(bucket, key, url)
    yield _deleted(bucket, key, url)
    yield _multipart(bucket, key, url)


def _read(bucket: Bucket, key: str, url: str) -> Probe:
    what, fault = f"read from {url}", None
    try:
        if bucket.read(key, 1 << 16) != _DATA:
            fault = f"{bucket.options.server} gives back other bytes than were written"
    except StepError as error:
        fault = str(error)
    return Probe(what=what, fault=fault)


def _deleted(bucket: Bucket, key: str, url: str) -> Probe:
    what = f"remove from {url}"
    try:
        stored = bucket.head(key)
        bucket.delete(key, stored.version if stored else None)
    except StepError as error:
        if bucket.options.object_lock_mode:
            name = key.removeprefix(bucket.options.root)
            return Probe(what=f"{what}: Object Lock keeps {name} for a minute, as it should")
        return Probe(what=what, fault=str(error))
    return Probe(what=what)


def _multipart(bucket: Bucket, key: str, url: str) -> Probe:
    what = f"begin and abort an upload in parts to {url}"
    arguments: dict[str, Any] = {"Bucket": bucket.name, "Key": key}
    kept = keeping.arguments(bucket.options, "heavy", {}, locked_for=_LOCKED_FOR)
    try:
        with translated(bucket.options, "s3:PutObject", key):
            begun = bucket.client.create_multipart_upload(**arguments, **kept)
            upload = told(begun, "UploadId")
        try:
            with translated(bucket.options, "s3:ListMultipartUploadParts", key):
                bucket.client.list_parts(**arguments, UploadId=upload)
        finally:
            bucket.abort(key, upload)
    except StepError as error:
        return Probe(what=what, fault=str(error))
    return Probe(what=what)


def _words(error: Exception, options: S3Options, permission: str = "") -> str:
    fault = fault_of(error, options, permission, options.root)
    if fault is None:
        raise error
    return str(fault)

"""One object: read no further than asked, never mixed with another, gone where it is gone."""

from __future__ import annotations

import pytest

from pipeline import TryAgain
from pipeline.s3.sending import put_bytes
from tests.s3.faults import Answer, Page
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import MiB, bucket

_DATE = ("Last-Modified", "Mon, 23 Nov 2026 11:00:00 GMT")


def test_of_an_object_that_is_larger_than_expected_little_is_read(
    as_admin: S3Server, proxy: FaultProxy
) -> None:
    as_admin.client.put_object(Bucket=as_admin.bucket, Key="k", Body=bytes(64 * MiB))
    assert bucket(as_admin.behind(proxy.endpoint)).read("k", 10) == bytes(11)
    assert proxy.bytes_down("GetObject") < 32 * MiB


def test_an_object_that_was_replaced_is_not_read_in_the_others_place(as_admin: S3Server) -> None:
    there = bucket(as_admin)
    put_bytes(there, "k", b"one", "text/plain")
    first = there.head("k")
    assert first
    put_bytes(there, "k", b"two", "text/plain")
    with pytest.raises(TryAgain, match="PreconditionFailed"):
        list(there.stream("k", etag=first.etag))


@pytest.mark.parametrize("code", ["NoSuchUpload", "404"])
def test_an_upload_that_is_gone_has_been_aborted(
    as_admin: S3Server, proxy: FaultProxy, code: str
) -> None:
    proxy.add(Answer(404, code), "AbortMultipartUpload")
    bucket(as_admin.behind(proxy.endpoint)).abort("k", "gone")
    assert proxy.count("AbortMultipartUpload") == 1


def test_an_object_of_before_versions_were_kept_has_none(
    as_admin: S3Server, proxy: FaultProxy
) -> None:
    """To remove it takes no right to remove versions."""
    there = bucket(as_admin.behind(proxy.endpoint))
    headers = (_DATE, ("Content-Length", "4"), ("x-amz-version-id", "null"))
    proxy.add(Page(b"", headers), "HeadObject")
    stored = there.head("k")
    assert stored
    assert stored.version is None

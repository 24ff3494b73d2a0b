"""What answers in a server's place says nothing about the archive: it is asked again later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import TryAgain
from pipeline.s3.delivery import deliver
from pipeline.s3.objects import Bucket
from pipeline.s3.sending import put_bytes
from tests.s3.faults import Page
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import PART, Work, bucket, content, local

_DATE = ("Last-Modified", "Mon, 23 Nov 2026 11:00:00 GMT")
_MODIFIED = "<LastModified>2026-11-23T11:00:00Z</LastModified>"
_NOT_S3 = "answers, but not as S3 does or not in full"


def _head(there: Bucket) -> object:
    return there.head("k")


def _read(there: Bucket) -> object:
    return there.read("k", 100)


def _read_from_there(there: Bucket) -> object:
    return list(there.stream("k", 2))


def _list(there: Bucket) -> object:
    return list(there.list(""))


def _item(inside: str) -> Page:
    listing = f"<ListBucketResult><Name>b</Name><Contents>{inside}</Contents></ListBucketResult>"
    return Page(listing.encode())


@pytest.mark.parametrize(
    ("ask", "kind", "page", "words"),
    [
        (_head, "HeadObject", Page(b""), "no LastModified"),
        (_head, "HeadObject", Page(b"", (("Last-Modified", "99 Foo"),)), "ValueError"),
        (_head, "HeadObject", Page(b"", (_DATE, ("Content-Length", "x"))), "ValueError"),
        (_read, "GetObject", Page(), "no LastModified"),
        (_read_from_there, "GetObject", Page(), "no LastModified"),
        (_read_from_there, "GetObject", Page(headers=(_DATE,)), "no ContentRange"),
        (
            _read_from_there,
            "GetObject",
            Page(b"data", (_DATE, ("Content-Range", "bytes 20-23/24"))),
            "another range",
        ),
        (_list, "ListObjectsV2", Page(), "no listing"),
        (_list, "ListObjectsV2", _item(f"<Size>5</Size>{_MODIFIED}"), "no Key"),
        (_list, "ListObjectsV2", _item("<Key>k</Key><Size>5</Size>"), "no LastModified"),
        (_list, "ListObjectsV2", _item(f"<Key>k</Key><Size>x</Size>{_MODIFIED}"), "ValueError"),
        (
            _list,
            "ListObjectsV2",
            Page(b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"),
            "no NextContinuationToken",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_is_no_servers_is_a_passing_fault(
    as_admin: S3Server,
    proxy: FaultProxy,
    ask: Callable[[Bucket], object],
    kind: str,
    page: Page,
    words: str,
) -> None:
    there = bucket(as_admin.behind(proxy.endpoint))
    put_bytes(there, "k", b"data", "text/plain")
    proxy.add(page, kind)
    with pytest.raises(TryAgain) as caught:
        ask(there)
    assert f"{_NOT_S3} ({words})" in str(caught.value)
    assert ask(there)


@pytest.mark.parametrize("kind", ["CreateMultipartUpload", "UploadPart"])
def test_an_upload_takes_no_page_for_a_confirmation(
    tmp_path: Path, as_admin: S3Server, proxy: FaultProxy, kind: str
) -> None:
    there, work, data = bucket(as_admin.behind(proxy.endpoint)), Work(), content(2 * PART + 5)
    proxy.add(Page(), kind)
    with local(tmp_path / "file", data) as file:
        with pytest.raises(TryAgain, match=_NOT_S3):
            deliver(there, "k", file, work)
        deliver(there, "k", file, work)
    assert as_admin.read("k") == data
    assert as_admin.uploads() == []


@pytest.mark.parametrize("kind", ["CompleteMultipartUpload", "PutObject"])
def test_what_a_page_answers_to_the_last_request_is_not_believed(
    tmp_path: Path, as_admin: S3Server, proxy: FaultProxy, kind: str
) -> None:
    """No field of the answer is used: only that the object is not there tells."""
    data = content(2 * PART + 5 if kind == "CompleteMultipartUpload" else 100)
    there, work = bucket(as_admin.behind(proxy.endpoint)), Work()
    proxy.add(Page(b"<a/>"), kind)
    with local(tmp_path / "file", data) as file:
        with pytest.raises(TryAgain, match="is not there"):
            deliver(there, "k", file, work)
        deliver(there, "k", file, work)
    assert as_admin.read("k") == data
    assert as_admin.uploads() == []


def test_an_etag_that_cannot_be_sent_back_is_none(as_admin: S3Server, proxy: FaultProxy) -> None:
    there = bucket(as_admin.behind(proxy.endpoint))
    put_bytes(there, "k", b"data", "text/plain")
    hostile = (_DATE, ("Content-Length", "4"), ("ETag", '"\x1b[2J\xff"'))
    proxy.add(Page(b"", hostile), "HeadObject")
    stored = there.head("k")
    assert stored
    assert stored.etag == ""
    assert b"".join(there.stream("k", etag=stored.etag or None)) == b"data"

"""What lies there and is not what was sent goes away, and nothing else does."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from pipeline import TryAgain
from pipeline.s3.checksums import Different, Digests, Expected
from pipeline.s3.objects import Bucket, Stored
from pipeline.s3.proving import Wasted, proof, prove
from pipeline.s3.sending import put_bytes
from tests.s3.faults import Answer
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import bucket

_SENT = b"sent"
_SHA256 = hashlib.sha256(_SENT).hexdigest()
_EXPECTED = Expected.in_one(Digests.of([_SENT], md5=True))


def other_than_sent(there: Bucket, data: bytes = b"SENT") -> Stored:
    """Put another object there; returns what the server says of it, but no checksum."""
    put_bytes(there, "k", data, "text/plain")
    stored = there.head("k")
    assert stored
    return replace(stored, checksums={})


def test_of_a_bucket_with_versions_the_one_that_was_sent_is_removed(as_anybody: S3Server) -> None:
    as_anybody.client.put_bucket_versioning(
        Bucket=as_anybody.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    there = bucket(as_anybody)
    other_than_sent(there, b"longer than what was sent")
    with pytest.raises(Wasted, match="removed, sending again"):
        prove(there, "k", _SHA256, _EXPECTED)
    left = as_anybody.client.list_object_versions(Bucket=as_anybody.bucket)
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")


def test_what_may_not_be_removed_is_left_to_people(as_admin: S3Server, proxy: FaultProxy) -> None:
    there = bucket(as_admin.behind(proxy.endpoint))
    other_than_sent(there)
    proxy.add(Answer(403, "AccessDenied"), "DeleteObject", times=None)
    with pytest.raises(Wasted, match=r"denies s3:DeleteObject .* remove this object by hand"):
        prove(there, "k", _SHA256, _EXPECTED)


def test_where_the_server_keeps_no_checksum_every_byte_is_compared(as_admin: S3Server) -> None:
    there = bucket(as_admin)
    with pytest.raises(Different, match="read back"):
        proof(there, other_than_sent(there), _SHA256, _EXPECTED)
    same = other_than_sent(there, _SENT)
    assert proof(there, same, _SHA256, _EXPECTED).value == _SHA256


def test_what_somebody_puts_there_meanwhile_is_not_taken_for_what_was_sent(
    as_admin: S3Server,
) -> None:
    """It is theirs, and not to be removed."""
    there = bucket(as_admin)
    stored = other_than_sent(there, _SENT)
    other_than_sent(there)
    with pytest.raises(TryAgain) as caught:
        proof(there, stored, _SHA256, _EXPECTED)
    assert not isinstance(caught.value, Wasted)

"""What is proven of stored objects, and what is not."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from pipeline.archive.keys import DEFAULT_TEMPLATE, KeyTemplate
from pipeline.errors import StepError
from pipeline.retrieval import find
from pipeline.retrieval.check import Check, Checked
from pipeline.s3.objects import Bucket
from tests.retrieval.archived import Archived, core, options, put, put_object
from tests.retrieval.cutting import Cut
from tests.s3.faults import Answer
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server


def _check(server: S3Server, archived: Archived, *, deep: bool = False) -> list[Checked]:
    bucket = Bucket(options(server))
    found = find.at(bucket, KeyTemplate.parse(DEFAULT_TEMPLATE), archived.folder)
    return list(Check(bucket=bucket, deep=deep, pauses=(0.0, 0.0)).dump(found))


def test_the_servers_checksum_proves_what_is_there_without_reading_it(
    weed: S3Server, proxy: FaultProxy
) -> None:
    archived = put(weed, core())
    checked = _check(weed.behind(proxy.endpoint), archived)
    assert [(each.good, each.text) for each in checked] == [(True, "size and CRC64NVME")] * 2
    assert checked[0].key == archived.key
    assert proxy.bytes_down("GetObject") < 10_000


def test_without_a_checksum_no_more_than_the_size_is_claimed(weed: S3Server) -> None:
    for each in _check(weed, put(weed, core(), checksums=False)):
        assert each.good
        assert each.text.startswith("size only")


def test_reading_all_of_it_proves_every_byte(weed: S3Server, proxy: FaultProxy) -> None:
    archived = put(weed, core(3 << 20))
    proxy.add(Cut(1 << 20), "GetObject", path=r"\.zst$")
    checked = _check(weed.behind(proxy.endpoint), archived, deep=True)
    assert [each.text for each in checked] == ["size and SHA-256 of all its bytes"] * 2
    assert [each.good for each in checked] == [True, True]


def _damaged(weed: S3Server, *, checksums: bool) -> Archived:
    """Put an object with other bytes of the same length, and the same note, in its place."""
    archived = put(weed, core(), checksums=checksums)
    damaged = bytearray(archived.stored)
    damaged[-1] ^= 1
    put_object(weed, archived.key, bytes(damaged), archived.manifest.archive.sha256)
    return archived


def test_an_object_that_somebody_else_put_there_is_bad(weed: S3Server) -> None:
    """It lacks what an upload notes with each object, and no checksum speaks for it."""
    archived = put(weed, core(), checksums=False)
    put_object(weed, archived.key, archived.stored)
    bad, record = _check(weed, archived)
    assert not bad.good
    assert "--deep" in bad.text
    assert record.good
    assert all(each.good for each in _check(weed, archived, deep=True))


def test_an_object_without_the_checksum_it_was_stored_with_is_bad(weed: S3Server) -> None:
    """Whoever replaced it did not say CRC64NVME, and the server does not tell any."""
    archived = put(weed, core())
    note = {"panicpipe-sha256": archived.manifest.archive.sha256}
    plain = boto3.client(
        "s3",
        endpoint_url=weed.endpoint,
        region_name="us-east-1",
        aws_access_key_id=weed.access_key,
        aws_secret_access_key=weed.secret_key,
        config=Config(request_checksum_calculation="when_required"),
    )
    plain.put_object(Bucket=weed.bucket, Key=archived.key, Body=archived.stored, Metadata=note)
    bad, _ = _check(weed, archived)
    assert not bad.good
    assert "gives no CRC64NVME of it any more" in bad.text
    assert all(each.good for each in _check(weed, archived, deep=True))


def test_other_bytes_have_another_checksum(weed: S3Server) -> None:
    bad, record = _check(weed, _damaged(weed, checksums=True))
    assert not bad.good
    assert "its CRC64NVME is" in bad.text
    assert record.good


def test_only_reading_finds_other_bytes_where_no_checksum_was_recorded(weed: S3Server) -> None:
    archived = _damaged(weed, checksums=False)
    assert _check(weed, archived)[0].good
    (bad, _) = _check(weed, archived, deep=True)
    assert not bad.good
    assert archived.manifest.archive.sha256 in bad.text


@pytest.mark.parametrize("deep", [False, True])
def test_an_object_of_another_size_or_none_is_bad(weed: S3Server, deep: bool) -> None:
    archived = put(weed, core())
    put_object(weed, archived.key, archived.stored + b"x")
    weed.client.delete_object(Bucket=weed.bucket, Key=f"{archived.folder}/dump.json")
    longer, gone = _check(weed, archived, deep=deep)
    assert not longer.good
    assert "the manifest says" in longer.text
    assert (gone.good, gone.text) == (False, "is not there")


def test_an_object_in_cold_storage_keeps_nobody_from_looking_at_the_others(
    weed: S3Server, proxy: FaultProxy
) -> None:
    archived = put(weed, core())
    proxy.add(Answer(403, "InvalidObjectState"), "GetObject", path=r"\.zst$", times=None)
    cold, record = _check(weed.behind(proxy.endpoint), archived, deep=True)
    assert (cold.good, record.good) == (False, True)
    assert "cannot be read: " in cold.text
    assert "lies in cold storage" in cold.text


def test_a_server_that_cannot_be_asked_proves_nothing(weed: S3Server, proxy: FaultProxy) -> None:
    archived = put(weed, core())
    bucket = Bucket(options(weed.behind(proxy.endpoint)))
    found = find.at(bucket, KeyTemplate.parse(DEFAULT_TEMPLATE), archived.folder)
    proxy.offline()
    with pytest.raises(StepError):
        list(Check(bucket=bucket).dump(found))

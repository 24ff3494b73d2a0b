"""The servers and the proxy that other tests rely on do what they promise."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from botocore.exceptions import ConnectionError as BotoConnectionError
from mypy_boto3_s3 import S3Client

from tests.s3.certificate import self_signed
from tests.s3.faults import (
    Answer,
    CorruptRequest,
    CorruptResponse,
    HoldRequest,
    LoseAnswer,
    ResetRequest,
    ResetResponse,
)
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

DATA = bytes(range(256)) * 4096


def once(server: S3Server, *, verify: str | None = None) -> S3Client:
    """A client that tries each request once."""
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        verify=verify,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=20),
    )


@pytest.fixture
def client(weed: S3Server, proxy: FaultProxy) -> S3Client:
    return once(weed.behind(proxy.endpoint))


def test_what_is_put_through_the_proxy_is_there_and_counted(
    weed: S3Server, proxy: FaultProxy, client: S3Client
) -> None:
    client.put_object(Bucket=weed.bucket, Key="a b/ä", Body=DATA, ChecksumAlgorithm="SHA256")
    got = client.get_object(Bucket=weed.bucket, Key="a b/ä")["Body"].read()
    client.head_object(Bucket=weed.bucket, Key="a b/ä")

    assert got == DATA == weed.read("a b/ä")
    assert [each.kind for each in proxy.exchanges] == ["PutObject", "GetObject", "HeadObject"]
    assert proxy.bytes_up() >= len(DATA)
    assert proxy.bytes_down("GetObject") == len(DATA)


def test_a_multipart_upload_goes_through_and_an_open_one_is_seen(
    weed: S3Server, proxy: FaultProxy, client: S3Client
) -> None:
    bucket = weed.bucket
    upload = client.create_multipart_upload(
        Bucket=bucket, Key="big", ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT"
    )["UploadId"]
    sent = client.upload_part(
        Bucket=bucket,
        Key="big",
        UploadId=upload,
        PartNumber=1,
        Body=DATA * 6,
        ChecksumAlgorithm="CRC64NVME",
    )
    assert weed.uploads() == ["big"]
    client.complete_multipart_upload(
        Bucket=bucket,
        Key="big",
        UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": sent["ETag"], "PartNumber": 1}]},
    )
    assert weed.uploads() == []
    assert weed.read("big") == DATA * 6
    assert [each.kind for each in proxy.exchanges] == [
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
    ]


def test_an_answer_is_given_in_the_servers_place_as_often_as_asked(
    weed: S3Server, proxy: FaultProxy, client: S3Client
) -> None:
    proxy.add(Answer(503, "SlowDown"), "PutObject", skip=1, times=1)
    outcomes = []
    for key in "abc":
        try:
            client.put_object(Bucket=weed.bucket, Key=key, Body=DATA)
            outcomes.append("put")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    assert outcomes == ["put", "SlowDown", "put"]
    assert weed.keys() == ["a", "c"]


def test_a_request_that_is_reset_midway_leaves_nothing(
    weed: S3Server, proxy: FaultProxy, client: S3Client
) -> None:
    proxy.add(ResetRequest(after=100_000), "PutObject")
    with pytest.raises((BotoConnectionError, ConnectionClosedError)):
        client.put_object(Bucket=weed.bucket, Key="a", Body=DATA)
    assert proxy.bytes_up() == 100_000
    assert weed.keys() == []


def test_an_answer_that_is_lost_leaves_what_was_done(
    weed: S3Server, proxy: FaultProxy, client: S3Client
) -> None:
    proxy.add(LoseAnswer(), "PutObject")
    with pytest.raises((BotoConnectionError, ConnectionClosedError)):
        client.put_object(Bucket=weed.bucket, Key="a", Body=DATA)
    assert weed.read("a") == DATA


def test_a_body_that_is_changed_on_its_way_up_is_refused_for_its_checksum(
    weed: S3Server, proxy: FaultProxy, client: S3Client
) -> None:
    proxy.add(CorruptRequest(at=len(DATA) // 2), "PutObject")
    with pytest.raises(ClientError):
        client.put_object(Bucket=weed.bucket, Key="a", Body=DATA, ChecksumAlgorithm="CRC64NVME")


def test_an_answer_is_cut_or_changed_on_its_way_down(
    weed: S3Server, proxy: FaultProxy, client: S3Client
) -> None:
    weed.client.put_object(Bucket=weed.bucket, Key="a", Body=DATA, ChecksumAlgorithm="SHA256")
    proxy.add(ResetResponse(after=1000), "GetObject")
    with pytest.raises(Exception, match=r"Connection broken|reset|closed"):
        client.get_object(Bucket=weed.bucket, Key="a")["Body"].read()
    proxy.add(CorruptResponse(at=1000), "GetObject")
    # Nothing of boto3 looks at the checksum of a range.
    got = client.get_object(Bucket=weed.bucket, Key="a", Range="bytes=0-9999")["Body"].read()
    assert [at for at in range(10_000) if got[at] != DATA[at]] == [1000]


def test_a_request_is_held_and_broken_off_by_going_offline(
    weed: S3Server, proxy: FaultProxy, client: S3Client
) -> None:
    held = proxy.add(HoldRequest(after=1000), "PutObject")
    proxy.offline()
    with pytest.raises(EndpointConnectionError):
        client.put_object(Bucket=weed.bucket, Key="a", Body=DATA)
    assert not held.reached.is_set()
    proxy.online()
    held.release()
    client.put_object(Bucket=weed.bucket, Key="a", Body=DATA)
    assert held.reached.is_set()
    assert weed.read("a") == DATA


def test_a_proxy_with_a_certificate_is_trusted_by_those_who_know_it(
    weed: S3Server, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path)
    with FaultProxy(weed.endpoint, certificate=certificate) as proxy:
        client = once(weed.behind(proxy.endpoint), verify=str(certificate[0]))
        client.put_object(Bucket=weed.bucket, Key="a", Body=DATA)
        with pytest.raises(BotoConnectionError, match=r"(?i)certificate"):
            once(weed.behind(proxy.endpoint)).head_bucket(Bucket=weed.bucket)
    assert weed.read("a") == DATA


def test_the_reader_may_look_and_not_write(weed: S3Server, weed_reader: S3Server) -> None:
    weed.client.put_object(Bucket=weed.bucket, Key="a", Body=b"a")
    assert weed_reader.read("a") == b"a"
    with pytest.raises(ClientError) as refused:
        weed_reader.client.put_object(Bucket=weed.bucket, Key="b", Body=b"b")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_a_bucket_that_nobody_made_is_not_there(weed: S3Server) -> None:
    with pytest.raises(ClientError) as refused:
        weed.client.put_object(Bucket="nobody-made-it", Key="b", Body=b"b")
    assert refused.value.response["Error"]["Code"] == "NoSuchBucket"


def test_moto_knows_what_the_other_server_lacks(moto_s3: S3Server) -> None:
    moto_s3.client.put_object(
        Bucket=moto_s3.bucket,
        Key="a",
        Body=b"a",
        StorageClass="GLACIER_IR",
        ServerSideEncryption="aws:kms",
        Tagging="made-by=test",
    )
    head = moto_s3.client.head_object(Bucket=moto_s3.bucket, Key="a")
    tags = moto_s3.client.get_object_tagging(Bucket=moto_s3.bucket, Key="a")["TagSet"]
    assert (head["StorageClass"], head["ServerSideEncryption"]) == ("GLACIER_IR", "aws:kms")
    assert tags == [{"Key": "made-by", "Value": "test"}]

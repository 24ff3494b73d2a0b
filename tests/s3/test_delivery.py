"""Files arrive whole in a real S3 server, and are proven to be there."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from pipeline import Rejected, TryAgain
from pipeline.s3.checksums import Scheme
from pipeline.s3.delivery import deliver
from pipeline.s3.keeping import SHA256
from pipeline.s3.sending import put_bytes
from tests.s3.faults import Answer, CorruptRequest, LoseAnswer
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import PART, MiB, Work, bucket, content, local


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1, 2 * PART, 3 * PART + 12345])
def test_a_file_of_any_size_is_there_byte_for_byte(
    as_admin: S3Server, tmp_path: Path, size: int
) -> None:
    data = content(size)
    with local(tmp_path / "f", data) as file:
        work = Work()
        proven = deliver(bucket(as_admin), "folder/f", file, work)
    assert as_admin.read("folder/f") == data
    assert (proven.size, proven.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert proven.scheme is Scheme.CRC64NVME
    stored = bucket(as_admin).head("folder/f")
    assert stored
    assert stored.checksums[Scheme.CRC64NVME] == proven.value
    assert stored.metadata[SHA256] == proven.sha256
    assert work.memory == {}
    assert work.progress_seen[-1] == (size, size)
    assert work.progress_seen == sorted(work.progress_seen)
    assert as_admin.uploads() == []


def test_small_texts_are_put_and_proven(as_admin: S3Server) -> None:
    proven = put_bytes(bucket(as_admin), "t", b"text", "text/plain")
    assert as_admin.read("t") == b"text"
    assert proven.sha256 == hashlib.sha256(b"text").hexdigest()


@pytest.mark.parametrize(("refused", "scheme"), [(1, Scheme.SHA256), (2, Scheme.MD5)])
def test_a_server_without_these_checksums_gets_one_that_it_knows(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path, refused: int, scheme: Scheme
) -> None:
    proxy.add(Answer(400, "InvalidArgument"), "PutObject", times=refused)
    data = content(1000)
    with local(tmp_path / "f", data) as file:
        proven = deliver(bucket(as_admin.behind(proxy.endpoint)), "f", file, Work())
    assert proven.scheme is scheme
    assert as_admin.read("f") == data


@pytest.mark.parametrize("size", [PART, 2 * PART])
def test_one_byte_changed_on_the_way_is_refused_and_sent_again(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path, size: int
) -> None:
    kind = "PutObject" if size == PART else "UploadPart"
    damage = proxy.add(CorruptRequest(at=1 * MiB), kind)
    data = content(size)
    with local(tmp_path / "f", data) as file:
        work = Work()
        with pytest.raises(TryAgain, match="other bytes"):
            deliver(bucket(as_admin.behind(proxy.endpoint)), "f", file, work)
        assert as_admin.keys() == []
        deliver(bucket(as_admin.behind(proxy.endpoint)), "f", file, work)
    assert damage.hits == 1
    assert as_admin.read("f") == data


def test_a_file_that_is_not_what_was_recorded_is_not_sent(
    as_admin: S3Server, tmp_path: Path
) -> None:
    for size in (100, PART + 1):
        with local(tmp_path / "f", content(size)) as file:
            (tmp_path / "f").write_bytes(content(size, seed=2))
            with pytest.raises(Rejected, match="SHA-256 differs"):
                deliver(bucket(as_admin), "f", file, Work())
    assert as_admin.keys() == []


def test_a_file_that_became_shorter_is_tried_again(as_admin: S3Server, tmp_path: Path) -> None:
    with local(tmp_path / "f", content(2 * PART)) as file:
        (tmp_path / "f").write_bytes(b"short")
        with pytest.raises(TryAgain, match="shorter"):
            deliver(bucket(as_admin), "f", file, Work())


def test_a_file_that_is_there_already_is_not_sent_again(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server = as_admin.behind(proxy.endpoint)
    for size in (1000, 2 * PART):
        with local(tmp_path / "f", content(size)) as file:
            first = deliver(bucket(server), f"f-{size}", file, Work())
            before = proxy.bytes_up()
            assert deliver(bucket(server), f"f-{size}", file, Work()) == first
            assert proxy.bytes_up() == before


def test_an_object_of_that_size_which_is_another_is_written_over(
    as_admin: S3Server, tmp_path: Path
) -> None:
    as_admin.client.put_object(Bucket=as_admin.bucket, Key="f", Body=content(1000, seed=2))
    with local(tmp_path / "f", content(1000)) as file:
        deliver(bucket(as_admin), "f", file, Work())
    assert as_admin.read("f") == content(1000)


def test_an_answer_that_is_lost_after_a_put_costs_nothing(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    lost = proxy.add(LoseAnswer(), "PutObject")
    with local(tmp_path / "f", content(1000)) as file:
        deliver(bucket(as_admin.behind(proxy.endpoint)), "f", file, Work())
    assert lost.hits == 1
    assert as_admin.read("f") == content(1000)


def test_every_request_brings_the_checksum_that_all_servers_know(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    """One that does not know CRC64NVME, and says nothing, still checks what arrives."""
    with local(tmp_path / "f", b"data") as file:
        deliver(bucket(as_admin.behind(proxy.endpoint)), "f", file, Work())
    [put] = [each for each in proxy.exchanges if each.kind == "PutObject"]
    assert put.headers["content-md5"] == base64.b64encode(hashlib.md5(b"data").digest()).decode()
    assert put.headers["x-amz-checksum-crc64nvme"]

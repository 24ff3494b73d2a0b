"""The stage `upload`: three objects in a folder, never twice, never over another's."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import Rejected, TryAgain
from pipeline.archive.manifest import LARGEST_MANIFEST, Manifest
from pipeline.stages.upload import Upload
from tests.s3.faults import Answer, Fault
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import PART, content
from tests.stages.uploads import Case, stage

LOCK: dict[str, Any] = {"object_lock_mode": "GOVERNANCE", "object_lock_days": 30}
FOLDER = "10.0.40.7/2023-11-14/core-xnu-8019.41.5-10.0.40.7-1f0c3a9e-"


@pytest.fixture
def server(weed: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    return _with_credentials(weed, monkeypatch)


@pytest.fixture
def moto(moto_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    return _with_credentials(moto_s3, monkeypatch)


def _with_credentials(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return server


def names(server: S3Server) -> list[str]:
    keys = server.keys()
    return [key.rpartition("/")[2] for key in keys]


def manifest_key(server: S3Server) -> str:
    keys = server.keys()
    [key] = [key for key in keys if key.endswith("manifest.json")]
    return key


def test_a_dump_lies_in_a_folder_with_its_record_and_its_manifest(
    server: S3Server, tmp_path: Path
) -> None:
    case = Case(tmp_path, archive=content(PART + 1))
    result = case.run(stage(server, prefix="panics/"))
    digest = hashlib.sha256(b"core").hexdigest()
    folder = f"panics/{FOLDER}{digest[:16]}"
    lying = ["dump.json", "manifest.json", "stem.zst"]
    assert server.keys() == [f"{folder}/{name}" for name in lying]
    assert server.read(f"{folder}/stem.zst") == case.archive.read_bytes()
    assert server.read(f"{folder}/dump.json") == b'{"a": 1}'
    manifest = Manifest.decode(server.read(f"{folder}/manifest.json"))
    assert manifest.archive.sha256 == hashlib.sha256(case.archive.read_bytes()).hexdigest()
    assert manifest.archive.checksum is not None
    assert manifest.identity == digest
    assert result.facts == {
        "url": f"s3://{server.bucket}/{folder}/stem.zst",
        "size": PART + 1,
        "checksum": f"CRC64NVME {manifest.archive.checksum.value}",
        "already_there": False,
    }
    assert result.releases == {"archive", "record"}
    assert case.memory == {}


def test_the_manifest_tells_no_panic(server: S3Server, tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.run(stage(server))
    key = manifest_key(server)
    text = server.read(key).decode()
    assert case.dump.inspection.panic
    assert "reason" not in text
    assert "com.example.driver" not in text


def test_the_manifest_comes_last(server: S3Server, proxy: FaultProxy, tmp_path: Path) -> None:
    proxy.add(Answer(507, "Full"), "PutObject", path="manifest", times=None)
    case = Case(tmp_path)
    with pytest.raises(TryAgain):
        case.run(stage(server.behind(proxy.endpoint)))
    assert names(server) == ["dump.json", "stem.zst"]
    proxy.clear()
    sent = proxy.bytes_up("PutObject")
    assert case.run(stage(server.behind(proxy.endpoint))).facts["already_there"] is False
    assert proxy.count("PutObject") > 3
    assert proxy.bytes_up("PutObject") - sent < 2000
    assert len(server.keys()) == 3


def test_what_is_encrypted_is_called_so(server: S3Server, tmp_path: Path) -> None:
    Case(tmp_path, suffix=".zst.age").run(stage(server))
    assert names(server) == ["dump.json.age", "manifest.json", "stem.zst.age"]


def test_the_spool_can_be_kept(server: S3Server, tmp_path: Path) -> None:
    assert Case(tmp_path).run(stage(server, keep_spool=True)).releases == frozenset()


@pytest.mark.parametrize("size", [100, 2 * PART])
def test_the_same_dump_is_sent_once(
    server: S3Server, proxy: FaultProxy, tmp_path: Path, size: int
) -> None:
    behind = server.behind(proxy.endpoint)
    first = Case(tmp_path / "1", archive=content(size)).run(stage(behind))
    sent, keys = proxy.bytes_up(), server.keys()
    copied = Case(tmp_path / "2", archive=content(size), name=b"core-custom-10.0.40.7-1")
    again = copied.of(mtime_ns=10**18).run(stage(behind))
    assert again.facts == {**first.facts, "already_there": True}
    assert again.releases == {"archive", "record"}
    assert proxy.bytes_up() == sent
    assert server.keys() == keys


def test_the_same_dump_encrypted_anew_is_recognised(server: S3Server, tmp_path: Path) -> None:
    """Every encryption gives other bytes."""
    Case(tmp_path / "1", archive=b"one", suffix=".zst.age").run(stage(server))
    again = Case(tmp_path / "2", archive=b"another", suffix=".zst.age").run(stage(server))
    assert again.facts["already_there"] is True


def test_a_dump_that_is_there_for_other_recipients_only_is_sent_again(
    server: S3Server, tmp_path: Path
) -> None:
    """Their key may be lost, and the spool is cleared once a dump counts as archived."""
    Case(tmp_path / "1", archive=b"one", suffix=".zst.age").run(stage(server))
    case = Case(tmp_path / "2", archive=b"another", suffix=".zst.age")
    case.facts["encrypt"]["recipients"] = ["age1new"]
    assert case.run(stage(server)).facts["already_there"] is False
    assert Manifest.decode(server.read(manifest_key(server))).recipients == ("age1new",)
    assert case.run(stage(server)).facts["already_there"] is True


def test_two_daemons_that_archive_one_dump_at_once_leave_what_belongs_together(
    server: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    """The other one's archive comes in between ours and our manifest, which then is wrong."""
    first = Case(tmp_path / "1", archive=b"one", suffix=".zst.age")
    other = Case(tmp_path / "2", archive=b"two", suffix=".zst.age")

    class Meanwhile(Fault):
        def begin(self, released: object) -> None:
            other.run(stage(server))

    proxy.add(Meanwhile(), "PutObject", skip=2)
    upload = stage(server.behind(proxy.endpoint))
    with pytest.raises(TryAgain, match="by somebody else"):
        first.run(upload)
    first.run(upload)
    found = Manifest.decode(server.read(manifest_key(server))).archive
    folder = manifest_key(server).rpartition("/")[0]
    stored = server.read(f"{folder}/{found.name}")
    assert hashlib.sha256(stored).hexdigest() == found.sha256


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId"])
def test_credentials_that_were_renewed_during_an_upload_park_nothing(
    server: S3Server, proxy: FaultProxy, tmp_path: Path, code: str
) -> None:
    """The next run reads the new ones; those that are refused from the start are wrong."""
    case = Case(tmp_path, archive=content(2 * PART))
    upload = stage(server.behind(proxy.endpoint), parallel=1)
    proxy.add(Answer(400, code), "UploadPart", query={"partNumber": "2"}, times=None)
    with pytest.raises(TryAgain, match=code):
        case.run(upload)
    proxy.clear()
    proxy.add(Answer(400, code), "GetObject", times=None)
    with pytest.raises(Rejected, match=code):
        case.run(upload)


def test_a_dump_whose_archive_vanished_or_changed_is_sent_again(
    server: S3Server, tmp_path: Path
) -> None:
    case = Case(tmp_path)
    key = str(case.run(stage(server)).facts["url"]).removeprefix(f"s3://{server.bucket}/")
    server.client.delete_object(Bucket=server.bucket, Key=key)
    assert case.run(stage(server)).facts["already_there"] is False
    assert server.read(key) == b"archive"
    server.client.put_object(Bucket=server.bucket, Key=key, Body=b"ARCHIVE")
    assert case.run(stage(server)).facts["already_there"] is False
    assert server.read(key) == b"archive"


@pytest.mark.parametrize("what", ["another", "nonsense"])
def test_nothing_is_written_over_another_dump(server: S3Server, tmp_path: Path, what: str) -> None:
    case = Case(tmp_path)
    case.run(stage(server))
    key = manifest_key(server)
    manifest = json.loads(server.read(key))
    manifest["identity"] = manifest["identity"][:16] + 48 * "0"
    body = json.dumps(manifest).encode() if what == "another" else b"nonsense"
    server.client.put_object(Bucket=server.bucket, Key=key, Body=body)
    with pytest.raises(Rejected, match=r"is taken .* nothing is written over it"):
        case.run(stage(server))
    assert server.read(key) == body


def test_a_manifest_that_nobody_could_have_written_is_in_the_way_and_says_so(
    server: S3Server, tmp_path: Path
) -> None:
    """However large somebody made it: waiting would not change it."""
    case = Case(tmp_path)
    case.run(stage(server))
    server.client.put_object(
        Bucket=server.bucket, Key=manifest_key(server), Body=b" " * (LARGEST_MANIFEST + 1)
    )
    with pytest.raises(Rejected, match=r"is taken .* larger than"):
        case.run(stage(server))


def test_two_macs_with_the_same_name_do_not_collide(server: S3Server, tmp_path: Path) -> None:
    for number, host in enumerate(("10.0.40.7", "10.0.40.8")):
        core = f"core of {host}".encode()
        case = Case(tmp_path / str(number), core, name=b"_panicd_corename")
        case.of(client=host).run(stage(server))
    assert len(server.keys()) == 6
    other = Case(tmp_path / "3", b"third", name=b"_panicd_corename").of(client="10.0.40.8")
    other.run(stage(server, key="all/{name}-{hash}"))
    third = Case(tmp_path / "4", b"fourth", name=b"_panicd_corename").of(client="10.0.40.8")
    third.run(stage(server, key="all/{name}-{hash}"))
    assert len(server.keys()) == 12


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=st.binary(min_size=1, max_size=255))
def test_no_name_escapes_the_prefix(server: S3Server, tmp_path: Path, name: bytes) -> None:
    case = Case(tmp_path, name, name=name)
    case.run(stage(server, prefix="inside"))
    keys = server.keys()
    for key in keys:
        assert key.startswith("inside/")
        assert key.isascii()
        assert key.isprintable()
        assert not {"", ".", ".."} & set(key.split("/"))


def test_a_hostile_name_is_shown_escaped_where_another_dump_is(
    server: S3Server, tmp_path: Path
) -> None:
    case = Case(tmp_path)
    case.run(stage(server))
    key = manifest_key(server)
    manifest = {**json.loads(server.read(key)), "name": "\x1b[2J\u202e", "identity": 64 * "0"}
    server.client.put_object(Bucket=server.bucket, Key=key, Body=json.dumps(manifest).encode())
    with pytest.raises(Rejected) as caught:
        case.run(stage(server))
    assert str(caught.value).isprintable()


def test_a_missing_fact_is_a_chain_that_cannot_be(server: S3Server, tmp_path: Path) -> None:
    case = Case(tmp_path)
    del case.facts["compress"]["sha256"]
    with pytest.raises(Rejected, match="sha256"):
        case.run(stage(server))
    case.facts = {}
    with pytest.raises(Rejected, match="put `compress` before `upload`"):
        case.run(stage(server))


def test_what_was_begun_can_be_abandoned(
    server: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    case = Case(tmp_path, archive=content(2 * PART))
    upload = stage(server.behind(proxy.endpoint))
    proxy.add(Answer(507, "Full"), "CompleteMultipartUpload", times=None)
    with pytest.raises(TryAgain):
        case.run(upload)
    assert server.uploads() != []
    with case.workspace() as work:
        upload.abandon(case.dump, work)
        upload.abandon(case.dump, work)
    assert server.uploads() == []
    assert case.memory == {}


def test_an_archive_that_is_there_is_not_sent_again_because_its_manifest_is_not(
    moto: S3Server, tmp_path: Path
) -> None:
    """Nor where the server keeps no checksum by which it could be recognised."""
    case = Case(tmp_path, archive=content(2 * PART))
    with FaultProxy(moto.endpoint) as proxy:
        upload = stage(moto.behind(proxy.endpoint))
        proxy.add(Answer(501, "NotImplemented"), "CreateMultipartUpload")
        proxy.add(Answer(507, "Full"), "PutObject", path="manifest", times=None)
        for _ in range(2):
            with pytest.raises(TryAgain):
                case.run(upload)
        proxy.clear()
        case.run(upload)
        assert proxy.bytes_up("UploadPart") == 2 * PART
        assert case.run(upload).facts["already_there"] is True


def test_an_upload_interrupted_by_the_day_goes_on_the_next(
    server: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    case = Case(tmp_path, archive=content(2 * PART + 1))
    upload = stage(server.behind(proxy.endpoint), parallel=1)
    proxy.add(Answer(507, "Full"), "UploadPart", query={"partNumber": "2"}, times=None)
    with pytest.raises(TryAgain):
        case.run(upload)
    proxy.offline()
    with pytest.raises(TryAgain, match="refuses connections"):
        case.run(upload)
    proxy.clear()
    proxy.online()
    case.run(upload)
    assert proxy.bytes_up("UploadPart") == 2 * PART + 1


@pytest.mark.parametrize("size", [10, PART + 1])
def test_objects_are_kept_as_the_options_say(moto: S3Server, tmp_path: Path, size: int) -> None:
    case = Case(tmp_path, archive=content(size))
    kept: dict[str, Any] = {
        "sse": "aws:kms",
        "kms_key_id": "alias/panics",
        "storage_class": "GLACIER_IR",
        "tags": {"team": "kernel", "cost centre": "a=b"},
    }
    result = case.run(stage(moto, **kept))
    archive = str(result.facts["url"]).removeprefix(f"s3://{moto.bucket}/")
    keys = moto.keys()
    for key in keys:
        head = moto.client.head_object(Bucket=moto.bucket, Key=key)
        assert head["ServerSideEncryption"] == "aws:kms"
        assert "panics" in head["SSEKMSKeyId"]
        assert head.get("StorageClass") == ("GLACIER_IR" if key == archive else None)
        tags = moto.client.get_object_tagging(Bucket=moto.bucket, Key=key)["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == kept["tags"]


def test_objects_are_locked_for_as_long_as_the_options_say(moto: S3Server, tmp_path: Path) -> None:
    bucket = f"{moto.bucket}-locked"
    moto.client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    Case(tmp_path).run(stage(moto, bucket=bucket, **LOCK))
    soon = datetime.now(UTC) + timedelta(days=29)
    for item in moto.client.list_objects_v2(Bucket=bucket)["Contents"]:
        head = moto.client.head_object(Bucket=bucket, Key=item["Key"])
        assert head["ObjectLockMode"] == "GOVERNANCE"
        assert head["ObjectLockRetainUntilDate"] > soon


def test_uploads_in_parts_ask_for_the_lock_when_they_begin(moto: S3Server, tmp_path: Path) -> None:
    """moto forgets it, so what was asked for is all that can be seen."""
    bucket = f"{moto.bucket}-locked"
    moto.client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    with FaultProxy(moto.endpoint) as proxy:
        case = Case(tmp_path, archive=content(PART + 1))
        case.run(stage(moto.behind(proxy.endpoint), bucket=bucket, **LOCK))
    [begun] = [each for each in proxy.exchanges if each.kind == "CreateMultipartUpload"]
    assert begun.headers["x-amz-object-lock-mode"] == "GOVERNANCE"
    assert begun.headers["x-amz-object-lock-retain-until-date"]


def test_a_bucket_without_object_lock_says_so(
    server: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    refusal = Answer(400, "InvalidRequest", "Bucket is missing Object Lock Configuration")
    proxy.add(refusal, "PutObject", times=None)
    with pytest.raises(Rejected, match="has no Object Lock"):
        Case(tmp_path).run(stage(server.behind(proxy.endpoint), **LOCK))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"key": "{name}"}, "key cannot be used: it must contain {hash}"),
        ({"key": "../{hash}"}, "key cannot be used"),
        ({"bucket": "No"}, "bucket must be"),
        ({"presigned_hours": 168.5}, "presigned_hours must be from 0"),
        ({"presigned_hours": -1}, "presigned_hours must be from 0"),
        ({"presigned_hours": float("nan")}, "presigned_hours must be from 0"),
    ],
)
def test_a_stage_that_cannot_work_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Upload(**{"bucket": "panics", **given})

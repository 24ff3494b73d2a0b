"""`config check --online` tries everything out, says what fails, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import Probe
from pipeline.s3.probing import probe
from tests.s3.certificate import self_signed
from tests.s3.faults import Answer, CorruptResponse
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import options


def tried(server: S3Server, **given: Any) -> Sequence[Probe]:
    return probe(options(server, **{"prefix": "panics", **given}))


def words(probes: Sequence[Probe]) -> list[str]:
    return [each.what.split()[0] for each in probes]


def the_fault(probes: Sequence[Probe]) -> str:
    [fault] = [each.fault for each in probes if each.fault]
    assert "\n" not in fault
    return fault


def test_a_bucket_that_can_be_used(as_admin: S3Server) -> None:
    probes = tried(as_admin)
    assert [each.fault for each in probes] == [None] * 8
    assert words(probes) == ["reach", "use", "find", "list", "write", "read", "remove", "begin"]
    assert "unencrypted" in probes[0].what
    assert as_admin.keys() == []
    assert as_admin.uploads() == []


def test_a_name_without_address_ends_it(as_admin: S3Server) -> None:
    probes = tried(as_admin.behind("https://nowhere.invalid"))
    assert words(probes) == ["reach"]
    assert "nowhere.invalid has no address" in the_fault(probes)


def test_a_certificate_that_nobody_signed_ends_it(as_admin: S3Server, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with FaultProxy(as_admin.endpoint, certificate=certificate) as proxy:
        server = as_admin.behind(proxy.endpoint)
        probes = tried(server)
        assert words(probes) == ["reach"]
        assert "ca_bundle" in the_fault(probes)
        probes = tried(server, ca_bundle=certificate[0])
        assert [each.fault for each in probes] == [None] * 8
        assert "with TLS" in probes[0].what


def test_no_credentials_end_it(as_admin: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    probes = tried(as_admin)
    assert words(probes) == ["reach", "use"]
    assert "no credentials" in the_fault(probes)


def test_wrong_credentials_end_it(as_admin: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    probes = tried(as_admin)
    assert words(probes) == ["reach", "use"]
    assert "SignatureDoesNotMatch" in the_fault(probes)


def test_a_wrong_clock_ends_it(as_admin: S3Server, proxy: FaultProxy) -> None:
    proxy.add(Answer(403, "RequestTimeTooSkewed"), "ListObjectsV2", times=None)
    probes = tried(as_admin.behind(proxy.endpoint))
    assert words(probes) == ["reach", "use"]
    assert "clock" in the_fault(probes)


def test_a_missing_bucket_ends_it(as_admin: S3Server) -> None:
    probes = tried(as_admin, bucket="not-there-at-all")
    assert words(probes) == ["reach", "use", "find"]
    assert "there is no bucket" in the_fault(probes)


def test_a_wrong_region_names_the_right_one(as_admin: S3Server, proxy: FaultProxy) -> None:
    headers = (("x-amz-bucket-region", "eu-west-1"),)
    proxy.add(Answer(301, "PermanentRedirect", headers=headers), times=None)
    probes = tried(as_admin.behind(proxy.endpoint), region="us-west-2")
    assert words(probes) == ["reach", "use", "find"]
    assert 'is in eu-west-1, not in us-west-2: set region = "eu-west-1"' in the_fault(probes)


def test_somebody_who_may_not_write(weed_reader: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in weed_reader.environment().items():
        monkeypatch.setenv(name, value)
    probes = tried(weed_reader)
    assert words(probes) == ["reach", "use", "find", "list", "write"]
    assert "denies s3:PutObject on s3://" in the_fault(probes)


def test_a_probe_that_was_written_and_cannot_be_looked_at_is_removed(
    as_admin: S3Server, proxy: FaultProxy
) -> None:
    proxy.add(Answer(403, "AccessDenied"), "HeadObject", times=None)
    probes = tried(as_admin.behind(proxy.endpoint))
    assert "denies s3:GetObject" in the_fault(probes)
    assert as_admin.keys() == []


@pytest.mark.parametrize(
    ("kind", "what", "permission"),
    [
        ("ListObjectsV2", "list", "s3:ListBucket"),
        ("GetObject", "read", "s3:GetObject"),
        ("DeleteObject", "remove", "s3:DeleteObject"),
        ("CreateMultipartUpload", "begin", "s3:PutObject"),
        ("ListParts", "begin", "s3:ListMultipartUploadParts"),
        ("AbortMultipartUpload", "begin", "s3:AbortMultipartUpload"),
    ],
)
def test_each_missing_permission_is_named(
    as_admin: S3Server, proxy: FaultProxy, kind: str, what: str, permission: str
) -> None:
    proxy.add(Answer(403, "AccessDenied"), kind, times=None)
    probes = tried(as_admin.behind(proxy.endpoint))
    assert len(probes) == 8
    assert f"denies {permission} on" in the_fault(probes)
    [failed] = [each for each in probes if each.fault]
    assert failed.what.startswith(what)


@pytest.mark.parametrize(
    "answer", [Answer(403, "403"), Answer(501, "NotImplemented")], ids=lambda value: value.code
)
def test_a_listing_that_is_refused_in_other_words_is_not_the_credentials_fault(
    as_admin: S3Server, proxy: FaultProxy, answer: Answer
) -> None:
    proxy.add(answer, "ListObjectsV2", times=None)
    probes = tried(as_admin.behind(proxy.endpoint))
    [failed] = [each for each in probes if each.fault]
    assert failed.what.startswith("list")


def test_a_server_that_gives_back_other_bytes_is_told(
    as_admin: S3Server, proxy: FaultProxy
) -> None:
    proxy.add(CorruptResponse(), "GetObject")
    probes = tried(as_admin.behind(proxy.endpoint))
    assert "gives back other bytes" in the_fault(probes)


def test_the_upload_in_parts_asks_for_what_a_real_one_asks_for(as_anybody: S3Server) -> None:
    """A bucket may refuse whatever lacks its encryption; a class may be unknown to the server."""
    with FaultProxy(as_anybody.endpoint) as proxy:
        tried(as_anybody.behind(proxy.endpoint), storage_class="STANDARD_IA", sse="AES256")
    [begun] = [each for each in proxy.exchanges if each.kind == "CreateMultipartUpload"]
    assert begun.headers["x-amz-storage-class"] == "STANDARD_IA"
    assert begun.headers["x-amz-server-side-encryption"] == "AES256"


def test_object_lock_keeps_the_probe_for_a_minute_only(as_anybody: S3Server) -> None:
    bucket = f"{as_anybody.bucket}-locked"
    as_anybody.client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    lock: dict[str, Any] = {"object_lock_mode": "COMPLIANCE", "object_lock_days": 3650}
    with FaultProxy(as_anybody.endpoint) as proxy:
        probes = tried(as_anybody.behind(proxy.endpoint), bucket=bucket, **lock)
    assert [each.fault for each in probes] == [None] * 8
    [removal] = [each for each in probes if each.what.startswith("remove")]
    assert "Object Lock keeps .panicpipe-probe-" in removal.what
    for kind in ("PutObject", "CreateMultipartUpload"):
        [asked] = [each for each in proxy.exchanges if each.kind == kind]
        until = datetime.fromisoformat(asked.headers["x-amz-object-lock-retain-until-date"])
        assert until < datetime.now(UTC) + timedelta(minutes=2)

"""Links into the bucket: they give one object for a while to whoever has them, and nothing else."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.s3.objects import Bucket
from pipeline.s3.options import S3Options
from pipeline.s3.presigning import Link, presign
from tests.s3.servers import PATIENCE, S3Server
from tests.stages.uploads import Case, stage

HOUR = 3600


def fetched(url: str) -> bytes:
    """Get it as anybody would: with no credentials, and by no proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=PATIENCE) as answer:
        data: bytes = answer.read()
    return data


def is_refused(url: str) -> bool:
    try:
        fetched(url)
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 403
    return False


def link_to(server: S3Server, key: str, hours: float, **given: Any) -> Link:
    server.client.put_object(Bucket=server.bucket, Key=key, Body=b"a core")
    options = S3Options(bucket=server.bucket, endpoint_url=server.endpoint, **given)
    return presign(Bucket(options), key, hours)


def test_whoever_has_the_link_gets_the_object(as_admin: S3Server) -> None:
    before = int(time.time())
    link = link_to(as_admin, "panics/a+b c.zst", 2)
    assert fetched(link.url) == b"a core"
    assert before + 2 * HOUR <= link.until <= time.time() + 2 * HOUR
    split = urlsplit(link.url)
    assert f"{split.scheme}://{split.netloc}" == as_admin.endpoint
    assert split.path.startswith(f"/{as_admin.bucket}/")
    asked = parse_qs(split.query)
    assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert asked["X-Amz-Expires"] == [str(2 * HOUR)]


def test_the_link_is_for_this_object_and_for_nothing_else(as_admin: S3Server) -> None:
    url = link_to(as_admin, "mine", 1).url
    as_admin.client.put_object(Bucket=as_admin.bucket, Key="other", Body=b"not for you")
    assert is_refused(url.replace("/mine?", "/other?"))
    assert is_refused(url.partition("?")[0])
    signature = parse_qs(urlsplit(url).query)["X-Amz-Signature"][0]
    assert is_refused(url.replace(signature, "0" * len(signature)))


def test_the_shortest_time_that_may_be_asked_for_makes_a_link_that_servers_take(
    as_admin: S3Server,
) -> None:
    link = link_to(as_admin, "core.zst", 0.0001)
    assert parse_qs(urlsplit(link.url).query)["X-Amz-Expires"] == ["1"]


def test_the_link_ends(as_admin: S3Server) -> None:
    link = link_to(as_admin, "soon", 2 / HOUR)
    end = time.monotonic() + PATIENCE
    while not is_refused(link.url):
        assert time.monotonic() < end
        time.sleep(0.2)
    assert time.time() >= link.until


def test_another_key_signs_nothing_that_is_honoured(
    as_admin: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of somebody else")
    assert is_refused(link_to(as_admin, "mine", 1).url)


def test_the_link_ends_with_the_credentials_that_sign_it(
    as_anybody: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = int(time.time()) + HOUR
    monkeypatch.setenv("AWS_SESSION_TOKEN", "for an hour")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", datetime.fromtimestamp(ends, UTC).isoformat())
    link = link_to(as_anybody, "mine", 24)
    assert link.until == ends
    assert fetched(link.url) == b"a core"
    assert link_to(as_anybody, "mine", 0.5).until < ends


def test_the_way_to_address_the_bucket_is_respected(as_admin: S3Server) -> None:
    by_host = S3Options(
        bucket=as_admin.bucket, endpoint_url="https://s3.example.net", path_style=False
    )
    link = presign(Bucket(by_host), "mine", 1)
    assert link.url.startswith(f"https://{as_admin.bucket}.s3.example.net/mine?")
    amazon = S3Options(bucket=as_admin.bucket, region="eu-central-1")
    link = presign(Bucket(amazon), "mine", 1)
    assert urlsplit(link.url).netloc.startswith(f"{as_admin.bucket}.s3.")
    assert "eu-central-1" in parse_qs(urlsplit(link.url).query)["X-Amz-Credential"][0]


def test_a_link_is_not_shown_by_accident(as_admin: S3Server) -> None:
    link = link_to(as_admin, "mine", 1)
    assert "Signature" not in repr(link)


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_upload_reports_a_link_to_the_archive_file_also_when_it_is_there_already(
    as_admin: S3Server, tmp_path: Path, encrypted: bool
) -> None:
    case = Case(tmp_path, suffix=".zst.age" if encrypted else ".zst")
    for already_there in (False, True):
        facts = case.run(stage(as_admin, prefix="cores", presigned_hours=1.5)).facts
        assert facts["already_there"] is already_there
        assert fetched(str(facts["presigned_url"])) == b"archive"
        assert 0 < facts["presigned_until"] - time.time() <= 1.5 * HOUR


def test_without_the_option_there_is_no_link(as_admin: S3Server, tmp_path: Path) -> None:
    facts = Case(tmp_path).run(stage(as_admin)).facts
    assert not any(name.startswith("presigned") for name in facts)

"""The stage `upload` comes back to what it began, and believes only what it proved itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import Rejected, TryAgain
from pipeline.archive.manifest import Manifest
from tests.s3.faults import Answer, Page
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import PART, content
from tests.stages.uploads import Case, stage

_FULL = Answer(507, "InsufficientStorage")


@pytest.fixture
def server(weed: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    for name, value in weed.environment().items():
        monkeypatch.setenv(name, value)
    return weed


def test_what_was_begun_is_aborted_where_somebody_else_has_archived_the_dump(
    server: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    archive = content(2 * PART)
    case = Case(tmp_path / "1", archive=archive)
    proxy.add(_FULL, "UploadPart", query={"partNumber": "2"}, times=None)
    with pytest.raises(TryAgain):
        case.run(stage(server.behind(proxy.endpoint)))
    assert server.uploads() != []
    Case(tmp_path / "2", archive=archive).run(stage(server))
    assert case.run(stage(server.behind(proxy.endpoint))).facts["already_there"] is True
    assert server.uploads() == []
    assert case.memory == {}


def test_an_etag_is_no_checksum_to_be_kept(
    server: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    """A server makes it as it likes, and anew where the object is copied."""
    proxy.add(Answer(501, "NotImplemented"), "PutObject", path="stem", times=2)
    case = Case(tmp_path)
    case.run(stage(server.behind(proxy.endpoint)))
    [key] = [key for key in server.keys() if key.endswith("manifest.json")]  # noqa: SIM118
    assert Manifest.decode(server.read(key)).archive.checksum is None
    assert case.run(stage(server)).facts["already_there"] is True


def test_what_was_proven_under_one_key_is_not_believed_of_another(
    server: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    behind = server.behind(proxy.endpoint)
    case = Case(tmp_path)
    proxy.add(_FULL, "PutObject", path="manifest", times=None)
    with pytest.raises(TryAgain):
        case.run(stage(behind, prefix="old"))
    proxy.clear()
    etag = case.memory["proven"]["object"][2]
    alike = (("Last-Modified", "Mon, 23 Nov 2026 11:00:00 GMT"), ("Content-Length", "7"))
    proxy.add(Page(b"", (*alike, ("ETag", f'"{etag}"'))), "HeadObject", path="new/.*stem")
    case.run(stage(behind, prefix="new"))
    [key] = [key for key in server.keys() if "new/" in key and "stem" in key]  # noqa: SIM118
    assert server.read(key) == b"archive"


def test_credentials_that_run_out_in_a_worker_are_fetched_by_the_next(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can fetch none itself any more; one that never had any says so at once."""
    soon = datetime.now(UTC) + timedelta(minutes=1)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", soon.isoformat())
    upload = stage(server)
    upload.prepare()
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(TryAgain, match="credentials"):
        Case(tmp_path).run(upload)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    without = stage(server)
    without.prepare()
    with pytest.raises(Rejected, match="no credentials"):
        Case(tmp_path).run(without)

"""Uploads in parts: interrupted in every way, continued, never begun twice for nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import Rejected, TryAgain
from pipeline.s3 import beginning, memory
from pipeline.s3.beginning import MOST_PARTS, part_size
from pipeline.s3.delivery import deliver
from pipeline.s3.memory import Upload
from tests.daemon.archiving import until
from tests.s3.faults import Answer, Delay, Fault, HoldRequest, LoseAnswer, ResetRequest
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import PART, MiB, Work, bucket, content, local

SIZE = 2 * PART + 1000
DATA = content(SIZE)
FULL = Answer(507, "InsufficientStorage")
"""A fault that botocore itself does not try again."""
SENDER = """
import json, os, sys
from pathlib import Path
from pipeline.s3.delivery import deliver
from pipeline.s3.objects import Bucket
from tests.s3.uploading import Work, local, options
from tests.s3.servers import S3Server

class Kept(Work):
    def remember(self, key, value):
        super().remember(key, value)
        new = Path(sys.argv[2] + ".new")
        new.write_text(json.dumps(self.memory))
        new.replace(sys.argv[2])

server = S3Server(endpoint=sys.argv[3], access_key="", secret_key="", bucket=sys.argv[4])
data = Path(sys.argv[1]).read_bytes()
with local(Path(sys.argv[1]), data) as file:
    deliver(Bucket(options(server, parallel=1)), "f", file, Kept())
"""


class AnotherObject(Fault):
    """Tell, to HEAD, of an object that is not the one that is there."""

    def begin(self, released: object) -> bytes:
        about = "Content-Length: 3\r\nLast-Modified: Sat, 02 Jun 2024 03:46:40 GMT"
        return f"HTTP/1.1 200 OK\r\n{about}\r\n\r\n".encode()


def send(server: S3Server, path: Path, work: Work, **given: Any) -> None:
    with local(path, DATA) as file:
        deliver(bucket(server, **given), "f", file, work)


def sent_and_not_completed(
    as_admin: S3Server, proxy: FaultProxy, path: Path
) -> tuple[S3Server, Work]:
    """Send all parts to a server that refuses to complete: it, and what is remembered of that."""
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(FULL, "CompleteMultipartUpload", times=None)
    with pytest.raises(TryAgain):
        send(server, path, work)
    return server, work


def send_until_there(server: S3Server, path: Path, work: Work, **given: Any) -> int:
    """Send as the daemon does, step by step; returns how often it had to be tried again."""
    for again in range(5):
        try:
            send(server, path, work, **given)
            return again
        except TryAgain:
            pass
    raise AssertionError("tried too often")


@pytest.mark.parametrize(
    "fault",
    [
        Answer(500, "InternalError"),
        Answer(503, "ServiceUnavailable"),
        Answer(503, "SlowDown"),
        ResetRequest(after=1 * MiB),
        LoseAnswer(),
        Delay(0.2),
    ],
    ids=["500", "503", "slow-down", "reset", "lost-answer", "delay"],
)
def test_one_fault_of_one_part_is_overcome_at_once(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    rule = proxy.add(fault, "UploadPart", query={"partNumber": "2"})
    send(as_admin.behind(proxy.endpoint), tmp_path / "f", Work())
    assert rule.hits == 1
    assert as_admin.read("f") == DATA


def test_a_part_that_fails_for_good_leaves_the_others_done(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(Answer(503, "SlowDown"), "UploadPart", query={"partNumber": "3"}, times=None)
    with pytest.raises(TryAgain, match="busy"):
        send(server, tmp_path / "f", work, parallel=1)
    assert {"part-1", "part-2"} <= work.memory.keys()
    proxy.clear()
    before = proxy.bytes_up("UploadPart")
    send(server, tmp_path / "f", work)
    assert proxy.bytes_up("UploadPart") - before == SIZE - 2 * PART
    assert as_admin.read("f") == DATA
    assert work.memory == {}


def test_a_server_that_goes_away_and_comes_back_gets_the_rest_only(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()

    class Offline(Fault):
        def answered(self) -> None:
            proxy.offline()

    proxy.add(Offline(), "UploadPart", query={"partNumber": "2"})
    with pytest.raises(TryAgain):
        send(server, tmp_path / "f", work, parallel=1)
    proxy.online()
    before = proxy.bytes_up("UploadPart")
    send(server, tmp_path / "f", work)
    assert proxy.bytes_up("UploadPart") - before == SIZE - PART
    assert as_admin.read("f") == DATA


def test_a_killed_upload_continues_from_the_parts_that_are_there(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    held = proxy.add(HoldRequest(after=1 * MiB), "UploadPart", query={"partNumber": "2"})
    kept = tmp_path / "memory"
    (tmp_path / "f").write_bytes(DATA)
    arguments = [str(tmp_path / "f"), str(kept), proxy.endpoint, as_admin.bucket]
    process = subprocess.Popen([sys.executable, "-c", SENDER, *arguments], env={**os.environ})
    try:
        assert held.reached.wait(30)
        until(lambda: "part-1" in json.loads(kept.read_text()))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    held.release()
    work = Work(json.loads(kept.read_text()))
    before = proxy.bytes_up("UploadPart")
    send(as_admin.behind(proxy.endpoint), tmp_path / "f", work)
    assert proxy.bytes_up("UploadPart") - before == SIZE - PART
    assert as_admin.read("f") == DATA
    assert as_admin.uploads() == []


def test_a_part_on_which_the_server_disagrees_is_sent_again(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = sent_and_not_completed(as_admin, proxy, tmp_path / "f")
    proxy.clear()
    work.memory["part-2"]["etag"] = '"0123"'
    del work.memory["part-3"]
    before = proxy.bytes_up("UploadPart")
    send(server, tmp_path / "f", work)
    assert proxy.bytes_up("UploadPart") - before == PART + 1000
    assert as_admin.read("f") == DATA


def test_an_upload_that_the_server_forgot_is_begun_anew(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(FULL, "UploadPart", query={"partNumber": "3"}, times=None)
    with pytest.raises(TryAgain):
        send(server, tmp_path / "f", work, parallel=1)
    proxy.clear()
    as_admin.client.abort_multipart_upload(
        Bucket=as_admin.bucket, Key="f", UploadId=work.memory["upload"]["id"]
    )
    send(server, tmp_path / "f", work)
    assert as_admin.read("f") == DATA
    assert work.memory == {}


def test_an_upload_that_vanishes_before_it_is_completed_is_begun_anew(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()

    class Abort(Fault):
        def begin(self, released: object) -> None:
            upload = work.memory["upload"]["id"]
            as_admin.client.abort_multipart_upload(Bucket=as_admin.bucket, Key="f", UploadId=upload)

    proxy.add(Abort(), "CompleteMultipartUpload")
    assert send_until_there(server, tmp_path / "f", work) == 1
    assert as_admin.read("f") == DATA


@pytest.mark.parametrize("fault", [LoseAnswer(), Answer(200, "InternalError")])
def test_a_completion_whose_answer_says_nothing_is_looked_up(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    """Done on the server, or refused within a 200: either way the object decides."""
    server, work = as_admin.behind(proxy.endpoint), Work()
    rule = proxy.add(fault, "CompleteMultipartUpload", times=3)
    send_until_there(server, tmp_path / "f", work)
    assert rule.hits
    assert as_admin.read("f") == DATA
    assert proxy.bytes_up("UploadPart") == SIZE
    assert work.memory == {}


@pytest.mark.parametrize("lies", ["CompleteMultipartUpload", "HeadObject"])
def test_a_server_that_gets_it_wrong_each_time_is_not_sent_everything_for_ever(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path, lies: str
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()
    lie = AnotherObject() if lies == "HeadObject" else Answer(400, "BadDigest")
    proxy.add(lie, lies, times=None)
    for _ in range(2):
        with pytest.raises(TryAgain):
            send(server, tmp_path / "f", work)
    with pytest.raises(Rejected, match="sent 3 times in vain"):
        send(server, tmp_path / "f", work)
    assert proxy.bytes_up("UploadPart") == 3 * SIZE
    with pytest.raises(TryAgain):
        send(server, tmp_path / "f", work)
    proxy.clear()
    send(server, tmp_path / "f", work)
    assert work.memory == {}


def test_a_list_of_parts_that_arrives_garbled_is_sent_again_and_no_part_is(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(Answer(400, "MalformedXML"), "CompleteMultipartUpload")
    assert send_until_there(server, tmp_path / "f", work) == 1
    assert as_admin.read("f") == DATA
    assert proxy.bytes_up("UploadPart") == SIZE


def test_a_server_that_never_understands_the_list_of_parts_is_not_asked_for_ever(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(Answer(400, "MalformedXML"), "CompleteMultipartUpload", times=None)
    for _ in range(2):
        with pytest.raises(TryAgain):
            send(server, tmp_path / "f", work)
    with pytest.raises(Rejected, match="sent 3 times in vain"):
        send(server, tmp_path / "f", work)
    assert proxy.bytes_up("UploadPart") == SIZE


def test_a_completed_upload_whose_end_nobody_saw_is_not_sent_again(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(LoseAnswer(), "CompleteMultipartUpload", times=None)
    proxy.add(FULL, "HeadObject", skip=1, times=None)
    with pytest.raises(TryAgain):
        send(server, tmp_path / "f", work)
    proxy.clear()
    send(server, tmp_path / "f", work)
    assert proxy.bytes_up("UploadPart") == SIZE
    assert as_admin.read("f") == DATA
    assert work.memory == {}


def test_another_file_for_the_same_key_begins_anew_and_aborts_the_old_upload(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = sent_and_not_completed(as_admin, proxy, tmp_path / "f")
    proxy.clear()
    other = content(SIZE, seed=2)
    with local(tmp_path / "g", other) as file:
        deliver(bucket(server), "f", file, work)
    assert as_admin.read("f") == other
    assert as_admin.uploads() == []


def test_another_bucket_begins_anew_and_aborts_the_old_upload(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = sent_and_not_completed(as_admin, proxy, tmp_path / "f")
    proxy.clear()
    second = server.with_bucket()
    send(second, tmp_path / "f", work)
    assert second.read("f") == DATA
    assert as_admin.uploads() == []


def test_an_old_bucket_that_is_gone_keeps_nobody_from_uploading(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = sent_and_not_completed(as_admin, proxy, tmp_path / "f")
    proxy.clear()
    work.memory["upload"]["bucket"] = "gone-for-good"
    send(server, tmp_path / "f", work)
    assert as_admin.read("f") == DATA


def test_an_upload_whose_beginning_was_never_answered_is_found_and_aborted(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(LoseAnswer(), "CreateMultipartUpload", times=None)
    with pytest.raises(TryAgain):
        send(server, tmp_path / "f", work)
    proxy.clear()
    assert as_admin.uploads() != []
    send(server, tmp_path / "f", work)
    assert as_admin.read("f") == DATA
    assert as_admin.uploads() == []


def test_what_was_begun_before_an_answer_came_is_aborted_with_the_first_answer(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    """boto3 asks again by itself, and the server begins another upload each time."""
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(LoseAnswer(), "CreateMultipartUpload", times=2)
    send(server, tmp_path / "f", work)
    assert proxy.count("CreateMultipartUpload") == 3
    assert as_admin.read("f") == DATA
    assert as_admin.uploads() == []


def test_abandoning_aborts_and_forgets_and_may_be_repeated(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = sent_and_not_completed(as_admin, proxy, tmp_path / "f")
    remembered = dict(work.memory)
    beginning.abandon(bucket(server), work)
    assert work.memory == {}
    assert as_admin.uploads() == []
    beginning.abandon(bucket(server), Work(remembered))
    beginning.abandon(bucket(server), Work())


def test_an_abandoned_upload_is_kept_in_mind_while_the_server_is_away(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = sent_and_not_completed(as_admin, proxy, tmp_path / "f")
    proxy.offline()
    with pytest.raises(TryAgain):
        beginning.abandon(bucket(server), work)
    assert memory.recalled(work)


def test_cancelling_stops_between_parts_and_keeps_what_is_done(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = as_admin.behind(proxy.endpoint), Work()
    held = proxy.add(HoldRequest(), "UploadPart", query={"partNumber": "2"})
    work.cancel_at = PART
    with pytest.raises(TryAgain, match="stopped"):
        send(server, tmp_path / "f", work, parallel=1)
    assert proxy.bytes_up("UploadPart") <= PART
    held.release()
    work.cancel_at = None
    send(server, tmp_path / "f", work)
    assert as_admin.read("f") == DATA


def test_a_memory_that_makes_no_sense_is_no_memory(as_admin: S3Server, tmp_path: Path) -> None:
    for nonsense in ("text", {"id": 3}, {"id": "x", "key": "f"}, [1]):
        work = Work({"upload": nonsense, "part-1": nonsense})
        send(as_admin, tmp_path / "f", work)
        assert as_admin.read("f") == DATA
        as_admin.client.delete_object(Bucket=as_admin.bucket, Key="f")


@pytest.mark.parametrize("refusal", [Answer(501, "NotImplemented"), Answer(400, "InvalidArgument")])
def test_a_server_without_these_checksums_gets_one_that_it_knows(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path, refusal: Answer
) -> None:
    server = as_admin.behind(proxy.endpoint)
    for refused, scheme in ((1, "SHA256"), (2, "MD5")):
        proxy.add(refusal, "CreateMultipartUpload", times=refused)
        with local(tmp_path / "f", DATA) as file:
            proven = deliver(bucket(server), f"f-{refused}", file, Work())
        assert proven.scheme == scheme
        assert as_admin.read(f"f-{refused}") == DATA


@pytest.mark.parametrize("refused", [0, 1, 2], ids=["CRC64NVME", "SHA256", "MD5"])
def test_a_file_that_was_damaged_between_two_runs_is_not_taken_for_what_was_recorded(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path, refused: int
) -> None:
    """Each part arrives as it was read; that it was read wrong only the whole can tell."""
    server, work = as_admin.behind(proxy.endpoint), Work()
    proxy.add(Answer(501, "NotImplemented"), "CreateMultipartUpload", times=refused)
    proxy.add(FULL, "UploadPart", query={"partNumber": "3"}, times=None)
    with local(tmp_path / "f", DATA) as file:
        with pytest.raises(TryAgain):
            deliver(bucket(server, parallel=1), "f", file, work)
        proxy.clear()
        with (tmp_path / "f").open("r+b") as damaged:
            damaged.seek(SIZE - 1)
            damaged.write(bytes([DATA[-1] ^ 1]))
        with pytest.raises(Rejected, match="no longer what was recorded"):
            deliver(bucket(server), "f", file, work)
    assert as_admin.keys() == []
    assert as_admin.uploads() == []
    assert work.memory == {}


def test_what_the_server_keeps_no_proof_of_is_read_back(
    as_anybody: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where KMS makes ETags that prove nothing."""
    from pipeline.s3 import objects

    told = objects._stored

    def silent(key: str, answer: Any) -> objects.Stored:
        told_less = {name: answer[name] for name in ("ContentLength", "LastModified")}
        return told(key, told_less)  # type: ignore[arg-type]

    monkeypatch.setattr(objects, "_stored", silent)
    with local(tmp_path / "f", DATA) as file:
        work = Work()
        proven = deliver(bucket(as_anybody), "f", file, work)
    assert work.progress_seen.count((SIZE, SIZE)) > SIZE // MiB  # a sign of life for each piece
    assert proven.scheme is None
    assert proven.value == proven.sha256


def test_there_are_never_more_parts_than_may_be_and_never_smaller_than_wanted() -> None:
    assert part_size(100, PART) == PART
    assert part_size(MOST_PARTS * PART, PART) == PART
    for size in (MOST_PARTS * PART + 1, 1 << 40):
        made = part_size(size, PART)
        assert made % MiB == 0
        assert -(-size // made) <= MOST_PARTS
    with pytest.raises(Rejected, match="more than S3 takes"):
        part_size(6 << 40, PART)


def test_parts_of_an_earlier_size_are_used_up_after_part_size_changed(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    server, work = sent_and_not_completed(as_admin, proxy, tmp_path / "f")
    proxy.clear()
    send(server, tmp_path / "f", work, part_size=2 * PART)
    assert proxy.bytes_up("UploadPart") == SIZE
    assert as_admin.read("f") == DATA


def test_what_is_remembered_fits_its_class() -> None:
    work = Work()
    upload = Upload(
        endpoint="e",
        bucket="b",
        key="k",
        size=1,
        sha256="s",
        crc64nvme="c",
        part_size=1,
        id="i",
    )
    memory.remember(work, upload)
    assert memory.recalled(work) == upload

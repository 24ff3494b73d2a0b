"""Parts on their way: none is begun for nobody, and progress never goes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import TryAgain
from pipeline.s3.bandwidth import Bandwidth
from pipeline.s3.memory import Part, Upload
from pipeline.s3.multipart import upload
from pipeline.s3.parts import PartSender, sent
from pipeline.s3.spans import LocalFile, Sending
from tests.daemon.archiving import until
from tests.s3.faults import Answer, HoldRequest
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import PART, MiB, Work, bucket, content, local

_SENT = Part(size=PART, etag="e", digest="d", crc64nvme="c")


def scripted(server: S3Server, parts: int, script: Callable[[int], Part]) -> PartSender:
    """Return what sends nothing, and does for each part what a test says."""

    class Scripted(PartSender):
        def __call__(self, number: int) -> Part:
            return script(number)

    begun = Upload(
        endpoint="",
        bucket=server.bucket,
        key="k",
        size=parts * PART,
        sha256="",
        crc64nvme="",
        part_size=PART,
    )
    file = LocalFile(fd=-1, size=begun.size, sha256="")
    return Scripted(bucket(server, parallel=1), begun, file, Sending(Bandwidth(None)))


def end_of_threads() -> None:
    until(lambda: not any(each.name.startswith("part") for each in threading.enumerate()))


def test_after_a_fault_no_other_part_is_begun(as_admin: S3Server) -> None:
    """Each begins with reading all of its bytes: of a large dump that would be for hours."""
    begun, failed = [], threading.Event()

    def one_fails(number: int) -> Part:
        begun.append(number)
        if number == 1:
            raise TryAgain("full")
        failed.wait(30)  # the part that takes the place of the one that failed
        return _SENT

    with pytest.raises(TryAgain, match="full"):
        list(sent(scripted(as_admin, 5, one_fails), range(1, 6), Work(), 0))
    failed.set()
    end_of_threads()
    assert begun in ([1], [1, 2])


def test_progress_does_not_go_back_where_a_part_begins_anew(as_admin: S3Server) -> None:
    work = Work()

    def seen(more: int) -> None:
        there = len(work.progress_seen)
        until(lambda: len(work.progress_seen) >= there + more)

    def begins_anew(number: int) -> Part:
        sender.sending.note(number, PART - 1)
        seen(2)
        sender.sending.note(number, 0)
        seen(2)
        sender.sending.note(number, PART)
        return _SENT

    sender = scripted(as_admin, 1, begins_anew)
    list(sent(sender, [1], work, 0))
    done = [each for each, _ in work.progress_seen]
    assert PART - 1 in done
    assert done == sorted(done)


def test_a_request_that_nobody_waits_for_ends_and_is_not_tried_again(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    held = proxy.add(HoldRequest(after=MiB), "UploadPart")
    work = Work()
    work.cancel_at = 1
    with local(tmp_path / "f", content(40 * MiB)) as file:
        there = bucket(as_admin.behind(proxy.endpoint), parallel=1, part_size=32 * MiB)
        with pytest.raises(TryAgain, match="stopped"):
            upload(there, "f", file, work, Bandwidth(None))
        held.release()
        end_of_threads()
    assert proxy.count("UploadPart") == 1
    assert proxy.bytes_up("UploadPart") < 32 * MiB


def test_what_an_earlier_run_sent_counts_as_done(
    as_admin: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    there, work = bucket(as_admin.behind(proxy.endpoint), parallel=1), Work()
    full = Answer(507, "InsufficientStorage")
    proxy.add(full, "UploadPart", query={"partNumber": "3"}, times=None)
    with local(tmp_path / "f", content(3 * PART)) as file:
        with pytest.raises(TryAgain):
            upload(there, "f", file, work, Bandwidth(None))
        proxy.clear()
        work.progress_seen.clear()
        upload(there, "f", file, work, Bandwidth(None))
    assert min(work.progress_seen) >= (2 * PART, 3 * PART)

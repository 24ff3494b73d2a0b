"""A limit holds for all parts together, and memory stays flat whatever the file's size."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.s3 import delivery
from pipeline.s3.bandwidth import Bandwidth
from pipeline.s3.delivery import deliver
from pipeline.s3.multipart import upload
from pipeline.s3.spans import Body, Sending, Span
from tests.s3.servers import S3Server
from tests.s3.uploading import MiB, Work, bucket, content, local

RATE = 1024


class Clock:
    """A clock that only sleeping moves; threads may share it."""

    def __init__(self) -> None:
        self.now = 5.0
        self._lock = threading.Lock()

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds


def test_no_more_passes_than_the_rate_allows() -> None:
    clock = Clock()
    bandwidth = Bandwidth(RATE, clock.time, clock.sleep)
    for _ in range(50):
        bandwidth.take(128)
    assert clock.now - 5.0 == 49 * 128 / RATE  # the last piece leaves when the others are out


def test_time_in_which_nothing_was_sent_is_not_saved_up() -> None:
    clock = Clock()
    bandwidth = Bandwidth(RATE, clock.time, clock.sleep)
    clock.now += 1000
    for _ in range(9):
        bandwidth.take(128)
    assert clock.now - 1005.0 == 1.0


def test_without_a_limit_nobody_waits() -> None:
    clock = Clock()
    bandwidth = Bandwidth(None, clock.time, clock.sleep)
    bandwidth.take(1 << 40)
    assert clock.now == 5.0


def test_several_bodies_share_one_line(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(bytes(4096))
    clock = Clock()
    sending = Sending(Bandwidth(RATE, clock.time, clock.sleep))
    fd = os.open(tmp_path / "f", os.O_RDONLY)
    bodies = [Body(Span(fd=fd, offset=0, size=2048), sending, number) for number in range(2)]
    while [data for body in bodies if (data := body.read(512))]:
        pass
    os.close(fd)
    assert clock.now - 5.0 == 3584 / RATE
    assert sending.sent == 4096


def test_a_body_that_is_wound_back_counts_once(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"0123456789")
    fd = os.open(tmp_path / "f", os.O_RDONLY)
    sending = Sending(Bandwidth(None))
    body = Body(Span(fd=fd, offset=2, size=6), sending)
    assert body.read(4) == b"2345"
    body.seek(0)
    assert body.read() == b"234567"
    assert body.read(1) == b""
    os.close(fd)
    assert sending.sent == 6
    assert len(body) == body.seek(0, os.SEEK_END) == 6


def test_an_upload_in_parts_takes_as_long_as_the_limit_says(
    as_admin: S3Server, tmp_path: Path
) -> None:
    clock, rate, size = Clock(), 1 * MiB, 6 * MiB
    limited = Bandwidth(rate, clock.time, clock.sleep)
    with local(tmp_path / "f", content(size)) as file:
        upload(bucket(as_admin, parallel=1), "f", file, Work(), limited)
    assert as_admin.read("f") == content(size)
    assert size / rate - 1 <= clock.now - 5.0 <= size / rate


def test_the_limit_is_what_the_options_say(
    as_admin: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int | None] = []

    def noted(rate: int | None) -> Bandwidth:
        seen.append(rate)
        return Bandwidth(None)

    monkeypatch.setattr(delivery, "Bandwidth", noted)
    with local(tmp_path / "f", b"data") as file:
        deliver(bucket(as_admin, bandwidth_limit="4 MB"), "f", file, Work())
        deliver(bucket(as_admin), "g", file, Work())
    assert seen == [4_000_000, None]


PEAK = """
import os, resource, sys
from pathlib import Path
from pipeline.s3.delivery import deliver
from pipeline.s3.objects import Bucket
from pipeline.s3.spans import LocalFile
from tests.s3.uploading import Work, options
from tests.s3.servers import S3Server

path, sha256, endpoint, bucket = sys.argv[1:]
server = S3Server(endpoint=endpoint, access_key="", secret_key="", bucket=bucket)
fd = os.open(path, os.O_RDONLY)
file = LocalFile(fd=fd, size=os.fstat(fd).st_size, sha256=sha256)
deliver(Bucket(options(server)), "f", file, Work())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_file_four_times_as_large_takes_no_more_memory(
    as_admin: S3Server, tmp_path: Path
) -> None:
    peaks = []
    for size in (10 * MiB, 40 * MiB):
        with local(tmp_path / "f", bytes(size)) as file:
            arguments = [str(tmp_path / "f"), file.sha256, as_admin.endpoint, as_admin.bucket]
            done = subprocess.run(
                [sys.executable, "-c", PEAK, *arguments],
                capture_output=True,
                timeout=120,
                check=True,
                env={**os.environ},
            )
        peaks.append(int(done.stdout) * (1 if sys.platform == "darwin" else 1024))
    assert peaks[1] - peaks[0] < 8 * MiB

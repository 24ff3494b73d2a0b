"""An upload that is killed or stopped goes on where it was."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.daemon.archiving import ArchivePlace, large_core, only_folder, until, unzstd
from tests.daemon.harness import Daemon
from tests.s3.faults import HoldRequest
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
HALF = 1 << 20
LIMIT = 5.0
"""Seconds in which the daemon must stop."""


def sender_of(daemon: Daemon, port: int) -> int:
    """The process of the daemon's that is connected to this port."""
    table = Path("/proc/net/tcp").read_text()
    remote = rf"0100007F:{port:04X} 01 (?:\S+ +){{5}}(\d+)"
    sockets = {f"socket:[{inode}]" for inode in re.findall(remote, table)}
    for pid in daemon.children():
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{pid}/fd/{fd}") in sockets:
                        return pid
    raise AssertionError("nobody sends")


def kill_the_daemon(daemon: Daemon, _: int) -> None:
    daemon.kill()


def kill_the_sender(daemon: Daemon, port: int) -> None:
    os.kill(sender_of(daemon, port), signal.SIGKILL)


def stop(daemon: Daemon, _: int) -> None:
    assert daemon.stop() < LIMIT


@pytest.mark.parametrize("strike", [kill_the_daemon, kill_the_sender, stop])
def test_an_upload_goes_on_with_the_parts_that_are_missing(
    tmp_path: Path,
    weed: S3Server,
    proxy: FaultProxy,
    strike: Callable[[Daemon, int], None],
) -> None:
    """Struck in the middle of the last part, with two of them there."""
    (tmp_path / "core").write_bytes(large_core())
    place = ArchivePlace(tmp_path / "place", weed.behind(proxy.endpoint), upload="parallel = 1\n")
    held = proxy.add(HoldRequest(after=HALF), "UploadPart", query={"partNumber": "3"})
    with place.start() as daemon:
        place.receive(tmp_path / "core", NAME)
        until(held.reached.is_set)
        sender = sender_of(daemon, proxy.port)
        strike(daemon, proxy.port)
        until(lambda: not Path(f"/proc/{sender}").exists(), lambda: f"{sender} lives on")
        proxy.clear()
        if daemon.process.poll() is None:
            place.until_done(1)
    with place.start():
        place.until_done(1)
    sent = Counter(
        each.query["partNumber"] for each in proxy.exchanges if each.kind == "UploadPart"
    )
    assert sent == {"1": 1, "2": 1, "3": 2}
    assert proxy.count("CreateMultipartUpload") == proxy.count("CompleteMultipartUpload") == 1
    assert unzstd(weed.read(only_folder(weed).archive)) == gzip.decompress(large_core())
    assert weed.uploads() == []
    assert place.spooled() == []

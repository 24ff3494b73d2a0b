"""The archive cannot be reached, refuses, or has no room: all else goes on, nothing is lost."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.daemon.archiving import (
    ArchivePlace,
    announced,
    folders,
    large_core,
    notifying,
    only_folder,
    until,
    unzstd,
)
from tests.daemon.harness import go_on
from tests.s3.faults import Answer, HoldRequest
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"


def name(number: int) -> str:
    return f"core-xnu-11417.101.15-10.0.40.{number}-1f0c3a9e.gz"


def zip_of(name: str) -> str:
    return name.removesuffix(".gz") + ".zip"


def told(server: HTTPServer, word: str) -> int:
    """How many alerts have this word in their title."""
    return sum(word in title for title in announced(server))


def test_without_the_archive_zips_and_alerts_go_on_and_all_is_archived_later(
    tmp_path: Path, weed: S3Server, proxy: FaultProxy, core: Path, httpserver: HTTPServer
) -> None:
    """For several dumps and across a restart; one of them is moved away meanwhile."""
    server = weed.behind(proxy.endpoint)
    place = ArchivePlace(tmp_path / "place", server, extra=notifying(httpserver))
    proxy.offline()
    names = [name(number) for number in range(4)]
    with place.start():
        for each in names[:2]:
            place.receive(core, each)
        owed = place.until_owed("upload", 2)
        assert all(str(proxy.port) in each["reason"] for each in owed), owed
        assert place.status()["owed"]["archives"] == 2
        until(lambda: told(httpserver, "complete") == 2)
        os.rename(place.dumps / names[0], tmp_path / "moved-away")
    with place.start():
        for each in names[2:]:
            place.receive(core, each)
        place.until_owed("upload", 4)
        until(lambda: told(httpserver, "complete") == 4)
        assert place.published() == sorted(map(zip_of, names))
        assert weed.keys() == []
        assert told(httpserver, "archived") == 0
        proxy.online()
        place.until_done(4)
        place.until(lambda status: not status["alerts_owed"])
    found = folders(weed)
    assert sorted(folder.manifest["name"] for folder in found) == names
    assert all(
        unzstd(weed.read(folder.archive)) == gzip.decompress(core.read_bytes()) for folder in found
    )
    put = [each.path for each in proxy.exchanges if each.kind == "PutObject"]
    assert len(put) == len(set(put)) == len(weed.keys()), "nothing is sent twice"
    assert (told(httpserver, "complete"), told(httpserver, "archived")) == (4, 4)
    assert place.spooled() == []


def test_a_busy_server_is_asked_until_it_takes_the_dump(
    tmp_path: Path, weed: S3Server, proxy: FaultProxy, core: Path, httpserver: HTTPServer
) -> None:
    """Longer than one run of the step lasts; nobody is told of it."""
    server = weed.behind(proxy.endpoint)
    place = ArchivePlace(tmp_path / "place", server, extra=notifying(httpserver))
    busy = proxy.add(Answer(503, "SlowDown"), "PutObject", times=4)
    with place.start():
        place.receive(core, NAME)
        place.until_done(1)
        place.until(lambda status: not status["alerts_owed"])
        (step,) = (each for each in place.show(1)["steps"] if each["stage"] == "upload")
    assert busy.hits == 4
    assert step["attempts"] >= 1
    assert unzstd(weed.read(only_folder(weed).archive)) == gzip.decompress(core.read_bytes())
    assert len(announced(httpserver)) == 2


def test_a_refusal_parks_the_upload_alone_and_is_told_once(
    tmp_path: Path, weed: S3Server, weed_reader: S3Server, core: Path, httpserver: HTTPServer
) -> None:
    """Credentials that may not write; mended by others, and `retry`."""
    place = ArchivePlace(tmp_path / "place", weed_reader, extra=notifying(httpserver))
    with place.start():
        place.receive(core, name(1))
        parked = place.until(lambda status: status["parked"])["parked"]
        assert "upload" in parked[0]["reason"]
        assert "s3:PutObject" in parked[0]["reason"], parked
        place.receive(core, name(2))
        place.until(lambda status: len(status["parked"]) == 2)
        place.until(lambda status: not status["alerts_owed"])
        assert place.published() == [zip_of(name(1)), zip_of(name(2))]
        assert told(httpserver, "complete") == 2
        once = announced(httpserver)
        assert len(once) == 4, "two outcomes, two refusals"
    with place.start(**weed.environment()):
        place.until(lambda status: len(status["parked"]) == 2)
        place.until(lambda status: not status["alerts_owed"])
        assert announced(httpserver) == once
        place.panicpipe("retry", "1")
        place.panicpipe("retry", "2")
        place.until_done(2)
        place.until(lambda status: not status["alerts_owed"])
    assert sorted(folder.manifest["name"] for folder in folders(weed)) == [name(1), name(2)]
    assert told(httpserver, "archived") == 2
    assert told(httpserver, "complete") == 2


def test_a_bucket_that_is_missing_parks_until_it_is_made(
    tmp_path: Path, seaweed_server: tuple[S3Server, S3Server], core: Path
) -> None:
    missing = replace(seaweed_server[0], bucket=f"{tmp_path.name.replace('_', '-')}-missing"[-60:])
    place = ArchivePlace(tmp_path / "place", missing)
    with place.start():
        place.receive(core, NAME)
        parked = place.until(lambda status: status["parked"])["parked"]
        assert missing.bucket in parked[0]["reason"]
        missing.with_bucket(missing.bucket)
        place.panicpipe("retry", "1")
        place.until_done(1)
    assert only_folder(missing).manifest["name"] == NAME


def test_a_dump_that_grows_while_it_is_sent_is_archived_as_it_is_now(
    tmp_path: Path, weed: S3Server, proxy: FaultProxy
) -> None:
    """Its first half was announced; what was begun for that is taken back."""
    server = weed.behind(proxy.endpoint)
    place = ArchivePlace(tmp_path / "place", server, upload="parallel = 1\n")
    core = tmp_path / "core"
    core.write_bytes(large_core())
    held = proxy.add(HoldRequest(after=1000), "UploadPart", query={"partNumber": "2"})
    with place.start():
        sender = place.grow(core, NAME, piece=1 << 20, stop_at=len(large_core()) // 2, then="go on")
        until(held.reached.is_set)
        assert len(weed.uploads()) == 1
        go_on(sender)
        place.until(lambda status: status["done"] or len(status["archiving"]) == 1)
        held.release()
        place.until_done(1)
        until(lambda: weed.uploads() == [], weed.uploads)
        until(lambda: place.spooled() == [], place.spooled)
    folder = only_folder(weed)
    assert unzstd(weed.read(folder.archive)) == gzip.decompress(large_core())
    assert (folder.manifest["verdict"], folder.manifest["revision"]) == ("complete", 2)


@pytest.fixture
def small_spool(tmp_path: Path) -> Iterator[Path]:
    """A spool that has room for no large archive."""
    spool = tmp_path / "place" / "state" / "spool"
    spool.parent.mkdir(mode=0o700, parents=True)
    spool.mkdir(mode=0o750)
    command = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=750", "tmpfs", str(spool)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount here")
    yield spool
    subprocess.run(["umount", "-l", spool], check=False, capture_output=True)


def test_a_full_spool_holds_up_the_archive_alone(
    tmp_path: Path, weed: S3Server, small_spool: Path, httpserver: HTTPServer
) -> None:
    (tmp_path / "core").write_bytes(large_core())
    place = ArchivePlace(tmp_path / "place", weed, extra=notifying(httpserver))
    with place.start():
        place.receive(tmp_path / "core", NAME)
        (owed,) = place.until_owed("compress")
        assert "room" in owed["reason"]
        until(lambda: told(httpserver, "complete") == 1)
        assert place.published() == [zip_of(NAME)]
        assert weed.keys() == []
        resize = ["mount", "-o", "remount,size=64m", str(small_spool)]
        subprocess.run(resize, check=True, capture_output=True)
        place.until_done(1)
    assert unzstd(weed.read(only_folder(weed).archive)) == gzip.decompress(large_core())
    assert place.spooled() == []

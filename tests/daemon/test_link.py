"""A link to the archive goes to whoever is told that a dump was archived, and nowhere else."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

from pytest_httpserver import HTTPServer

from tests.daemon.archiving import ArchivePlace, messages, notifying, only_folder
from tests.daemon.harness import PATIENCE
from tests.s3.servers import S3Server

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
SIGNED = re.compile(r"http://\S+X-Amz-Signature=\S+")


def test_the_alert_gives_the_archive_to_its_reader_and_nothing_else_does(
    tmp_path: Path, weed: S3Server, core: Path, httpserver: HTTPServer
) -> None:
    place = ArchivePlace(
        tmp_path / "place", weed, upload="presigned_hours = 2", extra=notifying(httpserver)
    )
    with place.start() as daemon:
        place.receive(core, NAME)
        place.until_done(1)
        place.until(lambda status: not status["alerts_owed"])
    complete, archived = messages(httpserver)
    assert not SIGNED.search(complete)
    (link,) = SIGNED.findall(archived)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(link, timeout=PATIENCE) as answer:
        assert answer.read() == weed.read(only_folder(weed).archive)

    commands = (("show", "1"), ("show", "1", "--json"), ("status", "--all"), ("config", "show"))
    shown = [place.panicpipe(*command) for command in commands]
    for text in (*shown, daemon.log, json.dumps(place.status())):
        assert "X-Amz-Signature" not in text

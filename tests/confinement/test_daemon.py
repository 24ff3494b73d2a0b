"""The whole chain, by the installed daemon, run by root with an account for its children.

What pytest makes is root's alone: the account can open none of it by its path.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.cli.command import panicpipe
from tests.confinement.bench import as_root, on_linux, somebody
from tests.cores import CoreSpec, build_core
from tests.daemon.archiving import ArchivePlace, announced, notifying, only_folder, unzstd
from tests.daemon.harness import Daemon
from tests.s3.servers import S3Server

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
RECIPIENT = "age1qqf7p03n46kpu05k0mwzg2hxlxmw8vm8hypxpynz5pqueeleqc5s02wszq"
CHAIN = ("verify", "package", "compress", "upload", "retain")
ENCRYPTING = ("verify", "package", "compress", "encrypt", "upload", "retain")

pytestmark = [as_root, on_linux]


class Confined(ArchivePlace):
    """A place whose children are somebody else, with credentials in a file of root's."""

    def __init__(self, root: Path, server: S3Server, *, extra: str = "", **more: object) -> None:
        account = f'[limits]\naccount = "{somebody().name}"\n'
        super().__init__(root, server, extra=account + extra, **more)  # type: ignore[arg-type]
        self.home = root / "aws"
        self.home.mkdir(mode=0o700)
        self.give("credentials", f"[default]\n{_keys(server)}")

    def give(self, name: str, text: str) -> Path:
        file = self.home / name
        file.write_text(text)
        file.chmod(0o700)
        return file

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_SHARED_CREDENTIALS_FILE": str(self.home / "credentials"),
            "AWS_CONFIG_FILE": str(self.home / "config"),
        }

    def start(self, **environment: str) -> Daemon:
        return super().start(**self.environment, **environment)


def _keys(server: S3Server) -> str:
    found = server.environment()
    return (
        f"aws_access_key_id = {found['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {found['AWS_SECRET_ACCESS_KEY']}\n"
    )


@pytest.fixture
def core(tmp_path: Path) -> Path:
    path = tmp_path / "core"
    path.write_bytes(build_core(CoreSpec(arch="arm64", xnu="11417.101.15", size=1 << 20)))
    return path


def test_a_core_goes_all_its_way_with_credentials_that_only_root_can_read(
    tmp_path: Path, weed: S3Server, core: Path, httpserver: HTTPServer
) -> None:
    place = Confined(tmp_path / "place", weed, stages=CHAIN, extra=notifying(httpserver))
    with place.start():
        place.receive(core, NAME)
        place.until_done(1)
        place.until(lambda status: not status["alerts_owed"])
    assert unzstd(weed.read(only_folder(weed).archive)) == gzip.decompress(core.read_bytes())
    assert place.published() == [f"{NAME.removesuffix('.gz')}.zip"]
    assert place.spooled() == []
    assert len(announced(httpserver)) == 2
    log = (place.root / "log").read_text()
    assert "WARNING" not in log
    assert "its worker" not in log


def test_credentials_that_a_program_fetches_are_fetched_before(
    tmp_path: Path, weed: S3Server, core: Path
) -> None:
    """And what is encrypted arrives: no step needs a file that only root can read."""
    place = Confined(
        tmp_path / "place",
        weed,
        stages=ENCRYPTING,
        extra=f'[stages.encrypt]\nrecipients = ["{RECIPIENT}"]\n',
    )
    found = weed.environment()
    answer = {
        "Version": 1,
        "AccessKeyId": found["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": found["AWS_SECRET_ACCESS_KEY"],
    }
    program = place.give("fetch", f"#!{sys.executable}\nprint('''{json.dumps(answer)}''')\n")
    place.give("credentials", "")
    place.give("config", f"[default]\ncredential_process = {program}\n")
    with place.start():
        place.receive(core, NAME)
        place.until_done(1)
    assert only_folder(weed).archive.endswith(".zst.age")


def test_the_archive_is_tried_out_as_it_will_be_used(tmp_path: Path, weed: S3Server) -> None:
    """With credentials that only root can read."""
    place = Confined(tmp_path / "place", weed, stages=CHAIN)
    arguments = ("config", "check", "--online", "--config", place.config)
    told = panicpipe(tmp_path, *arguments, env=place.environment)
    assert told.returncode == 0, told.stdout + told.stderr
    assert [line[:4] for line in told.stdout.splitlines() if line[:4] in ("ok  ", "FAIL")] == [
        "ok  "
    ] * 8
    assert weed.keys() == []


def test_without_credentials_the_step_says_where_they_belong(
    tmp_path: Path, weed: S3Server, core: Path
) -> None:
    place = Confined(tmp_path / "place", weed, stages=CHAIN)
    place.give("credentials", "")
    with place.start(AWS_EC2_METADATA_DISABLED="true"):
        place.receive(core, NAME)
        status = place.until(lambda status: status["parked"])
    assert "no credentials for" in json.dumps(status["parked"])
    assert place.published() == [f"{NAME.removesuffix('.gz')}.zip"]


def test_an_account_that_is_missing_is_told_and_holds_up_nothing(
    tmp_path: Path, weed: S3Server, core: Path
) -> None:
    place = ArchivePlace(
        tmp_path / "place", weed, extra='[limits]\naccount = "nobody-at-all"\n', stages=CHAIN
    )
    with place.start() as daemon:
        place.receive(core, NAME)
        place.until_done(1)
        assert daemon.log.count("there is no account nobody-at-all") == 1
    shown = place.panicpipe("config", "check")
    assert "there is no account nobody-at-all" in shown
    assert os.geteuid() == 0

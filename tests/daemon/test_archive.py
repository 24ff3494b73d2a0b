"""From a dump's arrival to its place in the archive, and back."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.cores import CoreSpec, build_core
from tests.daemon.archiving import (
    ENCRYPTING,
    ArchivePlace,
    announced,
    folders,
    large_core,
    messages,
    notifying,
    only_folder,
    unpacked,
    unzstd,
)
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
BARE = NAME.removesuffix(".gz")
LOG_NAME = "paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a9f"


def archive_facts(place: ArchivePlace, dump: int = 1) -> dict[str, object]:
    (step,) = (each for each in place.show(dump)["steps"] if each["stage"] == "upload")
    facts: dict[str, object] = step["facts"]
    return facts


def fetched(place: ArchivePlace, what: str, to: Path, *options: str) -> bytes:
    """Fetch a dump back; beside it lies its record."""
    to.mkdir()
    place.panicpipe("archive", "get", what, "--to", str(to), *options)
    assert sorted(os.listdir(to)) == [BARE, f"{BARE}.json"]
    return (to / BARE).read_bytes()


def test_a_core_is_zipped_announced_archived_and_fetched_back(
    tmp_path: Path, weed: S3Server, core: Path, httpserver: HTTPServer
) -> None:
    content = gzip.decompress(core.read_bytes())
    place = ArchivePlace(tmp_path / "place", weed, extra=notifying(httpserver))
    with place.start():
        place.receive(core, NAME)
        place.until_done(1)
        place.until(lambda status: not status["alerts_owed"])
    folder = only_folder(weed)
    assert sorted(folder.names) == [f"{BARE}.zst", "dump.json", "manifest.json"]
    assert unzstd(weed.read(folder.archive)) == content
    assert json.loads(weed.read(f"{folder.key}/dump.json"))["name"] == NAME
    assert folder.key.startswith("cores/10.0.40.7/")
    assert place.published() == [f"{BARE}.zip"]
    assert place.spooled() == []
    log = (place.root / "log").read_text()
    assert re.search(rf" done; .*; archive: s3://{weed.bucket}/{folder.key}/", log)
    complete, archived = announced(httpserver)
    assert "complete" in complete
    assert "archived" in archived
    assert f"s3://{weed.bucket}/{folder.key}" in messages(httpserver)[1]

    hash_ = re.search(r"archive get (\w+)", messages(httpserver)[1])
    assert hash_, messages(httpserver)[1]
    assert NAME in place.panicpipe("archive", "list", "--host", "10.0.40.7")
    assert place.command("archive", "verify", hash_[1]).returncode == 0
    assert fetched(place, hash_[1], tmp_path / "back") == content


def test_an_object_that_was_changed_in_the_bucket_is_found(
    tmp_path: Path, weed: S3Server, core: Path
) -> None:
    place = ArchivePlace(tmp_path / "place", weed)
    with place.start():
        place.receive(core, NAME)
        place.until_done(1)
    folder = only_folder(weed)
    changed = bytearray(weed.read(folder.archive))
    changed[len(changed) // 2] ^= 1
    weed.client.put_object(Bucket=weed.bucket, Key=folder.archive, Body=bytes(changed))
    hash_ = folder.manifest["identity"]
    done = place.command("archive", "verify", "--deep", hash_)
    assert done.returncode == 1
    assert f"{BARE}.zst" in done.stdout + done.stderr
    assert place.command("archive", "get", hash_, "--to", str(tmp_path)).returncode == 1
    assert not (tmp_path / BARE).exists()


def test_an_incomplete_dump_and_a_log_are_archived_as_what_they_are(
    tmp_path: Path, weed: S3Server, core: Path
) -> None:
    """A truncated core byte for byte, and labelled; a log like a core."""
    half = core.read_bytes()[: core.stat().st_size // 2]
    (tmp_path / "half").write_bytes(half)
    log = b'panic(cpu 2 caller 0xfffffe0012345678): "test" @file.c:1\nOS version: 24E263\n'
    (tmp_path / "log").write_bytes(log)
    place = ArchivePlace(tmp_path / "place", weed)
    with place.start():
        place.receive(tmp_path / "half", NAME)
        place.receive(tmp_path / "log", LOG_NAME)
        place.until_done(2)
    of = {folder.manifest["kind"]: folder for folder in folders(weed)}
    assert of["core"].manifest["verdict"] == "truncated"
    assert of["core"].archive.endswith(f"/{BARE}-incomplete.gz")
    assert weed.read(of["core"].archive) == half
    assert of["paniclog"].archive.endswith(f"/{LOG_NAME}.zst")
    assert unzstd(weed.read(of["paniclog"].archive)) == log


def test_equal_names_never_collide_and_the_same_dump_is_not_sent_twice(
    tmp_path: Path, weed: S3Server, proxy: FaultProxy, httpserver: HTTPServer
) -> None:
    """Two places with one bucket, and one that has lost its journal."""
    server = weed.behind(proxy.endpoint)
    cores = [large_core(), build_core(CoreSpec(arch="arm64", xnu="11417.101.15", seed=9))]
    for number, content in enumerate(cores):
        (tmp_path / f"core{number}").write_bytes(content)
        place = ArchivePlace(tmp_path / f"place{number}", server)
        with place.start():
            place.receive(tmp_path / f"core{number}", NAME)
            place.until_done(1)
    contents = {unzstd(weed.read(folder.archive)) for folder in folders(weed)}
    assert contents == {gzip.decompress(core) for core in cores}

    keys, sent = weed.keys(), proxy.bytes_up()
    again = ArchivePlace(tmp_path / "place0", server, extra=notifying(httpserver))
    shutil.rmtree(again.state)
    shutil.rmtree(again.zips)
    with again.start():
        again.until_done(1)
        again.until(lambda status: not status["alerts_owed"])
    assert weed.keys() == keys
    assert proxy.bytes_up() - sent < 100_000, "all is there already"
    assert archive_facts(again)["already_there"] is True
    assert sum("archived" in title for title in announced(httpserver)) == 1
    assert again.spooled() == []


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """A key of age's; its second line names the public one."""
    path = tmp_path / "identity"
    if not shutil.which("age-keygen"):
        pytest.skip("age is not installed")
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    return path


def recipient(identity: Path) -> str:
    found = re.search(r"public key: (\w+)", identity.read_text())
    assert found
    return found[1]


def test_what_is_encrypted_says_nothing_in_the_bucket_and_opens_with_age(
    tmp_path: Path, weed: S3Server, identity: Path
) -> None:
    spec = CoreSpec(arch="arm64", xnu="11417.101.15", size=1 << 20)
    core = build_core(spec)
    (tmp_path / "core").write_bytes(core)
    place = ArchivePlace(
        tmp_path / "place",
        weed,
        stages=ENCRYPTING,
        extra=f'[stages.encrypt]\nrecipients = ["{recipient(identity)}"]\n',
    )
    with place.start():
        place.receive(tmp_path / "core", NAME)
        place.until_done(1)
    folder = only_folder(weed)
    assert sorted(folder.names) == [f"{BARE}.zst.age", "dump.json.age", "manifest.json"]
    age = ("age", "-d", "-i", str(identity))
    assert unzstd(unpacked(weed.read(folder.archive), *age)) == gzip.decompress(core)
    record = json.loads(unpacked(weed.read(f"{folder.key}/dump.json.age"), *age))
    assert spec.panic_line is not None
    assert spec.panic_line in json.dumps(record, ensure_ascii=False).replace('\\"', '"')
    keys = weed.keys()
    stored = b"".join(map(weed.read, keys))
    for secret in (b"lost its mind", b"com.example.driver", b"WindowServer", b"\x28\xb5\x2f\xfd"):
        assert secret not in stored
    assert place.spooled() == []
    assert recipient(identity) in json.dumps(folder.manifest)

    key = ("--identity", str(identity))
    back = fetched(place, folder.manifest["identity"], tmp_path / "back", *key)
    assert back == gzip.decompress(core)


def test_a_chain_that_would_send_in_the_clear_is_refused_where_recipients_are_configured(
    tmp_path: Path, weed: S3Server, identity: Path
) -> None:
    place = ArchivePlace(
        tmp_path / "place",
        weed,
        extra=f'[stages.encrypt]\nrecipients = ["{recipient(identity)}"]\n',
    )
    for command in (("config", "check"), ("run",)):
        done = place.command(*command)
        assert done.returncode == 6
        assert "encrypt" in done.stderr


def test_a_file_is_archived_without_the_daemon(tmp_path: Path, weed: S3Server, core: Path) -> None:
    place = ArchivePlace(tmp_path / "place", weed)
    shutil.copy(core, tmp_path / NAME)
    place.panicpipe("process", str(tmp_path / NAME))
    folder = only_folder(weed)
    assert unzstd(weed.read(folder.archive)) == gzip.decompress(core.read_bytes())
    assert place.spooled() == []

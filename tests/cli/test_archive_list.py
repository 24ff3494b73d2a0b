from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.cli.archive_commands import STEM, Commands
from tests.retrieval.archived import Archived, core, put, put_object
from tests.s3.faults import Hang
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

OTHER = b"core-xnu-11417.101.15-10.0.40.9-0badcafe\x1b[2J.gz"


@pytest.fixture
def commands(tmp_path: Path, weed: S3Server) -> Commands:
    return Commands(tmp_path, weed)


@pytest.fixture
def two(weed: S3Server) -> tuple[Archived, Archived]:
    return put(weed, core(), days=1), put(weed, core(2000, seed=2), raw_name=OTHER, as_is=True)


def test_the_table_tells_what_there_is(commands: Commands, two: tuple[Archived, Archived]) -> None:
    new, old = two
    headers, first, second = commands.lines("list")
    assert headers.split("  ")[0] == "Date"
    assert first.split() == [
        *("2024-06-03", "10.0.40.7", f"{STEM}.gz", "xnu-8019.41.5", "complete"),
        *("165.2", "KiB", "/", "293.0", "KiB", new.manifest.identity[:16]),
    ]
    assert second.split() == [
        *("2024-06-02", "10.0.40.9", "core-xnu-11417.101.15-10.0.40.9-0badcafe\\x1b[2J.gz"),
        *("xnu-11417.101.15", "truncated", "2.0", "KiB", "/", "2.0", "KiB"),
        old.manifest.identity[:16],
    ]


def test_filters_leave_only_what_is_meant(
    commands: Commands, two: tuple[Archived, Archived]
) -> None:
    new, old = (each.manifest.identity for each in two)

    def found(*arguments: str) -> list[str]:
        return [each["sha256"] for each in commands.values("list", *arguments)]

    assert found("--host", "10.0.40.9", "--until", "2024-06-02", "--name", "0badcafe") == [old]
    assert found("--since", "2024-06-03", "--version", "8019", "--hash", new[:6].upper()) == [new]


def test_json_has_one_object_for_each_dump(
    commands: Commands, two: tuple[Archived, Archived]
) -> None:
    value = commands.values("list")[0]
    new = two[0].manifest
    assert value == {
        "url": f"s3://{commands.server.bucket}/{two[0].key}",
        "usable": True,
        "date": "2024-06-03",
        "host": "10.0.40.7",
        "name": f"{STEM}.gz",
        "version": "xnu-8019.41.5",
        "kernel_uuid": "30A7C132-04EE-4DB9-91FE-40ED35EB2175",
        "kind": "core",
        "verdict": "complete",
        "revision": 1,
        "sha256": new.identity,
        "content_sha256": new.content.sha256,
        "content_size": 300_000,
        "stored_size": sum(each.size for each in new.objects),
        "compression": "zstd",
        "encrypted": False,
        "arrived": 1717300000.0,
        "finished": 1717386460.0,
        "archived": 1717500000.0,
    }


def test_nothing_found_is_no_fault(commands: Commands) -> None:
    assert commands.lines("list") == [f"No such dump in s3://{commands.server.bucket}/panics/"]
    assert commands.values("list") == []


def test_unfinished_uploads_are_counted_and_listed_on_demand(
    commands: Commands, weed: S3Server, two: tuple[Archived, Archived]
) -> None:
    folder = two[1].folder
    weed.client.delete_object(Bucket=weed.bucket, Key=f"{folder}/manifest.json")
    short = commands.run("list")
    assert short.stderr == "panicpipe: 1 folder is unfinished or unusable; --all lists them\n"
    assert len(short.stdout.splitlines()) == 2
    assert commands.lines("list", "--all")[-2:] == [
        "Unfinished or unusable",
        f"  s3://{weed.bucket}/{folder}/: 2.0 KiB, has no manifest: its upload is not finished",
    ]
    value = commands.values("list", "--all")[-1]
    assert (value["usable"], value["url"]) == (False, f"s3://{weed.bucket}/{folder}/")


def test_what_a_hostile_manifest_says_reaches_no_terminal(
    commands: Commands, weed: S3Server, two: tuple[Archived, Archived]
) -> None:
    put_object(weed, f"{two[0].folder}/manifest.json", b'{"format": 1, "\x1b]0;x\x07": 1}')
    done = commands.run("list", "--all")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "the manifest cannot be used" in done.stdout


def test_the_configuration_says_where(commands: Commands, two: tuple[Archived, Archived]) -> None:
    commands.configure()
    done = commands.run("list", "--config", "panicpipe.toml", where=[])
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)


def test_an_option_counts_more_than_the_configuration(
    commands: Commands, weed: S3Server, two: tuple[Archived, Archived]
) -> None:
    put(weed, core(10), prefix="elsewhere/")
    commands.configure()
    done = commands.run("list", "--config=panicpipe.toml", "--prefix=elsewhere", where=[])
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)


def test_without_an_archive_it_says_what_to_add(commands: Commands) -> None:
    (commands.home / "empty.toml").write_text(f'state_directory = "{commands.home}"\n')
    fault = commands.fault("list", "--config", "empty.toml", code=6, where=[])
    assert fault == (
        f"{commands.home}/empty.toml: no archive is configured: add [stages.upload] with "
        'bucket = "…", or name one with --bucket'
    )


def test_options_that_cannot_be_meant_are_wrong_usage(commands: Commands) -> None:
    assert "bucket must be" in commands.fault("list", code=2, where=["--bucket=x"])
    assert "hexadecimal" in commands.fault("list", "--hash=12", code=2)
    assert "is no date like 2026-11-22" in commands.fault("list", "--since=2024-13-01", code=2)


def test_a_bucket_that_is_not_there_is_one_plain_line(commands: Commands) -> None:
    fault = commands.fault("list", where=[*commands.where, "--bucket=not-there"])
    assert fault.splitlines() == [fault]
    assert "there is no bucket not-there" in fault


def test_a_server_that_is_down_is_one_plain_line(commands: Commands, proxy: FaultProxy) -> None:
    proxy.offline()
    fault = commands.behind(proxy.endpoint).fault("list")
    assert fault.splitlines() == [fault]
    assert "refuses connections" in fault


def test_ctrl_c_waits_for_no_server(
    commands: Commands, proxy: FaultProxy, two: tuple[Archived, Archived]
) -> None:
    rule = proxy.add(Hang(), "GetObject", times=None)
    with commands.behind(proxy.endpoint).start("list") as process:
        assert rule.reached.wait(60)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "")
        assert process.returncode == 130


def test_whoever_may_only_read_can_list(
    commands: Commands, weed_reader: S3Server, two: tuple[Archived, Archived]
) -> None:
    assert len(Commands(commands.home, weed_reader).lines("list")) == 3

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.archive_commands import STEM, Commands
from tests.retrieval.archived import Archived, core, put, put_object
from tests.s3.servers import S3Server

OTHER = b"core-xnu-11417.101.15-10.0.40.9-0badcafe.gz"


@pytest.fixture
def commands(tmp_path: Path, weed: S3Server) -> Commands:
    return Commands(tmp_path, weed)


@pytest.fixture
def archived(commands: Commands) -> Archived:
    return put(commands.server, core())


def _damage(server: S3Server, archived: Archived) -> None:
    put_object(server, archived.key, archived.stored[:-1] + b"?")


def test_it_says_of_each_object_what_was_proven(commands: Commands, archived: Archived) -> None:
    what = archived.manifest.identity[:10]
    head = f"{STEM}.gz  s3://{commands.server.bucket}/{archived.folder}/"
    assert commands.lines("verify", what) == [
        head,
        f"  {STEM}.zst: size and CRC64NVME",
        "  dump.json: size and CRC64NVME",
    ]
    assert commands.lines("verify", what, "--deep") == [
        head,
        f"  {STEM}.zst: size and SHA-256 of all its bytes",
        "  dump.json: size and SHA-256 of all its bytes",
    ]


def test_a_damaged_object_is_told_and_ends_with_1(commands: Commands, archived: Archived) -> None:
    _damage(commands.server, archived)
    lines = commands.lines("verify", archived.manifest.identity[:10], code=1)
    assert lines[1].startswith(f"  {STEM}.zst: NOT as archived: its CRC64NVME is ")
    value = commands.values("verify", archived.manifest.identity[:10], code=1)[0]
    assert value["good"] is False
    assert [each["good"] for each in value["objects"]] == [False, True]


def test_all_dumps_are_verified_for_a_cron_job(commands: Commands, archived: Archived) -> None:
    other = put(commands.server, core(1000, seed=2), raw_name=OTHER)
    assert commands.lines("verify", "--all")[-1] == "2 dumps: all as they were archived"
    _damage(commands.server, other)
    lines = commands.lines("verify", "--all", code=1)
    assert lines[-1] == "2 dumps: 1 NOT as archived"
    assert sum("NOT as archived:" in line for line in lines) == 1


def test_a_manifest_that_was_damaged_counts_as_well(commands: Commands, archived: Archived) -> None:
    put_object(commands.server, f"{archived.folder}/manifest.json", b"{}")
    lines = commands.lines("verify", "--all", code=1)
    assert lines[0] == f"s3://{commands.server.bucket}/{archived.folder}/"
    assert lines[1].startswith("  NOT as archived: the manifest cannot be used")
    assert lines[-1] == "1 dump: 1 NOT as archived"


def test_folders_without_a_manifest_are_told_beside(commands: Commands, archived: Archived) -> None:
    key = f"{archived.folder}/manifest.json"
    commands.server.client.delete_object(Bucket=commands.server.bucket, Key=key)
    done = commands.run("verify", "--all")
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["0 dumps: all as they were archived"]
    assert done.stderr == (
        "panicpipe: 1 folder without a manifest was not looked at: an upload that is under way, "
        "or was given up; see `panicpipe archive list --all`\n"
    )


def test_one_dump_or_all_has_to_be_named(commands: Commands) -> None:
    assert "give either one dump or --all" in commands.fault("verify", code=2)
    assert "give either one dump or --all" in commands.fault("verify", "abcdef", "--all", code=2)

"""From a dump to the archive and back, with the real stages and the stock programs."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
from pathlib import Path

import pyrage
import pytest

from tests.cli.archive_commands import Commands
from tests.cli.command import panicpipe
from tests.cli.cores import PANIC, raw_core_header
from tests.cli.journals import HOSTILE
from tests.s3.servers import S3Server

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e"
_SIZE = 24 << 20


def _core() -> bytes:
    """A core of which most is zeros."""
    memory = bytearray(PANIC.ljust(_SIZE, b"\0"))
    memory[5 << 20 : 6 << 20] = random.Random(1).randbytes(1 << 20)
    return raw_core_header(_SIZE) + bytes(memory)


@pytest.fixture
def commands(tmp_path: Path, weed: S3Server) -> Commands:
    return Commands(tmp_path, weed)


def _process(commands: Commands, file: bytes | Path, stages: list[str], *lines: str) -> Path:
    """Archive a file as the daemon would; returns the configuration."""
    chain = f"[pipeline]\nstages = {json.dumps(stages)}"
    config = commands.configure(chain, *lines)
    done = panicpipe(
        commands.home,
        *("--config", config, "process", "--output", commands.home / "made", file),
        env=commands.server.environment(),
    )
    assert done.stderr == ""
    return config


@pytest.fixture
def into(tmp_path: Path) -> Path:
    made = tmp_path / "into"
    made.mkdir()
    return made


def _listed(commands: Commands) -> dict[str, object]:
    (value,) = commands.values("list")
    return value


def test_a_core_comes_back_byte_for_byte_with_its_holes(commands: Commands, into: Path) -> None:
    core = _core()
    file = commands.home / f"{NAME}.gz"
    file.write_bytes(gzip.compress(core, 1, mtime=0))
    config = _process(commands, file, ["verify", "compress", "upload"])
    what = str(_listed(commands)["sha256"])
    commands.lines("verify", what, "--deep")
    done = commands.run("get", what[:12], "--to", into, "--config", config, where=[])
    assert (done.stderr, done.returncode) == ("", 0)
    assert (into / NAME).read_bytes() == core
    assert (into / NAME).stat().st_blocks * 512 < 4 << 20
    record = json.loads((into / f"{NAME}.json").read_bytes())
    assert (record["verdict"], record["sha256"]) == ("complete", what)


def test_an_encrypted_core_comes_back_with_us_and_with_the_stock_programs(
    commands: Commands, into: Path
) -> None:
    core = _core()
    file = commands.home / f"{NAME}.gz"
    file.write_bytes(gzip.compress(core, 1, mtime=0))
    identity = pyrage.x25519.Identity.generate()
    key = commands.home / "key"
    key.write_text(f"{identity}\n")
    stages = ["verify", "compress", "encrypt", "upload"]
    _process(commands, file, stages, "[stages.encrypt]", f'recipients = ["{identity.to_public()}"]')
    keys = commands.server.keys()
    stored = [each for each in keys if each.endswith(".zst.age")]
    assert len(stored) == 1
    commands.lines("get", str(_listed(commands)["sha256"]), "--to", into, "--identity", key)
    assert (into / NAME).read_bytes() == core
    assert json.loads((into / f"{NAME}.json").read_bytes())["verdict"] == "complete"
    by_hand = subprocess.run(
        "age -d -i key | zstd -d",
        shell=True,
        input=commands.server.read(stored[0]),
        capture_output=True,
        cwd=commands.home,
        check=True,
    )
    assert by_hand.stdout == core


def test_an_incomplete_core_of_a_hostile_name_comes_back_as_it_arrived(
    commands: Commands, into: Path
) -> None:
    whole = gzip.compress(_core(), 1, mtime=0)
    file = os.fsencode(commands.home) + b"/" + HOSTILE + b".gz"
    Path(os.fsdecode(file)).write_bytes(whole[: len(whole) // 2])
    _process(commands, file, ["verify", "compress", "upload"])
    keys = commands.server.keys()
    assert all(key.startswith("panics/unknown-host/") for key in keys)
    value = _listed(commands)
    assert value["verdict"] == "truncated"
    commands.lines("get", str(value["sha256"]), "--to", into)
    (core,) = [each for each in into.iterdir() if not each.name.endswith(".json")]
    assert core.name.endswith("-incomplete.gz")
    assert core.read_bytes() == whole[: len(whole) // 2]

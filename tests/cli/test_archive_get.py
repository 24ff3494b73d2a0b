from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from tests.cli.archive_commands import STEM, Commands
from tests.cli.command import PANICPIPE, environment
from tests.cli.journals import COMPLETE, written
from tests.retrieval.archived import RECORD, core, put
from tests.retrieval.cutting import Stall
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

MiB = 1 << 20


@pytest.fixture
def commands(tmp_path: Path, weed: S3Server) -> Commands:
    return Commands(tmp_path, weed)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    made = tmp_path / "into"
    made.mkdir()
    return made


def test_a_dump_comes_back_by_its_hash_and_it_says_where(commands: Commands, into: Path) -> None:
    archived = put(commands.server, core())
    assert commands.lines("get", archived.manifest.identity[:8], "--to", into) == [
        f"Dump    {into}/{STEM}, 293.0 KiB, complete",
        f"Record  {into}/{STEM}.json",
    ]
    assert (into / STEM).read_bytes() == archived.content
    assert (into / f"{STEM}.json").read_bytes() == RECORD


def test_it_goes_where_one_is_unless_told(commands: Commands) -> None:
    archived = put(commands.server, core())
    value = commands.values("get", archived.manifest.identity, "--keep-compressed")[0]
    assert value == {
        "dump": STEM,
        "size": 300_000,
        "content_sha256": archived.manifest.content.sha256,
        "verdict": "complete",
        "record": f"{STEM}.json",
        "record_fault": None,
        "stored": f"{STEM}.zst",
    }
    assert (commands.home / f"{STEM}.zst").read_bytes() == archived.stored


@pytest.mark.parametrize("ending", ["", "/", f"/{STEM}.zst", "/manifest.json"])
def test_a_dump_comes_back_by_any_url_of_it(commands: Commands, into: Path, ending: str) -> None:
    archived = put(commands.server, core(1000))
    put(commands.server, core(1000, seed=2))
    where = [f"--endpoint-url={commands.server.endpoint}", "--config", "empty.toml"]
    (commands.home / "empty.toml").write_text("")
    url = f"s3://{commands.server.bucket}/{archived.folder}{ending}"
    done = commands.run("get", url, "--to", into, where=where)
    assert (done.stderr, done.returncode) == ("", 0)
    assert (into / STEM).read_bytes() == archived.content


def test_a_dump_comes_back_by_its_number_in_the_journal(commands: Commands, into: Path) -> None:
    archived = put(commands.server, core(1000))
    commands.configure()
    to = written(commands.home / "state")
    row = to.judged(b"core-1.gz", COMPLETE)
    url = f"s3://{commands.server.bucket}/{archived.key}"
    to.journal.steps.intend(row.id, "upload", facts={"url": url}, ends=None, artifacts=[])
    to.judged(b"core-2.gz", COMPLETE)
    to.journal.close()
    config = ["--config", "panicpipe.toml"]
    done = commands.run("get", "1", "--to", into, where=config)
    assert (done.stderr, done.returncode) == ("", 0)
    assert (into / STEM).read_bytes() == archived.content
    assert commands.fault("get", "2", where=config) == "dump 2, core-2.gz, is not in the archive"
    assert "there is no dump 3" in commands.fault("get", "3", where=config)


def _ambiguous(server: S3Server) -> tuple[str, str]:
    """Archive two dumps whose hashes begin with the same six digits; made up, not found."""
    import msgspec

    from tests.retrieval.archived import put_manifest

    hashes = ("abcdef" + "0" * 58, "abcdef" + "1" * 58)
    for identity in hashes:
        manifest = msgspec.structs.replace(put(server, core(10)).manifest, identity=identity)
        put_manifest(server, f"panics/10.0.40.7/2024-06-02/x-{identity[:16]}", manifest)
    return hashes


def test_a_hash_that_means_several_lists_them(commands: Commands, into: Path) -> None:
    first, second = _ambiguous(commands.server)
    told = commands.fault("get", "abcdef", "--to", into).splitlines()
    assert told[0] == "2 dumps have a hash that begins with abcdef; say more of it:"
    assert sorted(line.split()[0] for line in told[1:]) == [first, second]
    assert f"10.0.40.7  {STEM}.gz" in told[1]


def test_what_means_nothing_is_told(commands: Commands) -> None:
    assert "no dump's hash begins with abcdef" in commands.fault("get", "abcdef")
    assert "first 6 or more digits" in commands.fault("get", "abc", code=2)
    assert "first 6 or more digits" in commands.fault("get", "../etc/passwd", code=2)
    url = f"s3://{commands.server.bucket}/panics/x/y"
    assert f"{url}/: there is no archived dump (no manifest.json)" in commands.fault("get", url)
    assert "bucket must be" in commands.fault("get", "s3:///x", code=2)


def test_the_same_dump_archived_twice_is_no_question(commands: Commands, into: Path) -> None:
    for days in (0, 5):
        archived = put(commands.server, core(1000), days=days)
    commands.lines("get", archived.manifest.identity[:10], "--to", into)
    assert (into / STEM).read_bytes() == archived.content


def test_an_encrypted_dump_needs_its_key_and_says_so(commands: Commands, into: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    archived = put(commands.server, core(), recipients=[identity.to_public()])
    what = archived.manifest.identity[:12]
    told = commands.fault("get", what, "--to", into)
    assert "name your key with --identity FILE" in told
    assert f"(it was encrypted to {identity.to_public()})" in told
    assert len(told.splitlines()) == 1
    (commands.home / "key").write_text(f"{identity}\n")
    commands.lines("get", what, "--to", into, "--identity", "key")
    assert (into / STEM).read_bytes() == archived.content
    assert commands.fault("get", what, "--identity", "none", code=5) == (
        "none: No such file or directory"
    )


def _until(true: object, process: subprocess.Popen[str]) -> None:
    assert callable(true)
    end = time.monotonic() + 60
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def _received(into: Path) -> int:
    return sum(each.stat().st_size for each in into.iterdir() if each.name.endswith(".part"))


@pytest.fixture
def stalled(commands: Commands, proxy: FaultProxy) -> Iterator[Stall]:
    fault = Stall(3 * MiB)
    proxy.add(fault, "GetObject", path=r"\.zst$")
    yield fault
    fault.released.set()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130)],
)
def test_a_get_that_was_stopped_goes_on_where_it_was(
    commands: Commands,
    into: Path,
    proxy: FaultProxy,
    stalled: Stall,
    number: signal.Signals,
    code: int,
) -> None:
    archived = put(commands.server, core(5 * MiB))
    behind, what = commands.behind(proxy.endpoint), archived.manifest.identity[:10]
    with behind.start("get", what, "--to", into) as process:
        _until(lambda: _received(into) == 3 * MiB, process)
        process.send_signal(number)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == code
    assert [each.name for each in into.iterdir() if not each.name.startswith(".")] == []
    stalled.released.set()
    proxy.exchanges.clear()
    behind.lines("get", what, "--to", into)
    assert (into / STEM).read_bytes() == archived.content
    assert sorted(os.listdir(into)) == [STEM, f"{STEM}.json"]
    assert proxy.bytes_down("GetObject") < 2 * MiB + 100_000


def test_two_at_once_do_not_mix_their_bytes(
    commands: Commands, into: Path, proxy: FaultProxy, stalled: Stall
) -> None:
    archived = put(commands.server, core(5 * MiB))
    behind, what = commands.behind(proxy.endpoint), archived.manifest.identity[:10]
    with behind.start("get", what, "--to", into) as process:
        _until(lambda: _received(into) == 3 * MiB, process)
        assert "another panicpipe is fetching this dump" in behind.fault("get", what, "--to", into)
        stalled.released.set()
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert (into / STEM).read_bytes() == archived.content


def test_a_terminal_shows_how_far_it_is(
    commands: Commands, into: Path, proxy: FaultProxy, stalled: Stall
) -> None:
    archived = put(commands.server, core(5 * MiB))
    behind = commands.behind(proxy.endpoint)
    with behind.terminal("get", archived.manifest.identity[:10], "--to", into) as terminal:
        time.sleep(0.6)  # only what takes a while gets a bar
        stalled.released.set()
        assert "downloading" in terminal.rest() or (into / STEM).exists()
    assert (into / STEM).read_bytes() == archived.content


_PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def test_memory_does_not_grow_with_the_dump(commands: Commands, into: Path) -> None:
    archived = put(commands.server, bytes(256 * MiB))
    what = archived.manifest.identity[:10]
    get = [str(PANICPIPE), "archive", "get", what, "--to", str(into)]
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, *get, *commands.where],
        env=environment(commands.home, **commands.server.environment()),
        capture_output=True,
        text=True,
        check=True,
    )
    peak = int(done.stdout.splitlines()[-1]) * (1 if sys.platform == "darwin" else 1024)
    assert peak < 160 * MiB
    assert (into / STEM).stat().st_size == 256 * MiB
    assert (into / STEM).stat().st_blocks * 512 < MiB


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts volumes, and this way on Linux only")
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no volume can be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_told_and_what_came_is_kept(
    commands: Commands, proxy: FaultProxy, small_disk: Path
) -> None:
    archived = put(commands.server, core(3 * MiB))
    behind, what = commands.behind(proxy.endpoint), archived.manifest.identity[:10]
    for size in ("2m", "4m"):  # too small for the download, and then for what it unpacks to
        subprocess.run(["mount", "-o", f"remount,size={size}", small_disk], check=True)
        told = behind.fault("get", what, "--to", small_disk)
        assert told == (
            f"{small_disk}: the disk is full; make room and run the same command again, which "
            "goes on with what is there, or name another directory with --to"
        )
        assert [each for each in os.listdir(small_disk) if not each.endswith(".part")] == []
    subprocess.run(["mount", "-o", "remount,size=9m", small_disk], check=True)
    before = proxy.bytes_down("GetObject")
    behind.lines("get", what, "--to", small_disk)
    assert (small_disk / STEM).read_bytes() == archived.content
    assert proxy.bytes_down("GetObject") - before < 100_000

"""What the compress stage does when the dump, the disk or the daemon is not as it should be."""

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline import Dump, DumpChanged, TryAgain, Verdict
from pipeline.stages.compress import Compress
from tests.stages.archives import unzstd
from tests.stages.dumps import core_bytes, gzip_dump, raw_dump
from tests.stages.workspace import DirectoryWorkspace

CONTENT = core_bytes(1_500_000)
NOISE = os.urandom(4 << 20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump"


def _overwrite(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def _shorten(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def _incomplete(path: Path, content: bytes) -> Dump:
    return raw_dump(path, content, verdict=Verdict.DAMAGED)


@pytest.mark.parametrize("change", [_overwrite, _append, _shorten])
@pytest.mark.parametrize("make", [gzip_dump, raw_dump, _incomplete])
def test_a_dump_that_changed_since_it_was_judged_is_judged_afresh(
    path: Path, change: Callable[[Path], None], make: Callable[[Path, bytes], Dump]
) -> None:
    dump = make(path, CONTENT)
    change(path)
    with (
        DirectoryWorkspace(dump, path, path.parent / "out") as work,
        pytest.raises(DumpChanged, match="changed while it was being read"),
    ):
        Compress().run(dump, work)
    assert os.listdir(path.parent / "out") == []


class _Changing(DirectoryWorkspace):
    """Changes the dump under the stage once it has read a part of it."""

    path: Path

    def progress(self, done: int, total: int) -> None:
        if done > total // 2:
            with self.path.open("r+b") as file:
                file.write(b"another")
                file.seek(-7, os.SEEK_END)
                file.write(b"another")
        super().progress(done, total)


def test_a_dump_that_changes_under_the_stage_is_judged_afresh(path: Path) -> None:
    dump = raw_dump(path, CONTENT)
    with _Changing(dump, path, path.parent / "out") as work:
        work.path = path
        with pytest.raises(DumpChanged):
            Compress().run(dump, work)


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("make", [gzip_dump, raw_dump, _incomplete])
def test_it_stops_soon_once_nobody_waits(
    path: Path, after: int, make: Callable[[Path, bytes], Dump]
) -> None:
    dump = make(path, NOISE)
    with DirectoryWorkspace(dump, path, path.parent / "out", cancel_after=after) as work:
        with pytest.raises(TryAgain, match="stopped"):
            Compress().run(dump, work)
        assert len(work.progress_seen) == after
    assert os.listdir(path.parent / "out") == []


@contextlib.contextmanager
def _volume(place: Path, size: int) -> Iterator[Path]:
    """Mount a volume of so many bytes; skipped where that is not allowed."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts volumes, and this way on Linux only")
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no volume can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("make", [raw_dump, gzip_dump, _incomplete])
def test_a_full_spool_is_a_passing_fault_that_says_where_and_leaves_nothing(
    path: Path, make: Callable[[Path, bytes], Dump]
) -> None:
    """And once there is room, the same step succeeds."""
    dump = make(path, NOISE)
    with _volume(path.parent / "spool", 6 << 20) as spool:
        stage = Compress(directory=spool)
        other = spool / "other"
        other.write_bytes(bytes(4 << 20))
        with DirectoryWorkspace(dump, path, spool) as work:
            with pytest.raises(TryAgain) as refusal:
                stage.run(dump, work)
            other.unlink()
        assert str(refusal.value) == (
            f"{spool}: {os.strerror(errno.ENOSPC)}; free some room there, "
            "and this goes on by itself"
        )
        assert os.listdir(spool) == []

        with DirectoryWorkspace(dump, path, spool) as work:
            archive = work.publish(stage.run(dump, work))["archive"]
        found = archive.read_bytes() if make is _incomplete else unzstd(archive)
        assert found == NOISE


_LIMITED = """
import resource, signal, sys
from pathlib import Path
from pipeline import TryAgain
from pipeline.stages.compress import Compress
from tests.stages.dumps import raw_dump
from tests.stages.workspace import DirectoryWorkspace
import random

path = Path(sys.argv[1])
dump = raw_dump(path, random.Random(1).randbytes(3_000_000))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with DirectoryWorkspace(dump, path, path.parent / "out") as work:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        Compress(directory=path.parent / "out").run(dump, work)
    except TryAgain as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
"""


def test_a_file_that_may_not_grow_is_a_passing_fault_too(path: Path) -> None:
    """Quotas and limits speak of other things than room; needs no rights to be tried."""
    command = [sys.executable, "-c", _LIMITED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{path.parent / 'out'}: {os.strerror(errno.EFBIG)}; free some")


_STARVED = """
import resource, sys
from pipeline.stages.zstd_frame import ZstdFrame

used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (96 << 20), resource.RLIM_INFINITY))
try:
    frame = ZstdFrame(1 << 30, level=19, long_distance=True, threads=4)
    for _ in range(1 << 10):
        frame.add(bytes(1 << 20))
except MemoryError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads its own size from /proc")
def test_too_little_memory_is_told_as_such() -> None:
    """Whoever limits the process knows what it means, and says which limit it was."""
    command = [sys.executable, "-c", _STARVED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "memory" in done.stdout

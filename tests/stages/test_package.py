"""The package stage: what is in the zip, for every kind of dump."""

import json
import os
import resource
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Dump, DumpChanged, Encoding, Rejected, StepResult, Verdict
from pipeline.stages.package import Package, entry_name
from tests.stages.dumps import (
    GZIP_HEADER,
    MTIME_NS,
    NAME,
    core_bytes,
    cut_gzip_dump,
    damaged_gzip_dump,
    gzip_dump,
    judged,
    raw_dump,
    stretched,
)
from tests.stages.workspace import DirectoryWorkspace
from tests.stages.zips import assert_headers_agree, entry_stream

CONTENT = core_bytes(1_500_000)


def package(dump: Dump, path: Path, stage: Package | None = None) -> tuple[Path, StepResult]:
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        result = (stage or Package()).run(dump, work)
        return work.publish(result)["zip"], result


def contents(zip_path: Path) -> tuple[bytes, dict[str, object]]:
    """Return the big entry's content and the record, after checking everything else."""
    assert_headers_agree(zip_path)
    with zipfile.ZipFile(zip_path) as archive:
        assert archive.testzip() is None
        record, big = archive.infolist()
        assert record.filename == "dump.json"
        return archive.read(big), json.loads(archive.read(record))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump"


def test_a_gzip_core_is_carried_over_byte_for_byte(path: Path) -> None:
    """The entry is the very deflate stream of the gzip file."""
    dump = gzip_dump(path, CONTENT)
    zip_path, result = package(dump, path)
    content, record = contents(zip_path)
    assert content == CONTENT
    assert entry_stream(zip_path, NAME.decode()) == path.read_bytes()[len(GZIP_HEADER) : -8]
    assert record["sha256"] == dump.inspection.sha256
    assert record["incomplete"] is False
    assert zip_path.name == f"{NAME.decode()}.zip"
    assert result.facts == {"entry": NAME.decode(), "packaged_size": len(CONTENT)}
    assert result.ends is None


def test_recompressing_makes_the_same_core_smaller(path: Path) -> None:
    dump = gzip_dump(path, CONTENT)
    carried, _ = package(dump, path)
    size = carried.stat().st_size
    carried.unlink()
    packed, _ = package(dump, path, Package(recompress=True, level=9))
    assert contents(packed)[0] == CONTENT
    assert packed.stat().st_size < size


def test_a_raw_core_is_deflated(path: Path) -> None:
    zip_path, _ = package(raw_dump(path, CONTENT), path)
    assert contents(zip_path)[0] == CONTENT
    assert zip_path.stat().st_size < len(CONTENT)


def test_a_log_is_deflated_under_its_own_name(path: Path) -> None:
    name = b"paniclog-xnu-8019.41.5-10.0.40.7-1f0c3a9e"
    zip_path, result = package(raw_dump(path, b"panic(cpu 1)\n" * 50, name), path)
    assert contents(zip_path)[0] == b"panic(cpu 1)\n" * 50
    assert result.facts["entry"] == name.decode()


@pytest.mark.parametrize("keep", [0, 9, 10, 11, 5_000, 250_000, -9, -8, -1])
def test_a_cut_gzip_core_gives_all_that_came_and_says_incomplete(path: Path, keep: int) -> None:
    whole = gzip_dump(path, CONTENT).size
    dump = cut_gzip_dump(path, CONTENT, keep if keep >= 0 else whole + keep)
    zip_path, _ = package(dump, path)
    content, record = contents(zip_path)
    assert content == CONTENT[: dump.inspection.uncompressed_size]
    assert (record["incomplete"], record["verdict"]) == (True, "truncated")
    assert record["expected_size"] == len(CONTENT)
    assert zip_path.name == f"{NAME.decode()}-incomplete.zip"


@pytest.mark.parametrize("tail", [b"\xff" * 5, b"\x06" + b"x" * 500_000])
def test_a_damaged_gzip_core_gives_all_before_the_fault(path: Path, tail: bytes) -> None:
    dump = damaged_gzip_dump(path, CONTENT, tail)
    zip_path, _ = package(dump, path)
    content, record = contents(zip_path)
    assert content == CONTENT
    assert (record["incomplete"], record["check"]) == (True, "deflate")
    assert zip_path.name.endswith("-incomplete.zip")


def test_a_gzip_core_with_a_wrong_trailer_is_carried_over_with_the_true_crc(path: Path) -> None:
    stream = gzip_dump(path, CONTENT).inspection.deflate
    path.write_bytes(path.read_bytes()[:-8] + b"nonsense" + b"and more")
    dump = judged(
        path,
        NAME + b".gz",
        encoding=Encoding.GZIP,
        verdict=Verdict.DAMAGED,
        check="crc32",
        deflate=stream,
        uncompressed_size=len(CONTENT),
    )
    zip_path, _ = package(dump, path)
    assert contents(zip_path)[0] == CONTENT
    assert zip_path.name.endswith("-incomplete.zip")


def test_holes_in_a_raw_core_come_out_as_zeros(path: Path) -> None:
    with path.open("wb") as file:
        file.write(CONTENT[:100_000])
        file.truncate(20 << 20)
        file.seek(20 << 20)
        file.write(b"end")
    dump = raw_dump(path, path.read_bytes(), verdict=Verdict.DAMAGED, check="hole")
    zip_path, _ = package(dump, path)
    assert contents(zip_path)[0] == path.read_bytes()
    assert zip_path.stat().st_size < 300_000


def test_a_raw_core_that_is_mostly_holes_gives_what_is_good(path: Path) -> None:
    """An absurd size costs neither time nor room: packed is what comes before the holes."""
    zip_path, result = package(stretched(raw_dump(path, CONTENT), path), path)
    assert contents(zip_path)[0] == CONTENT
    assert result.facts["packaged_size"] == len(CONTENT)


def test_a_gzip_core_that_ends_in_an_endless_hole_gives_what_is_good(path: Path) -> None:
    dump = cut_gzip_dump(path, CONTENT, 250_000)
    zip_path, _ = package(stretched(dump, path), path)
    assert contents(zip_path)[0] == CONTENT[: dump.inspection.uncompressed_size]


def test_the_zip_shows_the_time_of_the_dump(path: Path) -> None:
    zip_path, _ = package(raw_dump(path, b"x"), path)
    shown = time.localtime(MTIME_NS // 10**9)[:5]
    with zipfile.ZipFile(zip_path) as archive:
        assert [entry.date_time[:5] for entry in archive.infolist()] == [shown, shown]


@given(
    content=st.binary(max_size=2000)
    | st.builds(core_bytes, st.integers(0, 700_000), st.integers(0, 9)),
    level=st.integers(1, 9),
    recompress=st.booleans(),
    gzip=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_any_content_comes_out_again(
    content: bytes, level: int, recompress: bool, gzip: bool
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "dump"
        dump = (gzip_dump if gzip else raw_dump)(path, content)
        zip_path, _ = package(dump, path, Package(level=level, recompress=recompress))
        assert contents(zip_path)[0] == content


HOSTILE = [
    b"../../etc/passwd",
    b"/absolute",
    b"-rf",
    b".hidden.gz",
    b".gz",
    b"new\nline\x1b[31m",
    b"\xff\xfe\x80",
    b"n" * 255,
    b"a b\\c:d*e?",
    b"dump.json",
    b"Dump.JSON.gz",
    "\u202egnp.eroc".encode(),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_become_harmless_ones(path: Path, name: bytes) -> None:
    """No path, no hidden file, nothing but plain ASCII, and never the record's own name."""
    zip_path, result = package(raw_dump(path, b"content", name), path)
    assert contents(zip_path)[0] == b"content"
    entry = result.facts["entry"]
    assert set(entry) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert entry[0] not in ".-"
    assert entry.lower() != "dump.json"


@given(st.binary(max_size=300))
def test_any_name_gives_an_entry_name(name: bytes) -> None:
    entry = entry_name(name)
    assert entry.isascii()
    assert 0 < len(entry) < 200
    assert not set(entry) & set("/\\\0\n")


def _overwrite(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def _shorten(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


@pytest.mark.parametrize("change", [_overwrite, _append, _shorten])
@pytest.mark.parametrize("stage", [Package(), Package(recompress=True)])
@pytest.mark.parametrize("gzip", [True, False])
def test_a_dump_that_changed_since_it_was_judged_is_tried_again(
    path: Path, change: Callable[[Path], None], stage: Package, gzip: bool
) -> None:
    dump = (gzip_dump if gzip else raw_dump)(path, CONTENT)
    change(path)
    with (
        DirectoryWorkspace(dump, path, path.parent / "out") as work,
        pytest.raises(DumpChanged, match="changed while it was being read"),
    ):
        stage.run(dump, work)


def test_a_whole_that_turns_out_short_is_refused(path: Path) -> None:
    """A complete verdict that the bytes do not bear out never becomes a zip."""
    dump = raw_dump(path, CONTENT, uncompressed_size=len(CONTENT) + 1)
    with (
        DirectoryWorkspace(dump, path, path.parent / "out") as work,
        pytest.raises(Rejected, match="judged complete"),
    ):
        Package().run(dump, work)


def test_a_write_that_fails_is_the_systems_own_error(path: Path) -> None:
    """OSError passes through: the runner counts it as passing."""
    dump = raw_dump(path, os.urandom(3_000_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
        try:
            with pytest.raises(OSError, match="File too large"):
                Package().run(dump, work)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("level", [0, 10, -1])
def test_a_level_that_zlib_does_not_know_is_refused_with_what_is_allowed(level: int) -> None:
    with pytest.raises(ValueError, match=f"level must be from 1 .* to 9 .* not {level}"):
        Package(level=level)


@pytest.mark.parametrize("verdict", [Verdict.EMPTY, Verdict.UNSUPPORTED, Verdict.NOT_A_DUMP])
def test_what_is_no_dump_is_left_alone_even_without_the_verify_stage(
    path: Path, verdict: Verdict
) -> None:
    dump = raw_dump(path, b"something", verdict=verdict, reason="because of this", sha256=None)
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        result = Package().run(dump, work)
        assert not work.created
    assert result.ends == "because of this; the file was left where it is"

"""The compress stage: what is in the archive file and in its record, for every kind of dump."""

import gzip
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Dump, Kind, Rejected, Verdict
from pipeline.stages.compress import Compress
from tests.stages.archives import unzstd
from tests.stages.dumps import (
    NAME,
    core_bytes,
    cut_gzip_dump,
    damaged_gzip_dump,
    gzip_dump,
    raw_dump,
    stretched,
)
from tests.stages.workspace import DirectoryWorkspace

CONTENT = core_bytes(1_500_000)
LOG = b"paniclog-xnu-8019.41.5-10.0.40.7-1f0c3a9e"


@dataclass(frozen=True)
class Made:
    """What the stage left behind."""

    archive: Path
    record: dict[str, Any]
    facts: dict[str, Any]


def compress(dump: Dump, path: Path, stage: Compress | None = None) -> Made:
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        result = (stage or Compress()).run(dump, work)
        published = work.publish(result)
    stem = published["record"].name.removesuffix(".json")
    assert published["archive"].name.startswith(stem)
    return Made(
        published["archive"], json.loads(published["record"].read_bytes()), dict(result.facts)
    )


def assert_proven(made: Made, content: bytes, form: str) -> None:
    """See that the facts, and the record with them, tell what is in the file and what proves it."""
    data = made.archive.read_bytes()
    assert made.facts == {
        "format": form,
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "content_size": len(content),
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
    }
    assert made.record["archive"] == made.facts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump"


@pytest.mark.parametrize("gzipped", [True, False])
@pytest.mark.parametrize("long_distance", [True, False])
@pytest.mark.parametrize("level", [1, 3, 9, 19])
def test_a_complete_core_comes_out_again_with_plain_zstd(
    path: Path, gzipped: bool, long_distance: bool, level: int
) -> None:
    dump = (gzip_dump if gzipped else raw_dump)(path, CONTENT)
    made = compress(dump, path, Compress(level=level, long_distance_matching=long_distance))
    assert unzstd(made.archive) == CONTENT
    assert_proven(made, CONTENT, "zstd")
    assert made.archive.name == f"{NAME.decode()}.zst"
    assert made.archive.stat().st_size < len(CONTENT) / 5
    assert made.record["sha256"] == dump.inspection.sha256
    assert made.record["incomplete"] is False


@pytest.mark.parametrize(
    ("size", "stage"),
    [
        (130 << 20, Compress(long_distance_matching=True)),
        (20 << 20, Compress(level=19)),
    ],
    ids=["long distance", "level 19"],
)
def test_the_window_stays_small_where_the_content_is_larger(
    path: Path, size: int, stage: Compress
) -> None:
    """A window over 128 MiB would have to be allowed to zstd; zeros cost next to nothing."""
    path.touch()
    os.truncate(path, size)
    made = compress(raw_dump_of_file(path, size), path, stage)
    assert unzstd(made.archive) == bytes(size)
    assert made.archive.stat().st_size < 100_000


def raw_dump_of_file(path: Path, size: int) -> Dump:
    """Return the dump for a file of zeros."""
    sha256 = hashlib.sha256(bytes(size)).hexdigest()
    dump = raw_dump(path.with_name("other"), b"")
    found = replace(
        dump.inspection, file_size=size, good_size=size, uncompressed_size=size, sha256=sha256
    )
    return replace(dump, size=size, inspection=found)


def test_a_log_is_compressed_like_a_core(path: Path) -> None:
    log = b"panic(cpu 1)\n" * 50
    made = compress(raw_dump(path, log, LOG, kind=Kind.PANICLOG), path)
    assert unzstd(made.archive) == log
    assert_proven(made, log, "zstd")
    assert made.archive.name == f"{LOG.decode()}.zst"


@pytest.mark.parametrize("content", [b"", b"x"])
def test_next_to_nothing_is_a_frame_as_well(path: Path, content: bytes) -> None:
    made = compress(raw_dump(path, content), path)
    assert unzstd(made.archive) == content
    assert_proven(made, content, "zstd")


def test_holes_come_out_as_zeros(path: Path) -> None:
    with path.open("wb") as file:
        file.write(CONTENT[:100_000])
        file.seek(24 << 20)
        file.write(b"end")
    content = path.read_bytes()
    sparse = raw_dump(path.with_name("other"), content)
    made = compress(sparse, path)
    assert unzstd(made.archive) == content
    assert_proven(made, content, "zstd")
    assert made.archive.stat().st_size < 50_000


@pytest.mark.parametrize("keep", [9, 11, 5_000, 250_000, -1])
def test_a_cut_gzip_core_is_kept_byte_for_byte_and_labelled(path: Path, keep: int) -> None:
    whole = gzip_dump(path, CONTENT).size
    dump = cut_gzip_dump(path, CONTENT, keep if keep >= 0 else whole + keep)
    made = compress(dump, path)
    assert made.archive.read_bytes() == path.read_bytes()
    assert made.archive.name == f"{NAME.decode()}-incomplete.gz"
    assert_proven(made, path.read_bytes(), "as-is")
    assert (made.record["incomplete"], made.record["verdict"]) == (True, "truncated")


def test_a_damaged_gzip_core_is_kept_byte_for_byte(path: Path) -> None:
    """What lies behind the fault may be of use to somebody yet."""
    made = compress(damaged_gzip_dump(path, CONTENT, b"\x06" + b"x" * 500_000), path)
    assert made.archive.read_bytes() == path.read_bytes()
    assert made.archive.name.endswith("-incomplete.gz")
    assert made.record["check"] == "deflate"


def test_a_raw_core_that_is_cut_is_kept_byte_for_byte(path: Path) -> None:
    made = compress(raw_dump(path, CONTENT, verdict=Verdict.TRUNCATED), path)
    assert made.archive.read_bytes() == CONTENT
    assert made.archive.name == f"{NAME.decode()}-incomplete"
    assert_proven(made, CONTENT, "as-is")


@pytest.mark.parametrize("tail", [b"", b"end"])
def test_a_core_with_a_hole_is_kept_with_its_hole(path: Path, tail: bytes) -> None:
    """The zeros are there for whoever reads it, and take no room."""
    with path.open("wb") as file:
        file.write(CONTENT)
        file.truncate(24 << 20)
        file.seek(24 << 20)
        file.write(tail)
    content = path.read_bytes()
    made = compress(
        raw_dump(path.with_name("other"), content, verdict=Verdict.DAMAGED, check="hole"), path
    )
    assert made.archive.read_bytes() == content
    assert_proven(made, content, "as-is")
    assert made.archive.stat().st_blocks * 512 < 10 << 20


@pytest.mark.parametrize("gzipped", [True, False])
def test_of_a_file_that_is_mostly_a_hole_what_is_good_is_kept(path: Path, gzipped: bool) -> None:
    """An absurd size costs neither time nor room."""
    if gzipped:
        dump = cut_gzip_dump(path, CONTENT, 250_000)
    else:
        dump = raw_dump(path, CONTENT, verdict=Verdict.TRUNCATED)
    good = path.read_bytes()
    made = compress(stretched(dump, path), path)
    assert made.archive.read_bytes() == good
    assert_proven(made, good, "as-is")


@given(
    content=st.binary(max_size=2000)
    | st.builds(core_bytes, st.integers(0, 700_000), st.integers(0, 9)),
    level=st.integers(1, 19),
    long_distance=st.booleans(),
    gzipped=st.booleans(),
    threads=st.integers(0, 3),
)
@settings(deadline=None, max_examples=40)
def test_any_content_comes_out_again(
    content: bytes, level: int, long_distance: bool, gzipped: bool, threads: int
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "dump"
        dump = (gzip_dump if gzipped else raw_dump)(path, content)
        stage = Compress(level=level, long_distance_matching=long_distance, threads=threads)
        made = compress(dump, path, stage)
        assert unzstd(made.archive) == content
        assert_proven(made, content, "zstd")


def test_how_many_threads_there_are_makes_no_difference_to_the_file(path: Path) -> None:
    """The same dump archived twice, on another machine even, is the same object."""
    content = core_bytes(20_000_000)
    made = set()
    for threads in (1, 2, 7):
        dump = raw_dump(path, content)
        with DirectoryWorkspace(dump, path, path.parent / f"out{threads}") as work:
            made.add(Compress(threads=threads).run(dump, work).facts["sha256"])
    assert len(made) == 1


def test_a_gzip_core_and_the_same_core_raw_have_the_same_archive_file(path: Path) -> None:
    one = compress(gzip_dump(path, CONTENT), path)
    for made in (path.parent / "out").iterdir():
        made.unlink()
    other = compress(raw_dump(path, CONTENT), path)
    assert one.facts == other.facts


@pytest.mark.parametrize("more", [1, -1])
def test_a_whole_that_turns_out_longer_or_shorter_is_refused(path: Path, more: int) -> None:
    """A complete verdict that the bytes do not bear out never becomes an archive file."""
    dump = raw_dump(path, CONTENT, uncompressed_size=len(CONTENT) + more)
    with (
        DirectoryWorkspace(dump, path, path.parent / "out") as work,
        pytest.raises(Rejected, match=f"with {len(CONTENT) + more} bytes, but {len(CONTENT)} came"),
    ):
        Compress().run(dump, work)


def test_a_gzip_core_that_only_claims_to_be_complete_is_refused(path: Path) -> None:
    dump = gzip_dump(path, CONTENT)
    found = replace(dump.inspection, deflate=None)
    with (
        DirectoryWorkspace(dump, path, path.parent / "out") as work,
        pytest.raises(Rejected, match="judged complete"),
    ):
        Compress().run(replace(dump, inspection=found), work)


@pytest.mark.parametrize("verdict", [Verdict.EMPTY, Verdict.UNSUPPORTED, Verdict.NOT_A_DUMP])
def test_what_is_no_dump_ends_the_chain_and_is_left_alone(path: Path, verdict: Verdict) -> None:
    dump = raw_dump(path, b"something", verdict=verdict, reason="because of this", sha256=None)
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        result = Compress().run(dump, work)
        assert not work.created
    assert result.ends == "because of this; the file was left where it is"


def test_gunzip_opens_what_is_kept_of_a_gzip_core_with_something_behind_it(path: Path) -> None:
    dump = gzip_dump(path, CONTENT)
    found = replace(dump.inspection, verdict=Verdict.DAMAGED, check="trailing-bytes")
    made = compress(replace(dump, inspection=found), path)
    assert gzip.decompress(made.archive.read_bytes()) == CONTENT


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("level", 0, "from 1 .fast. to 19 .small., not 0"),
        ("level", 20, "from 1 .fast. to 19 .small., not 20"),
        ("threads", -1, "from 0 .* to 256, not -1"),
        ("threads", 257, "from 0 .* to 256, not 257"),
    ],
)
def test_a_number_out_of_range_is_refused_with_what_is_allowed(
    key: str, value: int, allowed: str
) -> None:
    with pytest.raises(ValueError, match=f"^{key} must be {allowed}$"):
        Compress(**{key: value})  # type: ignore[arg-type]

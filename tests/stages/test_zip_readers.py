"""Other people's programs open our zips."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline.stages.package import Package
from tests.stages.dumps import NAME, core_bytes, cut_gzip_dump, gzip_dump, raw_dump
from tests.stages.workspace import DirectoryWorkspace

CONTENT = core_bytes(2_000_000, seed=3)
ENTRY = NAME.decode()
OPTIONAL = ["7z", "bsdtar", "ditto"]


def _run(*command: str | Path, stdin: bytes = b"") -> bytes:
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(params=["carried", "raw", "recompressed", "cut"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, bytes]:
    """Return a zip of each kind, and what its big entry must hold."""
    path = tmp_path / "dump"
    content = CONTENT
    match request.param:
        case "raw":
            dump = raw_dump(path, CONTENT)
        case "cut":
            dump = cut_gzip_dump(path, CONTENT, 200_000)
            content = CONTENT[: dump.inspection.uncompressed_size]
        case _:
            dump = gzip_dump(path, CONTENT)
    stage = Package(recompress=request.param == "recompressed")
    with DirectoryWorkspace(dump, path, tmp_path / "out") as work:
        return work.publish(stage.run(dump, work))["zip"], content


def test_unzip_tests_lists_and_extracts(made: tuple[Path, bytes]) -> None:
    """Info-ZIP is part of macOS and a test requirement: it must be there."""
    zip_path, content = made
    assert b"No errors detected" in _run("unzip", "-t", zip_path)
    listing = _run("unzip", "-v", zip_path).decode()
    assert str(len(content)) in listing
    assert "dump.json" in listing
    assert _run("unzip", "-p", zip_path, ENTRY) == content


def test_zipinfo_finds_no_data_descriptor(made: tuple[Path, bytes]) -> None:
    if shutil.which("zipinfo") is None:
        pytest.skip("zipinfo is not installed")
    details = _run("zipinfo", "-v", made[0]).decode()
    assert details.count("extended local header:                          no") == 2
    assert details.count("-rw-r-----") == 2


def test_python_reads_it(made: tuple[Path, bytes]) -> None:
    zip_path, content = made
    _run(sys.executable, "-m", "zipfile", "-t", zip_path)
    with zipfile.ZipFile(zip_path) as archive:
        assert archive.read(ENTRY) == content


def test_7z_tests_and_extracts(made: tuple[Path, bytes]) -> None:
    if shutil.which("7z") is None:
        pytest.skip("7z is not installed")
    zip_path, content = made
    report = _run("7z", "t", zip_path)
    assert b"Everything is Ok" in report
    assert b"Warning" not in report
    assert _run("7z", "e", "-so", zip_path, ENTRY) == content


def test_bsdtar_reads_it_from_the_file_and_from_a_pipe(made: tuple[Path, bytes]) -> None:
    """From a pipe there is no central directory to lean on, as in Archive Utility."""
    if shutil.which("bsdtar") is None:
        pytest.skip("bsdtar is not installed")
    zip_path, content = made
    listing = _run("bsdtar", "-tvf", zip_path).decode()
    assert ENTRY in listing
    assert str(len(content)) in listing
    assert _run("bsdtar", "-xOf", zip_path, ENTRY) == content
    assert _run("bsdtar", "-xOf", "-", ENTRY, stdin=zip_path.read_bytes()) == content


def test_ditto_extracts(made: tuple[Path, bytes], tmp_path: Path) -> None:
    """Archive Utility's own engine, where there is one."""
    if shutil.which("ditto") is None:
        pytest.skip("ditto is only on macOS")
    zip_path, content = made
    _run("ditto", "-x", "-k", zip_path, tmp_path / "extracted")
    assert (tmp_path / "extracted" / ENTRY).read_bytes() == content

"""The encrypt stage: who can open what it makes, and what it refuses."""

import errno
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Artifact, Dump, Rejected, StepResult, TryAgain, Verdict
from pipeline.stages.compress import Compress
from pipeline.stages.encrypt import Encrypt
from tests.stages.archives import unage
from tests.stages.dumps import NAME, core_bytes, cut_gzip_dump, gzip_dump, raw_dump
from tests.stages.workspace import DirectoryWorkspace

CONTENT = core_bytes(1_500_000)
MINE = pyrage.x25519.Identity.generate()
THEIRS = pyrage.x25519.Identity.generate()
STRANGERS = pyrage.x25519.Identity.generate()
STAGE = Encrypt(recipients=(str(MINE.to_public()), str(THEIRS.to_public())))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump"


def compressed(dump: Dump, path: Path) -> tuple[dict[str, Artifact], dict[str, Mapping[str, Any]]]:
    """Return what the stage before leaves: both files and its facts."""
    with DirectoryWorkspace(dump, path, path.parent / "clear") as work:
        result = Compress().run(dump, work)
        files = work.publish(result)
    made = {
        kind: Artifact(stage="compress", kind=kind, path=str(file), size=file.stat().st_size)
        for kind, file in files.items()
    }
    return made, {"compress": dict(result.facts)}


def encrypted(
    dump: Dump, path: Path, stage: Encrypt = STAGE
) -> tuple[dict[str, Path], StepResult, dict[str, Artifact]]:
    """Return the files made, the result, and the clear artifacts they were made of."""
    artifacts, facts = compressed(dump, path)
    with DirectoryWorkspace(
        dump, path, path.parent / "out", artifacts=artifacts, facts=facts
    ) as work:
        result = stage.run(dump, work)
        files = work.publish(result)
        assert work.progress_seen[-1][0] == work.progress_seen[-1][1]
    return files, result, artifacts


@pytest.mark.parametrize("identity", [MINE, THEIRS])
def test_each_recipient_alone_opens_both_files(path: Path, identity: Any) -> None:
    files, _, clear = encrypted(gzip_dump(path, CONTENT), path)
    for kind, file in files.items():
        opened = pyrage.decrypt(file.read_bytes(), [identity])
        assert opened == Path(clear[kind].path).read_bytes()


def test_nobody_else_opens_them_and_nothing_shows_through(path: Path) -> None:
    content = os.urandom(10_000) + b"panic line " * 100
    files, _, clear = encrypted(raw_dump(path, content, verdict=Verdict.DAMAGED), path)
    for kind, file in files.items():
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(file.read_bytes(), [STRANGERS])
        shown = Path(clear[kind].path).read_bytes()[300:316]
        assert len(shown) == 16
        assert shown not in file.read_bytes()


def test_plain_age_opens_them(path: Path) -> None:
    key = path.with_name("key")
    key.write_text(str(MINE) + "\n")
    files, _, clear = encrypted(gzip_dump(path, CONTENT), path)
    for kind, file in files.items():
        assert unage(file, key) == Path(clear[kind].path).read_bytes()


@pytest.mark.parametrize("kind", [("ed25519",), ("rsa", "-b", "2048")])
def test_keys_of_ssh_serve_as_well(path: Path, kind: tuple[str, ...]) -> None:
    key = path.with_name("id")
    program = shutil.which("ssh-keygen") or pytest.skip("no ssh-keygen here")
    subprocess.run([program, "-q", "-t", *kind, "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text().strip()
    files, _, clear = encrypted(
        gzip_dump(path, CONTENT), path, Encrypt(recipients=(public, str(MINE.to_public())))
    )
    assert unage(files["archive"], key) == Path(clear["archive"].path).read_bytes()


def test_the_facts_prove_the_file_and_the_clear_ones_are_released(path: Path) -> None:
    files, result, _ = encrypted(gzip_dump(path, CONTENT), path)
    data = files["archive"].read_bytes()
    assert result.facts == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "recipients": list(STAGE.recipients),
    }
    assert result.releases == {"archive", "record"}


def test_the_names_say_what_is_inside(path: Path) -> None:
    files, _, _ = encrypted(gzip_dump(path, CONTENT), path)
    stem = NAME.decode()
    assert files["archive"].name == f"{stem}.zst.age"
    assert files["record"].name == f"{stem}.json.age"


def test_what_is_incomplete_stays_labelled(path: Path) -> None:
    files, _, _ = encrypted(cut_gzip_dump(path, CONTENT, 100_000), path)
    assert files["archive"].name == f"{NAME.decode()}-incomplete.gz.age"
    assert pyrage.decrypt(files["archive"].read_bytes(), [MINE]) == path.read_bytes()


def _run_on(path: Path, archive: bytes, facts: Mapping[str, Mapping[str, Any]], name: str) -> Path:
    """Encrypt an archive file of any name and content; return what was made of it."""
    dump = raw_dump(path, b"whatever")
    clear, record = path.with_name(name), path.with_name("record.json")
    clear.write_bytes(archive)
    record.write_bytes(b"{}")
    artifacts = {
        "archive": Artifact(stage="maker", kind="archive", path=str(clear), size=len(archive)),
        "record": Artifact(stage="maker", kind="record", path=str(record), size=2),
    }
    with DirectoryWorkspace(
        dump, path, path.parent / "out", artifacts=artifacts, facts=facts
    ) as work:
        return work.publish(STAGE.run(dump, work))["archive"]


@given(content=st.binary(max_size=3000) | st.sampled_from([65_536, 1 << 20, 2_100_000]))
@settings(deadline=None, max_examples=30)
def test_any_content_comes_out_again(
    tmp_path_factory: pytest.TempPathFactory, content: bytes | int
) -> None:
    """Also where it ends exactly with a chunk, of age's or of ours."""
    path = tmp_path_factory.mktemp("any") / "dump"
    data = os.urandom(content) if isinstance(content, int) else content
    made = _run_on(path, data, {}, "x.zst")
    assert pyrage.decrypt(made.read_bytes(), [MINE]) == data


def test_a_file_that_had_to_be_numbered_keeps_its_kind(path: Path) -> None:
    """Two dumps of one name: the second one's files are called `…-2.zst`."""
    made = _run_on(path, b"x", {}, f"{NAME.decode()}-2.zst")
    assert made.name == f"{NAME.decode()}.zst.age"


def test_an_archive_file_of_a_stranger_is_encrypted_as_well(path: Path) -> None:
    made = _run_on(path, b"x", {"maker": {"anything": 1}}, "theirs.lz4")
    assert made.name == f"{NAME.decode()}.age"
    assert pyrage.decrypt(made.read_bytes(), [MINE]) == b"x"


def test_a_file_that_is_no_longer_what_was_made_is_refused(path: Path) -> None:
    """A disk that lost bytes must not be hidden behind an encryption that is in order."""
    facts = {"maker": {"sha256": hashlib.sha256(b"as it was made").hexdigest()}}
    with pytest.raises(Rejected, match=r"x\.zst: is no longer what maker made"):
        _run_on(path, b"as it was mode", facts, "x.zst")
    assert os.listdir(path.parent / "out") == []


def test_a_file_that_became_shorter_is_refused(path: Path) -> None:
    dump = gzip_dump(path, CONTENT)
    artifacts, _ = compressed(dump, path)
    os.truncate(artifacts["record"].path, 10)
    with (
        DirectoryWorkspace(dump, path, path.parent / "out", artifacts=artifacts) as work,
        pytest.raises(Rejected, match="no longer what compress made"),
    ):
        STAGE.run(dump, work)


@pytest.mark.parametrize("after", [0, 1])
def test_it_stops_soon_once_nobody_waits(path: Path, after: int) -> None:
    dump = raw_dump(path, os.urandom(3 << 20))
    artifacts, facts = compressed(dump, path)
    with DirectoryWorkspace(
        dump, path, path.parent / "out", artifacts=artifacts, facts=facts, cancel_after=after
    ) as work:
        with pytest.raises(TryAgain, match="stopped"):
            STAGE.run(dump, work)
        assert len(work.progress_seen) == after


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_a_full_spool_is_a_passing_fault_that_says_where(path: Path) -> None:
    """Though age's library tells of it in words of its own."""
    dump = raw_dump(path, os.urandom(3 << 20))
    artifacts, facts = compressed(dump, path)
    stage = Encrypt(recipients=STAGE.recipients, directory=Path("/var/spool/somewhere"))
    out = path.parent / "out"
    with DirectoryWorkspace(dump, path, out, artifacts=artifacts, facts=facts) as work:
        full = os.open("/dev/full", os.O_WRONLY)
        create = work.create

        def create_full(kind: str, suffix: str) -> Any:
            output = create(kind, suffix)
            os.dup2(full, output.file.fileno())
            return output

        work.create = create_full  # type: ignore[method-assign]
        with pytest.raises(TryAgain) as refusal:
            stage.run(dump, work)
        os.close(full)
        for output in work.created:  # what is still buffered cannot be written either
            os.dup2(os.open(os.devnull, os.O_WRONLY), output.file.fileno())
    assert str(refusal.value).startswith(f"/var/spool/somewhere: {os.strerror(errno.ENOSPC)}; ")


def test_a_file_that_cannot_be_read_is_the_systems_own_error(path: Path) -> None:
    dump = raw_dump(path, b"x")
    artifacts, facts = compressed(dump, path)
    artifacts["archive"] = Artifact(stage="compress", kind="archive", path="/", size=1)
    with (
        DirectoryWorkspace(
            dump, path, path.parent / "out", artifacts=artifacts, facts=facts
        ) as work,
        pytest.raises(OSError, match="directory"),
    ):
        STAGE.run(dump, work)

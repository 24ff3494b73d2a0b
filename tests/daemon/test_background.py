"""The installed daemon, and stages in the background: crashes, changes, and a dead remote."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.harness import LOG, PATIENCE, Daemon, Place, python_path

HERE = Path(__file__).parent
LOG_NAME = "paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a9e"
STAGES = ("verify", "package", "archives", "sends")


class Archive(Place):
    """A place with a spool and a stage that stands for an upload."""

    def __init__(self, root: Path, *, sends: str = "", **more: Any) -> None:
        self.gate, self.tries, self.spool = root / "gate", root / "tries", root / "spool"
        extra = (
            '[notifiers.ops]\nuse = "deaf"\nevents = ["dump.*", "stage.*"]\n'
            f'[stages.archives]\ndirectory = "{self.spool}"\n{more.pop("archives", "")}\n'
            f'[stages.sends]\ngate = "{self.gate}"\ntries = "{self.tries}"\n{sends}\n'
        )
        super().__init__(root, stages=more.pop("stages", STAGES), extra=extra, **more)

    def run(self, *sabotage: Path, **environment: str) -> Daemon:
        path = python_path(HERE / "plugins", *sabotage)
        return self.start(PYTHONPATH=path, **environment)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the journal itself."""
        with sqlite3.connect(f"file:{self.state}/journal.sqlite3?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()

    def states(self) -> list[str]:
        return [state for (state,) in self.rows("SELECT state FROM dumps ORDER BY id")]

    def events(self) -> list[str]:
        return [json.loads(alert)["event"] for (alert,) in self.rows("SELECT alert FROM outbox")]

    def wait(self, what: str, *states: str) -> None:
        """Wait until all dumps are in these states."""
        end = time.monotonic() + PATIENCE
        while not (self.state / "journal.sqlite3").exists() or self.states() != list(states):
            assert time.monotonic() < end, (what, self.states(), self.log())
            time.sleep(0.05)

    def until_tried(self, times: int = 1) -> None:
        end = time.monotonic() + PATIENCE
        while not self.tries.exists() or len(self.tries.read_text().splitlines()) < times:
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        path = self.root / "log"
        return path.read_text() if path.exists() else ""

    def arrive(self, name: str = LOG_NAME, content: bytes = LOG) -> Path:
        path = self.dumps / name
        path.write_bytes(content)
        return path


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path, settle=0.2)


def test_a_dump_is_announced_once_whatever_kills_the_daemon_meanwhile(archive: Archive) -> None:
    archive.arrive()
    for times in range(1, 4):
        daemon = archive.run()
        archive.until_tried(times)
        assert archive.events() == ["dump.complete"]
        daemon.kill()
    archive.gate.touch()
    with archive.run():
        archive.wait("its end", "done")
    assert archive.events() == ["dump.complete", "dump.archived"]
    assert len(archive.published()) == 1
    assert os.listdir(archive.spool) == []


@pytest.mark.parametrize(
    "kill",
    [
        "before dumps.announce 1",
        "before outbox.owe 1",
        "after outbox.owe 1",
        "before steps.complete 5",
        "after steps.complete 5",
        "before steps.mark_removed 1",
        "before outbox.owe 2",
    ],
)
def test_a_kill_at_each_boundary_of_the_background_is_mended(tmp_path: Path, kill: str) -> None:
    """Told once of each, the zip kept, what was released removed, and nothing else."""
    archive = Archive(tmp_path, settle=0.2)
    archive.gate.touch()
    archive.arrive()
    daemon = archive.run(HERE / "sabotage", PANICPIPE_TEST_KILL=kill)
    assert daemon.process.wait(30) == -9
    with archive.run():
        archive.wait("its end", "done")
    assert archive.events() == ["dump.complete", "dump.archived"]
    assert len(archive.published()) == 1
    assert os.listdir(archive.spool) == []
    removed = archive.rows(
        "SELECT kind, removed IS NOT NULL, removed_why FROM artifacts ORDER BY id"
    )
    assert removed[0][:2] == ("zip", 0)
    assert removed[1][:2] == ("archive", 1)
    assert removed[1][2].startswith("released by sends")


def test_a_file_that_no_remaining_stage_reads_may_be_removed(archive: Archive) -> None:
    """Also over a restart: who was told that the dump is complete may move it away."""
    path = archive.arrive()
    with archive.run():
        archive.until_tried()
        path.unlink()
        time.sleep(1.5)
        assert archive.states() == ["archiving"]
    daemon = archive.run()
    with daemon:
        archive.until_tried(2)
        archive.gate.touch()
        archive.wait("its end", "done")
    assert archive.events() == ["dump.complete", "dump.archived"]


def test_a_file_that_is_removed_before_it_is_archived_is_told_as_such(tmp_path: Path) -> None:
    """The zip is there, the archive is not."""
    archive = Archive(tmp_path, settle=0.2, retry=300)
    archive.spool.write_text("in the way")
    path = archive.arrive()
    with archive.run():
        archive.wait("a failed archive", "archiving")
        end = time.monotonic() + PATIENCE
        while archive.rows("SELECT reason FROM dumps") == [(None,)]:
            assert time.monotonic() < end, archive.log()
            time.sleep(0.05)
        path.unlink()
        archive.wait("its end", "gone")
    assert archive.events() == ["dump.complete", "stage.failed", "dump.gone"]
    (text,) = archive.rows("SELECT alert FROM outbox ORDER BY id DESC LIMIT 1")[0]
    said = dict(json.loads(text)["lines"])
    assert said["Reason"] == "the file was removed or moved away before archives had read it"
    assert said["Not lost"].startswith("the zip is there")
    assert said["Zip"].startswith(str(archive.zips))


def test_a_dump_that_changes_while_its_archive_waits_is_judged_afresh(archive: Archive) -> None:
    """The upload under way is ended, and the older revision's archive never sent."""
    path = archive.arrive()
    with archive.run():
        archive.until_tried()
        with path.open("ab") as file:
            file.write(b"more\n")
        archive.wait("the new revision", "superseded", "archiving")
        archive.gate.touch()
        archive.wait("its end", "superseded", "done")
    assert archive.events() == ["dump.complete", "dump.complete", "dump.archived"]


def test_a_new_dump_of_the_same_name_does_not_disturb_one_that_is_archived(
    archive: Archive,
) -> None:
    """A fixed corename is used again as soon as the last dump is moved away."""
    path = archive.arrive()
    with archive.run():
        archive.until_tried()
        path.rename(archive.root / "elsewhere")
        time.sleep(0.5)
        archive.arrive(content=LOG * 2)
        archive.wait("the second one", "archiving", "archiving")
        archive.gate.touch()
        archive.wait("their ends", "done", "done")
    assert archive.events().count("dump.archived") == 2


def test_what_was_begun_for_an_older_revision_is_taken_back(tmp_path: Path) -> None:
    """Survives the kill of the daemon in between; nothing else waits for it."""
    abandoned = tmp_path / "abandoned"
    place = Archive(tmp_path, settle=0.2, stages=["verify", "package", "remembers"])
    with place.config.open("a") as file:
        file.write(f'[stages.remembers]\nfault = "hang"\nabandoned = "{abandoned}"\n')
        file.write('refuses = "again"\n')
    path = place.arrive()
    daemon = place.run()
    end = time.monotonic() + PATIENCE
    while not place.state.exists() or "remembers" not in str(place.status()):
        assert time.monotonic() < end, daemon.log
    while not place.rows("SELECT value FROM memory"):
        assert time.monotonic() < end, daemon.log
    daemon.kill()
    assert place.rows("SELECT dump, stage, key, value FROM memory") == [
        (1, "remembers", "runs", "1")
    ]
    with path.open("ab") as file:
        file.write(b"more\n")
    with place.run():
        end = time.monotonic() + PATIENCE
        while not abandoned.exists() or len(abandoned.read_text().splitlines()) < 2:
            assert time.monotonic() < end, daemon.log
            time.sleep(0.1)
        while place.rows("SELECT * FROM memory WHERE dump = 1"):
            assert time.monotonic() < end, daemon.log
            time.sleep(0.1)
        assert place.states() == ["superseded", "archiving"]
    assert {line.split()[0] for line in abandoned.read_text().splitlines()} == {"1"}


@pytest.mark.slow
def test_a_dead_remote_keeps_no_dump_from_being_zipped(tmp_path: Path) -> None:
    """More dumps wait for it than files may be held open at once; none of theirs is."""
    many = 150
    archive = Archive(tmp_path, settle=0.2, stages=["verify", "sends-away"])
    with archive.config.open("a") as file:
        file.write(f'[stages.sends-away]\ngate = "{archive.gate}"\n')
    for number in range(many):
        archive.arrive(f"dump-{number:03}", LOG)
    with archive.run() as daemon:
        archive.wait("all of them", *["archiving"] * many)
        held = Path(f"/proc/{daemon.process.pid}/fd")
        end = time.monotonic() + PATIENCE
        while any(str(archive.dumps) in _target(fd) for fd in held.iterdir()):
            assert time.monotonic() < end
            time.sleep(0.1)
        archive.arrive("one-more")
        archive.wait("one more", *["archiving"] * (many + 1))
        assert archive.events() == ["dump.complete"] * (many + 1)


def _target(fd: Path) -> str:
    try:
        return os.readlink(fd)
    except OSError:
        return ""


def test_a_step_goes_on_with_what_it_remembered_before_a_kill(tmp_path: Path) -> None:
    gate = tmp_path / "remembers-gate"
    place = Archive(tmp_path, settle=0.2, stages=["verify", "package", "remembers"])
    with place.config.open("a") as file:
        file.write(f'[stages.remembers]\ngate = "{gate}"\nfault = "hang"\n')
    place.arrive()
    with place.run() as daemon:
        end = time.monotonic() + PATIENCE
        place.wait("the stage", "archiving")
        while not place.rows("SELECT * FROM memory"):
            assert time.monotonic() < end
            time.sleep(0.05)
        gate.touch()
        place.config.write_text(place.config.read_text().replace('fault = "hang"\n', ""))
        daemon.kill()
    with place.run():
        place.wait("its end", "done")
    facts = place.rows("SELECT facts FROM steps WHERE stage = 'remembers'")
    assert json.loads(facts[0][0]) == {"runs": 2}
    assert place.rows("SELECT * FROM memory") == []

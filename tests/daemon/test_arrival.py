"""How dumps arrive: as kdumpd writes them, and as networks and people disturb it."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from pathlib import Path

from tests.daemon.harness import LOG, Place, go_on

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
OTHER = "core-xnu-11417.101.15-10.0.40.8-1f0c3a9f.gz"
LOG_NAME = "paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a9e"


def record(path: Path) -> dict[str, object]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        value: dict[str, object] = json.loads(archive.read("dump.json"))
    return value


def test_files_already_there_are_picked_up(place: Place, core: Path) -> None:
    shutil.copy(core, place.dumps / NAME)
    with place.start():
        done = place.until(lambda status: status["done"])["done"][0]
    assert (done["verdict"], done["client"]) == ("complete", "10.0.40.7")
    assert place.published() == [NAME.replace(".gz", ".zip")]
    assert record(place.zips / place.published()[0])["verdict"] == "complete"


def test_a_core_is_known_while_it_arrives(place: Place, core: Path) -> None:
    """Per cent, rate and who panicked are there before its end."""
    with place.start():
        sender = place.grow(core, NAME, pause=0.02)  # a rate needs seconds
        flying = place.until(lambda s: s["in_flight"] and s["in_flight"][0]["rate"])["in_flight"][0]
        assert 0 <= flying["per_cent"] <= 100
        assert flying["facts"]["architecture"].startswith("arm64")
        sender.wait()
        place.until(lambda status: status["done"])


def test_a_proven_core_is_done_while_its_writer_still_holds_it(place: Place, core: Path) -> None:
    """kdumpd's process may linger; content proves more than a close."""
    with place.start():
        sender = place.grow(core, NAME, then="hold")
        done = place.until(lambda status: status["done"])["done"][0]
        assert sender.poll() is None
        sender.communicate()
    assert done["verdict"] == "complete"


def test_a_dead_transfer_is_truncated_and_says_so_everywhere(place: Place, core: Path) -> None:
    with place.start() as daemon:
        place.grow(core, NAME, stop_at=100_000, then="die").wait()
        done = place.until(lambda status: status["done"])["done"][0]
        log = daemon.log
    assert done["verdict"] == "truncated"
    assert place.published() == [NAME.replace(".gz", "-incomplete.zip")]
    assert record(place.zips / place.published()[0])["incomplete"] is True
    assert "truncated" in log


def test_a_pause_shorter_than_the_settling_time_is_no_end(tmp_path: Path, core: Path) -> None:
    place = Place(tmp_path, settle=30)
    half = core.stat().st_size // 2
    with place.start():
        sender = place.grow(core, NAME, stop_at=half, then="hold")
        place.until(lambda status: status["in_flight"])
        time.sleep(1.5)
        assert not place.status()["done"]
        with (place.dumps / NAME).open("ab") as file:
            file.write(core.read_bytes()[half:])
        done = place.until(lambda status: status["done"])["done"]
        sender.kill()
    assert [dump["verdict"] for dump in done] == ["complete"]


def test_a_file_that_grows_after_its_verdict_is_a_new_revision(place: Place, core: Path) -> None:
    """Judged too early, then the rest came: the second outcome replaces the first."""
    half = core.stat().st_size // 2
    with place.start():
        place.grow(core, NAME, stop_at=half).wait()
        place.until(lambda status: status["done"])
        with (place.dumps / NAME).open("ab") as file:
            file.write(core.read_bytes()[half:])
        done = place.until(lambda status: len(status["done"]) == 2)["done"]
        shown = json.loads(place.panicpipe("show", "2", "--json"))
    assert [dump["verdict"] for dump in done] == ["complete", "truncated"]
    assert (shown["revision"], shown["previous"]) == (2, 1)
    assert len(place.published()) == 2


def test_two_at_once_come_out_each_as_itself(place: Place, core: Path) -> None:
    with place.start():
        senders = [place.grow(core, name, pause=0.001) for name in (NAME, OTHER)]
        for sender in senders:
            sender.wait()
        done = place.until(lambda status: len(status["done"]) == 2)["done"]
    assert {dump["client"] for dump in done} == {"10.0.40.7", "10.0.40.8"}
    assert {dump["verdict"] for dump in done} == {"complete"}


def test_a_file_renamed_while_it_arrives_is_one_dump(tmp_path: Path, core: Path) -> None:
    place = Place(tmp_path, settle=10)
    with place.start():
        sender = place.grow(core, NAME, stop_at=100_000, then="go on")
        place.until(lambda status: status["in_flight"])
        os.rename(place.dumps / NAME, place.dumps / OTHER)
        go_on(sender)
        place.until(lambda status: status["done"])
        time.sleep(1.5)
        done = place.status()["done"]
    assert [dump["name"] for dump in done] == [OTHER]


def test_a_file_deleted_while_it_arrives_is_not_lost(tmp_path: Path, core: Path) -> None:
    """The daemon's descriptor keeps the bytes: they are proven and packaged all the same."""
    place = Place(tmp_path, settle=10)
    with place.start():
        sender = place.grow(core, NAME, stop_at=100_000, then="go on")
        place.until(lambda status: status["in_flight"])
        os.unlink(place.dumps / NAME)
        go_on(sender)
        done = place.until(lambda status: status["done"])["done"][0]
    assert done["verdict"] == "complete"
    assert len(place.published()) == 1


def test_a_dump_that_vanished_while_nobody_ran_is_reported(tmp_path: Path, core: Path) -> None:
    place = Place(tmp_path, settle=30)
    daemon = place.start().__enter__()
    sender = place.grow(core, NAME, stop_at=1000, then="hold")
    place.until(lambda status: status["in_flight"])
    daemon.kill()
    os.unlink(place.dumps / NAME)
    sender.communicate()
    with place.start():
        gone = place.until(lambda status: status["gone"])["gone"]
    assert [dump["name"] for dump in gone] == [NAME]


def test_a_moved_dump_and_a_new_one_of_its_name_are_two(place: Place, core: Path) -> None:
    """A fixed corename: the second outcome warns that kdumpd refuses the next."""
    with place.start() as daemon:
        place.grow(core, "corefile").wait()
        place.until(lambda status: status["done"])
        os.rename(place.dumps / "corefile", place.root / "elsewhere")
        place.grow(core, "corefile").wait()
        place.until(lambda status: len(status["done"]) == 2)
        assert "kdumpd refuses the next dump" in daemon.log
    assert place.published() == ["corefile-2.zip", "corefile.zip"]


def test_nothing_is_done_twice_after_a_restart(place: Place, core: Path) -> None:
    """Nor when the directory was away meanwhile, nor when the file was moved out and in."""
    shutil.copy(core, place.dumps / NAME)
    with place.start():
        place.until(lambda status: status["done"])
    os.rename(place.dumps, place.root / "unmounted")
    with place.start():
        time.sleep(1.5)
        os.rename(place.root / "unmounted", place.dumps)
        time.sleep(1.5)
        os.rename(place.dumps / NAME, place.root / "kept")
        time.sleep(1.5)
        os.rename(place.root / "kept", place.dumps / NAME)
        time.sleep(1.5)
        status = place.status()
    assert len(status["done"]) == 1
    assert not status["gone"]
    assert len(place.published()) == 1


def test_a_directory_that_appears_later_is_watched(tmp_path: Path, core: Path) -> None:
    place = Place(tmp_path)
    os.rmdir(place.dumps)
    with place.start():
        time.sleep(1)
        os.mkdir(place.dumps)
        place.grow(core, NAME).wait()
        place.until(lambda status: status["done"])
        shutil.rmtree(place.dumps)
        time.sleep(1.5)
        os.mkdir(place.dumps)
        place.grow(core, OTHER).wait()
        place.until(lambda status: len(status["done"]) == 2)


def test_a_log_needs_its_end_or_its_rest(place: Place) -> None:
    content = place.root / "log-content"
    content.write_bytes(LOG)
    with place.start():
        place.grow(content, LOG_NAME).wait()
        done = place.until(lambda status: status["done"])["done"][0]
    assert done["verdict"] == "complete"
    assert "no end mark" in done["reason"]


def test_an_empty_file_is_said_to_be_empty_and_nothing_is_made(place: Place) -> None:
    with place.start():
        (place.dumps / NAME).touch()
        done = place.until(lambda status: status["done"])["done"][0]
    assert done["verdict"] == "empty"
    assert place.published() == []


def test_what_is_no_dump_is_listed_and_left_alone(place: Place) -> None:
    """Whatever kind of file it is, nothing of it is followed or opened twice."""
    (place.dumps / ".DS_Store").write_bytes(b"\0\0\0\1Bud1" + bytes(4096))
    os.symlink("/etc/passwd", place.dumps / "core-link")
    os.mkfifo(place.dumps / "core-fifo")
    with place.start():
        status = place.until(lambda s: len(s["left_alone"]) == 3 and not s["in_flight"])
    assert {entry["name"] for entry in status["left_alone"]} == {
        ".DS_Store",
        "core-link",
        "core-fifo",
    }
    assert place.published() == []

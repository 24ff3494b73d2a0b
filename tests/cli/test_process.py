from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.command import PANICPIPE, Terminal, environment, on_a_terminal, panicpipe
from tests.cli.cores import PANIC, gzip_core, raw_core, raw_core_header

NAME = "core-xnu-6153.121.1-10.0.40.7-1f0c3a9e.gz"
ZIP = "core-xnu-6153.121.1-10.0.40.7-1f0c3a9e.zip"
LINE = PANIC.decode().strip("\n\0")
BIG = 96 << 20


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Files to process, and a configuration so that root's own directories stay as they are."""
    core = gzip_core()
    files = {NAME: core, "cut.gz": core[:-20], "notes": b"just some text\n" * 5, "empty": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")
    _configure(tmp_path)
    return tmp_path


def _configure(place: Path, stages: str = "", directory: str = "PanicPipe") -> None:
    (place / "panicpipe.toml").write_text(
        f'state_directory = "{place}/state"\n[stages.package]\ndirectory = "{place}/{directory}"\n'
        + stages
    )


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A core that takes a second or more to deflate, and no time to make."""
    core = tmp_path_factory.mktemp("big") / "big"
    block = os.urandom(1 << 20)
    with core.open("wb") as file:
        file.write(raw_core_header(BIG))
        for _ in range(BIG >> 20):
            file.write(block)
    yield core
    core.unlink()


def _environment(place: Path, **more: str) -> dict[str, str]:
    return environment(place, PANICPIPE_CONFIG=str(place / "panicpipe.toml"), **more)


def _process(
    place: Path, *arguments: str | bytes, code: int = 0, env: Mapping[str, str] | None = None
) -> tuple[list[str], list[str]]:
    done = panicpipe(place, "process", *arguments, env=_environment(place, **(env or {})))
    assert done.returncode == code, done.stderr
    return done.stdout.splitlines(), done.stderr.splitlines()


def _in_a_shell(place: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script whose `$0` is the command."""
    return subprocess.run(
        ["/bin/sh", "-c", script, PANICPIPE, *arguments],
        env=_environment(place),
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )


def _files(directory: Path) -> list[str]:
    return sorted(os.listdir(directory)) if directory.exists() else []


# What comes of it.


def test_a_core_is_judged_packaged_and_told(place: Path) -> None:
    told, errors = _process(place, NAME)
    assert told[0] == NAME
    assert told[1].startswith("  complete: all 20.0 KiB are there")
    assert told[2] == f"  {LINE}"
    assert told[3].startswith(f"  zip: {place}/PanicPipe/{ZIP}, ")
    assert errors == []
    with zipfile.ZipFile(place / "PanicPipe" / ZIP) as archive:
        assert archive.read(NAME.removesuffix(".gz")) == raw_core()


def test_the_dump_stays_and_nothing_of_the_daemon_s_is_touched(place: Path) -> None:
    before = set(_files(place))
    content = (place / NAME).read_bytes()
    _process(place, NAME)
    assert set(_files(place)) - before == {"PanicPipe"}  # no state directory
    assert (place / NAME).read_bytes() == content


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["empty"], 3),
        ([NAME, "cut.gz", NAME], 3),
        (["absent", "notes", "cut.gz", NAME], 5),
    ],
)
def test_the_exit_code_is_the_gravest_file_s(place: Path, names: list[str], code: int) -> None:
    _process(place, *names, code=code)


def test_what_is_no_dump_leaves_no_trace(place: Path) -> None:
    told, errors = _process(place, "notes", code=4)
    assert told == ["notes", "  not-a-dump: plain text without a panic report"]
    assert errors == []
    assert not (place / "PanicPipe").exists()


def test_an_incomplete_dump_is_packaged_under_a_name_that_says_so(place: Path) -> None:
    told, _ = _process(place, "cut.gz", code=3)
    assert told[1].startswith("  truncated: ")
    assert _files(place / "PanicPipe") == ["cut-incomplete.zip"]


def test_what_cannot_be_read_is_one_line_and_the_rest_goes_on(place: Path) -> None:
    told, errors = _process(place, "fifo", "directory", "absent", NAME, code=5)
    assert errors == [
        "panicpipe: fifo: is a FIFO, not a file",
        "panicpipe: directory: is a directory, not a file",
        "panicpipe: absent: No such file or directory",
    ]
    assert told[0] == NAME


def test_the_same_file_twice_makes_two_zips(place: Path) -> None:
    _process(place, NAME, NAME)
    assert _files(place / "PanicPipe") == [ZIP.replace(".zip", "-2.zip"), ZIP]


def test_json_is_an_object_for_each_file(place: Path) -> None:
    told, _ = _process(place, "--json", NAME, "notes", "absent", code=5)
    done, notes, absent = map(json.loads, told)
    assert (done["file"], done["state"], done["verdict"]) == (NAME, "done", "complete")
    assert done["panic"] == LINE
    assert done["artifacts"] == {"zip": f"{place}/PanicPipe/{ZIP}"}
    assert (notes["state"], notes["verdict"]) == ("ignored", "not-a-dump")
    assert absent == {"file": "absent", "error": "absent: No such file or directory"}


def test_names_that_look_like_options_or_attack_terminals_are_files(place: Path) -> None:
    (place / "--json").write_bytes(gzip_core())
    hostile = b"core\n\x1b[2J"
    (place / os.fsdecode(hostile)).write_bytes(gzip_core())
    told, _ = _process(place, "--", "--json", hostile)
    assert told[0] == "--json"
    assert "core\\x0a\\x1b[2J" in told
    assert _files(place / "PanicPipe") == ["core_2J.zip", "json.zip"]


def test_a_file_that_keeps_growing_is_given_up(place: Path) -> None:
    """The daemon follows transfers; this reads what is there."""
    grow = "import time\nwhile True:\n open('grows', 'ab').write(bytes(99999)); time.sleep(0.002)"
    (place / "grows").write_bytes(raw_core(64 << 20)[: 8 << 20])
    writer = subprocess.Popen([sys.executable, "-c", grow], cwd=place)
    try:
        _, errors = _process(place, "grows", code=5)
    finally:
        writer.kill()
        writer.wait()
    fault = "changes while it is read; wait until nothing writes to it"
    assert errors == [f"panicpipe: grows: {fault}"]


# Where it goes.


def test_an_output_directory_may_be_relative_and_is_made(place: Path) -> None:
    told, _ = _process(place, "--output", "some/where", NAME)
    assert _files(place / "some/where") == [ZIP]
    assert told[3].startswith(f"  zip: {place}/some/where/{ZIP}, ")
    assert not (place / "PanicPipe").exists()


def test_an_unusable_output_directory_is_told_before_anything_is_read(place: Path) -> None:
    (place / "open").mkdir()
    (place / "open").chmod(0o777)
    (place / "link").symlink_to("directory")
    faults = {
        "open": "others can write to it (mode 0777); run: chmod go-w '{}'",
        "link": "is a symbolic link; name the real directory instead",
        NAME: "Not a directory",
        f"{NAME}/below": f"is not there, and this user cannot make it in {place}/{NAME}",
    }
    for name, fault in faults.items():
        told, errors = _process(place, "--output", name, NAME, code=6)
        path = place / name
        assert (told, errors) == ([], [f"panicpipe: package: {path}: {fault.format(path)}"])


def test_a_shared_directory_is_not_to_be_made_unshared(place: Path) -> None:
    (place / "open").mkdir()
    (place / "open").chmod(0o1777)
    _, errors = _process(place, "--output", "open", NAME, code=6)
    assert errors[0].endswith("others can write to it (mode 1777); name a new directory in it")


def test_a_configured_directory_that_is_refused_can_be_got_around(place: Path) -> None:
    (place / "open").mkdir()
    (place / "open").chmod(0o777)
    _configure(place, directory="open")
    _, errors = _process(place, NAME, code=6)
    assert errors[0].endswith("; name another with --output")
    _process(place, "--output", "mine", NAME)
    assert _files(place / "mine") == [ZIP]


def test_a_volume_that_takes_no_more_is_one_line_and_leaves_nothing(place: Path) -> None:
    (place / "noise").write_bytes(raw_core(1 << 20)[: -(1 << 19)] + os.urandom(1 << 19))
    done = _in_a_shell(place, 'ulimit -f 300; exec "$0" process --output out noise')
    assert (done.returncode, done.stderr) == (1, "panicpipe: noise: package: File too large\n")
    assert _files(place / "out") == []


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_hindrance(place: Path, closed: str) -> None:
    done = _in_a_shell(place, f'"$0" process "$1" {closed}', NAME)
    assert (done.returncode, done.stderr) == (0, "")
    assert _files(place / "PanicPipe") == [ZIP]


def test_a_current_directory_that_is_gone_is_no_hindrance(place: Path) -> None:
    script = 'mkdir gone; cd gone; rmdir ../gone; "$0" process --output "$2" "$1"'
    for output, code in ((f"{place}/out", 0), ("out", 6)):
        done = _in_a_shell(place, script, str(place / NAME), output)
        assert done.returncode == code
    assert done.stderr == "panicpipe: --output out: the current directory is gone\n"
    assert _files(place / "out") == [ZIP]


# Stages that fail.


@pytest.mark.parametrize(
    ("what", "code", "state", "reason"),
    [
        ("rejected", 8, "parked", "raises: never"),
        ("again", 1, "failed", "raises: later"),
        ("oserror", 1, "failed", "raises: No space left on device"),
    ],
)
def test_a_stage_that_fails_is_told_with_its_code(
    place: Path, strangers: str, what: str, code: int, state: str, reason: str
) -> None:
    chain = '[pipeline]\nstages = ["verify", "raises", "package"]\n'
    _configure(place, f'{chain}[stages.raises]\nwhat = "{what}"\n')
    env = {"PYTHONPATH": strangers}
    told, errors = _process(place, "--json", NAME, "notes", code=max(code, 4), env=env)
    assert errors == [f"panicpipe: {NAME}: {reason}"]
    value, notes = map(json.loads, told)
    assert (value["state"], value["verdict"], value["reason"]) == (state, "complete", reason)
    assert notes["state"] == "ignored"
    assert value["artifacts"] == {}


# Being stopped.


def _children(session: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,sess=,stat="], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return [int(pid) for pid, sess, stat in rows if int(sess) == session and stat[0] != "Z"]


def _started(place: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PANICPIPE, "process", *arguments],
        env=_environment(place),
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.skipif(sys.platform == "darwin", reason="ps shows no sessions there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_while_it_packages_it_leaves_nothing_behind(
    place: Path, big: Path, number: signal.Signals
) -> None:
    with _started(place, str(big)) as process:
        while not _files(place / "PanicPipe"):
            time.sleep(0.02)
            assert process.poll() is None
        os.killpg(process.pid, number)
        told = process.communicate(timeout=20)
        assert told == ("", "")
    assert process.returncode == 130
    assert _files(place / "PanicPipe") == []
    assert _children(process.pid) == []


@pytest.mark.skipif(sys.platform == "darwin", reason="ps shows no sessions there")
def test_ctrl_c_while_its_worker_starts_is_quiet(place: Path) -> None:
    with _started(place, NAME) as process:
        while len(_children(process.pid)) < 2:
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 130


# On a terminal.


def test_a_terminal_shows_what_is_being_done_and_how_far_it_is(place: Path, big: Path) -> None:
    env = _environment(place, COLUMNS="80", LINES="24")
    with Terminal(place, "process", big, env=env) as terminal:
        terminal.until("package big ")
        terminal.until("/96.0 MiB")
        terminal.signal(signal.SIGINT)
        text = terminal.rest()
    assert terminal.process.returncode == 130
    assert "Traceback" not in text


def test_a_terminal_shows_the_verdict_in_its_colour(place: Path) -> None:
    text = on_a_terminal(place, "process", NAME, env=_environment(place))
    assert "\x1b[32m  complete: " in text


def test_where_a_dump_was_archived_is_told(place: Path, strangers: str) -> None:
    chain = '[pipeline]\nstages = ["verify", "package", "sends-away"]\n'
    _configure(place, chain)
    lines, _ = _process(place, NAME, env={"PYTHONPATH": strangers})
    assert f"  archived at s3://bucket/{NAME}" in lines
    lines, _ = _process(place, NAME, "--json", env={"PYTHONPATH": strangers})
    assert json.loads(lines[0])["archives"] == [f"s3://bucket/{NAME}"]

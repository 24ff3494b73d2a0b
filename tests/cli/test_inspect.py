from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import PANICPIPE, environment, on_a_terminal, panicpipe
from tests.cli.cores import gzip_core, raw_core
from tests.cores import CoreSpec

NAME = "core-xnu-6153.121.1-10.0.40.7-1f0c3a9e.gz"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    core = gzip_core()
    files = {
        NAME: core,
        "cut": core[: len(core) // 2],
        "flipped": core[:-8] + bytes([core[-8] ^ 1]) + core[-7:],
        "empty": b"",
        "notes": b"just some text\n" * 5,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")
    return tmp_path


def _json(place: Path, *names: str | bytes, code: int = 0) -> list[dict[str, Any]]:
    done = panicpipe(place, "inspect", "--json", *names)
    assert (done.stderr, done.returncode) == ("", code)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_complete_core_is_told_with_all_that_is_known_of_it(place: Path) -> None:
    done = panicpipe(place, "inspect", NAME)
    assert done.returncode == 0
    assert done.stderr == ""
    told = dict(line.split("  ", 1) for line in done.stdout.splitlines()[1:])
    told = {name: value.strip() for name, value in told.items()}
    assert told["Verdict"] == "complete"
    assert told["Mac"] == "10.0.40.7"
    assert told["Architecture"] == "x86_64"
    assert told["Panic"].startswith("panic(cpu 2 caller 0xffffff8012345678)")
    assert told["Inflated size"] == f"20.0 KiB ({len(raw_core())} bytes)"
    assert told["SHA-256"] == hashlib.sha256((place / NAME).read_bytes()).hexdigest()
    assert "\x1b" not in done.stdout


def test_a_report_tells_where_it_failed_and_what_a_debugger_needs(place: Path) -> None:
    report = CoreSpec(arch="arm64e", xnu="11417.101.15")
    (place / "log").write_text(report.report_text)
    told = panicpipe(place, "inspect", "log").stdout
    assert re.search(r"^Frames +0x[0-9a-f]{16} \(com\.example\.driver\.Lost \+ 0x", told, re.M)
    assert re.search(r"^Kexts +com\.example\.driver\.Lost\(1\.2\.3\)$", told, re.M)
    assert re.search(r"^System +macOS 15 \(24E248\)$", told, re.M)
    assert re.search(r"^Debug kit +Kernel Debug Kit for build 24E248$", told, re.M)
    (found,) = _json(place, "log")
    assert found["panic_report"]["frames"][0].startswith("0x")


def test_json_has_one_object_a_line_with_every_promised_key(place: Path) -> None:
    found, cut = _json(place, NAME, "cut", code=3)
    assert found["file"] == NAME
    assert found["verdict"] == "complete"
    assert found["kind"] == "core"
    assert found["encoding"] == "gzip"
    assert found["architecture"] == "x86_64"
    assert found["panic"].startswith("panic(cpu 2 ")
    assert found["panic_report"]["cpu"] == 2
    assert found["uncompressed_size"] == found["expected_size"] == len(raw_core())
    assert found["file_size"] == found["good_size"] == (place / NAME).stat().st_size
    assert (found["client"], found["xnu_version"]) == ("10.0.40.7", "6153.121.1")
    assert {"reason", "uuid", "version", "sha256", "check", "cause"} <= found.keys()
    assert cut["verdict"] == "truncated"
    assert cut["reason"]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([NAME], 0),
        (["cut"], 3),
        (["flipped"], 3),
        (["empty"], 3),
        (["notes"], 4),
        (["absent"], 5),
        ([NAME, "cut", NAME], 3),
        (["notes", "cut"], 4),
        (["absent", "notes", "cut", NAME], 5),
    ],
)
def test_the_exit_code_is_the_gravest_file_s(place: Path, names: list[str], code: int) -> None:
    assert panicpipe(place, "inspect", *names).returncode == code


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("directory", "is a directory, not a file"),
        ("fifo", "is a FIFO, not a file"),
        ("/dev/zero", "is a device, not a file"),
        ("absent", "No such file or directory"),
        ("notes/below", "Not a directory"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_the_rest_goes_on(
    place: Path, name: str, fault: str
) -> None:
    done = panicpipe(place, "inspect", name, NAME)
    assert done.stderr == f"panicpipe: {name}: {fault}\n"
    assert "complete" in done.stdout
    error, found = _json(place, name, NAME, code=5)
    assert error == {"file": name, "error": f"{name}: {fault}"}
    assert found["verdict"] == "complete"


def test_a_file_without_permission_is_unreadable_and_not_wrong_usage(place: Path) -> None:
    (place / NAME).chmod(0)
    place.chmod(0o755)
    code = (
        "import os, sys, pipeline.config.values; from pipeline.cli import inspect, main;"
        "os.getuid() or os.setuid(65534);"
        "sys.exit(main.call(['inspect', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, NAME],
        env=environment(place),
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == (f"panicpipe: {NAME}: Permission denied\n", 5)


def test_a_socket_is_refused(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(place / "sock"))
        assert "is a socket, not a file" in panicpipe(place, "inspect", "sock").stderr


def test_a_symlink_that_a_person_names_is_followed(place: Path) -> None:
    (place / "link").symlink_to(NAME)
    assert panicpipe(place, "inspect", "link").returncode == 0


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"core-\xff\xfe.gz", "core-\\xff\\xfe.gz"),
        (b"a\x1b[31mb\nc", "a\\x1b[31mb\\x0ac"),
        (b"two  spaces \\ and", "two  spaces \\\\ and"),
        ("\u202eevil".encode(), "\\u202eevil"),
    ],
)
def test_hostile_names_are_read_as_they_are_and_shown_escaped(
    place: Path, raw: bytes, shown: str
) -> None:
    try:
        (place / os.fsdecode(raw)).write_bytes(gzip_core())
    except OSError:
        pytest.skip("this volume takes no such name")
    done = panicpipe(place, "inspect", raw)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == shown
    assert _json(place, raw)[0]["file"] == shown


def test_a_name_with_a_leading_dash_can_be_given_after_two_dashes(place: Path) -> None:
    (place / "--json").write_bytes(gzip_core())
    assert panicpipe(place, "inspect", "--", "--json").returncode == 0


def test_the_size_to_inflate_is_bounded_by_the_configuration(place: Path) -> None:
    (place / "p.toml").write_text('[inspect]\nmax_uncompressed_size = "8 KiB"\n')
    done = panicpipe(place, "inspect", "--config", "p.toml", NAME)
    assert done.returncode != 0
    assert "Verdict        complete" not in done.stdout


def test_a_faulty_configuration_that_nobody_named_is_no_hindrance(place: Path) -> None:
    (place / "bad.toml").write_text("nonsense")
    assert panicpipe(place, "--config", "bad.toml", "inspect", NAME).returncode == 6
    personal = place / ".config/panicpipe"
    personal.mkdir(parents=True)
    (personal / "panicpipe.toml").write_text("nonsense")
    assert panicpipe(place, "inspect", NAME).returncode == 0


def test_no_file_at_all_is_wrong_usage(place: Path) -> None:
    done = panicpipe(place, "inspect")
    assert done.returncode == 2
    assert "Missing argument" in done.stderr


def test_the_verdict_is_coloured_on_a_terminal_only(place: Path) -> None:
    assert "\x1b[32mcomplete\x1b[0m" in on_a_terminal(place, "inspect", NAME)
    assert "\x1b[31mtruncated\x1b[0m" in on_a_terminal(place, "inspect", "cut")
    assert "\x1b[" not in on_a_terminal(place, "inspect", NAME, env={"NO_COLOR": "1"})
    assert "\x1b[" not in on_a_terminal(place, "inspect", NAME, env={"TERM": "dumb"})


def test_a_big_file_shows_its_progress_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(raw_core(40 << 20))
    assert "MiB" in on_a_terminal(tmp_path, "inspect", "big").replace("40.0 MiB (", "")
    assert panicpipe(tmp_path, "inspect", "big").stderr == ""


def test_output_that_nobody_reads_any_more_ends_quietly(place: Path) -> None:
    names = [NAME] * 3000
    with subprocess.Popen(
        [PANICPIPE, "inspect", "--json", *names],
        env=environment(place),
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1

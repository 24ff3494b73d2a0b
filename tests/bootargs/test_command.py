"""The printed command, given to real shells: nvram gets exactly the boot-args, as one word."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given

from pipeline.bootargs.command import UNDO, line
from pipeline.bootargs.value import BootArgs, parse
from tests.bootargs.texts import ARGS, RELAXED

RECORDER = '#!/bin/sh\nfor word in "$@"; do printf \'%s\\0\' "$word"; done >>"$RECORD"\n'
SHELLS = [name for name in ("sh", "bash", "zsh") if shutil.which(name)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a `sudo` that writes down what it is given."""
    place = tmp_path_factory.mktemp("shell")
    (place / "sudo").write_text(RECORDER)
    (place / "sudo").chmod(0o755)
    return place


def run(bench: Path, shell: str, command: str) -> list[bytes]:
    record = bench / "record"
    record.unlink(missing_ok=True)
    path = f"{bench}:{os.environ['PATH']}"
    done = subprocess.run(
        [shell, "-c", command],
        env={"PATH": path, "RECORD": str(record), "LC_ALL": "C.UTF-8"},
        cwd=bench,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    return record.read_bytes().split(b"\0")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_arguments_reach_nvram_as_they_are(bench: Path, shell: str) -> None:
    for text in (
        "debug=0x20c44 _panicd_ip=10.0.40.2",
        "-v",
        "$(touch made) `touch made` ${HOME} ; touch made & touch made | touch made",
        "it's \"quoted\" 'twice' \\ \\\\ \\n !! !-1 * ? ~ # % %s %% {a,b} <made >made",
        "a=\x1b[31m b=\x07 c=line\nfeed d=\r e=é f=\u202e g=\udcff h=%s\x01 i='\x01' j=\\012\x01",
        "-n\x01 end\n",
    ):
        args = parse(text)
        expected = b"boot-args=" + os.fsencode(str(args))
        assert run(bench, shell, line(args)) == [b"nvram", expected], text
    assert not (bench / "made").exists()


@RELAXED
@given(ARGS)
@example(parse("a='\\''"))
def test_any_boot_args_reach_nvram_as_they_are(bench: Path, args: BootArgs) -> None:
    if args.arguments:
        assert run(bench, "sh", line(args)) == [b"nvram", b"boot-args=" + os.fsencode(str(args))]


@RELAXED
@given(ARGS)
def test_a_terminal_shows_the_command_as_it_is(args: BootArgs) -> None:
    """So that what is copied from there is what was meant."""
    assert line(args).isprintable()
    assert not set(line(args)) & set("“”\u2018\u2019") or set(str(args)) & set("“”\u2018\u2019")


def test_no_arguments_mean_deleting_them(bench: Path) -> None:
    assert line(BootArgs()) == UNDO
    assert run(bench, "sh", UNDO) == [b"nvram", b"-d", b"boot-args"]


def test_the_usual_command_is_as_apple_writes_it_with_straight_quotes() -> None:
    args = parse("debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en7")
    assert line(args) == f'sudo nvram boot-args="{args}"'

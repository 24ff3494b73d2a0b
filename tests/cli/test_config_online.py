"""`config check --online`, with stages that behave well and badly."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from pipeline.confinement import Account, Terms
from pipeline.plugin import Stage
from pipeline.registry.discovery import Built, rebuild
from pipeline.registry.probing import Daemon, probe
from tests.cli.command import panicpipe
from tests.confinement.bench import as_root, somebody
from tests.strangers import install

PROBING = '''
import os, signal, subprocess, sys, time
from dataclasses import dataclass, field
from pipeline import Probe, Stage, StepResult, TryAgain


@dataclass(frozen=True, kw_only=True)
class Tries(Stage):
    """Tries out what it is told."""

    what: str = "ok"
    token: str = field(default="", metadata={"secret": True})
    file: str = ""

    def run(self, dump, work):
        return StepResult()

    def probe(self):
        print("noise", self.token, flush=True)
        os.write(2, b"more noise")
        return getattr(self, "_" + self.what)()

    def prepare(self):
        if self.what == "late":
            import no_such_module
        if self.what == "who":
            was = f"{os.getuid()} {open(self.file).read()} {os.environ['HOME']}"
            object.__setattr__(self, "_prepared", was)

    def _who(self):
        return [Probe(what=self._prepared), Probe(what=f"{os.getresuid()} {self._file()}")]

    def _file(self):
        try:
            subprocess.run(["true"])
        except PermissionError:
            pass
        else:
            return "it starts programs"
        try:
            return open(self.file).read()
        except PermissionError:
            return "closed"

    def _ok(self):
        return [Probe(what="write an object to s3://bucket/dumps/"), Probe(what="read it back")]

    def _faulty(self):
        long = "\\x1b[2J" + self.token + "x" * 100_000
        return [Probe(what="find the host"), Probe(what="log in", fault=long)]

    def _again(self):
        raise TryAgain("the bucket " + self.token + " does not answer; look at endpoint_url")

    def _bug(self):
        raise LookupError("words that may hold " + self.token)

    def _wrong(self):
        return ["no probe"]

    def _dies(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def _leaves(self):
        os._exit(3)

    def _hangs(self):
        helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with open(self.file, "w") as file:
            file.write(str(helper.pid))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)


@dataclass(frozen=True, kw_only=True)
class Silent(Stage):
    """Needs nobody."""

    def run(self, dump, work):
        return StepResult()
'''


@pytest.fixture
def site(tmp_path: Path) -> Path:
    points = {"panicpipe.stages": {"tries": "probing:Tries", "silent": "probing:Silent"}}
    return install(tmp_path / "site", "probing", points, {"probing": PROBING})


def _check(
    place: Path, site: Path, what: str, *, chain: str = "'tries'", more: str = ""
) -> subprocess.CompletedProcess[str]:
    (place / "p.toml").write_text(
        f"state_directory = '{place}/state'\n[pipeline]\nstages = ['verify', {chain}]\n"
        f"[stages.tries]\nwhat = '{what}'\ntoken = 'hunter2'\nfile = '{place}/helper'\n{more}"
    )
    (place / "p.toml").chmod(0o600)
    arguments = ("--config", "p.toml", "config", "check", "--online")
    return panicpipe(place, *arguments, env={"PYTHONPATH": str(site)})


def _tried(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert "hunter2" not in done.stdout + done.stderr
    assert "noise" not in done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith(("ok ", "FAIL "))]


def test_what_works_is_told_a_line_each(tmp_path: Path, site: Path) -> None:
    done = _check(tmp_path, site, "ok")
    assert _tried(done) == ["ok    write an object to s3://bucket/dumps/", "ok    read it back"]
    assert done.stdout.endswith("\nThe configuration can be used.\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_fails_is_told_in_one_harmless_line_and_ends_with_6(
    tmp_path: Path, site: Path
) -> None:
    done = _check(tmp_path, site, "faulty")
    first, second = _tried(done)
    assert first == "ok    find the host"
    assert second.startswith("FAIL  log in: \\x1b[2J…xxx")
    assert len(second) < 400
    assert "can be used" not in done.stdout
    assert done.returncode == 6


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("again", "try out the stage: the bucket … does not answer; look at endpoint_url"),
        ("bug", "try out the stage: the stage has a bug: LookupError in probing.py:"),
        ("wrong", "try out the stage: the stage has a bug: AttributeError in probing.py:"),
        ("dies", "try out tries: the stage's process died: ended by SIGSEGV; this is its bug"),
        ("leaves", "try out tries: the stage's process died: exit status 3; this is its bug"),
    ],
)
def test_a_stage_that_cannot_even_try_is_a_failure(
    tmp_path: Path, site: Path, what: str, told: str
) -> None:
    done = _check(tmp_path, site, what)
    assert [line.partition("  ")[2][: len(told)] for line in _tried(done)] == [told]
    assert (done.returncode, done.stderr) == (6, "")


@as_root
def test_a_stage_has_the_rights_that_it_will_run_with(open_path: Path, site: Path) -> None:
    """Credentials that only root may read are read by root, as they are before an upload."""
    account = somebody()
    (open_path / "helper").write_text("secret")
    (open_path / "helper").chmod(0o600)
    limits = f"[limits]\naccount = '{account.name}'\n"
    done = _check(open_path, site, "who", more=limits)
    uids = (account.uid,) * 3
    assert _tried(done) == [f"ok    0 secret {open_path}", f"ok    {uids} closed"]


@as_root
def test_it_prepares_as_the_account_of_the_service(open_path: Path, site: Path) -> None:
    account = somebody()
    (open_path / "helper").write_text("its own")
    (open_path / "helper").chmod(0o600)
    (open_path / "state").mkdir()
    for name in ("helper", "state"):
        os.chown(open_path / name, account.uid, account.gid)
    done = _check(open_path, site, "who", more=f"[limits]\naccount = '{account.name}'\n")
    home, uids = pwd.getpwuid(account.uid).pw_dir, (account.uid,) * 3
    assert _tried(done) == [f"ok    {account.uid} its own {home}", f"ok    {uids} its own"]


@as_root
def test_an_account_that_cannot_read_this_python_is_told_of_the_other(
    open_path: Path, site: Path
) -> None:
    (open_path / "state").mkdir()
    os.chown(open_path / "state", somebody().uid, somebody().gid)
    (told,) = _tried(_check(open_path, site, "late"))
    assert "cannot read the Python that runs this (no_such_module); ask the panicpipe" in told


@as_root
def test_where_the_account_cannot_be_taken_nothing_is_tried_out(
    site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _import_from(site, monkeypatch)
    account = Account(name="too-much", uid=(1 << 32) - 1, gid=1)  # -1: no user at all
    daemon = Daemon(state_directory=str(tmp_path), terms=Terms(account=account))
    (tried,) = probe(_built(what="ok", file=""), daemon=daemon)
    assert tried.what == "try out the stage"
    assert "too-much" in (tried.fault or "")


def _import_from(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


def _built(**config: str) -> Built[Stage]:
    plugin = rebuild("probing:Tries", config)
    assert isinstance(plugin, Stage)
    return Built(name="tries", use="tries", reference="probing:Tries", config=config, plugin=plugin)


def test_a_stage_that_hangs_is_killed_with_its_helpers(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import_from(site, monkeypatch)
    (tried,) = probe(_built(what="hangs", file=str(tmp_path / "helper")), limit=5)
    assert tried.what == "try out tries"
    assert tried.fault
    assert tried.fault.startswith("did not end within 5.0 s and was stopped; ")
    helper = int((tmp_path / "helper").read_text())
    with pytest.raises(ProcessLookupError):
        _until_gone(helper)


def _until_gone(process: int) -> None:
    """Look for as long as the system takes to bury it; a zombie of somebody else's is gone too."""
    while True:
        os.kill(process, 0)
        done = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
        )
        if done.stdout.startswith("Z") or not done.stdout:
            raise ProcessLookupError


def test_a_chain_that_needs_nobody_says_so(tmp_path: Path, site: Path) -> None:
    done = _check(tmp_path, site, "dies", chain="'silent'")
    assert _tried(done) == []
    assert "No stage of the chain has anything to try out elsewhere." in done.stdout
    assert "Not in the chain          tries" in done.stdout
    assert done.returncode == 0


def test_without_asking_for_it_nothing_is_tried_out(tmp_path: Path, site: Path) -> None:
    _check(tmp_path, site, "dies")
    done = panicpipe(
        tmp_path, "--config", "p.toml", "config", "check", env={"PYTHONPATH": str(site)}
    )
    assert (done.returncode, _tried(done)) == (0, [])


def test_other_faults_are_told_along_with_what_was_tried_out(tmp_path: Path, site: Path) -> None:
    (tmp_path / "zips").symlink_to(site)
    _check(tmp_path, site, "ok")
    file = tmp_path / "p.toml"
    text = file.read_text().replace("'tries']", "'tries', 'package']")
    file.write_text(f"{text}[stages.package]\ndirectory = '{tmp_path}/zips'\n")
    done = panicpipe(
        tmp_path, "--config", file, "config", "check", "--online", env={"PYTHONPATH": str(site)}
    )
    assert "zips: is a symbolic link" in done.stderr
    assert len(_tried(done)) == 2
    assert done.returncode == 6

"""Which account children get, and why none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.confinement import Account, account_fault, default_name, worker_account
from pipeline.machine import Machine

PASSWD = (
    "root:*:0:0::/:\ntoor:*:0:0::/:\nnobody:*:65534:65534::/:\nkdump:*:4294967294:9::/:\n"
    "_panicpipe:*:450:450::/var/empty:\nadm:*:451:80::/:\n"
)
GROUP = "root:*:0:\n_panicpipe:*:450:\nadm:*:80:\ntoor:*:9:\n"


@pytest.fixture(params=["linux", "darwin"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(PASSWD)
    (tmp_path / "etc/group").write_text(GROUP)
    return Machine(tmp_path, request.param)


def test_root_gives_its_children_the_account(machine: Machine) -> None:
    found = worker_account("_panicpipe", machine=machine, euid=0)
    assert found == Account(name="_panicpipe", uid=450, gid=450)
    assert account_fault("_panicpipe", machine=machine, euid=0) is None


def test_whoever_else_runs_it_keeps_the_user_and_nothing_is_wrong(machine: Machine) -> None:
    for name in ("_panicpipe", "missing"):
        assert worker_account(name, machine=machine, euid=501) is None
        assert account_fault(name, machine=machine, euid=501) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing", "there is no account missing"),
        ("nobody", "nobody is nobody"),
        ("kdump", "kdump is nobody"),
        ("toor", "toor has root's number"),
    ],
)
def test_an_unfit_account_is_refused_with_the_reason(machine: Machine, name: str, why: str) -> None:
    assert worker_account(name, machine=machine, euid=0) is None
    assert (account_fault(name, machine=machine, euid=0) or "").startswith(why)


def test_on_a_mac_nobody_gets_the_group_that_reads_the_zips(machine: Machine) -> None:
    found = worker_account("adm", machine=machine, euid=0)
    assert (found is None) == machine.mac


def test_the_name_is_the_platform_s() -> None:
    assert [default_name(each) for each in ("darwin", "linux")] == ["_panicpipe", "panicpipe"]

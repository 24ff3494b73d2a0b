"""What a worker cannot do any more once it sees a dump, for real."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from pipeline.confinement import Account, Terms, landlock
from pipeline.journal.rows import State
from pipeline.workers.reader import Nursery
from tests.confinement.bench import (
    as_root,
    carried,
    facts,
    listening,
    on_linux,
    somebody,
    stage,
)
from tests.workers.harness import Bench, file_of, ours

DENIED = "PermissionError"
LOCAL = {
    "connect": DENIED,
    "datagram": DENIED,
    "pair": DENIED,
}
ALWAYS = {
    "fork": DENIED,
    "program": DENIED,
    "exec": DENIED,
    "signal": DENIED,
    "signal all": DENIED,
    "signal by the kernel": DENIED,
    "outlive": DENIED,
    "open to others": DENIED,
    "stay": DENIED,
    "unweighed memory": DENIED,
    "signal itself": "done",
    "root": DENIED,
    "effective root": DENIED,
    "root's group": DENIED,
    "groups": DENIED,
    "another's limits": DENIED,
    "discard": "done",
    "thread": "done",
}


@as_root
@on_linux
def test_a_worker_of_a_root_s_daemon_is_somebody_else_for_good(tmp_path: Path) -> None:
    account = somebody()
    with listening() as server:
        port = server.getsockname()[1]
        found = facts(tmp_path, stage("Reaches", port=port), Terms(account=account))
    assert found["ids"] == [account.uid] * 3 + [account.gid] * 3
    expected = {**ALWAYS, **LOCAL, "file": DENIED, "parent's memory": DENIED}
    assert {name: found[name] for name in expected} == expected
    assert found["status"] == {"core": "(0, 0)", "NoNewPrivs": "1", "Seccomp": "2"}


@on_linux
def test_without_an_account_everything_else_is_given_up_all_the_same(tmp_path: Path) -> None:
    with listening() as server:
        found = facts(tmp_path, stage("Reaches", port=server.getsockname()[1]))
    assert {name: found[name] for name in ALWAYS | LOCAL} == ALWAYS | LOCAL
    assert found["status"]["Seccomp"] == "2"
    assert found["ids"][0] == os.getuid()


@pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")
@on_linux
def test_what_the_same_user_owns_cannot_be_changed(tmp_path: Path) -> None:
    """Such as the journal, where the daemon is not root's."""
    mine = tmp_path / "mine-too"
    mine.write_text("as it was")
    found = facts(tmp_path, stage("Reaches", file=str(mine)))
    names = ("write", "remove", "change", "change what is open", "touch")
    assert {name: found[name] for name in names} == dict.fromkeys(names, DENIED)
    assert mine.read_text() == "as it was"
    assert not (tmp_path / "mine").exists()


@pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")
@on_linux
@pytest.mark.parametrize(("cls", "read"), [("Reaches", DENIED), ("ReachesFar", "done")])
def test_secrets_and_other_dumps_are_not_read_by_who_reads_dumps(
    tmp_path: Path, cls: str, read: str
) -> None:
    """Though they belong to the same user: the journal, the configuration, the zips."""
    (tmp_path / "zips").mkdir()
    (tmp_path / "zips/of another").write_text("kernel memory")
    terms = Terms(hidden=(str(tmp_path / "zips"), str(tmp_path / "not there")))
    assert (
        facts(tmp_path, stage(cls, file=str(tmp_path / "zips/of another")), terms)["file"] == read
    )
    (tmp_path / "beside").write_text("anybody's")
    assert facts(tmp_path, stage(cls, file=str(tmp_path / "beside")), terms)["file"] == "done"


@pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")
@on_linux
def test_a_link_beside_it_opens_no_way_into_what_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "zips").mkdir()
    (tmp_path / "zips/of another").write_text("kernel memory")
    (tmp_path / "way in").symlink_to("zips")
    (tmp_path / "way up").symlink_to("/")
    terms = Terms(hidden=(str(tmp_path / "zips"),))
    for way in ("way in/of another", f"way up{tmp_path}/zips/of another"):
        assert facts(tmp_path, stage("Reaches", file=str(tmp_path / way)), terms)["file"] == DENIED


@as_root
@on_linux
def test_a_stage_that_talks_to_others_has_the_network_and_nothing_else(tmp_path: Path) -> None:
    account = somebody()
    with listening() as server:
        port = server.getsockname()[1]
        found = facts(tmp_path, stage("ReachesFar", port=port), Terms(account=account))
    expected = {**ALWAYS, "file": DENIED, "connect": "done", "datagram": "done"}
    assert {name: found[name] for name in expected} == expected


@as_root
@on_linux
def test_a_stage_with_the_daemon_s_rights_has_them_and_reads_apart(tmp_path: Path) -> None:
    """Whoever parses the dump before it has given them up: it is another process."""
    found = facts(tmp_path, stage("Trusted"), Terms(account=somebody()))
    assert {name: found[name] for name in ("file", "fork", "program", "signal")} == {
        "file": "done",
        "fork": "done",
        "program": "done",
        "signal": "done",
    }
    assert found["ids"][0] == 0
    assert found["status"]["core"] == "(0, 0)"


@as_root
@on_linux
def test_the_reader_of_a_dump_never_keeps_the_daemon_s_rights(tmp_path: Path) -> None:
    seen: list[bool] = []

    async def scene() -> None:
        async with Bench(stage("Trusted")) as bench:
            start = bench.nursery.start

            async def watched(tools: object, job: object, fd: object) -> object:
                if job.read:  # type: ignore[attr-defined]
                    seen.append(tools.keeps_rights)  # type: ignore[attr-defined]
                return await start(tools, job, fd)  # type: ignore[arg-type]

            bench.nursery.start = watched  # type: ignore[assignment,method-assign]
            row = await bench.carry(file_of(tmp_path / "log"))
            assert row.state is State.DONE

    asyncio.run(scene())
    assert seen == [False]


@as_root
def test_what_only_root_may_read_is_read_before(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    secret.chmod(0o600)
    found = facts(tmp_path, stage("Prepares", file=str(secret)), Terms(account=somebody()))
    assert found == {"then": "hunter2", "later": DENIED}


def test_a_preparation_that_fails_is_the_step_s_failure(tmp_path: Path) -> None:
    row, step, after = carried(tmp_path, stage("Prepares", file=str(tmp_path / "missing")))
    assert (row.state, step.deaths, step.attempts) == (State.PENDING, 0, 1)
    assert "No such file" in (step.error or "")
    assert row.inspection is not None
    assert after.state is State.DONE


@as_root
def test_a_worker_that_cannot_become_the_account_does_nothing(tmp_path: Path) -> None:
    """It sees no byte of the dump: the death is counted at reading it."""
    impossible = Account(name="impossible", uid=2**32 - 1, gid=2**32 - 1)

    async def scene() -> None:
        async with Bench(ours("good", "Nothing")) as bench:
            bench.nursery = bench.lanes._nursery = Nursery(terms=Terms(account=impossible))
            row = await bench.carry(file_of(tmp_path / "log"))
            assert (row.state, row.inspection) == (State.PARKED, None)
            assert "could not give up the daemon's rights" in (row.reason or "")

    asyncio.run(scene())


@on_linux
@pytest.mark.parametrize(
    ("lacking", "words"),
    [("no_filter", "no filter"), ("no_landlock", "this kernel has no Landlock")],
)
def test_what_cannot_be_given_up_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, lacking: str, words: str
) -> None:
    async def scene() -> None:
        async with Bench(ours("good", "Nothing")) as bench:
            bench.nursery = bench.lanes._nursery = Nursery([f"tests.confinement.{lacking}"])
            for name in ("a", "b"):
                assert (await bench.carry(file_of(tmp_path / name))).state is State.DONE

    asyncio.run(scene())
    assert caplog.text.count(f"workers keep more than they need: {words}") == 1

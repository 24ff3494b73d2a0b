"""`panicpipe alert drop`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.daemon.state_directory import StateDirectory
from pipeline.journal.outbox import DROP_ALERT, DROPPED_ON_REQUEST
from tests.alerts.services import closed_port
from tests.cli.command import panicpipe
from tests.cli.journals import COMPLETE, Written, name, written
from tests.daemon.harness import LOG, Place


@pytest.fixture
def to(state: Path) -> Iterator[Written]:
    made = written(state)
    yield made
    made.journal.close()


def _drop(place: Path, *arguments: str | int) -> tuple[int, str, str]:
    line = ["--config", "panicpipe.toml", "alert", "drop", *map(str, arguments)]
    done = panicpipe(place, *line)
    return done.returncode, done.stdout, done.stderr


def _left(to: Written) -> list[int]:
    return [owed.id for owed in to.journal.outbox.pending()]


def test_only_what_is_named_is_dropped_and_told(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    first, second, third, fourth = (to.owe(row, "ops") for _ in range(4))
    told = f"dump.complete of dump {row.id} to ops\n"
    assert _drop(tmp_path, third, first, third) == (
        0,
        f"Dropped {third}: {told}Dropped {first}: {told}",
        "",
    )
    assert _left(to) == [second, fourth]
    show = panicpipe(tmp_path, "--config", "panicpipe.toml", "show", str(row.id)).stdout
    assert show.count(f"dump.complete, not sent: {DROPPED_ON_REQUEST}") == 2


def test_a_route_or_all_of_a_notifier_s_are_named_together(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    a, b, _ = to.owe(row, "ops/a"), to.owe(row, "ops/b"), to.owe(row, "ops/a")
    other, held = to.owe(row, "opsy"), to.owe(row, "ops/b", group="g", held_until=to.now + 99)
    code, told, _ = _drop(tmp_path, "--route", "ops/a")
    assert (code, told.count("Dropped"), _left(to)) == (0, 2, [b, other, held])
    assert f"{a}: " in told
    code, told, _ = _drop(tmp_path, "--route", "ops")
    assert (code, told.count("Dropped"), _left(to)) == (0, 2, [other])
    assert _drop(tmp_path, "--route", "opsy")[0] == 0


def test_a_digest_takes_along_what_it_tells(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    members = [to.owe(row, "ops", group="g", held_until=to.now + 99) for _ in range(2)]
    digest = to.digest("ops", "g")
    code, told, fault = _drop(tmp_path, members[0])
    assert (code, told) == (1, "")
    assert fault == f"panicpipe: alert {members[0]} is told by digest {digest}: drop that one\n"
    assert _drop(tmp_path, digest)[:2] == (0, f"Dropped {digest}: digest to ops\n")
    assert _left(to) == []


@pytest.mark.parametrize("named", [[], ["1", "--route", "ops"]])
def test_nothing_is_dropped_that_is_not_named(
    tmp_path: Path, to: Written, named: list[str]
) -> None:
    number = to.owe(to.done(name(1), COMPLETE), "ops")
    code, _, fault = _drop(tmp_path, *named)
    assert code == 2
    assert "name alerts by their numbers, or a route with --route; not both" in fault
    assert _left(to) == [number]


def test_what_is_not_owed_is_refused_and_the_rest_stays(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    owed, sent = to.owe(row, "ops"), to.owe(row, "ops")
    to.journal.outbox.mark_sent(sent, to.now)
    code, told, fault = _drop(tmp_path, owed, 99)
    assert (code, told) == (1, "")
    assert fault == "panicpipe: there is no alert 99; see `panicpipe alert pending`\n"
    assert f"alert {sent} is not owed any more: sent 20" in _drop(tmp_path, sent)[2]
    assert 'there is no route "op"; there are: ops\n' in _drop(tmp_path, "--route", "op")[2]
    assert _left(to) == [owed]


def test_a_route_that_is_owed_nothing_is_no_fault(tmp_path: Path, to: Written) -> None:
    to.journal.routes.add("ops")
    assert _drop(tmp_path, "--route", "ops") == (0, "Nothing is owed to ops.\n", "")


def test_a_daemon_that_does_not_get_to_it_finds_it_noted(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    first, second = to.owe(row, "ops"), to.owe(row, "ops")
    with StateDirectory.acquire(tmp_path / "state"):
        code, told, fault = _drop(tmp_path, first, second)
    assert (code, fault) == (0, "")
    assert told.count("Noted, the daemon drops it when it gets to it: ") == 2
    assert _left(to) == [first, second]
    noted = [(action, number) for _, action, number in to.journal.requests.all()]
    assert noted == [(DROP_ALERT, first), (DROP_ALERT, second)]


def test_a_running_daemon_drops_it(tmp_path: Path) -> None:
    url = f"json://127.0.0.1:{closed_port()}/"
    place = Place(
        tmp_path, retry=600, extra=f'[notifiers.ops]\nuse = "apprise"\nurls = ["{url}"]\n'
    )
    (place.dumps / "paniclog-10.0.40.7-1f0c3a01").write_bytes(LOG)
    with place.start():
        place.until(lambda status: any(each["error"] for each in status["alerts_owed"]))
        owed = json.loads(place.panicpipe("alert", "pending", "--json"))["owed"]
        told = place.panicpipe("alert", "drop", *(str(each["number"]) for each in owed))
        assert told.count("Dropped ") == len(owed) == told.count("\n")
        assert place.panicpipe("alert", "pending").startswith("Nothing is owed.\n")

"""`panicpipe alert test` against real servers."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.cli.trial import Tried
from pipeline.cli.trial_text import TrialText
from pipeline.messages.samples import samples
from tests.alerts.services import closed_port
from tests.cli.command import Terminal, on_a_terminal, panicpipe
from tests.daemon.harness import python_path
from tests.strangers import install

SECRET = "hunter22"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


@pytest.fixture
def web() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


class Site:
    """A configuration with notifiers, among them a stranger's that answer, fail and hang."""

    def __init__(self, root: Path) -> None:
        self.root = root
        kinds = {each.lower(): f"tests.alerts.plugins:{each}" for each in ("Bad", "Diary", "Hang")}
        kinds["asks"] = "tests.cli.notifiers:Asks"
        self._site = install(root / "site", "strangers", {"panicpipe.notifiers": kinds})

    def configure(self, text: str) -> None:
        (self.root / "panicpipe.toml").write_text(f'state_directory = "{self.root}/state"\n{text}')

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": python_path(self._site), "TMPDIR": str(self.root)}

    def test(self, *arguments: str) -> tuple[int, str, str]:
        done = panicpipe(self.root, *self.line(*arguments), env=self.environment)
        assert not self.leftovers()
        return done.returncode, done.stdout, done.stderr

    def line(self, *arguments: str) -> list[str]:
        return ["--config", "panicpipe.toml", "alert", "test", *arguments]

    def leftovers(self) -> list[Path]:
        return [*self.root.glob("panicpipe-*"), *self.root.glob("state")]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def _titles(web: HTTPServer) -> list[str]:
    return [request.json["title"] for request, _ in web.log]


def _outcomes(text: str) -> dict[str, dict[str, str]]:
    """What each route says of each kind: `ok` or `FAIL`."""
    routes: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        if line and not line.startswith(" "):
            routes[line] = told = {}
        elif found := re.match(r"  (ok|FAIL) +(\S+)  ", line):
            told[found[2]] = found[1]
    return routes


def test_every_route_gets_a_sample_of_each_kind_that_its_rule_lets_through(
    site: Site, web: HTTPServer
) -> None:
    web.expect_request("/all").respond_with_data("fine")
    web.expect_request("/bad").respond_with_data("fine")
    port = web.port
    site.configure(
        f'[notifiers.all]\nuse = "apprise"\nurls = ["json://127.0.0.1:{port}/all"]\n'
        'events = ["*"]\nhosts = ["somewhere-else"]\n'
        f'[notifiers.bad]\nuse = "apprise"\nurls = ["json://127.0.0.1:{port}/bad"]\n'
        'severity = "error"\n'
    )
    code, told, fault = site.test()
    assert (code, fault) == (0, "")
    everything, bad = _outcomes(told).values()
    assert set(everything) == set(samples())
    errors = {name for name, each in samples().items() if each.severity == "error"}
    assert set(bad) == errors | {"digest"}  # of errors
    assert set(everything.values()) | set(bad.values()) == {"ok"}
    left = len(samples()) - len(bad)
    assert f"{left} kinds left out by its rule; --event NAME sends one all the same" in told
    assert told.count("left out") == 1
    assert len(web.log) == len(everything) + len(bad)


def test_every_title_says_that_it_is_a_test(site: Site, web: HTTPServer) -> None:
    web.expect_request("/").respond_with_data("fine")
    site.configure(
        f'[notifiers.ops]\nuse = "apprise"\nurls = ["json://127.0.0.1:{web.port}/"]\nseverity="error"\n'
    )
    site.test()
    assert _titles(web)
    assert all("[test] " in title for title in _titles(web))
    assert all("nothing of this has happened" in each.json["message"] for each, _ in web.log)


def test_only_the_named_route_and_kind_is_tried_whatever_its_rule_says(
    site: Site, web: HTTPServer
) -> None:
    web.expect_request("/a").respond_with_data("fine")
    web.expect_request("/b").respond_with_data("fine")
    urls = [f"json://127.0.0.1:{web.port}/{each}" for each in "ab"]
    site.configure(
        f'[notifiers.ops]\nuse = "apprise"\nurls = {urls}\nseverity = "error"\n'
        f'[notifiers.other]\nuse = "diary"\nfile = "{site.root}/diary"\n'
    )
    _, told, _ = site.test("ops", "--event", "dump.complete", "--event", "dump.complete")
    assert [list(route) for route in _outcomes(told).values()] == [["dump.complete"]] * 2
    assert "left out" not in told
    one = next(iter(_outcomes(told)))
    _, told, _ = site.test(one, "--event", "heartbeat")
    assert _outcomes(told) == {one: {"heartbeat": "ok"}}
    assert not (site.root / "diary").exists()


def test_what_the_service_answered_is_printed_with_the_code_for_a_fault(site: Site) -> None:
    site.configure(
        '[notifiers.good]\nuse = "asks"\nanswer = "taken as 17 \\u001b[2J"\n'
        '[notifiers.refuses]\nuse = "bad"\nhow = "refuse"\n'
        f'token = "{SECRET}"\n'
    )
    code, told, _ = site.test("--event", "dump.parked", "--event", "heartbeat")
    assert code == 9
    assert _outcomes(told) == {
        "good": {"dump.parked": "ok", "heartbeat": "ok"},
        "refuses": {"dump.parked": "FAIL", "heartbeat": "FAIL"},
    }
    assert "  ok    dump.parked       taken as 17 \\x1b[2J\n" in told
    assert "no such token: " in told
    assert SECRET not in told


def test_a_route_that_fails_three_times_in_a_row_is_given_up_and_the_others_are_not(
    site: Site, web: HTTPServer
) -> None:
    web.expect_request("/").respond_with_data("fine")
    site.configure(
        f'[notifiers.dead]\nuse = "apprise"\nurls = ["json://127.0.0.1:{closed_port()}/"]\n'
        f'[notifiers.good]\nuse = "apprise"\nurls = ["json://127.0.0.1:{web.port}/"]\n'
    )
    code, told, _ = site.test()
    dead, good = _outcomes(told).values()
    assert (code, list(dead.values()), set(good.values())) == (9, ["FAIL"] * 3, {"ok"})
    assert f"{len(good) - 3} more kinds not tried: 3 in a row have failed" in told


def _asking(pause: float, site: Site) -> str:
    return f'[notifiers.ops]\nuse = "asks"\nafter = {pause}\nfile = "{site.root}/asked"\n'


def test_a_short_pause_that_a_service_asks_for_is_made(site: Site) -> None:
    site.configure(_asking(0.1, site))
    code, told, _ = site.test("--event", "heartbeat")
    assert (code, _outcomes(told)) == (0, {"ops": {"heartbeat": "ok"}})


def test_a_long_one_is_told_and_ends_the_trial_of_that_route(site: Site) -> None:
    site.configure(_asking(3600.0, site))
    code, told, _ = site.test("--event", "heartbeat", "--event", "disk.low")
    assert (code, _outcomes(told)) == (9, {"ops": {"heartbeat": "FAIL"}})
    assert "too many; asks to wait 1 h 0 min" in told
    assert "1 more kind not tried: the service asks for a longer pause" in told


def test_a_text_that_could_not_be_made_is_told_beside_the_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    receipt = Receipt(Outcome.SENT, answer="HTTP 200", fault="the text has a bug: \x1b[2J")
    TrialText(["heartbeat"], all_wanted=True).tell(Tried(event="heartbeat", receipt=receipt))
    assert capsys.readouterr().out == (
        "  ok    heartbeat  HTTP 200\n        sent as plain text: the text has a bug: \\x1b[2J\n"
    )


def test_without_a_notifier_it_says_how_to_have_one(site: Site) -> None:
    site.configure("")
    code, told, fault = site.test()
    assert (code, told, fault.count("\n")) == (6, "", 1)
    assert (
        "no notifier is configured, so nobody is told anything: add [notifiers.ops] with" in fault
    )


@pytest.mark.parametrize(
    ("arguments", "code", "fault"),
    [
        (["opps"], 1, 'there is no route "opps"; there are: ops'),
        (["ops/x"], 1, 'there is no route "ops/x"; there are: ops'),
        (
            ["--event", "dump.complet"],
            2,
            'there is no event "dump.complet", did you mean "dum',
        ),
        (["--event", "\x1b[2J"], 2, 'there is no event "\\x1b[2J"; there are: '),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(
    site: Site, arguments: list[str], code: int, fault: str
) -> None:
    site.configure('[notifiers.ops]\nuse = "diary"\nfile = "/nowhere"\n')
    ended, told, said = site.test(*arguments)
    assert (ended, told) == (code, "")
    assert fault in said


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name
)
def test_interrupted_it_leaves_no_child_and_no_file_behind(
    site: Site, number: signal.Signals
) -> None:
    pids = site.root / "pids"
    site.configure(f'[notifiers.ops]\nuse = "hang"\nfile = "{pids}"\n')
    with Terminal(site.root, *site.line(), env=site.environment) as terminal:
        _until(pids.exists)
        terminal.signal(number)
        terminal.rest()
        assert terminal.process.returncode == 130
    for pid in map(int, pids.read_text().split()):
        _until(lambda pid=pid: _is_gone(pid))
    assert not site.leftovers()


def _until(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def _is_gone(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_narrow_terminal_shows_what_is_being_done_and_nothing_wider_than_it(site: Site) -> None:
    site.configure('[notifiers.ops]\nuse = "asks"\nanswer = "%s"\n' % ("taken and kept " * 6))
    narrow = {**site.environment, "COLUMNS": "40"}
    shown = on_a_terminal(site.root, *site.line("--event", "heartbeat"), env=narrow)
    assert "…     heartbeat" in shown
    lines = ESCAPE.sub("", shown).splitlines()
    assert len(lines) > 3
    last = [line.rpartition("sending")[2] for line in lines]
    assert max(map(len, last)) <= 40

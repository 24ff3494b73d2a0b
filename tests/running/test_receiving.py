"""What is told while a dump arrives, and what counts as arriving."""

from __future__ import annotations

from pathlib import Path

from pipeline.display import one_line
from pipeline.model import Severity
from pipeline.running.receiving import Growth, started_alert
from tests.running.endings import NAME, ending, lines
from tests.workers.growing import Trickle


def test_only_a_file_that_grows_while_it_is_watched_is_coming(tmp_path: Path) -> None:
    transfer = Trickle(tmp_path / "dump")
    transfer.write(bytes(100))
    growth = Growth(transfer)
    assert growth.seen() is None
    transfer.write(bytes(1406))
    assert growth.seen() == 1506
    transfer.over = "closed by its writer"
    assert growth.seen() is None
    transfer.close()


def test_it_says_who_what_how_much_and_to_wait() -> None:
    alert = started_alert(ending(None), 3 << 20)
    said = lines(alert)
    assert (alert.event, alert.severity) == ("transfer.started", Severity.INFO)
    assert alert.title == "10.0.40.7: a dump is coming"
    assert (said["File"], said["So far"]) == (NAME.decode(), "3.0 MiB")
    assert said["Next"].startswith("wait")
    assert alert.topic == "transfer:1"
    assert alert.supersedes == ("transfer:1",)
    assert alert.facts["size"] == 3 << 20


def test_transfers_of_one_mac_are_alike() -> None:
    other = started_alert(ending(None, name=b"core-xnu-1-10.0.40.7-2"), 1)
    assert started_alert(ending(None), 9).signature == other.signature is not None


def test_a_hostile_name_arrives_escaped() -> None:
    alert = started_alert(ending(None, name=b"x\r\nBcc: all\x1b[2J\xff"), 1)
    for text in (alert.title, *alert.body.split("\n")):
        assert text == one_line(text)

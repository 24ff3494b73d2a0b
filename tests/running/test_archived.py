"""What is told when a dump has reached its archive, and the link that may come with it."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.journal.rows import State, StepRow
from pipeline.model import Alert, Severity
from pipeline.running.archived import archived_alert, archived_remark
from tests.running.endings import PANIC, ending, inspection, lines

NOW = 1_796_000_000.0
UNTIL = 1_796_047_200.0
URL = "s3://panics/lab/10.0.40.7/2026-11-30/core.zst"
LINK = "https://s3.example.com/panics/core.zst?X-Amz-Expires=3600&X-Amz-Signature=" + "ab" * 900


def upload(state: str = "done", **facts: Any) -> StepRow:
    return StepRow(
        dump=1,
        stage="upload",
        state=state,
        attempts=0,
        deaths=0,
        error=None,
        facts={"url": URL, "size": 5 << 20, "content_sha256": "ab" * 32, **facts},
        ends=None,
        finished=9.0,
    )


def archived(**facts: Any) -> Alert:
    alert = archived_alert(ending(inspection(sha256="cd" * 32)), [upload(**facts)], NOW)
    assert alert is not None
    return alert


def test_it_says_who_why_where_and_how_to_get_it_back() -> None:
    alert = archived()
    said = lines(alert)
    assert (alert.event, alert.severity) == ("dump.archived", Severity.NOTICE)
    assert alert.title == "10.0.40.7: core archived"
    assert said["Panic"] == PANIC.line
    assert said["Archive"] == URL
    assert said["File"].endswith("64.0 MiB; 5.0 MiB in the archive")
    assert said["Next"] == f"to get it back: panicpipe archive get {'cd' * 8}"
    assert said["Debug kit"] == "Kernel Debug Kit for build 24E263"
    assert "Link" not in said
    assert alert.supersedes == ("failure:1",)
    assert alert.facts["urls"] == [URL]
    assert alert.facts["archive_size"] == 5 << 20
    assert alert.facts["presigned_url"] is None


def test_a_link_is_told_whole_and_with_its_end() -> None:
    alert = archived(presigned_url=LINK, presigned_until=UNTIL)
    assert lines(alert)["Link"] == (
        f"{LINK} (anybody who has it can read the dump until 2026-11-30 14:00 UTC)"
    )
    assert alert.facts["presigned_url"] == LINK
    assert alert.facts["presigned_until"] == UNTIL


@pytest.mark.parametrize(
    "facts",
    [
        {"presigned_url": LINK, "presigned_until": NOW - 1},
        {"presigned_url": LINK},
        {"presigned_url": LINK, "presigned_until": "soon"},
        {"presigned_url": LINK, "presigned_until": 1e300},
        {"presigned_url": LINK, "presigned_until": float("nan")},
        {"presigned_url": 7, "presigned_until": UNTIL},
        {"presigned_url": LINK + "\r\nBcc: all@example.com", "presigned_until": UNTIL},
        {"presigned_url": LINK + "\x1b[2J", "presigned_until": UNTIL},
        {"presigned_url": LINK * 9, "presigned_until": UNTIL},
    ],
)
def test_a_link_that_holds_no_more_or_is_none_is_not_told(facts: dict[str, Any]) -> None:
    alert = archived(**facts)
    assert "Link" not in lines(alert)
    assert alert.facts["presigned_url"] is None


def test_the_log_is_told_the_place_and_never_the_link() -> None:
    remark = archived_remark([upload(presigned_url=LINK, presigned_until=UNTIL)])
    assert remark == f"; archive: {URL}"


def test_nothing_is_told_where_nothing_is_elsewhere() -> None:
    assert archived_alert(ending(inspection()), [upload("failed")], NOW) is None
    assert archived_alert(ending(inspection()), [], NOW) is None
    assert ending(inspection()).row.state is State.DONE

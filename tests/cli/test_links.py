"""A presigned link is for whoever gets the alert: nothing else shows it."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.journal import Journal
from pipeline.journal.rows import StepRow
from pipeline.model import Alert
from pipeline.redaction import without_links
from pipeline.running.archived import archived_alert
from tests.cli.command import panicpipe
from tests.cli.journals import COMPLETE, name, written
from tests.running.endings import ending, inspection

LINK = "https://s3.example.com/panics/core.zst?X-Amz-Signature=0123456789abcdef"
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=9,
)


def alert_with_link() -> Alert:
    facts = {"url": "s3://panics/core.zst", "presigned_url": LINK, "presigned_until": 4e9}
    step = StepRow(
        dump=1,
        stage="upload",
        state="done",
        attempts=0,
        deaths=0,
        error=None,
        facts=facts,
        ends=None,
        finished=1.0,
    )
    alert = archived_alert(ending(inspection()), [step], 1.0)
    assert alert is not None
    assert LINK in alert.body
    return alert


def test_no_command_shows_it(state: Path) -> None:
    to = written(state)
    dump = to.done(name(1), COMPLETE)
    facts = {"url": "s3://panics/core.zst", "presigned_url": LINK, "presigned_until": 4e9}
    to.journal.steps.intend(dump.id, "upload", facts=facts, ends=None, artifacts=())
    to.journal.steps.complete(dump.id, "upload", 1.0)
    to.journal.outbox.owe(dump.id, ["ops"], alert_with_link(), 1.0)
    to.journal.close()
    config = ("--config", "panicpipe.toml")
    for command in (
        ("show", "1"),
        ("show", "1", "--json"),
        ("status", "--all"),
        ("status", "--all", "--json"),
        ("alert", "preview", "--dump", "1"),
        ("alert", "preview", "--dump", "1", "--format", "html"),
        ("alert", "preview", "--dump", "1", "--format", "json"),
        ("alert", "pending"),
        ("alert", "pending", "--json"),
    ):
        done = panicpipe(state.parent, *config, *command)
        assert done.returncode == 0, done.stderr
        assert "Signature" not in done.stdout + done.stderr, command
        assert "archived" in done.stdout or "s3://panics" in done.stdout, command


def test_the_rest_of_the_record_stays_as_it_is() -> None:
    value = {"a": [f"see {LINK}, now", 7, None], "facts": {"presigned_url": LINK, "url": "s3://x"}}
    assert without_links(value) == {
        "a": ["see https://…, now", 7, None],
        "facts": {"presigned_url": "https://…", "url": "s3://x"},
    }


@given(JSON)
def test_values_without_a_link_are_not_touched(value: object) -> None:
    assert without_links(value) == value
    hidden = without_links([value, {"presigned_url": LINK}, f"{LINK}"])
    assert LINK not in json.dumps(hidden)


def test_the_journal_keeps_it_for_the_alert_that_is_not_sent_yet() -> None:
    journal = Journal.in_memory()
    journal.outbox.owe(None, ["ops"], alert_with_link(), 1.0)
    assert LINK in dict(journal.outbox.pending()[0].alert.lines)["Link"]

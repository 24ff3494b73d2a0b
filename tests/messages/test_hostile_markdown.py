"""Hostile text is shown in chats, letter for letter but for the signs that would call somebody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import apprise
import pytest
from apprise.plugins.slack import NotifySlack
from hypothesis import example, given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.messages import Style, render
from pipeline.messages.defusing import defused
from pipeline.messages.escaping import Exact, for_markdown
from pipeline.model import Alert, Message
from tests.messages import hostile

STYLE = Style(dns=False)
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def read(markdown: str) -> list[Token]:
    """Return the markup's leaves; each must be one that the template itself may make."""
    blocks = READER.parse(markdown)
    assert {token.type for token in blocks} <= {"paragraph_open", "inline", "paragraph_close"}
    return [leaf for block in blocks for leaf in block.children or ()]


def seen(leaves: list[Token]) -> Iterator[str]:
    for leaf in leaves:
        yield "\n" if leaf.type in {"softbreak", "hardbreak"} else leaf.content


def words_of(text: str) -> str:
    """Leave out the one sign that code cannot show, and what takes its place."""
    return " ".join(text.replace("`", "").replace("'", "").split())


def message(alert: Alert) -> Message:
    return render(alert, "key", STYLE)


@hostile.patient
@given(hostile.alerts())
def test_its_markup_is_only_the_templates_own(alert: Alert) -> None:
    leaves = read(message(alert).markdown)
    kinds = [leaf.type for leaf in leaves]
    assert kinds.count("strong_open") == len(alert.lines)
    known = {"text", "code_inline", "softbreak", "hardbreak", "strong_open", "strong_close"}
    assert set(kinds) <= known | {"link_open", "link_close"}


@hostile.patient
@given(hostile.alerts())
def test_every_link_shows_where_it_leads(alert: Alert) -> None:
    leaves = read(message(alert).markdown)
    for link, text in itertools.pairwise(leaves):
        if link.type == "link_open":
            assert link.markup == "autolink"
            assert text.content.startswith("http")


@hostile.patient
@given(hostile.lines)
@example("a`b")
@example("a` b`")
@example("\\`\\`")
@example("``")
@example("`a``b`")
@example("x_y `run this` *z*")
def test_all_of_a_text_is_seen(text: str) -> None:
    whole = f"**Panic:** {for_markdown(text)} end"
    shown = "".join(seen(read(whole)))
    assert words_of(shown) == words_of(f"Panic: {defused(text)} end")


@hostile.patient
@given(hostile.lines)
def test_a_panic_can_be_copied_letter_for_letter_but_for_what_calls_somebody(text: str) -> None:
    leaves = [leaf for leaf in read(f"x {for_markdown(Exact(text))} x") if leaf.markup]
    wanted = defused(text).replace("`", "'").strip()
    assert [leaf.content.strip() for leaf in leaves] == ([wanted] if wanted else [])


@hostile.patient
@given(hostile.alerts())
def test_nobody_is_mentioned_and_nothing_acts(alert: Alert) -> None:
    told = message(alert)
    for text in (told.markdown, told.text, told.title):
        assert hostile.calls(text) == []
        assert hostile.acting(text) == set()


@hostile.patient
@given(hostile.alerts())
@example(Alert(event="x", what="y", lines=(("File", "a\\"), ("Process", "<b>"))))
def test_as_apprise_hands_it_to_slack_every_angle_is_a_plain_link(alert: Alert) -> None:
    """Slack knows no other control sequences than those in angle brackets."""
    slack = apprise.Apprise.instantiate("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ")
    assert isinstance(slack, NotifySlack)
    given_over = slack.dialect_convert(message(alert).markdown, apprise.NotifyFormat.MARKDOWN)
    for control in given_over.split("<")[1:]:
        assert control.startswith("http")
        assert "|" not in control.partition(">")[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("core-xnu-1.2-10.0.40.7-1f.gz, 1.4 GiB", "core-xnu-1.2-10.0.40.7-1f.gz, 1.4 GiB"),
        ("If _panicd_corename is fixed", "If `_panicd_corename` is fixed"),
        ("see a_b *c* and d", "see `a_b *c*` and d"),
        ("`prune --dry-run` says why", "`prune --dry-run` says why"),
        ("one ` alone", "one `'` alone"),
        ("https://a.example/x_y?z=1&b (until noon)", "<https://a.example/x_y?z=1&b> (until noon)"),
        ("https://a.example.", "<https://a.example>."),
        ("see https://evil.example now", "see `https://evil.example` now"),
        ("http://evil@channel", "`http://evil@` channel"),
        ("# not a title", "`#` not a title"),
        ("3 < 4", "3 `<` 4"),
        (None, ""),
    ],
)
def test_ordinary_text_stays_ordinary(text: str | None, shown: str) -> None:
    assert for_markdown(text) == shown

"""What is told when a dump has reached its archive. Pure: rows in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.display import one_line, size
from pipeline.journal.rows import StepRow
from pipeline.model import Alert
from pipeline.owing.events import EVENTS
from pipeline.running.ending import Ending, failure_topic, known, what_happened
from pipeline.running.outcome_facts import outcome_facts
from pipeline.running.outcome_lines import panic_lines, system_lines
from pipeline.running.presigned import link_of
from pipeline.running.signature import of_outcome

EVENT = "dump.archived"
_SHOWN_HASH = 16
"""Hexadecimal digits of a hash that people are asked to type."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a stage has put a dump, as it says itself."""

    url: str
    size: int | None
    there_before: bool


def archived_alert(ending: Ending, steps: Sequence[StepRow], now: float) -> Alert | None:
    """Return the alert for a dump some of whose steps have put it elsewhere; None if none has."""
    places = list(_places(steps))
    if not places:
        return None
    row, found = ending.row, ending.row.inspection
    content, link = _content_hash(steps), link_of(steps, now)
    known_as = (found and found.sha256) or content
    command = "list" if known_as is None else f"get {known_as[:_SHOWN_HASH]}"
    next_step = f"to get it back: panicpipe archive {command}"
    lines = [
        *known([("Mac", ending.client), *panic_lines(None if found is None else found.panic)]),
        *known(("Archive", _told(place)) for place in places),
        # As long as it is: cut short it leads nowhere.
        *([] if link is None else [("Link", link.told)]),
        *known([("File", _file(ending, places[0].size)), ("Next", next_step)]),
        *known(system_lines(ending)),
    ]
    return Alert(
        event=EVENT,
        severity=EVENTS[EVENT],
        what=what_happened(ending, f"{'dump' if found is None else found.kind} archived"),
        client=ending.client,
        about=ending.about,
        verdict=None if found is None else found.verdict,
        lines=tuple(lines),
        facts={
            **outcome_facts(ending),
            "archived": row.ended,
            "urls": [place.url for place in places],
            "presigned_url": link and link.url,
            "presigned_until": link and link.until,
            "archive_size": places[0].size,
            "content_sha256": content,
            "next": next_step,
        },
        signature=of_outcome(row),
        supersedes=(failure_topic(row.id),),
    )


def archived_remark(steps: Sequence[StepRow]) -> str:
    """Return what a line of the log adds for a dump that has reached its archive."""
    return "".join(f"; archive: {_told(place)}" for place in _places(steps))


def _places(steps: Sequence[StepRow]) -> Iterator[_Place]:
    for step in steps:
        url, stored = step.facts.get("url"), step.facts.get("size")
        if step.state == "done" and isinstance(url, str):
            yield _Place(
                url=one_line(url),
                size=stored if isinstance(stored, int) else None,
                there_before=step.facts.get("already_there") is True,
            )


def _content_hash(steps: Sequence[StepRow]) -> str | None:
    """Return the hash of what the archive gives back; its last word counts."""
    found = [step.facts.get("content_sha256") for step in steps if step.state == "done"]
    hashes = [one for one in found if isinstance(one, str) and one.isalnum()]
    return hashes[-1] if hashes else None


def _told(place: _Place) -> str:
    return f"{place.url} (was there already)" if place.there_before else place.url


def _file(ending: Ending, stored: int | None) -> str:
    to = "" if stored is None else f"; {size(stored)} in the archive"
    return f"{ending.row.name}, {size(ending.row.identity.size)}{to}"

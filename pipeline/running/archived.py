"""What is told when a dump has reached its archive. Pure: rows in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.display import one_line, size
from pipeline.journal.rows import StepRow
from pipeline.model import Alert
from pipeline.running.outcome import Ending, known, what_happened

_SHOWN_HASH = 16
"""Hexadecimal digits of a hash that people are asked to type."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a stage has put a dump, as it says itself."""

    url: str
    size: int | None
    there_before: bool


def archived_alert(ending: Ending, steps: Sequence[StepRow]) -> Alert | None:
    """Return the alert for a dump some of whose steps have put it elsewhere; None if none has."""
    places = list(_places(steps))
    if not places:
        return None
    kind = "dump" if ending.row.inspection is None else ending.row.inspection.kind
    content = _content_hash(steps)
    known_as = (ending.row.inspection and ending.row.inspection.sha256) or content
    command = "list" if known_as is None else f"get {known_as[:_SHOWN_HASH]}"
    next_step = f"to get it back: panicpipe archive {command}"
    return Alert(
        event="dump.archived",
        what=what_happened(ending, f"{kind} archived"),
        client=ending.client,
        about=ending.row.name,
        lines=known(
            [
                ("Mac", ending.client),
                *(("Archive", _told(place)) for place in places),
                ("File", _file(ending, places[0].size)),
                ("Next", next_step),
            ]
        ),
        facts={
            "id": ending.row.id,
            "name": ending.row.name,
            "revision": ending.row.revision,
            "client": ending.client,
            "state": str(ending.row.state),
            "size": ending.row.identity.size,
            "archived": ending.row.ended,
            "urls": [place.url for place in places],
            "archive_size": places[0].size,
            "content_sha256": content,
            "next": next_step,
        },
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

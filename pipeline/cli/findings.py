"""What the steps of an archive have found, as people read it. Facts are what a stage says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.display import one_line, size
from pipeline.journal.report import Report
from pipeline.journal.rows import State, StepRow
from pipeline.model import Artifact

_MOST_RECIPIENTS = 8
_ARCHIVE = "archive"
"""What stages call the file that goes to an archive."""


def places(steps: Iterable[StepRow]) -> tuple[str, ...]:
    """Return where finished steps have put the dump, as URLs."""
    found = (step.facts.get("url") for step in steps if step.state == "done")
    return tuple(one_line(url) for url in found if isinstance(url, str))


def owed_bytes(report: Report) -> int:
    """Return how much is to go to the archive: what was made for it, else the dumps themselves."""
    rows = (
        *report.archiving,
        *(row for row, _ in report.in_flight if row.state is State.ARCHIVING),
    )
    return sum(_archive_size(report.artifacts.get(row.id, ())) or row.identity.size for row in rows)


def _archive_size(artifacts: Iterable[Artifact]) -> int:
    return sum(made.size for made in artifacts if made.kind == _ARCHIVE)


def waiting_step(steps: Iterable[StepRow], chain: Sequence[str]) -> str | None:
    """Return which stage is next; None where the chain has changed and nobody knows."""
    known = {step.stage: step.state for step in steps}
    begun = [stage for stage, state in known.items() if state != "done"]
    return next((stage for stage in (*begun, *chain) if known.get(stage) != "done"), None)


def tries(steps: Iterable[StepRow], stage: str | None) -> int:
    """Return how often a stage has been tried in vain."""
    return sum(step.attempts + step.deaths for step in steps if step.stage == stage)


def findings(step: StepRow) -> Iterator[str]:
    """Say in words what a finished step has found, as far as it is of a known kind."""
    if step.state != "done":
        return
    yield from _where(step)
    yield from _packed(step)
    recipients = step.facts.get("recipients")
    if isinstance(recipients, list) and recipients:
        shown = ", ".join(one_line(str(each), 80) for each in recipients[:_MOST_RECIPIENTS])
        more = ", …" if len(recipients) > _MOST_RECIPIENTS else ""
        yield f"encrypted to {shown}{more}"
    for label, key in (
        ("SHA-256 of the content", "content_sha256"),
        ("SHA-256 of the file", "sha256"),
        ("checksum", "checksum"),
    ):
        value = step.facts.get(key)
        if isinstance(value, str):
            yield f"{label}: {one_line(value, 200)}"


def _where(step: StepRow) -> Iterator[str]:
    stored = _count(step, "size")
    for url in places([step]):
        there = "was there already, nothing was sent" if step.facts.get("already_there") else ""
        parts = filter(None, ("" if stored is None else size(stored), there))
        yield ": ".join(filter(None, (url, ", ".join(parts))))


def _packed(step: StepRow) -> Iterator[str]:
    content, stored = _count(step, "content_size"), _count(step, "size")
    if content is None or stored is None:
        return
    if step.facts.get("format") == "as-is":
        yield f"{size(content)}, kept as it came"
    else:
        share = f", {100 * stored / content:.1f} %" if content else ""
        yield f"{size(content)} became {size(stored)}{share}"


def _count(step: StepRow, key: str) -> int | None:
    value = step.facts.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

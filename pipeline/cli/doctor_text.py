"""The doctor's report as a page: a line for each check, and below it what mends it."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.cli.layout import Line, wrapped
from pipeline.cli.phrases import counted
from pipeline.doctor.report import Report, Section
from pipeline.machine import Finding, Level

_MARKS: dict[Level, tuple[str, str | None]] = {
    Level.OK: ("ok", None),
    Level.UNKNOWN: ("unknown", None),
    Level.WARN: ("warn", "yellow"),
    Level.FAIL: ("FAIL", "red"),
}
_GAP = "  "
_MARK = max(len(mark) for mark, _ in _MARKS.values())


def page(report: Report, *, online: bool, width: int | None) -> Iterator[Line]:
    """Lay out all findings, aligned, and what they come to in one line."""
    column = max((len(section.title) for section in report.sections), default=0)
    for section in report.sections:
        yield from _section(section, column, width)
    yield Line("")
    yield from wrapped(_summary(report, online=online), "", "", width)


def _section(section: Section, column: int, width: int | None) -> Iterator[Line]:
    title = section.title
    for finding in section.findings:
        yield from _finding(finding, f"{title:{column}}{_GAP}", width)
        title = ""


def _finding(finding: Finding, head: str, width: int | None) -> Iterator[Line]:
    mark, style = _MARKS[finding.level]
    head = f"{head}{mark:{_MARK}}{_GAP}"
    margin = " " * len(head)
    yield from wrapped(Line(finding.what, style), head, margin, width)
    if finding.remedy is not None and finding.level is not Level.OK:
        yield from wrapped(Line(finding.remedy), f"{margin}-> ", f"{margin}   ", width)


def _summary(report: Report, *, online: bool) -> Line:
    parts = [counted(len(report.findings), "check")]
    for level, words in ((Level.FAIL, "FAIL"), (Level.WARN, "warn"), (Level.UNKNOWN, "unknown")):
        if count := report.count(level):
            parts.append(f"{count} {words}")
    counts = ", ".join(parts)
    if report.level is Level.FAIL:
        line = Line(f"Dumps, or news of them, get lost: {counts}.", "red")
    elif report.level is Level.WARN:
        line = Line(f"It works, and something is not as it should be: {counts}.", "yellow")
    elif report.needs_root or report.bugs or not report.findings:
        line = Line(f"Not everything was seen: {counts}.", "yellow")
    else:
        line = Line(f"All is well: {counts}.", "green")
    if report.needs_root:
        return Line(f"{line.text} Use sudo: only root sees all of it.", line.style)
    more = "" if online else " `--online` also tries what is elsewhere."
    return Line(line.text + more, line.style)

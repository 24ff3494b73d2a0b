"""Links to an archive that anybody who has them can follow, for as long as they hold.

They go into alerts, for which they are made, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.display import one_line, utc
from pipeline.journal.rows import StepRow

_LONGEST = 4096
"""Characters: one signed with temporary credentials holds their token."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A URL, and until when it holds."""

    url: str
    until: float

    @property
    def told(self) -> str:
        return f"{self.url} (anybody who has it can read the dump until {utc(self.until)})"


def link_of(steps: Iterable[StepRow], now: float) -> Link | None:
    """Return the link that a finished step reports, unless it holds no more."""
    for step in steps:
        url, until = step.facts.get("presigned_url"), step.facts.get("presigned_until")
        if step.state != "done" or not isinstance(url, str) or not isinstance(until, int | float):
            continue
        # A link that one_line would change leads nowhere.
        whole = url == one_line(url, _LONGEST) and " " not in url
        if whole and until > now and utc(until) is not None:
            return Link(url=url, until=float(until))
    return None

"""What a heartbeat says. Pure: counts in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.display import duration, one_line, size, utc
from pipeline.model import Alert, Severity, Verdict

EVENT = "heartbeat"


@dataclass(frozen=True, kw_only=True)
class Health:
    """How things stand."""

    version: str
    started: float
    """When this run of the daemon began."""
    since: float
    """When it was told last, or first could have been."""
    now: float
    period: float
    verdicts: Mapping[Verdict, int]
    """Of the dumps that were judged since."""
    parked: int
    archives: int
    """How many dumps wait to be archived."""
    alerts: int
    failing: Sequence[str]
    """Routes that alerts do not get through."""
    server: Sequence[str]
    """Why dumps get lost here, or can."""
    free: Mapping[str, int | None]
    """Bytes free at each place where dumps arrive; None where nobody knows."""

    def alert(self) -> Alert:
        lines = [
            ("Dumps", f"{self._dumps()} since {utc(self.since)}"),
            ("Parked", f"{_counted(self.parked, 'dump')}: see `panicpipe status`"),
            ("Waiting", self._waiting()),
            ("Failing", ", ".join(self.failing)),
            ("Server", "; ".join(self.server)),
            *(("Free", self._free(place)) for place in self.free),
            ("Running", f"panicpipe {self.version} since {utc(self.started)}"),
            ("Next", f"{utc(self.now + self.period)}; if none comes then, look after this server"),
        ]
        return Alert(
            event=EVENT,
            severity=Severity.NOTICE,
            what=f"panicpipe is at work: {self._dumps()} in {_span(self.now - self.since)}",
            lines=tuple(
                (label, one_line(text))
                for label, text in lines
                if text and (label != "Parked" or self.parked)
            ),
            facts=self._facts(),
            topic=EVENT,
            supersedes=(EVENT,),
        )

    def _dumps(self) -> str:
        told = [f"{self.verdicts[each]} {each}" for each in Verdict if self.verdicts.get(each)]
        if not told:
            return "no dump"
        several = sum(self.verdicts.values()) > 1
        return f"{', '.join(told)} {'dumps' if several else 'dump'}"

    def _waiting(self) -> str:
        parts = [
            f"{_counted(self.archives, 'dump')} to be archived" if self.archives else "",
            f"{_counted(self.alerts, 'alert')} to be sent" if self.alerts else "",
        ]
        return ", ".join(filter(None, parts)) or "nothing"

    def _free(self, place: str) -> str:
        free = self.free[place]
        return f"nobody can tell in {place}" if free is None else f"{size(free)} in {place}"

    def _facts(self) -> Mapping[str, object]:
        return {
            "version": self.version,
            "started": self.started,
            "since": self.since,
            "verdicts": {str(verdict): count for verdict, count in self.verdicts.items()},
            "parked": self.parked,
            "archives_owed": self.archives,
            "alerts_owed": self.alerts,
            "failing_routes": list(self.failing),
            "server_down": bool(self.server),
            "free": dict(self.free),
        }


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _span(seconds: float) -> str:
    days = round(seconds / 86400)
    return _counted(days, "day") if days >= 2 else duration(seconds)

"""What is told of the dump server. Pure: what is known in, alerts out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.display import utc
from pipeline.model import Alert, Severity
from pipeline.server.directory import Fault

EVENT = "server.down"
_OVER = "server.up"
_SERVER = "server"
_DIRECTORY = "server:directory"
_SET_UP = "set it right: sudo panicpipe server setup"
_ELSEWHERE = (
    "start what receives the dumps, or set server.expect_listener to false where another machine "
    "does"
)


def silent(port: int, cause: str | None, now: float, since: float, *, mac: bool) -> Alert:
    """Nothing listens; `cause`: what launchd says of it."""
    lines = [
        ("Cause", cause),
        ("Why it matters", "a Mac that panics sends its dump once, and nobody takes it"),
        ("Next", _SET_UP if mac else _ELSEWHERE),
    ]
    what = f"nothing listens on UDP {port}: no Mac can send its dump here"
    facts = {"port": port, "since": since, "cause": cause}
    return _begins(_SERVER, what, lines, facts, now)


def heard(port: int, now: float, since: float) -> Alert:
    """Say that something listens again."""
    what = f"something listens on UDP {port} again: Macs can send their dumps"
    return _over(_SERVER, what, {"port": port, "since": since}, now)


def unsafe(path: str, fault: Fault, port: int, now: float, since: float) -> Alert:
    """Say that dumps cannot be stored in kdumpd's directory, or not safely."""
    stopped = "kdumpd tells nobody: what a Mac sends is lost"
    planted = "what is uploaded and told of a dump may not be what the Mac sent, or be gone"
    lines = [
        ("Why it matters", stopped if fault.stops else planted),
        ("Next", f"set it right: {fault.remedy}"),
    ]
    facts = {"port": port, "since": since, "cause": fault.what, "place": path}
    return _begins(_DIRECTORY, fault.what, lines, facts, now)


def safe(path: str, port: int, now: float, since: float) -> Alert:
    """Say that it is as it must be again."""
    what = f"{path} is as it must be again: dumps can be stored"
    return _over(_DIRECTORY, what, {"port": port, "since": since, "place": path}, now)


def _begins(
    topic: str,
    what: str,
    lines: Sequence[tuple[str, str | None]],
    facts: dict[str, Any],
    now: float,
) -> Alert:
    began = utc(facts["since"]) if facts["since"] < now else None
    return Alert(
        event=EVENT,
        severity=Severity.ERROR,
        what=what,
        lines=tuple((label, text) for label, text in [("Since", began), *lines] if text),
        facts=facts,
        signature=topic,
        topic=topic,
        supersedes=(topic,),
    )


def _over(topic: str, what: str, facts: dict[str, Any], now: float) -> Alert:
    began = utc(facts["since"])
    return Alert(
        event=_OVER,
        severity=Severity.NOTICE,
        what=what,
        lines=(("Was down", f"since {began}"),) if began and facts["since"] < now else (),
        facts=facts,
        signature=topic,  # it may come and go all day
        topic=topic,
        supersedes=(topic,),
    )

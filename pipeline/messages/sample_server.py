"""Samples of alerts about the server itself, and of a digest. Nothing in them ever happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.messages.sample_dumps import CLIENT, NAME, PANIC
from pipeline.model import Alert, Severity, Verdict

_DIRECTORY = "/private/var/tmp/PanicDumps"
_TIMES = (1_767_269_940.0, 1_767_270_660.0, 1_767_271_440.0)


def server_samples() -> Iterator[Alert]:
    """Yield one for every event that is about no dump."""
    yield _disk_low()
    yield _disk_ample()
    yield _server_down()
    yield _server_up()
    yield _crashed()
    yield _route_failing()
    yield _heartbeat()


def digest_sample() -> Alert:
    """Return several alerts of one Mac in one."""
    began = "2026-01-01 12:19 UTC"
    members = [
        (8, began, NAME.replace("1f0c3a9e", "1f0c41b2")),
        (9, "2026-01-01 12:31 UTC", NAME.replace("1f0c3a9e", "1f0c48d0")),
        (10, "2026-01-01 12:44 UTC", NAME.replace("1f0c3a9e", "1f0c4ff7")),
    ]
    return Alert(
        event="digest",
        severity=Severity.NOTICE,
        what="3 more like this: core complete",
        client=CLIENT,
        verdict=Verdict.COMPLETE,
        lines=(
            ("Mac", CLIENT),
            ("Panic", PANIC),
            ("Next", "for each: attach this zip to a Feedback report"),
            ("Alike", f"3 alerts (dump.complete); from {began} to {members[-1][1]}"),
            *(
                (f"Dump {dump}", f"{at}, {name}, 1.4 GiB, complete, zip: {_zip(name)}")
                for dump, at, name in members
            ),
        ),
        facts={
            "event": "dump.complete",
            "client": CLIENT,
            "count": len(members),
            "first": _TIMES[0],
            "last": _TIMES[-1],
            "alerts": [
                {
                    "alert": dump + 4,
                    "created": created,
                    "title": f"{CLIENT}: core complete",
                    "id": dump,
                    "name": name,
                    "verdict": "complete",
                    "panic": PANIC,
                    "artifacts": {"zip": _zip(name)},
                }
                for (dump, _, name), created in zip(members, _TIMES, strict=True)
            ],
        },
    )


def _zip(name: str) -> str:
    return f"/Users/Shared/PanicDumps/{name.removesuffix('.gz')}.zip"


def _disk_low() -> Alert:
    then = "make room on this volume; `panicpipe prune --dry-run` says why each file is kept"
    return Alert(
        event="disk.low",
        severity=Severity.WARNING,
        what="little room for the next dump: 2.1 GiB free",
        lines=(
            ("Volume", f"of {_DIRECTORY}"),
            ("Free", "2.1 GiB; it should be 5.0 GiB at least"),
            ("Last dump", "1.4 GiB"),
            ("Largest core", "3.2 GiB"),
            ("Why now", "kdumpd cuts a dump short where the disk is full, and tells nobody"),
            ("Next", then),
        ),
        facts=_room(free=2_254_857_830),
        topic="disk:directory",
    )


def _disk_ample() -> Alert:
    return Alert(
        event="disk.ample",
        what="room for the next dump again: 38.6 GiB free",
        lines=(
            ("Volume", f"of {_DIRECTORY}"),
            ("Free", "38.6 GiB; it should be 5.0 GiB at least"),
            ("Was short", "since 2026-01-01 11:14 UTC"),
        ),
        facts=_room(free=41_446_434_406),
        topic="disk:directory",
    )


def _room(free: int) -> dict[str, Any]:
    return {
        "source": "directory",
        "place": _DIRECTORY,
        "free": free,
        "limit": 5_368_709_120,
        "since": 1_767_266_040.0,
        "last_dump": 1_503_238_554,
        "largest_core": 3_435_973_837,
    }


def _server_down() -> Alert:
    cause = "com.apple.kdumpd is disabled, as a restart or an update of macOS may leave it"
    return Alert(
        event="server.down",
        severity=Severity.ERROR,
        what="nothing listens on UDP 1069: no Mac can send its dump here",
        lines=(
            ("Cause", cause),
            ("Why it matters", "a Mac that panics sends its dump once, and nobody takes it"),
            ("Next", "set it right: sudo panicpipe server setup"),
        ),
        facts={"port": 1069, "since": 1_767_268_320.0, "cause": cause},
        topic="server",
    )


def _server_up() -> Alert:
    return Alert(
        event="server.up",
        what="something listens on UDP 1069 again: Macs can send their dumps",
        lines=(("Was down", "since 2026-01-01 11:52 UTC"),),
        facts={"port": 1069, "since": 1_767_268_320.0},
        topic="server",
    )


def _crashed() -> Alert:
    return Alert(
        event="daemon.crashed",
        severity=Severity.WARNING,
        what="panicpipe ended without being asked to, and runs again",
        lines=(
            ("Started", "2026-01-01 09:07 UTC"),
            ("Last alive", "2026-01-01 11:52 UTC"),
            ("Machine", "was not restarted: panicpipe alone crashed or was killed"),
            ("Was at work on", f"dump 7 ({NAME}): taken up again"),
            ("Next", "see what its log says of the last minutes before this start"),
        ),
        facts={
            "started": 1_767_258_420.0,
            "last_alive": 1_767_268_320.0,
            "machine_restarted": False,
            "dumps": [7],
        },
        signature="crash",
        topic="crash",
    )


def _route_failing() -> Alert:
    route, reason = "ops/slack-1f0c", "the server answered 404"
    return Alert(
        event="route.failing",
        severity=Severity.ERROR,
        what=f"alerts to {route} do not get through",
        lines=(
            ("Route", route),
            ("Reason", reason),
            ("Since", "2026-01-01 11:50 UTC"),
            ("Last sent", "2025-12-31 23:07 UTC"),
            ("Waiting", "5 alerts, which nothing loses"),
            ("Next", f"mend it; `panicpipe alert test {route}` says what its service answers"),
        ),
        facts={
            "route": route,
            "reason": reason,
            "failing_since": 1_767_268_200.0,
            "failures": 3,
            "last_sent": 1_767_222_420.0,
            "waiting": 5,
        },
        topic=f"route:{route}",
    )


def _heartbeat() -> Alert:
    return Alert(
        event="heartbeat",
        what="panicpipe is at work: 4 complete, 1 truncated dumps in 7 days",
        lines=(
            ("Dumps", "4 complete, 1 truncated dumps since 2025-12-25 12:00 UTC"),
            ("Waiting", "nothing"),
            ("Free", f"38.6 GiB in {_DIRECTORY}"),
            ("Running", "panicpipe 0.2.0 since 2025-12-03 08:15 UTC"),
            ("Next", "2026-01-08 12:00 UTC; if none comes then, look after this server"),
        ),
        facts={
            "version": "0.2.0",
            "started": 1_764_749_700.0,
            "since": 1_766_664_000.0,
            "verdicts": {"complete": 4, "truncated": 1},
            "parked": 0,
            "archives_owed": 0,
            "alerts_owed": 0,
            "failing_routes": [],
            "server_down": False,
            "free": {_DIRECTORY: 41_446_434_406},
        },
        topic="heartbeat",
    )

"""Samples of alerts about the server itself, and of a digest. Nothing in them ever happened."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.messages.sample_dumps import CLIENT, NAME, PANIC
from pipeline.model import Alert, Severity, Verdict

_DIRECTORY = "/private/var/tmp/PanicDumps"


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
    names = [NAME.replace("1f0c3a9e", ending) for ending in ("1f0c41b2", "1f0c48d0", "1f0c4ff7")]
    times = ("12:19", "12:31", "12:44")
    told = [("dump.complete", "core complete", name) for name in names]
    return Alert(
        event="digest",
        severity=Severity.NOTICE,
        what="3 more: core complete",
        client=CLIENT,
        verdict=Verdict.COMPLETE,
        lines=(
            ("Mac", CLIENT),
            ("Panic", PANIC),
            *(
                (f"{at} UTC", f"core complete: {name}, 1.4 GiB")
                for at, name in zip(times, names, strict=True)
            ),
            ("Next", "attach the zip of one of them to a Feedback report"),
        ),
        remarks=("The same Mac panicked for the same reason each time.",),
        facts={"alerts": [{"event": e, "what": w, "name": name} for e, w, name in told]},
    )


def _disk_low() -> Alert:
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
            (
                "Next",
                "make room on this volume; `panicpipe prune --dry-run` says why each file is kept",
            ),
        ),
        facts={"place": _DIRECTORY, "free": 2_254_857_830, "limit": 5_368_709_120},
        topic="disk:directory",
    )


def _disk_ample() -> Alert:
    return Alert(
        event="disk.ample",
        what="room for dumps again: 38.6 GiB free",
        lines=(("Volume", f"of {_DIRECTORY}"), ("Free", "38.6 GiB")),
        facts={"place": _DIRECTORY, "free": 41_446_434_406, "limit": 5_368_709_120},
        topic="disk:directory",
    )


def _server_down() -> Alert:
    return Alert(
        event="server.down",
        severity=Severity.ERROR,
        what="nothing listens for dumps on UDP port 1069",
        lines=(
            ("Server", "kdumpd, UDP port 1069"),
            ("Why it matters", "a Mac that panics now finds nobody to send its dump to"),
            (
                "Next",
                "sudo launchctl enable system/com.apple.kdumpd; sudo launchctl bootstrap system "
                "/System/Library/LaunchDaemons/com.apple.kdumpd.plist",
            ),
        ),
        facts={"port": 1069},
        topic="server",
    )


def _server_up() -> Alert:
    return Alert(
        event="server.up",
        what="UDP port 1069 is listened on again",
        lines=(("Server", "kdumpd, UDP port 1069"), ("Was away", "12 min 30 s")),
        facts={"port": 1069, "seconds": 750.0},
        topic="server",
    )


def _crashed() -> Alert:
    return Alert(
        event="daemon.crashed",
        severity=Severity.WARNING,
        what="panicpipe started after a crash",
        lines=(
            ("Was alive", "until 2026-01-01 11:52 UTC"),
            ("Started", "2026-01-01 11:53 UTC"),
            ("Not lost", "what was under way goes on where it stopped"),
            ("Next", "see the log for its last words"),
        ),
        facts={"last_alive": 1_767_268_320.0, "started": 1_767_268_380.0},
    )


def _route_failing() -> Alert:
    return Alert(
        event="route.failing",
        severity=Severity.ERROR,
        what="alerts do not reach ops/slack-1f0c",
        about=None,
        lines=(
            ("Route", "ops/slack-1f0c"),
            ("Reason", "the server answered 404"),
            ("Failed", "3 times in a row, for 14 min 0 s"),
            ("Waiting", "5 alerts"),
            ("Next", "see that the URL still holds: panicpipe alert test ops/slack-1f0c"),
        ),
        facts={"route": "ops/slack-1f0c", "failures": 3, "error": "the server answered 404"},
        topic="route:ops/slack-1f0c",
    )


def _heartbeat() -> Alert:
    return Alert(
        event="heartbeat",
        what="panicpipe is well",
        lines=(
            ("Since the last", "4 dumps complete, 1 incomplete"),
            ("Waiting", "nothing"),
            ("Free", f"38.6 GiB for dumps in {_DIRECTORY}"),
            ("Next", "2026-01-08; if none comes then, look after this server"),
        ),
        facts={"complete": 4, "incomplete": 1, "parked": 0, "free": 41_446_434_406},
        topic="heartbeat",
    )

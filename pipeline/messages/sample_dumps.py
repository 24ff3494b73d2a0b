"""Samples of alerts about dumps. Nothing in them ever happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pipeline.model import Alert, Line, Severity, Verdict

CLIENT: Final = "10.0.40.7"
NAME: Final = "core-xnu-8792.41.9-10.0.40.7-1f0c3a9e.gz"
UUID: Final = "6C2B1F0E-93D4-3A57-8E61-0B7F5D2A9C48"
PANIC: Final = (
    'panic(cpu 4 caller 0xfffffe0021d3b5c8): "a freed zone element has been modified in zone '
    "kalloc.64: expected 0xdeadbeefdeadbeef but found 0xdeadbeef00000000, bits changed "
    '0xdeadbeef, at offset 8 of 64 in element 0xfffffe1666a3c000" @zalloc.c:1120'
)
_ARRIVED = 1_767_268_800.0
_SIZE = 1_503_238_554
_ZIP = "/Users/Shared/PanicDumps/core-xnu-8792.41.9-10.0.40.7-1f0c3a9e.zip"
_ARCHIVE = "s3://panics.example/10.0.40.7/2026/01/01/core-xnu-8792.41.9-10.0.40.7-1f0c3a9e.core.zst"
_LINK = (
    "https://panics.example.s3.eu-central-1.amazonaws.com/10.0.40.7/2026/01/01/"
    "core-xnu-8792.41.9-10.0.40.7-1f0c3a9e.core.zst?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAEXAMPLE%2F20260101%2Feu-central-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20260101T120409Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=4f1d0c5b9e7a2386d1c4b0a95f7e3d2861c0b4a97e5d3f2186c0a4b9d7e5f312"
)
_KEXTS = ("com.example.driver.Turnstile(2.1)", "com.apple.iokit.IOPCIFamily(2.9)")
_FRAMES = (
    "0xfffffe0021d3b5c8",
    "0xfffffe0021d0f4e0",
    "0xfffffe0024c81f3c (com.example.driver.Turnstile + 0x1f3c)",
)
_MAC: Line = ("Mac", CLIENT)
_FILE: Line = ("File", f"{NAME}, 1.4 GiB")
_WHY: tuple[Line, ...] = (
    ("Panic", PANIC),
    ("Frames", ", ".join(_FRAMES)),
    ("Kexts", ", ".join(_KEXTS)),
)
_SYSTEM: tuple[Line, ...] = (
    ("System", "macOS 13 (22A380), Darwin 22.1.0, xnu-8792.41.9~2 RELEASE_ARM64_T6000"),
    ("Kernel UUID", UUID),
    ("Debug kit", "Kernel Debug Kit for build 22A380"),
)
_TAIL: tuple[Line, ...] = (
    ("Transfer", "took 3 min 41 s; complete by its content"),
    ("Processing", "took 12 s"),
    ("Process", "turnstiled"),
    ("Architecture", "arm64e"),
)


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What differs between the endings of one and the same dump."""

    event: str
    severity: Severity
    what: str
    verdict: Verdict
    reason: str
    size: int
    shown_size: str
    next: str
    cause: str | None = None


_ENDINGS: Final = (
    _Outcome(
        event="dump.incomplete",
        severity=Severity.WARNING,
        what="core incomplete",
        verdict=Verdict.TRUNCATED,
        reason="the gzip stream stops after 61% of the 3.8 GiB that its header announces; most "
        "likely the volume was full",
        size=916_975_518,
        shown_size="874.5 MiB",
        next="make room on the volume of the dump directory (a dump like this takes about "
        "1.4 GiB, 559.1 MiB more than came), then let the Mac panic again",
        cause="volume full",
    ),
    _Outcome(
        event="dump.damaged",
        severity=Severity.WARNING,
        what="core damaged",
        verdict=Verdict.DAMAGED,
        reason="the CRC-32 at its end is not that of its 3.8 GiB",
        size=_SIZE,
        shown_size="1.4 GiB",
        next="let the Mac panic again; if its next dump is no better, check the network, and the "
        "disk of this server",
    ),
    _Outcome(
        event="dump.empty",
        severity=Severity.WARNING,
        what="empty dump",
        verdict=Verdict.EMPTY,
        reason="no byte has come",
        size=0,
        shown_size="0 bytes",
        next="the Mac stopped sending: see that it keeps its power and its network connection, "
        "then let the Mac panic again",
        cause="transfer stopped",
    ),
    _Outcome(
        event="dump.unsupported",
        severity=Severity.WARNING,
        what="dump of an unsupported kind",
        verdict=Verdict.UNSUPPORTED,
        reason="a core that a Mac has written to its own disk, and not sent",
        size=_SIZE,
        shown_size="1.4 GiB",
        next="nothing was made of it, and the file was left where it is: see what sent it",
    ),
)


def dump_samples() -> Iterator[Alert]:
    """Yield one for every event of a dump's life, in the order of that life."""
    yield _started()
    yield _complete()
    for ending in _ENDINGS:
        yield _ended(ending)
    yield _archived()
    yield _failed()
    yield _parked()
    yield _gone()


def _alert(
    event: str,
    severity: Severity,
    what: str,
    lines: tuple[Line, ...],
    *,
    verdict: Verdict | None = None,
    remarks: tuple[str, ...] = (),
    facts: dict[str, Any],
) -> Alert:
    known = {"id": 7, "name": NAME, "revision": 1, "client": CLIENT, "size": _SIZE}
    return Alert(
        event=event,
        severity=severity,
        what=what,
        client=CLIENT,
        about=NAME,
        verdict=verdict,
        lines=(_MAC, *lines),
        remarks=remarks,
        facts={**known, **facts},
        signature=f"sample {event}",
    )


def _started() -> Alert:
    then = "wait: what came, and whether it is whole, is told once it has ended"
    lines = (("File", NAME), ("So far", "2.7 MiB"), ("Next", then))
    facts = {"size": 2_831_155, "arrived": _ARRIVED, "next": then}
    return _alert("transfer.started", Severity.INFO, "a dump is coming", lines, facts=facts)


def _complete() -> Alert:
    reason = "the gzip stream, its CRC-32 and the length in its Mach-O header prove all 3.8 GiB"
    then = "attach this zip to a Feedback report"
    lines = (
        *_WHY,
        ("Verdict", f"complete: {reason}"),
        _FILE,
        ("Zip", f"{_ZIP}, 1.3 GiB"),
        ("Next", then),
        *_SYSTEM,
        *_TAIL,
    )
    facts = {
        "verdict": "complete",
        "verdict_reason": reason,
        "arrived": _ARRIVED,
        "transfer_seconds": 221.0,
        "processing_seconds": 12.0,
        "panic": PANIC,
        "frames": list(_FRAMES),
        "kexts": list(_KEXTS),
        "macos": "13",
        "build": "22A380",
        "uuid": UUID,
        "artifacts": {"zip": _ZIP},
        "next": then,
    }
    what = "core complete"
    verdict = Verdict.COMPLETE
    return _alert("dump.complete", Severity.NOTICE, what, lines, verdict=verdict, facts=facts)


def _ended(ending: _Outcome) -> Alert:
    read = ending.size and ending.verdict is not Verdict.UNSUPPORTED
    lines = (
        *(_WHY if read else ()),
        ("Verdict", f"{ending.verdict}: {ending.reason}"),
        ("File", f"{NAME}, {ending.shown_size}"),
        ("Next", ending.next),
        *(_SYSTEM if read else ()),
    )
    facts = {
        "verdict": str(ending.verdict),
        "verdict_reason": ending.reason,
        "cause": ending.cause,
        "size": ending.size,
        "panic": PANIC if read else None,
        "next": ending.next,
    }
    return _alert(
        ending.event, ending.severity, ending.what, lines, verdict=ending.verdict, facts=facts
    )


def _archived() -> Alert:
    then = "to get it back: panicpipe archive get 8f3b0e6d21c49a57"
    until = "anybody who has it can read the dump until 2026-01-02 12:04 UTC"
    lines = (
        *_WHY,
        ("Archive", _ARCHIVE),
        ("Link", f"{_LINK} ({until})"),
        ("File", f"{NAME}, 1.4 GiB; 1.1 GiB in the archive"),
        ("Next", then),
        *_SYSTEM,
    )
    facts = {
        "verdict": "complete",
        "panic": PANIC,
        "urls": [_ARCHIVE],
        "presigned_url": _LINK,
        "presigned_until": 1_767_355_449.0,
        "next": then,
    }
    what, verdict = "core archived", Verdict.COMPLETE
    return _alert("dump.archived", Severity.NOTICE, what, lines, verdict=verdict, facts=facts)


def _failed() -> Alert:
    reason = "the server at s3.eu-central-1.amazonaws.com does not answer: timed out"
    then = (
        "it is tried until it succeeds; mend the cause if it does not pass by itself (details: "
        "panicpipe show 7)"
    )
    safe = "the zip is there; only the archive waits"
    lines = (
        ("Stage", "upload"),
        ("Reason", reason),
        ("Next try", "in 4 min 0 s, 2026-01-01 12:08 UTC; failed 3 times so far"),
        ("Not lost", safe),
        _FILE,
        ("Zip", f"{_ZIP}, 1.3 GiB"),
        ("Next", then),
        *_WHY,
        ("Verdict", "complete: the gzip stream and its CRC-32 prove all 3.8 GiB"),
    )
    facts = {"stage": "upload", "reason": reason, "failures": 3, "not_lost": safe, "next": then}
    what = f"upload fails: {reason}"
    verdict = Verdict.COMPLETE
    return _alert("stage.failed", Severity.WARNING, what, lines, verdict=verdict, facts=facts)


def _parked() -> Alert:
    reason = "package: /Users/Shared/PanicDumps: others can write to it (mode 0777)"
    then = "mend the cause, then run: panicpipe retry 7"
    lines = (*_WHY, _FILE, ("Reason", reason), ("Next", then), *_SYSTEM)
    facts = {"state": "parked", "reason": reason, "panic": PANIC, "next": then}
    what, verdict = "dump parked, needs you", Verdict.COMPLETE
    return _alert("dump.parked", Severity.ERROR, what, lines, verdict=verdict, facts=facts)


def _gone() -> Alert:
    then = "nothing can be done for this dump; to get another, let the Mac panic again"
    reason = "the file was removed while it was read"
    lines = (_FILE, ("Reason", reason), ("Next", then))
    facts = {"state": "gone", "reason": reason, "next": then}
    what = "dump disappeared before it was processed"
    return _alert("dump.gone", Severity.ERROR, what, lines, facts=facts)

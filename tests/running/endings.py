"""Endings of dumps as the journal gives them, and their alerts taken apart."""

from __future__ import annotations

from typing import Any

from pipeline.corefile import DumpName
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, State
from pipeline.model import Alert, Artifact, Encoding, Identity, Inspection, Kind, Panic, Verdict
from pipeline.running.ending import Ending
from pipeline.running.outcome import alert_for

NAME = b"core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
PANIC = Panic(
    line='panic(cpu 3 caller 0xffffff80): "zone: bad" @zalloc.c:7',
    cpu=3,
    caller="0xffffff80",
    reason='"zone: bad" @zalloc.c:7',
    kexts=("com.example.driver(1.2)",),
    process="kernel_task",
    os_version="24E263",
    frames=(
        "mach_kernel: _handle_debugger_trap + 0x41d",
        "mach_kernel: _panic + 0x54",
        "com.example.driver: __ZN4Lost5startEv + 0x1a3",
        "mach_kernel: _call_continuation + 0x2e",
    ),
)
VERSION = (
    "Darwin Kernel Version 24.4.0: Fri Apr 11 18:33:47 PDT 2025; "
    "root:xnu-11417.101.15~1/RELEASE_ARM64_T6000"
)
UUID = "11111111-2222-3333-4444-555555555555"
ZIP = Artifact(stage="package", kind="zip", path="/Users/Shared/PanicPipe/core.zip", size=5 << 20)


def inspection(verdict: Verdict = Verdict.COMPLETE, **more: Any) -> Inspection:
    known: dict[str, Any] = {
        "reason": "all of it is there",
        "kind": Kind.CORE,
        "encoding": Encoding.GZIP,
        "file_size": 64 << 20,
        "good_size": 64 << 20,
        "panic": PANIC,
        "architecture": "arm64e",
        "version": VERSION,
        "uuid": UUID,
    }
    return Inspection(verdict=verdict, **{**known, **more})


def ending(
    found: Inspection | None = None,
    state: State = State.DONE,
    reason: str | None = None,
    *,
    name: bytes = NAME,
    artifacts: tuple[Artifact, ...] = (),
    previous: bool = False,
    reuses: bool = False,
) -> Ending:
    """The ending of a dump that arrived at 1000, finished at 1125 and was done at 1127.5."""
    journal = Journal.in_memory()
    identity = Identity(inode=7, size=64 << 20, mtime_ns=5)
    common: dict[str, Any] = {"source": "directory", "raw_name": name, "identity": identity}
    older: DumpRow | None = None
    if previous or reuses:
        older = journal.dumps.add(**common, now=1.0)
    row = journal.dumps.add(
        **common,
        now=1000.0,
        previous=older if previous else None,
        reuses=older.id if reuses and older else None,
    )
    if found is not None:
        journal.dumps.judge(row.id, identity, found, "closed by its writer", 1125.0)
    journal.dumps.end(row.id, state, reason, 1127.5)
    parsed = DumpName.parse(name)
    return Ending(
        row=journal.dumps.get(row.id),
        client=parsed.client,
        generated_name=parsed.generated,
        named_xnu=parsed.xnu_version,
        artifacts=artifacts,
    )


def told(end: Ending) -> Alert:
    alert = alert_for(end)
    assert alert is not None
    assert "\n" not in alert.title
    return alert


def lines(alert: Alert) -> dict[str, str]:
    return dict(alert.lines)

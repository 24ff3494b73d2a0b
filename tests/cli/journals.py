"""A journal as a daemon would have written it, with a dump in every state there is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.journal import Journal
from pipeline.journal.rows import ArtifactRow, DumpRow, LiveRow, State
from pipeline.model import (
    Alert,
    Cause,
    Encoding,
    Identity,
    Inspection,
    Kind,
    Panic,
    Verdict,
)

LINE = (
    "panic(cpu 2 caller 0xfffffe00074e0528): "
    '"a driver lost its mind while it was asked for something else" @IOThing.cpp:1234'
)
ZIPS = "/Users/Shared/PanicPipe"
SPOOL = "/srv/state/spool"
BUCKET = "s3://panics/lab"
HOSTILE = b"core\n\x1b[2J-\xff-" + "\u202egpj".encode()
LONGEST = b"x" * 255
_PANIC = Panic(
    line=LINE,
    cpu=2,
    caller="0xfffffe00074e0528",
    reason="a driver lost its mind",
    kexts=("com.example.driver.IOThing(1.2)", "com.example.other(3.4)"),
    process="kernel_task",
    os_version="24E263",
)


def name(number: int, *, kind: str = "core", suffix: str = ".gz") -> bytes:
    return f"{kind}-xnu-11417.101.15-10.0.40.{number}-1f0c3a{number:02x}{suffix}".encode()


def inspection(verdict: Verdict, reason: str, **more: Any) -> Inspection:
    known: dict[str, Any] = {
        "kind": Kind.CORE,
        "encoding": Encoding.GZIP,
        "architecture": "arm64",
        "uuid": "5E7AB1E0-0000-4000-8000-00000000C0DE",
        "version": "Darwin Kernel Version 24.4.0; root:xnu-11417.101.15~1/RELEASE_ARM64_T6000",
        "panic": _PANIC,
        "file_size": 16_880_449,
        "good_size": 16_880_449,
        "uncompressed_size": 64 << 20,
        "expected_size": 64 << 20,
        "sha256": "0123456789abcdef" * 4,
    }
    return Inspection(verdict=verdict, reason=reason, **{**known, **more})


COMPLETE = inspection(
    Verdict.COMPLETE,
    "all 64.0 MiB are there: gzip checksum, length and the core's own header agree",
)
TRUNCATED = inspection(
    Verdict.TRUNCATED,
    "only 12.3 MiB of 64.0 MiB are there: the gzip stream stops short of its end",
    check="length",
    cause=Cause.KDUMPD_TIMEOUT,
)
DAMAGED = inspection(
    Verdict.DAMAGED, "its gzip checksum does not match its content", check="crc32", panic=None
)


@dataclass
class Written:
    """Writes what a daemon would have written, and knows which dump is which."""

    journal: Journal
    now: float

    def dump(self, raw_name: bytes, *, size: int = 16_880_449, **more: Any) -> DumpRow:
        number = 1 + sum(self.journal.dumps.counts().values())
        identity = Identity(inode=number, size=size, mtime_ns=number)
        return self.journal.dumps.add(
            source="directory", raw_name=raw_name, identity=identity, now=self.now - 60, **more
        )

    def judged(self, raw_name: bytes, found: Inspection, **more: Any) -> DumpRow:
        row = self.dump(raw_name, **more)
        why = "its content proves it complete"
        self.journal.dumps.judge(row.id, row.identity, found, why, self.now - 30)
        return self.journal.dumps.get(row.id)

    def done(self, raw_name: bytes, found: Inspection, **more: Any) -> DumpRow:
        row = self.judged(raw_name, found, **more)
        self.step(row, "verify")
        suffix = ".zip" if found.verdict is Verdict.COMPLETE else "-incomplete.zip"
        self.step(row, "package", made=row.name.removesuffix(".gz") + suffix)
        self.journal.dumps.end(row.id, State.DONE, None, self.now - 20)
        return row

    def announced(self, raw_name: bytes) -> DumpRow:
        """A dump with its zip, and what is to go to the archive."""
        row = self.judged(raw_name, COMPLETE)
        self.step(row, "verify")
        self.step(row, "package", made=row.name.replace(".gz", ".zip"))
        self.journal.dumps.announce(row.id, self.now - 20)
        self.step(
            row,
            "compress",
            made=row.name.replace(".gz", ".zst"),
            kind="archive",
            directory=SPOOL,
            facts={
                "content_sha256": "c0de" * 16,
                "content_size": 64 << 20,
                "sha256": "fee1" * 16,
                "size": 16 << 20,
                "format": "zstd",
            },
        )
        return self.journal.dumps.get(row.id)

    def owed_to_the_archive(self, raw_name: bytes, reason: str, attempts: int = 4) -> DumpRow:
        row = self.announced(raw_name)
        for _ in range(attempts):
            self.journal.steps.fail(row.id, "upload", reason)
        self.journal.dumps.postpone(row.id, f"upload: {reason}", self.now + 125)
        return row

    def archived(self, raw_name: bytes, **facts: Any) -> DumpRow:
        row = self.announced(raw_name)
        known = {"url": f"{BUCKET}/{row.id}.zst", "size": 16 << 20, "checksum": "CRC64NVME AbC="}
        self.step(row, "upload", facts={**known, **facts}, releases=["archive"])
        for made in self.journal.steps.released(row.id):
            self.journal.steps.mark_removed(made.id, "released by upload", self.now - 5)
        self.journal.dumps.end(row.id, State.DONE, None, self.now - 4)
        return row

    def step(
        self,
        row: DumpRow,
        stage: str,
        made: str | None = None,
        *,
        kind: str = "zip",
        directory: str = ZIPS,
        facts: Mapping[str, Any] | None = None,
        releases: Sequence[str] = (),
    ) -> None:
        file = ArtifactRow(
            id=0,
            dump=row.id,
            stage=stage,
            kind=kind,
            directory=directory,
            temporary=".t",
            name=made or "",
            suffix=".zip",
            inode=1,
            size=16_900_000,
            published=False,
        )
        self.journal.steps.intend(
            row.id,
            stage,
            facts=facts or {},
            ends=None,
            artifacts=[file] if made else [],
            releases=releases,
        )
        self.journal.steps.complete(row.id, stage, self.now - 25)

    def parked(self, raw_name: bytes, reason: str) -> DumpRow:
        row = self.judged(raw_name, COMPLETE)
        self.step(row, "verify")
        self.journal.steps.fail(row.id, "package", reason)
        self.journal.dumps.end(row.id, State.PARKED, f"package: {reason}", self.now - 10)
        return row

    def waiting(self, raw_name: bytes, reason: str) -> DumpRow:
        row = self.judged(raw_name, COMPLETE)
        for _ in range(3):
            self.journal.steps.fail(row.id, "package", reason)
        self.journal.dumps.postpone(row.id, f"package: {reason}", self.now + 125)
        return row

    def ended(self, raw_name: bytes, state: State, reason: str) -> DumpRow:
        row = self.dump(raw_name)
        self.journal.dumps.end(row.id, state, reason, self.now - 5)
        return row

    def in_flight(self, raw_name: bytes, **more: Any) -> DumpRow:
        row = self.dump(raw_name, size=7_000_000)
        known: dict[str, Any] = {
            "phase": "arriving",
            "done": 28 << 20,
            "total": 64 << 20,
            "bytes": 7_000_000,
            "rate": 500_000.0,
            "updated": self.now,
            "facts": {"kind": "core", "architecture": "arm64", "panic": LINE},
        }
        self.journal.live.report(LiveRow(dump=row.id, **{**known, **more}))
        return row

    def owe(self, row: DumpRow | None, route: str, *, error: str | None = None, **more: Any) -> int:
        """Owe an alert, which was tried once where it has an error; returns its number."""
        alert = Alert(event="dump.complete", what="core complete", client="10.0.40.1")
        number = None if row is None else row.id
        self.journal.outbox.owe(number, [route], alert, self.now - 20, **more)
        owed = self.journal.outbox.pending()[-1]
        if error is not None:
            self.journal.outbox.postpone(owed.id, error, self.now + 40)
        return owed.id

    def digest(self, route: str, group: str) -> int:
        """Tell together what is held of a group; returns the digest's number."""
        alert = Alert(event="digest", what="2 more: core complete", client="10.0.40.1")
        held = self.journal.groups.held(route, group)
        self.journal.groups.tell_together(held, alert, self.now - 10)
        return self.journal.outbox.pending()[-1].id


def written(state_directory: Path) -> Written:
    """Make an empty journal to write to."""
    state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Written(Journal.open(state_directory), time.time())


def every_state(state_directory: Path) -> None:
    """Write one dump or more in every state."""
    to = written(state_directory)
    done = to.done(name(1), COMPLETE)
    early = to.done(name(2), TRUNCATED)
    to.done(name(2), COMPLETE, previous=early)
    to.done(name(3), DAMAGED)
    to.done(b"_panicd_corename", COMPLETE, reuses=None)
    to.parked(name(4), "the chain's next stage says that this core is over 4.0 GiB: 5000000000")
    to.waiting(name(5), "No space left on device")
    to.in_flight(name(6))
    to.in_flight(
        HOSTILE, phase="package", done=3 << 20, rate=0.0, facts={}, total=None, bytes=3 << 20
    )
    to.dump(name(7), size=0)
    to.ended(name(8), State.GONE, "the file was removed before it was processed")
    to.ended(b"notes.txt", State.IGNORED, "neither a kernel core nor a panic log")
    to.ended(LONGEST, State.IGNORED, "neither a kernel core nor a panic log")
    over = {b"fifo": "is a FIFO", b"link\x1b[31m": "is a symbolic link"}
    to.journal.live.pass_over("directory", over)
    to.owe(done, "ops/slack-1f0c", error="the server did not answer within 30 s")
    to.owe(done, "night")
    to.journal.outbox.mark_sent(to.journal.outbox.of(done.id)[-1].id, to.now - 15)
    to.journal.close()

"""The part of a worker that reads a dump, while it grows, to its verdict."""

from __future__ import annotations

import os
import time

from pipeline.confinement.ceilings import CpuTime
from pipeline.corefile import CHUNK, DumpName, Hole, Inspector, pieces
from pipeline.errors import WireError
from pipeline.model import CoreFacts, Inspection
from pipeline.workers.job_stages import JobStages
from pipeline.workers.telling import reason
from pipeline.workers.wire import (
    Channel,
    Down,
    Facts,
    Finish,
    Hopeless,
    Job,
    Judged,
    Progress,
    Proven,
    ReadFailed,
)

_POLL = 0.1
"""Seconds between two looks at a file that grows: one fstat each."""
_REPORT_EVERY = 0.2


def judged(
    channel: Channel[Down], job: Job, fd: int, stages: JobStages, cpu: CpuTime | None
) -> Inspection | None:
    """Return the verdict sent, or None where there is none, and the daemon knows why."""
    try:
        return _Reading(channel, job, fd, stages, cpu).run()
    except OSError as error:  # of the dump's volume: those of followers are kept for their stages
        channel.send(ReadFailed(reason(error)))
    return None


class _Reading:
    """Follows the file while it grows and judges it once the daemon says that it is finished."""

    def __init__(
        self,
        channel: Channel[Down],
        job: Job,
        fd: int,
        stages: JobStages,
        cpu: CpuTime | None,
    ) -> None:
        self._channel = channel
        self._cpu = cpu
        self._stages = stages
        self._fd = fd
        self._inspector = Inspector(
            name=DumpName.parse(job.raw_name), max_uncompressed=job.max_uncompressed
        )
        stages.follow()
        self._told: CoreFacts | None = None
        self._offset = 0
        self._proven = -1
        self._last_report = 0.0

    def run(self) -> Inspection | None:
        """Return the verdict sent, or None where the file can be no dump."""
        while True:
            self._read_to(os.fstat(self._fd).st_size)
            if self._inspector.hopeless:
                self._inspector.hole(max(os.fstat(self._fd).st_size - self._offset, 0))
                self._channel.send(Hopeless(self._inspector.finish()))
                return None
            if self._inspector.proven and self._proven != self._offset:
                self._proven = self._offset
                self._channel.send(Proven(self._offset))
            message = self._channel.receive(_POLL)
            if isinstance(message, Finish):
                return self._judge(message)
            if message is not None:
                raise WireError("expected to finish")

    def _judge(self, finish: Finish) -> Inspection:
        self._read_to(finish.size)
        inspection = self._inspector.finish(finish.evidence)
        self._channel.send(Judged(inspection))
        return inspection

    def _read_to(self, stop: int) -> None:
        for piece in pieces(self._fd, self._offset, stop, CHUNK):
            if isinstance(piece, Hole):
                self._offset += piece.length
                self._inspector.hole(piece.length)
            else:
                self._offset += len(piece)
                self._inspector.feed(piece)
            self._stages.take(piece)
            self._tell()
            if self._inspector.hopeless:
                return

    def _tell(self) -> None:
        facts = self._inspector.facts
        if facts is not self._told:
            self._told = facts
            self._channel.send(Facts(facts))
        now = time.monotonic()
        if now - self._last_report < _REPORT_EVERY:
            return
        self._last_report = now
        if self._cpu is not None:
            self._cpu.cover(self._inspector.uncompressed_bytes)
        expected = facts.expected_size
        done = self._inspector.uncompressed_bytes if expected else self._offset
        self._channel.send(Progress(done=done, total=expected, file_bytes=self._offset))

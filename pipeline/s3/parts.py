"""Parts on their way, several at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from pipeline.errors import TryAgain
from pipeline.s3.beginning import Work
from pipeline.s3.checksums import Scheme
from pipeline.s3.faults import translated
from pipeline.s3.memory import Part, Upload
from pipeline.s3.objects import Bucket
from pipeline.s3.spans import Body, LocalFile, Sending, Span
from pipeline.s3.told import told

_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class PartSender:
    """Sends one part; called in several threads."""

    bucket: Bucket
    begun: Upload
    file: LocalFile
    sending: Sending

    def __call__(self, number: int) -> Part:
        begun = self.begun
        offset = (number - 1) * begun.part_size
        size = min(begun.part_size, begun.size - offset)
        span = Span(fd=self.file.fd, offset=offset, size=size)
        scheme = Scheme(begun.scheme)
        digest, crc = scheme.digests(span.chunks())
        protection: dict[str, Any] = scheme.with_bytes(digest)
        with translated(self.bucket.options, "s3:PutObject", begun.key):
            answer = self.bucket.client.upload_part(
                Bucket=begun.bucket,
                Key=begun.key,
                UploadId=begun.id,
                PartNumber=number,
                Body=Body(span, self.sending, number),  # type: ignore[arg-type]
                ContentLength=size,
                **protection,
            )
            return Part(size=size, etag=told(answer, "ETag"), digest=digest, crc64nvme=crc)


def sent(
    sender: PartSender, missing: Sequence[int], work: Work, before: int
) -> Iterator[tuple[int, Part]]:
    """Yield each part as soon as it is sent; on the first fault, or once cancelled, stop all."""
    total, told = sender.begun.size, 0
    pool = ThreadPoolExecutor(sender.bucket.options.parallel, "part")
    waiting: dict[Future[Part], int] = {pool.submit(sender, number): number for number in missing}
    try:
        while waiting:
            ready, _ = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
            for future in ready:
                yield waiting.pop(future), future.result()
            told = max(told, min(before + sender.sending.sent, total))
            work.progress(told, total)
            if work.cancelled:
                raise TryAgain("stopped")
    finally:
        sender.sending.stop()
        pool.shutdown(wait=False, cancel_futures=True)

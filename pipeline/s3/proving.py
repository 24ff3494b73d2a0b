"""Whether what lies in the bucket is what was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import StepError, TryAgain
from pipeline.s3.checksums import Different, Expected, Scheme
from pipeline.s3.objects import Bucket, Stored

Alive = Callable[[], object]
"""Called for every piece that is read back, which may take hours."""


def _silent() -> None:
    pass


class Wasted(TryAgain):
    """All was sent, and what the server made of it is something else."""


@dataclass(frozen=True, kw_only=True)
class Proven:
    """An object that is there, and by what that is known."""

    key: str
    size: int
    sha256: str
    """Hexadecimal, of its bytes."""
    scheme: Scheme | None
    """The server's own proof; None where the object was read back."""
    value: str
    """In the form in which the server keeps it."""

    @property
    def text(self) -> str:
        """Such as `CRC64NVME 6kicW+ugDI8=`."""
        return f"{self.scheme or 'read back, SHA-256'} {self.value}"


def prove(
    bucket: Bucket, key: str, sha256: str, expected: Expected, alive: Alive = _silent
) -> Proven:
    """Ask for what is there now; Wasted, and the object removed, where it is anything else."""
    stored = bucket.head(key)
    if stored is None:
        raise TryAgain(f"{bucket.options.url(key)} was sent, but is not there")
    try:
        return proof(bucket, stored, sha256, expected, alive)
    except Different as difference:
        raise _removed(bucket, stored, difference) from None


def proof(
    bucket: Bucket, stored: Stored, sha256: str, expected: Expected, alive: Alive = _silent
) -> Proven:
    """Return how an object is known to be the file with this SHA-256; Different where it is not."""
    scheme = expected.agrees(stored.size, stored.checksums)
    if scheme is None and _read_back(bucket, stored, alive) != sha256:
        raise Different("what was read back has another SHA-256")
    return Proven(
        key=stored.key,
        size=stored.size,
        sha256=sha256,
        scheme=scheme,
        value=stored.checksums[scheme] if scheme else sha256,
    )


def _read_back(bucket: Bucket, stored: Stored, alive: Alive) -> str:
    digest = hashlib.sha256()
    for piece in bucket.stream(stored.key, etag=stored.etag or None):
        digest.update(piece)
        alive()
    return digest.hexdigest()


def _removed(bucket: Bucket, stored: Stored, difference: Different) -> Wasted:
    url = bucket.options.url(stored.key)
    try:
        bucket.delete(stored.key, stored.version)
    except StepError as fault:
        return Wasted(
            f"{url} is not what was sent ({difference}), and cannot be removed: {fault}; "
            "remove this object by hand"
        )
    return Wasted(f"{url} was not what was sent ({difference}); removed, sending again")

"""Whether what lies in the bucket is still what the manifest says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.archive.manifest import StoredObject
from pipeline.errors import Rejected, TryAgain
from pipeline.retrieval.find import Found
from pipeline.retrieval.patience import PAUSES, Patience
from pipeline.retrieval.progress import Show, no_show
from pipeline.s3.keeping import SHA256
from pipeline.s3.objects import Bucket, Stored


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What is known of one object now."""

    key: str
    good: bool
    text: str
    """What was proven, or what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """How to look at the objects of a dump: by what the server says, or by all their bytes."""

    bucket: Bucket
    deep: bool = False
    show: Show = no_show
    pauses: Sequence[float] = PAUSES

    def dump(self, found: Found) -> Iterator[Checked]:
        """Look at each object; StepError or ArchiveFault where the server cannot be asked."""
        for wanted in found.manifest.objects:
            key = f"{found.folder}/{wanted.name}"
            good, text = self._object(key, wanted)
            yield Checked(key=key, good=good, text=text)

    def _object(self, key: str, wanted: StoredObject) -> tuple[bool, str]:
        stored = self.bucket.head(key)
        if stored is None:
            return False, "is not there"
        if stored.size != wanted.size:
            return False, f"has {stored.size} bytes; the manifest says {wanted.size}"
        differing = _differing(stored, wanted)
        if differing is not None:
            return False, differing
        if not self.deep:
            return _without_reading(stored, wanted)
        try:
            digest = self._digest(stored)
        except Rejected as fault:  # this one lies in cold storage, or is closed to us
            return False, f"cannot be read: {fault}"
        if digest != wanted.sha256:
            return False, f"its bytes have SHA-256 {digest}; the manifest says {wanted.sha256}"
        return True, "size and SHA-256 of all its bytes"

    def _digest(self, stored: Stored) -> str:
        digest, done, patience = hashlib.sha256(), 0, Patience(self.pauses)
        while done < stored.size:
            try:
                for piece in self.bucket.stream(stored.key, done, etag=stored.etag or None):
                    digest.update(piece)
                    done += len(piece)
                    self.show("reading", done, stored.size)
                if done < stored.size:
                    raise TryAgain(f"the server stopped at byte {done} of {stored.size}")
            except TryAgain as fault:
                patience.after(fault, done)
        return digest.hexdigest()


def _differing(stored: Stored, wanted: StoredObject) -> str | None:
    """Say which checksum, of those that the server still tells, is not what was recorded."""
    kept = _kept(stored, wanted)
    if wanted.checksum is None or kept is None or _same(kept, wanted.checksum.value):
        return None
    return f"its {wanted.checksum.algorithm} is {kept}; the manifest says {wanted.checksum.value}"


def _without_reading(stored: Stored, wanted: StoredObject) -> tuple[bool, str]:
    if _kept(stored, wanted) is not None:
        assert wanted.checksum is not None  # noqa: S101  or nothing would be kept of it
        return True, f"size and {wanted.checksum.algorithm}"
    if wanted.checksum is not None:
        return False, (
            f"the server gives no {wanted.checksum.algorithm} of it any more: it may have been "
            "replaced; --deep reads the bytes"
        )
    if stored.metadata.get(SHA256) != wanted.sha256:
        return False, "was stored by somebody else: it may have been replaced; --deep reads it"
    return True, "size only: no checksum was recorded; --deep reads the bytes"


def _same(one: str, other: str) -> bool:
    """Compare checksums; not every server repeats of how many parts' checksums one is made."""
    return one.partition("-")[0] == other.partition("-")[0]


def _kept(stored: Stored, wanted: StoredObject) -> str | None:
    """Return the server's own value of the recorded checksum, if it still tells one."""
    if wanted.checksum is None:
        return None
    algorithm = wanted.checksum.algorithm
    return next((v for scheme, v in stored.checksums.items() if scheme == algorithm), None)

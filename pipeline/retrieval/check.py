"""Whether what lies in the bucket is still what the manifest says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.archive.manifest import StoredObject
from pipeline.errors import TryAgain
from pipeline.retrieval.find import Found
from pipeline.retrieval.patience import PAUSES, Patience
from pipeline.retrieval.progress import Show, no_show
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
        good, text = _by_checksum(stored, wanted)
        if not good or not self.deep:
            return good, text
        digest = self._digest(stored)
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


def _by_checksum(stored: Stored, wanted: StoredObject) -> tuple[bool, str]:
    if wanted.checksum is None:
        return True, "size only: no checksum was recorded; --deep reads the bytes"
    algorithm = wanted.checksum.algorithm
    kept = next((v for scheme, v in stored.checksums.items() if scheme == algorithm), None)
    if kept is None:
        return True, f"size only: the server gives no {algorithm} now; --deep reads the bytes"
    if kept.partition("-")[0] != wanted.checksum.value.partition("-")[0]:
        return False, f"its {algorithm} is {kept}; the manifest says {wanted.checksum.value}"
    return True, f"size and {algorithm}"

"""What proves that an object is, byte for byte, the file that was sent.

S3 keeps one checksum beside an object and gives it back where HEAD asks with ChecksumMode=ENABLED:

- CRC64NVME is always one of the full object, however many parts it came in. It is computed over the
  whole file beforehand; CompleteMultipartUpload brings it, and the server holds it against what
  the parts add up to.
- SHA-256 of an object in parts is composite: of the parts' own digests, one after the other, and
  written with the number of parts: `base64-N`.
- The ETag is no checksum by contract, but the MD5 of an object put at once, and the MD5 of the
  parts' MD5s with `-N`, wherever neither KMS nor the server's own ways are in play. That it is
  equal proves something; that it differs does not.

Where a server has none of these, only reading the object back does.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Scheme(StrEnum):
    """How the parts of one upload are protected."""

    CRC64NVME = "CRC64NVME"
    SHA256 = "SHA256"
    MD5 = "MD5"
    """`Content-MD5`, which every server checks, for those that know neither of the others."""

    def digest(self, pieces: Iterable[bytes]) -> str:
        """Return the digest of some bytes as it is sent, in base64."""
        return self.digests(pieces)[0]

    def digests(self, pieces: Iterable[bytes]) -> tuple[str, str]:
        """Return the same, and the CRC64NVME."""
        found, crc = hashlib.sha256() if self is Scheme.SHA256 else _md5(), 0
        for piece in pieces:
            crc = _crc(piece, crc)
            if self is not Scheme.CRC64NVME:
                found.update(piece)
        text = _crc_text(crc)
        if self is Scheme.CRC64NVME:
            return text, text
        return base64.b64encode(found.digest()).decode(), text

    def when_created(self) -> dict[str, Any]:
        """Return the arguments that announce it at CreateMultipartUpload."""
        if self is Scheme.MD5:
            return {}
        kind = "FULL_OBJECT" if self is Scheme.CRC64NVME else "COMPOSITE"
        return {"ChecksumAlgorithm": self.value, "ChecksumType": kind}

    def with_bytes(self, digest: str) -> dict[str, Any]:
        """Return the arguments that protect the bytes of one request."""
        if self is Scheme.MD5:
            return {"ContentMD5": digest}
        return {"ChecksumAlgorithm": self.value, f"Checksum{self.value}": digest}

    def when_completed(self, digest: str) -> dict[str, Any]:
        """Return how CompleteMultipartUpload names a part's digest."""
        return {} if self is Scheme.MD5 else {f"Checksum{self.value}": digest}


@dataclass(frozen=True, kw_only=True)
class Digests:
    """What a whole file comes to."""

    size: int
    sha256: str
    """Hexadecimal."""
    crc64nvme: str
    """Base64 of eight bytes, the highest first."""
    md5: str | None = None
    """Hexadecimal; None where nobody needs it."""

    @classmethod
    def of(cls, pieces: Iterable[bytes], *, md5: bool = False) -> Digests:
        """Read everything once."""
        sha256, also, crc, size = hashlib.sha256(), _md5() if md5 else None, 0, 0
        for piece in pieces:
            sha256.update(piece)
            if also is not None:
                also.update(piece)
            crc = _crc(piece, crc)
            size += len(piece)
        return cls(
            size=size,
            sha256=sha256.hexdigest(),
            crc64nvme=_crc_text(crc),
            md5=also and also.hexdigest(),
        )


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a server may say of an object that is the file."""

    size: int
    values: Mapping[Scheme, frozenset[str]]

    @classmethod
    def in_one(cls, whole: Digests) -> Expected:
        """Of an object that was put at once."""
        return cls(size=whole.size, values=_of_the_whole(whole))

    @classmethod
    def in_parts(cls, whole: Digests, scheme: Scheme, digests: Sequence[str]) -> Expected:
        """Of an object whose parts have these digests, in their order."""
        values = _of_the_whole(whole)
        if scheme is not Scheme.CRC64NVME:
            joined = b"".join(map(base64.b64decode, digests))
            text = scheme.digest([joined])
            if scheme is Scheme.MD5:
                text = base64.b64decode(text).hex()
            # Some servers leave the number out where HEAD tells that it is a composite one.
            composite = frozenset({f"{text}-{len(digests)}", text})
            values[scheme] = values.get(scheme, frozenset()) | composite
        return cls(size=whole.size, values=values)

    def agrees(self, size: int, told: Mapping[Scheme, str]) -> Scheme | None:
        """Return by which checksum an object is proven to be the file; None: by none.

        Raises Different where it is proven not to be.
        """
        if size != self.size:
            raise Different(f"it has {size} bytes instead of {self.size}")
        for scheme, value in told.items():
            if value in self.values.get(scheme, ()):
                return scheme
            if scheme is Scheme.CRC64NVME:
                raise Different(f"its {scheme} is {value}")
        return None


class Different(Exception):
    """An object is not what was sent."""


def _of_the_whole(whole: Digests) -> dict[Scheme, frozenset[str]]:
    sha256 = base64.b64encode(bytes.fromhex(whole.sha256)).decode()
    values = {Scheme.CRC64NVME: frozenset({whole.crc64nvme}), Scheme.SHA256: frozenset({sha256})}
    if whole.md5:
        values[Scheme.MD5] = frozenset({whole.md5})
    return values


def joined(parts: Iterable[tuple[int, str]]) -> str:
    """Return the CRC64NVME of parts in their order, each given by its size and its own one."""
    from awscrt import checksums

    crc = 0
    for size, text in parts:
        crc = checksums.combine_crc64nvme(crc, int.from_bytes(base64.b64decode(text)), size)
    return _crc_text(crc)


def _crc(data: bytes, before: int) -> int:
    from awscrt import checksums  # slow: only where something is to be sent

    return int(checksums.crc64nvme(data, before))


def _crc_text(crc: int) -> str:
    return base64.b64encode(crc.to_bytes(8, "big")).decode()


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)

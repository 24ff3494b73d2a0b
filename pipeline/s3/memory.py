"""What is kept of a multipart upload, so that it can go on after a crash or a day offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol, TypeVar

from pipeline.s3.checksums import Scheme
from pipeline.s3.options import S3Options

_UPLOAD = "upload"
T = TypeVar("T")


class Memory(Protocol):
    """The part of a stage's workspace that outlives the process; used from one thread only."""

    def remember(self, key: str, value: Any) -> None: ...
    def recall(self, key: str) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One multipart upload: whose, of what, cut how."""

    endpoint: str
    bucket: str
    key: str
    size: int
    sha256: str
    crc64nvme: str
    """Of the whole file."""
    part_size: int
    scheme: str = Scheme.CRC64NVME
    id: str = ""
    """Empty while nobody knows whether the server has begun it."""

    @property
    def parts(self) -> int:
        return -(-self.size // self.part_size)

    def is_of(self, other: Upload) -> bool:
        """Whether the same file goes to the same place, however it is cut."""
        return self._what() == other._what()

    def _what(self) -> Sequence[object]:
        return self.endpoint, self.bucket, self.key, self.size, self.sha256

    def is_at(self, options: S3Options) -> bool:
        """Whether a client made from these options speaks to the server that has it."""
        return self.endpoint == (options.endpoint_url or "")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part that the server has taken."""

    size: int
    etag: str
    digest: str
    crc64nvme: str
    """Of its bytes here, whatever the digest is: those of all parts add up to the file's."""


def recalled(memory: Memory) -> Upload | None:
    """Return the upload that an earlier run began; None where there is none that makes sense."""
    return _made(Upload, memory.recall(_UPLOAD))


def remember(memory: Memory, upload: Upload) -> None:
    memory.remember(_UPLOAD, asdict(upload))


def recalled_part(memory: Memory, number: int) -> Part | None:
    return _made(Part, memory.recall(f"part-{number}"))


def remember_part(memory: Memory, number: int, part: Part) -> None:
    memory.remember(f"part-{number}", asdict(part))


def forget(memory: Memory) -> None:
    """Forget the upload and its parts: those first, so that none is left without it."""
    upload = recalled(memory)
    for number in range(1, upload.parts + 1 if upload else 1):
        if memory.recall(f"part-{number}") is not None:
            memory.remember(f"part-{number}", None)
    memory.remember(_UPLOAD, None)


def _made(cls: type[T], value: Any) -> T | None:
    """Make one from what was remembered, perhaps by another version of this program."""
    expected = {field.name: field.type for field in fields(cls)}  # type: ignore[arg-type]
    if not isinstance(value, Mapping) or value.keys() != expected.keys():
        return None
    kinds = {"int": int, "str": str}
    if not all(isinstance(value[name], kinds[str(kind)]) for name, kind in expected.items()):
        return None
    return cls(**value)

"""The `manifest.json` of one archived dump: what lies beside it, and how to prove it.

It is all that can be read in the archive without a key, so it holds no panic text. One that comes
from a bucket is somebody else's text: `Manifest.decode` bounds and checks everything in it, and
names in it are still to be shown through `pipeline.display` only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, Self

import msgspec
from msgspec import Meta, Struct

from pipeline.archive.keys import MANIFEST_NAME, RECORD_NAME
from pipeline.display import one_line
from pipeline.errors import PanicPipeError

FORMAT: Final = 1
LARGEST_MANIFEST = 64 << 10
"""Bytes; no manifest is larger, and of what claims to be one no more is read."""

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
PlainName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}\Z")]
Size = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
Text = Annotated[str, Meta(max_length=2048)]
Word = Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9._+~-]*\Z")]
Moment = Annotated[datetime, Meta(tz=True)]

ARCHIVE: Final = "archive"
RECORD: Final = "record"


class BadManifest(PanicPipeError):
    """What should be a manifest is none, or one that this version cannot use."""


class Checksum(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server computed over an object, as S3 writes it."""

    algorithm: Annotated[str, Meta(max_length=32, pattern=r"^[A-Z0-9]+\Z")]
    """`CRC64NVME`, `SHA256`, …"""
    value: Annotated[str, Meta(max_length=128, pattern=r"^[A-Za-z0-9+/=]+(-[0-9]{1,5})?\Z")]
    """Base64; with `-N` a checksum of the checksums of N parts."""


class StoredObject(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One object beside the manifest."""

    name: PlainName
    role: Literal["archive", "record"]
    size: Size
    sha256: Sha256
    """Of the object as it is stored."""
    checksum: Checksum | None = None


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bytes by what proves them."""

    size: Size
    sha256: Sha256 | None
    """None where nobody computed it."""


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One archived dump."""

    format: Literal[1] = FORMAT
    panicpipe: Word
    """The version that wrote this."""
    identity: Sha256
    """What the folder's name has the first digits of; see `content_identity`."""
    name: Text
    """The dump's file name; printable, with escapes where needed."""
    host: Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3}){3}\Z")] | None
    xnu: Word | None
    kernel_uuid: Word | None
    kind: Word
    verdict: Word
    revision: Annotated[int, Meta(ge=1, le=(1 << 63) - 1)]
    arrived: Moment
    finished: Moment
    archived: Moment
    file: Content
    """The file as it came from the Mac."""
    content: Content
    """What the archive gives back once decrypted and decompressed."""
    compression: Literal["zstd", "as-is"]
    encrypted: bool
    recipients: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()
    """Public keys; whoever has a matching identity can decrypt."""
    objects: Annotated[tuple[StoredObject, ...], Meta(min_length=1, max_length=8)]

    def encode(self) -> bytes:
        """Return it as indented JSON with a line break at its end."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Check and return what came from a bucket; BadManifest says what is wrong with it."""
        if len(data) > LARGEST_MANIFEST:
            raise BadManifest(f"the manifest is larger than {LARGEST_MANIFEST >> 10} KiB")
        try:
            found = _ANY.decode(data).format
            if found != FORMAT:
                raise BadManifest(f"the manifest has format {found}; a newer panicpipe reads it")
            manifest = msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, RecursionError) as error:
            raise BadManifest(f"the manifest cannot be used: {one_line(str(error), 200)}") from None
        _refuse_contradictions(manifest.objects)
        return manifest

    @property
    def archive(self) -> StoredObject:
        """The object that holds the dump."""
        return next(each for each in self.objects if each.role == ARCHIVE)

    @property
    def record(self) -> StoredObject | None:
        """The object that holds the `dump.json`."""
        return next((each for each in self.objects if each.role == RECORD), None)


class _Any(Struct):
    format: Annotated[int, Meta(ge=1, le=1 << 31)]


_ANY = msgspec.json.Decoder(_Any)


def _refuse_contradictions(objects: tuple[StoredObject, ...]) -> None:
    names = {each.name.casefold() for each in objects}
    if MANIFEST_NAME in names or len(names) < len(objects):
        raise BadManifest("the manifest names an object twice, or itself")
    if [each.role for each in objects].count(ARCHIVE) != 1:
        raise BadManifest("the manifest does not name exactly one archive")
    if [each.role for each in objects].count(RECORD) > 1:
        raise BadManifest("the manifest names several records")


__all__ = [
    "ARCHIVE",
    "FORMAT",
    "LARGEST_MANIFEST",
    "MANIFEST_NAME",
    "RECORD",
    "RECORD_NAME",
    "BadManifest",
    "Checksum",
    "Content",
    "Manifest",
    "StoredObject",
]

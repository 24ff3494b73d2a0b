"""Getting one dump back: downloaded, proven, unpacked, proven again, and only then named."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.archive.manifest import Manifest, StoredObject
from pipeline.display import one_line
from pipeline.errors import StepError
from pipeline.retrieval.download import Download
from pipeline.retrieval.faults import ArchiveFault, Mismatch, NoIdentity
from pipeline.retrieval.find import Found
from pipeline.retrieval.identities import Identities
from pipeline.retrieval.partial import Partial
from pipeline.retrieval.patience import PAUSES
from pipeline.retrieval.progress import Show, no_show
from pipeline.retrieval.target import Target, hidden_name
from pipeline.retrieval.unpack import unpack
from pipeline.s3.objects import Bucket

_LARGEST_RECORD = 32 << 20


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What is there now; paths are safe to show."""

    dump: str
    size: int
    record: str | None
    """The `dump.json`; None where there is none, or it cannot be used."""
    record_fault: str | None
    stored: str | None
    """The object as it is stored, where it was to be kept."""


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """One dump, and how to get it back."""

    bucket: Bucket
    found: Found
    keys: Identities
    keep_stored: bool = False
    show: Show = no_show
    pauses: Sequence[float] = PAUSES

    def into(self, directory: Path) -> Fetched:
        """Do it; ArchiveFault or StepError, and then what was downloaded stays for the next time.

        No file in the directory is ever replaced.
        """
        if self._manifest.encrypted and not self.keys.keys:
            raise NoIdentity(self._which_key("it is encrypted; name your key with --identity FILE"))
        archive, name = self._manifest.archive, dump_name(self._manifest)
        kept = archive.name if self.keep_stored and archive.name != name else None
        with Target.opened(directory) as target:
            target.refuse_existing(name, f"{name}.json", *([kept] if kept else []))
            record, fault = self._record()
            with self._download(archive, target) as download:
                partial = download.run()
                self._unpack(partial, target, name)
                if kept:
                    target.publish(partial.fd, partial.name, kept)
                else:
                    target.remove(partial.name)
            if record is not None:
                target.write(f"{name}.json", record)
            return Fetched(
                dump=target.path(name),
                size=self._manifest.content.size,
                record=None if record is None else target.path(f"{name}.json"),
                record_fault=fault,
                stored=target.path(kept) if kept else None,
            )

    @property
    def _manifest(self) -> Manifest:
        return self.found.manifest

    def _download(self, archive: StoredObject, target: Target) -> Download:
        key = f"{self.found.folder}/{archive.name}"
        return Download(self.bucket, key, archive, target, show=self.show, pauses=self.pauses)

    def _unpack(self, partial: Partial, target: Target, name: str) -> None:
        hidden = hidden_name(name, "unpacking")
        with target.temporary(hidden) as fd:
            try:
                unpack(partial.fd, fd, self._manifest, self.keys, self.show)
            except NoIdentity as error:
                raise NoIdentity(self._which_key(str(error))) from None
            except Mismatch as error:
                raise Mismatch(
                    f"{self._url(self._manifest.archive)}: {error}, although these are the bytes "
                    "that were archived: do not trust this dump"
                ) from None
            target.publish(fd, hidden, name)

    def _record(self) -> tuple[bytes | None, str | None]:
        """Return the `dump.json`, or why it cannot be had: no reason to go without the dump."""
        stored = self._manifest.record
        if stored is None:
            return None, None
        try:
            return self._read_record(stored), None
        except (ArchiveFault, StepError) as error:
            return None, f"{self._url(stored)}: {error}"

    def _read_record(self, stored: StoredObject) -> bytes:
        if stored.size > _LARGEST_RECORD:
            raise Mismatch("is too large for a dump.json")
        data = self.bucket.read(f"{self.found.folder}/{stored.name}", _LARGEST_RECORD)
        if data is None:
            raise Mismatch("is not there, though the manifest names it")
        if len(data) != stored.size or hashlib.sha256(data).hexdigest() != stored.sha256:
            raise Mismatch("is not what the manifest says (SHA-256 differs)")
        if not self._manifest.encrypted:
            return data
        clear = io.BytesIO()
        self.keys.decrypt(io.BytesIO(data), clear)
        return clear.getvalue()

    def _url(self, stored: StoredObject) -> str:
        return one_line(self.bucket.options.url(f"{self.found.folder}/{stored.name}"))

    def _which_key(self, fault: str) -> str:
        recipients = ", ".join(one_line(each, 80) for each in self._manifest.recipients[:3])
        more = ", …" if len(self._manifest.recipients) > 3 else ""
        whom = f" (it was encrypted to {recipients}{more})" if recipients else ""
        return f"{self._url(self._manifest.archive)}: {fault}{whom}"


def dump_name(manifest: Manifest) -> str:
    """Return the name that the dump gets: its object's, without what was done to it."""
    name: str = manifest.archive.name
    if manifest.encrypted:
        name = name.removesuffix(".age")
    if manifest.compression == "zstd":
        name = name.removesuffix(".zst")
    return name

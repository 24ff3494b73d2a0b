"""Puts what was archived into an S3 bucket, and proves that it is there."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import ClassVar, Literal

from pipeline import Dump, Probe, Rejected, Stage, StepResult, TryAgain, Workspace
from pipeline.archive.describing import Packing, describe
from pipeline.archive.keys import DEFAULT_TEMPLATE, MANIFEST_NAME, RECORD_NAME, KeyTemplate
from pipeline.archive.manifest import ARCHIVE, RECORD, Checksum, StoredObject
from pipeline.display import printable
from pipeline.s3.answers import NotAccepted
from pipeline.s3.beginning import abandon
from pipeline.s3.checksums import Scheme
from pipeline.s3.credentials import Unauthorised
from pipeline.s3.delivery import deliver
from pipeline.s3.objects import Bucket
from pipeline.s3.options import S3Options
from pipeline.s3.presigning import MOST_HOURS, presign
from pipeline.s3.probing import probe
from pipeline.s3.proving import Proven
from pipeline.s3.sending import put_bytes
from pipeline.s3.spans import LocalFile
from pipeline.stages.archive_folders import Folders

_LARGEST_RECORD = 16 << 20
_PROVEN = "proven"
_NOT_REPORTED = "no stage before this one reported {}: put `compress` before `upload`"


@dataclass(frozen=True, kw_only=True)
class Upload(S3Options, Stage):
    """Uploads the archive file and its record into a folder of an S3 bucket.

    The manifest comes last: a folder without one is unfinished.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"archive", "record"})
    background: ClassVar[bool] = True
    remote: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False

    key: str = DEFAULT_TEMPLATE
    """The folder below `prefix`; see the key template in the documentation."""
    keep_spool: bool = False
    """Whether the local archive file stays once it is in the bucket."""
    presigned_hours: float = 0
    """For how long a link in the alert gives the archive file to whoever has it; 0: no link."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.presigned_hours <= MOST_HOURS:
            raise ValueError(f"presigned_hours must be from 0 (no link) to {MOST_HOURS}")
        try:
            KeyTemplate.parse(self.key)
        except ValueError as error:
            raise ValueError(f"key cannot be used: {error}") from None

    def prepare(self) -> None:
        """Find the credentials: they are for the daemon's user alone to read."""
        self._bucket.prepare()

    @cached_property
    def _bucket(self) -> Bucket:
        return Bucket(self)

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        """Upload what is not there yet; TryAgain leaves what is done for the next run."""
        try:
            return self._run(dump, work)
        except Unauthorised as fault:
            if self._bucket.has_credentials:  # they have run out; the next worker fetches others
                raise TryAgain(str(fault)) from None
            raise

    def _run(self, dump: Dump, work: Workspace) -> StepResult:
        packing = _packing(work)
        bucket = self._bucket
        folders = Folders.of(bucket, KeyTemplate.parse(self.key), dump, packing)
        found = folders.holding()
        if found is None:
            facts = self._accepted(bucket, folders, dump, packing, work)
        else:
            folder, archive = found
            work.progress(archive.size, archive.size)
            key = f"{folder}/{archive.name}"
            facts = {
                "url": self.url(key),
                "size": archive.size,
                "checksum": _text(archive),
                "already_there": True,
                **self._link(bucket, key),
            }
            abandon(bucket, work)
        spool = frozenset() if self.keep_spool else frozenset({"archive", "record"})
        return StepResult(facts=facts, releases=spool)

    def abandon(self, dump: Dump, work: Workspace) -> None:
        """Give up the parts of an upload that nobody will finish."""
        abandon(self._bucket, work)

    def probe(self) -> Sequence[Probe]:
        """Write, read and remove a small object, and begin and abort an upload in parts."""
        return probe(self, self._bucket)

    def _accepted(
        self, bucket: Bucket, folders: Folders, dump: Dump, packing: Packing, work: Workspace
    ) -> dict[str, object]:
        """Archive a dump with credentials that have just been accepted."""
        try:
            facts = self._archive(bucket, folders.own, dump, packing, work)
            folders.confirm()
            work.remember(_PROVEN, None)
        except NotAccepted as fault:  # no longer: perhaps new ones were put in meanwhile
            raise TryAgain(str(fault)) from None
        return facts

    def _archive(
        self, bucket: Bucket, folder: str, dump: Dump, packing: Packing, work: Workspace
    ) -> dict[str, object]:
        name = _name(work, "archive")
        with work.open("archive") as file:
            local = _local(file.fileno(), work)
            archive = _delivered(bucket, f"{folder}/{name}", local, work)
        record_name = RECORD_NAME + _name(work, "record").rpartition(".json")[2]
        with work.open("record") as file:
            data = file.read(_LARGEST_RECORD + 1)
        if len(data) > _LARGEST_RECORD:
            raise Rejected(f"the record has more than {_LARGEST_RECORD} bytes")
        record = put_bytes(bucket, f"{folder}/{record_name}", data, "application/octet-stream")
        objects = (
            _stored(archive, name, ARCHIVE),
            _stored(record, record_name, RECORD),
        )
        manifest = describe(dump, packing, objects, time.time()).encode()
        put_bytes(bucket, f"{folder}/{MANIFEST_NAME}", manifest, "application/json")
        return {
            "url": self.url(archive.key),
            "size": archive.size,
            "checksum": archive.text,
            "already_there": False,
            **self._link(bucket, archive.key),
        }

    def _link(self, bucket: Bucket, key: str) -> dict[str, object]:
        """Return the facts that whoever tells of it must keep from everybody else."""
        if self.presigned_hours == 0:
            return {}
        link = presign(bucket, key, self.presigned_hours)
        return {"presigned_url": link.url, "presigned_until": link.until}


def _packing(work: Workspace) -> Packing:
    try:
        return Packing.from_facts(work.facts)
    except KeyError as missing:
        raise Rejected(_NOT_REPORTED.format(missing.args[0])) from None


def _name(work: Workspace, kind: str) -> str:
    return PurePath(work.artifacts[kind].path).name


def _local(fd: int, work: Workspace) -> LocalFile:
    made = work.artifacts["archive"]
    try:
        sha256 = work.facts[made.stage]["sha256"]
    except KeyError:
        raise Rejected(_NOT_REPORTED.format("the archive's sha256")) from None
    size = os.fstat(fd).st_size
    return LocalFile(fd=fd, size=size, sha256=sha256, name=printable(made.path))


def _delivered(bucket: Bucket, key: str, file: LocalFile, work: Workspace) -> Proven:
    """Send the archive, or recognise what an earlier run sent and proved.

    Few servers keep a checksum by which it could be proven again, once its parts are forgotten.
    """
    known = work.recall(_PROVEN)
    if isinstance(known, dict):
        stored = bucket.head(key)
        if stored is not None and known.get("object") == [key, file.sha256, stored.etag]:
            scheme = known.get("scheme")
            return Proven(
                key=key,
                size=stored.size,
                sha256=file.sha256,
                scheme=Scheme(scheme) if scheme else None,
                value=str(known.get("value")),
            )
    proven = deliver(bucket, key, file, work)
    stored = bucket.head(key)
    if stored is not None and stored.etag:
        seen = [key, file.sha256, stored.etag]
        work.remember(_PROVEN, {"object": seen, "scheme": proven.scheme, "value": proven.value})
    return proven


def _stored(proven: Proven, name: str, role: Literal["archive", "record"]) -> StoredObject:
    """Return an object as the manifest names it; an ETag is no checksum that lasts."""
    kept = proven.scheme in (Scheme.CRC64NVME, Scheme.SHA256)
    checksum = Checksum(algorithm=str(proven.scheme), value=proven.value) if kept else None
    return StoredObject(
        name=name, role=role, size=proven.size, sha256=proven.sha256, checksum=checksum
    )


def _text(stored: StoredObject) -> str:
    if stored.checksum is None:
        return f"SHA-256 {stored.sha256}"
    return f"{stored.checksum.algorithm} {stored.checksum.value}"

"""What `upload` is given: a dump, and what `compress` or `encrypt` made of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import Artifact, Dump, StepResult
from pipeline.stages.upload import Upload
from tests.s3.servers import S3Server
from tests.s3.uploading import PART
from tests.stages.dumps import NAME, raw_dump
from tests.stages.workspace import DirectoryWorkspace


def stage(server: S3Server, **given: Any) -> Upload:
    return Upload(
        **{"bucket": server.bucket, "endpoint_url": server.endpoint, "part_size": PART, **given}
    )


class Case:
    """One dump with its archive and record, as often as one likes."""

    def __init__(
        self,
        directory: Path,
        core: bytes = b"core",
        archive: bytes = b"archive",
        *,
        name: bytes = NAME,
        suffix: str = ".zst",
        **found: Any,
    ) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.path = directory / "dump"
        self.dump: Dump = raw_dump(self.path, core, name, **found)
        self.memory: dict[str, Any] = {}
        self.archive = directory / f"stem{suffix}"
        self.archive.write_bytes(archive)
        encrypted = suffix.endswith(".age")
        self.record = directory / ("stem.json.age" if encrypted else "stem.json")
        self.record.write_bytes(b'{"a": 1}')
        packed = {"sha256": hashlib.sha256(archive).hexdigest(), "size": len(archive)}
        self.facts: dict[str, dict[str, Any]] = {
            "compress": {
                "content_sha256": hashlib.sha256(core).hexdigest(),
                "content_size": len(core),
                "format": "zstd",
                **packed,
            }
        }
        if encrypted:
            self.facts["encrypt"] = {"recipients": ["age1xyz"], **packed}
        self.maker = "encrypt" if encrypted else "compress"

    def of(self, **changed: Any) -> Case:
        """Change the dump."""
        self.dump = replace(self.dump, **changed)
        return self

    def workspace(self, cancel_after: int | None = None) -> DirectoryWorkspace:
        artifacts = {
            kind: Artifact(stage=self.maker, kind=kind, path=str(path), size=path.stat().st_size)
            for kind, path in (("archive", self.archive), ("record", self.record))
        }
        return DirectoryWorkspace(
            self.dump,
            self.path,
            self.directory / "out",
            cancel_after=cancel_after,
            artifacts=artifacts,
            facts=self.facts,
            memory=self.memory,
        )

    def run(self, upload: Upload) -> StepResult:
        with self.workspace() as work:
            return upload.run(self.dump, work)

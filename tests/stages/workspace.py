"""An honest Workspace over plain directories, for running a stage without the daemon."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from pipeline import Artifact, Dump, Output, StepResult
from pipeline.display import safe_filename


class DirectoryWorkspace:
    """Gives a stage one dump; outputs get their final names only through `publish`.

    `artifacts`, `facts` and `memory` are what earlier stages and earlier runs left; `memory` is
    changed in place, as the journal is.
    """

    def __init__(
        self,
        dump: Dump,
        path: Path,
        directory: Path,
        *,
        cancel_after: int | None = None,
        artifacts: Mapping[str, Artifact] | None = None,
        facts: Mapping[str, Mapping[str, Any]] | None = None,
        memory: dict[str, Any] | None = None,
    ) -> None:
        self.progress_seen: list[tuple[int, int]] = []
        self.created: list[Output] = []
        self._dump = dump
        self._directory = directory
        self._cancel_after = cancel_after
        self._dump_file = path.open("rb")
        self._suffixes: dict[int, str] = {}
        self._artifacts = dict(artifacts or {})
        self._facts = dict(facts or {})
        self._memory = {} if memory is None else memory
        directory.mkdir(exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._dump_file.close()
        for output in self.created:
            output.file.close()
            self._temporary(output).unlink(missing_ok=True)

    @property
    def dump_file(self) -> BinaryIO:
        return self._dump_file

    @property
    def artifacts(self) -> Mapping[str, Artifact]:
        return self._artifacts

    @property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        return self._facts

    @property
    def cancelled(self) -> bool:
        return self._cancel_after is not None and len(self.progress_seen) >= self._cancel_after

    def open(self, kind: str) -> BinaryIO:
        return Path(self._artifacts[kind].path).open("rb")

    def create(self, kind: str, suffix: str) -> Output:
        token = len(self.created)
        output = Output(kind, (self._directory / f".{token}.part").open("x+b"), token)
        self._suffixes[token] = suffix
        self.created.append(output)
        return output

    def progress(self, done: int, total: int) -> None:
        self.progress_seen.append((done, total))

    def remember(self, key: str, value: Any) -> None:
        if value is None:
            self._memory.pop(key, None)
        else:
            self._memory[key] = json.loads(json.dumps(value))

    def recall(self, key: str) -> Any:
        return self._memory.get(key)

    def publish(self, result: StepResult) -> dict[str, Path]:
        """Give the outputs their final names, never replacing a file; return them by kind."""
        published = {}
        for output in result.outputs:
            output.file.close()
            stem = safe_filename(self._dump.raw_name.removesuffix(b".gz"))
            final = self._directory / f"{stem}{self._suffixes[output.token]}"
            os.link(self._temporary(output), final)
            self._temporary(output).unlink()
            published[output.kind] = final
        return published

    def _temporary(self, output: Output) -> Path:
        return self._directory / f".{output.token}.part"

"""A file on its way into the spool: hashed while it is written, and clear about what fails."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

from pipeline import Output, TryAgain
from pipeline.display import printable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class SpoolFile:
    """Writes an output from its start to its end; TryAgain where the spool takes no more."""

    def __init__(self, output: Output, directory: Path | None) -> None:
        self.size = 0
        self._file = output.file
        self._directory = directory
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of all that was written."""
        return self._hash.hexdigest()

    def write(self, data: bytes | memoryview) -> int:
        self._hash.update(data)
        self.size += len(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise self._refusal(error) from error
        return len(data)

    def skip(self, zeros: bytes | memoryview) -> None:
        """Leave a hole instead of writing these zeros."""
        self._hash.update(zeros)
        self.size += len(zeros)
        try:
            self._file.seek(self.size)
        except OSError as error:
            raise self._refusal(error) from error

    def finish(self) -> None:
        """Hand everything to the system, so that a full volume is known now."""
        try:
            self._file.flush()
            os.ftruncate(self._file.fileno(), self.size)  # it may end in a hole
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> TryAgain:
        place = printable(os.fsencode(self._directory)) if self._directory else "the spool"
        text = f"{place}: {error.strerror or error}"
        if error.errno in _FULL:
            text += "; free some room there, and this goes on by itself"
        return TryAgain(text)

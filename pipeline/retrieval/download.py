"""Downloading one object into a hidden file: goes on where an earlier run stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from pipeline.archive.manifest import StoredObject
from pipeline.display import one_line
from pipeline.errors import Rejected, TryAgain
from pipeline.retrieval.faults import ArchiveFault, Mismatch, NotThere
from pipeline.retrieval.partial import Partial
from pipeline.retrieval.patience import PAUSES, Patience
from pipeline.retrieval.progress import Show, no_show
from pipeline.retrieval.target import Target, partial_name
from pipeline.s3.objects import Bucket, Stored

_ADVICE = "; run the same command again: it goes on where this one stopped"
_COLD = frozenset(["GLACIER", "DEEP_ARCHIVE"])


class _Damaged(Exception):
    """All bytes came, and are not those that the manifest names."""


class Download:
    """One object on its way; as a context manager it closes its file, which stays there."""

    def __init__(
        self,
        bucket: Bucket,
        key: str,
        wanted: StoredObject,
        target: Target,
        *,
        show: Show = no_show,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._bucket = bucket
        self._key = key
        self._wanted = wanted
        self._target = target
        self._show = show
        self._pauses = pauses
        self._partial: Partial | None = None
        self._url = one_line(bucket.options.url(key))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drop()

    def run(self) -> Partial:
        """Return the file once its bytes are proven to be those that the manifest names.

        Passing faults are tried again, as long as some try brings something.
        """
        patience = Patience(self._pauses, _ADVICE)
        while True:
            try:
                return self._once()
            except TryAgain as fault:
                patience.after(fault, self._partial.size if self._partial else 0)

    def _once(self) -> Partial:
        stored = self._look()
        partial = self._open(stored)
        try:
            self._fill(partial, stored)
        except _Damaged:  # perhaps on the way, or by a crash of this machine: once more
            partial.start_over()
            try:
                self._fill(partial, stored)
            except _Damaged:
                partial.start_over()
                raise Mismatch(
                    f"{self._url}: its bytes are not those that the manifest names (SHA-256 "
                    "differs): the object was damaged or replaced"
                ) from None
        return partial

    def _look(self) -> Stored:
        stored = self._bucket.head(self._key)
        if stored is None:
            raise NotThere(f"{self._url}: there is no such object, though the manifest names it")
        if stored.size != self._wanted.size:
            raise Mismatch(
                f"{self._url}: has {stored.size} bytes; the manifest says {self._wanted.size}"
            )
        return stored

    def _open(self, stored: Stored) -> Partial:
        name = partial_name(self._wanted.name, self._bucket.options.url(self._key), stored.etag)
        if self._partial and self._partial.name == name:
            return self._partial
        self._drop()
        self._target.forget_others(name)
        self._partial = Partial(name, self._target.open_hidden(name))
        self._partial.take_up(self._wanted.size, self._show)
        return self._partial

    def _drop(self) -> None:
        if self._partial:
            self._partial.close()
        self._partial = None

    def _fill(self, partial: Partial, stored: Stored) -> None:
        size = self._wanted.size
        if partial.size < size:
            self._receive(partial, stored)
        if partial.digest.hexdigest() != self._wanted.sha256:
            raise _Damaged

    def _receive(self, partial: Partial, stored: Stored) -> None:
        size = self._wanted.size
        with self._told_if_cold(stored):
            for piece in self._bucket.stream(self._key, partial.size, etag=stored.etag or None):
                if partial.size + len(piece) > size:
                    raise _Damaged
                partial.append(piece)
                self._show("downloading", partial.size, size)
        if partial.size < size:
            raise TryAgain(f"{self._url}: the server stopped at byte {partial.size}")

    @contextlib.contextmanager
    def _told_if_cold(self, stored: Stored) -> Iterator[None]:
        try:
            yield
        except Rejected:
            if stored.storage_class not in _COLD:
                raise
            raise ArchiveFault(
                f"{self._url}: lies in cold storage ({stored.storage_class}); have it restored "
                "first, with `aws s3api restore-object`"
            ) from None

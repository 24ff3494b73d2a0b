"""The stages of a worker's job, and the followers they offer while the dump is read.

A stage that cannot be made or prepared here, or whose follower fails, fails when its turn comes:
whatever it is, the dump still gets its verdict.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from pipeline.corefile import Hole
from pipeline.errors import Rejected
from pipeline.plugin import Follower, Stage
from pipeline.registry.discovery import rebuild
from pipeline.workers.wire import StageUse


class JobStages:
    """Stages by name, in order; each is a stage, or the fault that keeps it from running."""

    def __init__(self, uses: Sequence[StageUse]) -> None:
        self._stages: dict[str, Stage | BaseException] = {}
        self._followers: dict[str, Follower] = {}
        for use in uses:
            try:
                self._stages[use.name] = _prepared(use)
            except BaseException as error:  # a stranger's plugin may raise anything
                self._stages[use.name] = error

    def __iter__(self) -> Iterator[tuple[str, Stage | BaseException]]:
        return iter(self._stages.items())

    def follow(self) -> None:
        """Ask every stage for its follower."""
        for name, stage in list(self):
            if isinstance(stage, Stage):
                with self._blaming(name):
                    follower = stage.follow()
                    if follower is not None:
                        self._followers[name] = follower

    def take(self, piece: bytes | Hole) -> None:
        """Hand the next piece of the dump to all followers."""
        for name, follower in list(self._followers.items()):
            with self._blaming(name):
                if isinstance(piece, Hole):
                    follower.hole(piece.length)
                else:
                    follower.feed(piece)

    @contextlib.contextmanager
    def _blaming(self, name: str) -> Iterator[None]:
        try:
            yield
        except BaseException as error:  # see above
            self._followers.pop(name, None)
            self._stages[name] = error


def _prepared(use: StageUse) -> Stage:
    stage = rebuild(use.reference, use.config)
    if not isinstance(stage, Stage):
        raise Rejected(f"{use.reference} is not a stage")
    stage.prepare()
    return stage

"""What is kept, sorted by the volume it lies on, because that is where removing makes room.

Waits for disks: for a thread, or a command.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from pipeline.journal.rows import ArtifactRow
from pipeline.model import Heap
from pipeline.retention.holdings import Core, Kept, Made, Place

_HEAPS: tuple[Heap, ...] = ("cores", "zips", "spool")


@dataclass(frozen=True, kw_only=True)
class Round:
    """What is decided on together: at most one volume's worth of each heap."""

    kept: Sequence[Kept]
    free: Mapping[str, int | None]
    """By heap."""


class _Nowhere:
    """Where a file is that is not there, or is another one by now."""


_NOWHERE = _Nowhere()


@dataclass(frozen=True, kw_only=True)
class _Shelf:
    heap: Heap
    free: int | None
    kept: Sequence[Kept]


def rounds(kept: Iterable[Kept], places: Mapping[str, Place]) -> list[Round]:
    """Leave out what is not there any more; usually a single round remains."""
    found = [(each, _device(each, places)) for each in kept]
    bereft = {
        each.row.id for each, device in found if device is _NOWHERE and each.holding.heap == "zips"
    }
    volumes = [place.volume for place in places.values() if place.volume is not None]
    free: dict[int | None, int | None] = {volume.device: volume.free for volume in volumes}
    shelves: dict[tuple[Heap, int | None], list[Kept]] = {}
    for each, device in found:
        if isinstance(device, _Nowhere):
            continue
        if isinstance(each, Made) and device not in free:
            free[device] = _free(each)
        one = _unpackaged(each) if each.row.id in bereft else each
        shelves.setdefault((each.holding.heap, device), []).append(one)
    by_heap = (
        [
            _Shelf(heap=of, free=free.get(on), kept=each)
            for (of, on), each in shelves.items()
            if of == heap
        ]
        for heap in _HEAPS
    )
    return [_round([one for one in row if one is not None]) for row in zip_longest(*by_heap)]


def _unpackaged(kept: Kept) -> Kept:
    """Somebody has taken away what was made of this dump: what is left of it may be all there is.

    Unless an archive has it, which nobody takes away here.
    """
    if kept.holding.archived:
        return kept
    return replace(kept, holding=replace(kept.holding, packaged=False))


def _round(shelves: Sequence[_Shelf]) -> Round:
    return Round(
        kept=[each for shelf in shelves for each in shelf.kept],
        free={shelf.heap: shelf.free for shelf in shelves},
    )


def is_the_file(status: os.stat_result, made: ArtifactRow) -> bool:
    """Whether a file is still what was published; nothing changes those afterwards."""
    known = (made.inode, made.size)
    return stat.S_ISREG(status.st_mode) and (status.st_ino, status.st_size) == known


def _device(kept: Kept, places: Mapping[str, Place]) -> int | _Nowhere | None:
    """Return the volume of a file; None where nobody knows it."""
    if isinstance(kept, Core):
        volume = places[kept.row.source].volume
        return None if volume is None else volume.device
    made = kept.artifact
    try:
        status = os.lstat(os.path.join(made.directory, made.name))
    except OSError:
        return _NOWHERE
    return status.st_dev if is_the_file(status, made) else _NOWHERE


def _free(made: Made) -> int | None:
    try:
        volume = os.statvfs(made.artifact.directory)
    except OSError:
        return None
    return volume.f_bavail * volume.f_frsize

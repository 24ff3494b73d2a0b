"""The volume that a path is on, as `/sbin/mount` lists them.

/dev/disk4s1 on /Volumes/Dumps (apfs, local, nodev, nosuid, journaled, noowners)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.machine import Machine

MOUNT = "/sbin/mount"
VOLUMES = Path("/Volumes")
"""Where macOS mounts all volumes but those it starts from."""
_MOUNTED = re.compile(r".+? on (/.*) \(([^()]*)\)")


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A mounted volume."""

    mounted_on: Path
    kind: str
    """Its file system, such as `apfs`."""
    options: frozenset[str]

    @property
    def local(self) -> bool:
        return "local" in self.options

    @property
    def ignores_owners(self) -> bool:
        """Whether anybody may do anything there: owners and modes are made up."""
        return "noowners" in self.options

    @property
    def read_only(self) -> bool:
        return "read-only" in self.options


def volumes(machine: Machine) -> tuple[Volume, ...] | None:
    """Return all that is mounted; None where nobody tells."""
    answer = machine.ask(MOUNT)
    if answer is None or answer.status:
        return None
    return tuple(_parsed(answer.out)) or None


def volume_for(path: Path, mounted: tuple[Volume, ...]) -> Volume | None:
    """Return the volume that a path is on, by the longest name; links are not followed.

    None where the path is below /Volumes and its volume is not there: what is then at its place is
    a directory of the start-up volume.
    """
    found = [volume for volume in mounted if path.is_relative_to(volume.mounted_on)]
    best = max(found, key=lambda volume: len(volume.mounted_on.parts), default=None)
    if best is None or not path.is_relative_to(VOLUMES):
        return best
    return best if best.mounted_on.is_relative_to(VOLUMES) else None


def _parsed(text: str) -> Iterator[Volume]:
    for line in text.splitlines():
        found = _MOUNTED.fullmatch(line)
        if found is not None:
            kind, *options = found[2].split(", ")
            yield Volume(mounted_on=Path(found[1]), kind=kind, options=frozenset(options))

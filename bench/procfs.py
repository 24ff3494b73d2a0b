"""What Linux tells of a living process and its descendants; nothing at all on other systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
AVAILABLE = (_PROC / "self" / "smaps_rollup").exists()


@dataclass(frozen=True)
class Work:
    """What some processes have done so far."""

    cpu: float
    """Seconds."""
    wake_ups: int
    """How often a thread went on after it had waited."""

    def since(self, before: Work) -> Work:
        return Work(self.cpu - before.cpu, self.wake_ups - before.wake_ups)


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    yield pid
    with suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            with suppress(OSError):
                for child in (task / "children").read_text().split():
                    yield from family(int(child))


def memory_of(pid: int) -> int | None:
    """Return a process's share of memory in bytes: pages that several use are divided (PSS)."""
    return _kilobytes(_PROC / str(pid) / "smaps_rollup", "Pss:")


def peak_of(pid: int) -> int | None:
    """Return the most memory that a process had resident at any time, in bytes."""
    return _kilobytes(_PROC / str(pid) / "status", "VmHWM:")


def work_of(pid: int) -> Work:
    """Return what a process and its living descendants have done."""
    cpu, wake_ups = 0, 0
    for member in family(pid):
        with suppress(OSError, ValueError):
            for task in (_PROC / str(member) / "task").iterdir():
                cpu += int((task / "schedstat").read_text().split()[0])
                wake_ups += int(_field(task / "status", "voluntary_ctxt_switches:") or 0)
    return Work(cpu / 1e9, wake_ups)


def _kilobytes(path: Path, name: str) -> int | None:
    with suppress(OSError, ValueError):
        value = _field(path, name)
        return int(value) * 1024 if value else None
    return None


def _field(path: Path, name: str) -> str | None:
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return line.split()[1]
    return None

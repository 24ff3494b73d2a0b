"""Who holds a UDP port: `lsof -nP -iUDP:1069`, which tells of all processes only to root.

COMMAND PID USER   FD   TYPE             DEVICE SIZE/OFF NODE NAME
launchd   1 root   34u  IPv4 0x5ad26e2f1a3b0f11      0t0  UDP *:1069
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.display import one_line
from pipeline.machine import Answer, Machine

LSOF = "/usr/sbin/lsof"
_COLUMNS = 9
_LAUNCHD = 1
_NONE = 1
"""What lsof ends with where it finds nothing; then it says nothing."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A process with a socket on the port."""

    command: str
    """As lsof shortens it, safe to show."""
    pid: int
    address: str
    """What the socket is bound to: `*`, or an address of the machine; safe to show."""

    @property
    def is_launchd(self) -> bool:
        return self.pid == _LAUNCHD


def holders(machine: Machine, port: int) -> tuple[Holder, ...] | None:
    """Return who holds the port, () for nobody; None where nobody tells. For root."""
    answer = machine.ask(LSOF, "-nP", f"-iUDP:{port}")
    if answer is None:
        return None
    if not answer.out.strip():
        return () if _found_nothing(answer) else None
    head, *lines = answer.out.splitlines()
    return tuple(_parsed(lines, port)) if head.startswith("COMMAND") else None


def _found_nothing(answer: Answer) -> bool:
    return answer.status in (0, _NONE) and not answer.err.strip()


def _parsed(lines: list[str], port: int) -> Iterator[Holder]:
    for line in lines:
        fields = line.split()
        if len(fields) < _COLUMNS or not fields[1].isdecimal():
            continue
        address, _, number = fields[_COLUMNS - 1].rpartition(":")
        if number == str(port) and fields[4] != "IPv6":
            yield Holder(
                command=one_line(fields[0], 40), pid=int(fields[1][:9]), address=one_line(address)
            )

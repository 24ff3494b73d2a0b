"""The log of a unit, out of systemd's journal."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from pipeline.display import printable
from pipeline.errors import MachineError
from pipeline.linux.systemd import JOURNALCTL, refuse_missing
from pipeline.machine import Machine


def lines(machine: Machine, unit: str, count: int, *, follow: bool) -> Iterator[str]:
    """Return the last lines, without systemd's own times, and with `follow` those that come."""
    refuse_missing(machine)
    asked = ["--unit", unit, "--lines", str(count), "--output", "cat", "--no-pager", "--quiet"]
    if follow:
        yield from _followed(machine, [*asked, "--follow"])
        return
    answer = machine.run(JOURNALCTL, *asked)
    if answer.status:
        raise MachineError(f"journalctl ended with {answer.status}: {answer.said}; use sudo")
    yield from map(printable, answer.out.splitlines())


def _followed(machine: Machine, arguments: list[str]) -> Iterator[str]:
    with subprocess.Popen(
        [machine.place(JOURNALCTL), *arguments],
        stdout=subprocess.PIPE,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    ) as running:
        try:
            for line in running.stdout or ():
                yield printable(line.rstrip(b"\n"))
        finally:
            running.terminate()

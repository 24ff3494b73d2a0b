"""What `doctor` says of a Mac that is itself to send its core when it panics."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bootargs import known, value
from pipeline.bootargs.traps import traps
from pipeline.client.surveying import surroundings
from pipeline.display import one_line
from pipeline.machine import Finding, Level, Machine
from pipeline.macos import nvram

_CHECK = "client.boot-args"


def findings(machine: Machine) -> Iterator[Finding]:
    """Judge its boot-args, where they name a server; nothing otherwise."""
    text = nvram.boot_args(machine) if machine.mac else None
    args = value.parse(text or "")
    if not args.all(known.SERVER):
        return
    found = traps(args, surroundings(machine))
    hindering = [trap for trap in found if trap.code != "form.sip"]
    if not hindering:
        server = one_line(args.effective(known.SERVER) or "")
        yield Finding(check=_CHECK, level=Level.OK, what=f"this Mac sends its cores to {server}")
    for trap in hindering:
        yield Finding(
            check=_CHECK,
            level=Level.FAIL if trap.fatal else Level.WARN,
            what=one_line(trap.what),
            remedy=trap.remedy,
        )

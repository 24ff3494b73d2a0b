"""Every known trap, by what it is about."""

from __future__ import annotations

from pipeline.bootargs.pasting import Pasted
from pipeline.bootargs.surroundings import NOWHERE, Surroundings
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.traps import debug, form, interface, protection, server
from pipeline.bootargs.value import BootArgs

__all__ = ["traps"]


def traps(args: BootArgs, mac: Surroundings = NOWHERE, text: Pasted | None = None) -> list[Trap]:
    """Return all that the arguments run into on this Mac, what is fatal first."""
    found = [
        *form.traps(args, text),
        *debug.traps(args),
        *server.traps(args, mac),
        *interface.traps(args, mac),
        *protection.traps(mac),
    ]
    return sorted(found, key=lambda trap: not trap.fatal)

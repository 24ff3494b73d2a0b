"""Traps of System Integrity Protection: what it does to boot-args, and to a kernel that panics."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.trap import Trap

UNCHANGEABLE = "sip.boot-args"
"""The one that matters only to whoever wants to change them."""
_REMEDY = "in Recovery: csrutil disable; on Apple silicon also permissive security"


def traps(mac: Surroundings) -> Iterator[Trap]:
    """Return what it keeps from happening."""
    if mac.debugging is False:
        yield Trap(
            code="sip.no-core",
            fatal=True,
            what="System Integrity Protection is on: the kernel then sends no core",
            remedy=_REMEDY,
        )
    elif mac.sip:
        yield Trap(
            code=UNCHANGEABLE,
            fatal=False,
            what="System Integrity Protection keeps boot-args from being changed",
            remedy=_REMEDY,
        )

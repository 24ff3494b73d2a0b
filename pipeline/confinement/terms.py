"""What the daemon decides about its children before it starts any."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.confinement.account import Account
from pipeline.confinement.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Handed to children as JSON; nothing in it is secret."""

    account: Account | None = None
    """Whose rights they take; None: they keep the daemon's user."""
    limits: Limits = field(default_factory=Limits)
    largest: int = 256 << 30
    """Bytes of the largest dump that is read to its end, uncompressed."""
    hidden: tuple[str, ...] = ()
    """Real paths of which they read nothing by path, where the system can see to that."""

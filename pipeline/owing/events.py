"""Every event that can be chosen, and how much it matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pipeline.model import Severity

EVENTS: Final[Mapping[str, Severity]] = {
    "transfer.started": Severity.INFO,
    "dump.complete": Severity.NOTICE,
    "dump.incomplete": Severity.WARNING,
    "dump.damaged": Severity.WARNING,
    "dump.empty": Severity.WARNING,
    "dump.unsupported": Severity.WARNING,
    "dump.archived": Severity.NOTICE,
    "dump.parked": Severity.ERROR,
    "dump.gone": Severity.ERROR,
    "stage.failed": Severity.WARNING,
    "disk.low": Severity.WARNING,
    "disk.ample": Severity.NOTICE,
    "server.down": Severity.ERROR,
    "server.up": Severity.NOTICE,
    "daemon.crashed": Severity.WARNING,
    "route.failing": Severity.ERROR,
    "heartbeat": Severity.NOTICE,
}
"""Their names are stable. A `digest` is none of them: it goes where the alerts in it would."""

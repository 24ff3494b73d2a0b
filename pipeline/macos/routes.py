"""The default route: `route -n get default`."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from pipeline.machine import Machine

_ROUTE = "/sbin/route"
_GATEWAY = re.compile(r"^ *gateway: ([0-9.]{7,15})$", re.ASCII | re.MULTILINE)


def default_router(machine: Machine) -> IPv4Address | None:
    """Return the router of the default route; None where there is none, or nobody tells."""
    answer = machine.ask(_ROUTE, "-n", "get", "default")
    gateway = _GATEWAY.search(answer.out) if answer and answer.status == 0 else None
    try:
        return IPv4Address(gateway[1]) if gateway else None
    except ValueError:
        return None

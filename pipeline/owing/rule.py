"""Which alerts a route takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network

from pipeline.model import Alert, Severity, Verdict


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A route's choice. All that is stated must hold."""

    events: tuple[str, ...] = ("*",)
    """Names or patterns; with `!` before it, one takes events out again. The last one counts."""
    severity: Severity = Severity.NOTICE
    """At least."""
    verdicts: frozenset[Verdict] = frozenset()
    """Empty: any. Alerts without a verdict are not concerned."""
    hosts: tuple[str, ...] = ()
    """Addresses, networks or patterns of names; empty: any. Alerts of no Mac are not concerned."""
    group_seconds: float = 600.0
    """How long alike alerts of one Mac are collected after the first; 0: report each."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of Macs by address."""

    def takes(self, alert: Alert) -> bool:
        return (
            alert.severity.reaches(self.severity)
            and self._takes_event(alert.event)
            and (not self.verdicts or alert.verdict is None or alert.verdict in self.verdicts)
            and (not self.hosts or alert.client is None or self._takes_host(alert.client))
        )

    def _takes_event(self, event: str) -> bool:
        taken = bool(self.events) and self.events[0].startswith("!")
        for pattern in self.events:
            if fnmatchcase(event, pattern.removeprefix("!")):
                taken = not pattern.startswith("!")
        return taken

    def _takes_host(self, client: str) -> bool:
        name = self.names.get(client)
        return any(
            _is_in(client, pattern)
            or fnmatchcase(client, pattern)
            or (name is not None and fnmatchcase(name.lower(), pattern.lower()))
            for pattern in self.hosts
        )


def _is_in(client: str, network: str) -> bool:
    try:
        return IPv4Address(client) in IPv4Network(network, strict=False)
    except ValueError:
        return False

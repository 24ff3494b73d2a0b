"""What all checks together come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ExitCode
from pipeline.machine import Finding, Level


@dataclass(frozen=True, kw_only=True)
class Section:
    """What was found about one subject."""

    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """One page."""

    version: str
    """Of the panicpipe that looked."""
    sections: tuple[Section, ...]
    needs_root: bool
    """Whether only root would have seen everything."""
    bugs: tuple[str, ...] = ()
    """Tracebacks of checks that failed themselves."""

    @property
    def findings(self) -> Sequence[Finding]:
        return [finding for section in self.sections for finding in section.findings]

    @property
    def level(self) -> Level:
        """Return the worst that was found."""
        return max((finding.level for finding in self.findings), default=Level.UNKNOWN)

    @property
    def exit_code(self) -> ExitCode:
        """Return OK also where something cannot be known, unless the look itself was not whole."""
        if self.level is Level.FAIL:
            return ExitCode.UNHEALTHY
        blind = self.needs_root or bool(self.bugs) or not self.findings
        return ExitCode.WARNED if self.level is Level.WARN or blind else ExitCode.OK

    def count(self, level: Level) -> int:
        return sum(finding.level is level for finding in self.findings)

    def value(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "level": self.level.name.lower(),
            "version": self.version,
            "needs_root": self.needs_root,
            "checks": [
                {
                    "check": finding.check,
                    "level": finding.level.name.lower(),
                    "what": finding.what,
                    "remedy": finding.remedy,
                }
                for finding in self.findings
            ],
        }

"""Which Mac and which macOS this is, and whether System Integrity Protection is on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.machine import Machine

_SW_VERS = "/usr/bin/sw_vers"
_SYSCTL = "/usr/sbin/sysctl"
_CSRUTIL = "/usr/bin/csrutil"
_VERSION = re.compile(r"^ProductVersion:\s*([0-9.]+)\s*$", re.MULTILINE)
_BUILD = re.compile(r"^BuildVersion:\s*(\w+)\s*$", re.MULTILINE)
_SIP = re.compile(
    r"System Integrity Protection status: (enabled|disabled|unknown)( \(Custom Configuration\))?"
)
_PARTS = re.compile(
    r"^\s*(?:NVRAM Protections|Boot-arg Restrictions): (enabled|disabled)\s*$", re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class System:
    """The Mac. None where it does not tell."""

    version: str | None
    build: str | None
    apple_silicon: bool | None
    sip: bool | None
    """Whether boot-args are protected; of a custom configuration the parts count that do it."""


def system(machine: Machine) -> System:
    """Ask for all of it."""
    answer = machine.ask(_SW_VERS)
    told = "" if answer is None or answer.status else answer.out
    version, build = _VERSION.search(told), _BUILD.search(told)
    return System(
        version=version[1] if version else None,
        build=build[1] if build else None,
        apple_silicon=_apple_silicon(machine),
        sip=_sip(machine),
    )


def _apple_silicon(machine: Machine) -> bool | None:
    """Ask for a key that Intel Macs lack, or answer with 0."""
    answer = machine.ask(_SYSCTL, "-n", "hw.optional.arm64")
    if answer is None:
        return None
    if answer.status == 0 and answer.out.strip() in ("0", "1"):
        return answer.out.strip() == "1"
    return False if "unknown oid" in answer.err else None


def _sip(machine: Machine) -> bool | None:
    answer = machine.ask(_CSRUTIL, "status")
    found = _SIP.search(answer.out) if answer is not None else None
    if found is None or answer is None:
        return None
    parts = _PARTS.findall(answer.out)  # of a custom configuration, whatever its first line says
    if parts or found[2]:
        return "enabled" in parts if parts else None
    return None if found[1] == "unknown" else found[1] == "enabled"

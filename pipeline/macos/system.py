"""Which Mac and which macOS this is, and whether System Integrity Protection is on."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
_PART = re.compile(r"^\s*([A-Z][\w -]+): (enabled|disabled)\s*$", re.MULTILINE)
_OF_BOOT_ARGS = ("NVRAM Protections", "Boot-arg Restrictions")
_OF_KEXTS = "Kext Signing"


@dataclass(frozen=True, kw_only=True)
class System:
    """The Mac. None where it does not tell."""

    version: str | None
    build: str | None
    apple_silicon: bool | None
    sip: bool | None
    """Whether boot-args are protected; of a custom configuration the parts count that do it."""
    debugging: bool | None
    """Whether the kernel may be debugged, and so send a core: not while SIP is on. Source: xnu's
    kernel_debugging_restricted and csr_check, which ask whether kexts need a signature."""


def system(machine: Machine) -> System:
    """Ask for all of it."""
    answer = machine.ask(_SW_VERS)
    told = "" if answer is None or answer.status else answer.out
    version, build = _VERSION.search(told), _BUILD.search(told)
    sip, debugging = _protection(machine)
    return System(
        version=version[1] if version else None,
        build=build[1] if build else None,
        apple_silicon=_apple_silicon(machine),
        sip=sip,
        debugging=debugging,
    )


def _apple_silicon(machine: Machine) -> bool | None:
    """Ask for a key that Intel Macs lack, or answer with 0."""
    answer = machine.ask(_SYSCTL, "-n", "hw.optional.arm64")
    if answer is None:
        return None
    if answer.status == 0 and answer.out.strip() in ("0", "1"):
        return answer.out.strip() == "1"
    return False if "unknown oid" in answer.err else None


def _protection(machine: Machine) -> tuple[bool | None, bool | None]:
    """Return whether boot-args are protected, and whether the kernel may be debugged."""
    answer = machine.ask(_CSRUTIL, "status")
    found = _SIP.search(answer.out) if answer is not None else None
    if found is None or answer is None:
        return None, None
    if found[2]:
        return _custom(dict(_PART.findall(answer.out)))
    on = {"enabled": True, "disabled": False}.get(found[1])
    return on, None if on is None else not on


def _custom(parts: Mapping[str, str]) -> tuple[bool | None, bool | None]:
    """Judge its parts: the first line says enabled or unknown, whatever they are."""
    of_boot_args = [parts[name] for name in _OF_BOOT_ARGS if name in parts]
    protected = "enabled" in of_boot_args if of_boot_args else None
    return protected, True if parts.get(_OF_KEXTS) == "disabled" else None

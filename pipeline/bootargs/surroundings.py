"""What is known of the Mac whose boot-args are judged. None: nobody told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network


@dataclass(frozen=True, kw_only=True)
class Interface:
    """One of its ports."""

    can_send: bool | None
    why: str
    addresses: Mapping[IPv4Address, IPv4Network] = field(default_factory=dict)
    """Its own addresses, each with the subnet it is in."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The Mac."""

    apple_silicon: bool | None = None
    sip: bool | None = None
    """Whether System Integrity Protection keeps boot-args from being changed."""
    debugging: bool | None = None
    """Whether it lets the kernel be debugged, and so send a core."""
    interfaces: Mapping[str, Interface] | None = None
    """By BSD name."""


NOWHERE = Surroundings()

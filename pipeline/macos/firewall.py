"""Whether the application firewall lets kdumpd receive.

socketfilterfw's sentences vary from one macOS to the next, so only what has not changed is read of
them: `(State = 1)`, which setting a sentence is about, and whether it is on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.machine import Machine

SOCKETFILTERFW = "/usr/libexec/ApplicationFirewall/socketfilterfw"
_STATE = re.compile(r"\(State = ([012])\)")
_BLOCKS = re.compile(
    r"set to block all|is blocking all|block all state set to enabled|block all (?:is on|enabled)",
    re.IGNORECASE,
)
_LETS_IN = re.compile(
    r"block all state set to disabled|block all (?:is off|disabled)|set to allow", re.IGNORECASE
)
_BUILT_IN = re.compile(
    r"^Automatically allow (?:built-in signed|signed built-in) software (ENABLED|DISABLED)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Firewall:
    """What the firewall is set to. None: it does not tell."""

    on: bool | None = None
    blocks_all: bool | None = None
    """Whether nothing gets in but what the network itself needs, whatever else is allowed."""
    allows_built_in: bool | None = None
    """Whether programs of macOS itself, such as kdumpd, may receive."""


def firewall(machine: Machine) -> Firewall:
    """Ask the firewall; one question where it is off."""
    found = _STATE.search(_said(machine, "--getglobalstate"))
    if found is None:
        return Firewall()
    if found[1] == "0":
        return Firewall(on=False)
    blocks = True if found[1] == "2" else _blocks_all(_said(machine, "--getblockall"))
    allowed = _BUILT_IN.search(_said(machine, "--getallowsigned"))
    return Firewall(
        on=True,
        blocks_all=blocks,
        allows_built_in=None if allowed is None else allowed[1].upper() == "ENABLED",
    )


def _blocks_all(text: str) -> bool | None:
    if _BLOCKS.search(text):
        return True
    return False if _LETS_IN.search(text) else None


def _said(machine: Machine, question: str) -> str:
    answer = machine.ask(SOCKETFILTERFW, question)
    return "" if answer is None or answer.status else answer.out

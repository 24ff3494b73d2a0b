"""Whether somebody has switched the daemon off in Login Items & Extensions, as far as is told.

`sfltool dumpbtm` prints what System Settings shows there, a block of `Key: value` lines for each
item, to root only. It is no documented interface: what is not understood is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.machine import Machine

_SFLTOOL = "/usr/bin/sfltool"


def disallowed(machine: Machine, label: str) -> bool | None:
    """Return whether the item of this launchd label is switched off; None where nobody tells."""
    answer = machine.ask(_SFLTOOL, "dumpbtm")
    return None if answer is None or answer.status else said(answer.out, label)


def said(text: str, label: str) -> bool | None:
    """Read the answer: `Disposition: [enabled, disallowed, notified] (0x9)` means switched off."""
    told = [_allowed(block) for block in _blocks(text) if _is_of(block, label)]
    known = [allowed for allowed in told if allowed is not None]
    return not any(known) if known else None


def _blocks(text: str) -> Iterator[Mapping[str, str]]:
    block: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.strip().partition(":")
        if key.startswith("#") or not colon:
            yield block
            block = {}
        else:
            block[key] = value.strip()
    yield block


def _is_of(block: Mapping[str, str], label: str) -> bool:
    """Whether a block is the daemon's: by its identifier, `16.LABEL`, or by its file."""
    number, _, name = block.get("Identifier", "").partition(".")
    file = block.get("URL", "").removesuffix("/")
    return (name == label and number.isdecimal()) or file.endswith(f"/LaunchDaemons/{label}.plist")


def _allowed(block: Mapping[str, str]) -> bool | None:
    words = block.get("Disposition", "").partition("]")[0].strip("[ ").split(", ")
    if "disallowed" in words:
        return False
    return True if "allowed" in words else None

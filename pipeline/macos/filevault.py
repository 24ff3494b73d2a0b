"""Whether the start-up volume waits for somebody's password after every restart.

`fdesetup status` answers `FileVault is On.` or `FileVault is Off.`, and a second line while that
changes: `Encryption in progress: Percent completed = 31`, `Decryption in progress: …`, `Deferred
enablement appears to be active for user 'ann'.` The first line is missing on some macOS meanwhile.
"""

from __future__ import annotations

from pipeline.machine import Machine

FDESETUP = "/usr/bin/fdesetup"
_ON = ("FileVault is On", "Encryption in progress", "Deferred enablement")
_OFF = ("FileVault is Off",)


def filevault(machine: Machine) -> bool | None:
    """Return whether FileVault is on, or about to be; None where nobody tells."""
    answer = machine.ask(FDESETUP, "status")
    if answer is None or answer.status:
        return None
    lines = [line.strip() for line in answer.out.splitlines()]
    if any(line.startswith(_ON) for line in lines):
        return True
    return False if any(line.startswith(_OFF) for line in lines) else None

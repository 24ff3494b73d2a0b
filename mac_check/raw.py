"""What the Mac's programs say of its system, as it stands: worth knowing from every Mac."""

from __future__ import annotations

import sys

from mac_check.result import Result, Scene, failed, seen

_SYSCTL = "/usr/sbin/sysctl"
_PATIENCE = 300
_ENDS = (0, 10, 11)
"""How doctor ends where it could look: well, warned, unhealthy."""


def versions(scene: Scene) -> Result:
    said = [
        scene.machine.run("/usr/bin/sw_vers", question).out.strip()
        for question in ("-productVersion", "-buildVersion")
    ]
    arm = scene.machine.run(_SYSCTL, "-n", "hw.optional.arm64")
    return seen(f"{' '.join(said)}; hw.optional.arm64 ends with {arm.status}: {arm.said}")


def protection(scene: Scene) -> Result:
    answer = scene.machine.run("/usr/bin/csrutil", "status")
    return seen(f"csrutil ends with {answer.status}: {answer.said}")


def boot_arguments(scene: Scene) -> Result:
    """Read only. Where there are none, nvram says so in words of its own."""
    answer = scene.machine.run("/usr/sbin/nvram", "boot-args")
    return seen(f"nvram ends with {answer.status}: {answer.said}")


def doctor_looks(scene: Scene) -> Result:
    """All that doctor asks of this Mac; a Mac without an installation is unhealthy to it."""
    answer = scene.machine.run(sys.executable, "-m", "pipeline", "doctor", patience=_PATIENCE)
    if answer.status not in _ENDS or "please report it" in answer.err:
        return failed(f"doctor ended with {answer.status}: {answer.said}")
    unknown = [line for line in answer.out.splitlines() if "unknown" in line.lower()]
    lines = len(answer.out.splitlines())
    return seen(f"status {answer.status}, {lines} lines; unknown: {' | '.join(unknown) or 'none'}")

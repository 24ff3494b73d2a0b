"""How ports get their IPv4 address: by DHCP, which may change it, or by hand.

`networksetup -listnetworkserviceorder` names the service of each port, in two lines each, and
`-getinfo SERVICE` begins with how that one is configured:

    (1) Ethernet                                     DHCP Configuration
    (Hardware Port: Ethernet, Device: en0)           IP address: 10.0.40.2
"""

from __future__ import annotations

import re

from pipeline.machine import Machine

_NETWORKSETUP = "/usr/sbin/networksetup"
_SERVICE = re.compile(r"^\(\d+\) (.+)\n\(Hardware Port: .*, Device: (\S*)\)$", re.MULTILINE)
_ASSIGNED = ("DHCP Configuration", "BOOTP Configuration")
_MANUAL = ("Manual Configuration",)


def assigned(machine: Machine, device: str) -> bool | None:
    """Return whether a port's address is given to it by others; None where nobody tells."""
    answer = machine.ask(_NETWORKSETUP, "-listnetworkserviceorder")
    if answer is None or answer.status:
        return None
    for service, of in _SERVICE.findall(answer.out):
        if of == device and not service.startswith("-"):
            return _of_service(machine, service)
    return None


def _of_service(machine: Machine, service: str) -> bool | None:
    answer = machine.ask(_NETWORKSETUP, "-getinfo", service)
    if answer is None or answer.status:
        return None
    first = answer.out.partition("\n")[0].strip()
    if first in _ASSIGNED:
        return True
    return False if first in _MANUAL else None

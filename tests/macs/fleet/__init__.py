"""Macs to rehearse on, by name: what each has of network hardware.

`with mac.changed() as state: state["hardware"] = "imac-pro"`; the default is a Mac mini with M1.
"""

from __future__ import annotations

from tests.macs.fleet import arm, intel
from tests.macs.fleet.model import Hardware

FLEET: dict[str, Hardware] = {
    "mac-mini-m1": arm.mac_mini_m1(),
    "mac-mini-m1-debugged": arm.mac_mini_m1(debugged=True),
    "mac-studio": arm.mac_studio(),
    "macbook-air-m2": arm.macbook_air_m2(),
    "guest": arm.guest(),
    "mac-mini-2014": intel.mac_mini_2014(),
    "imac-pro": intel.imac_pro(),
    "mac-pro-2019": intel.mac_pro_2019(),
    "macbook-pro-2015": intel.macbook_pro_2015(),
    "macbook-pro-2018": intel.macbook_pro_2018(),
}

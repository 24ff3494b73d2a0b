"""What arguments mean that matter to a Mac which is to send its core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DEBUG = "debug"
SERVER = "_panicd_ip"
PORT = "panicd_port"
PORT_WRONG = "_panicd_port"
ROUTER = "_router_ip"
CORENAME = "_panicd_corename"
INTERFACE = "kdp_match_name"
INTERFACE_BY_MAC = "kdp_match_mac"
WATCHDOG = "wdt"
KDUMPD_PORT = 1069

OURS: Final = (DEBUG, SERVER, PORT, ROUTER, CORENAME, INTERFACE, WATCHDOG)
"""The arguments that decide whether, and where to, a core is sent."""

KNOWN: Final[Mapping[str, str]] = {
    DEBUG: "what the kernel does when it panics, bit by bit",
    SERVER: "where the core is sent: the server's IPv4 address",
    PORT: "the server's UDP port; 1069 where it is left out",
    PORT_WRONG: "nothing: the kernel reads panicd_port, without the first _",
    ROUTER: "the router's IPv4 address, where the server is in another subnet",
    CORENAME: "the name of the core on the server, always the same",
    INTERFACE: "the interface that sends, by its BSD name",
    INTERFACE_BY_MAC: "the interface that sends, by its Ethernet address; only on Intel",
    "kdp_crashdump_pkt_size": "how large the packets are, in bytes",
    "kdp_ip_addr": "the IPv4 address that this Mac takes while it is stopped",
    WATCHDOG: "-1 keeps the watchdog from restarting a Mac that is stopped",
    "-v": "show messages while the Mac starts",
    "-s": "start in single-user mode",
    "-x": "start in safe mode",
    "keepsyms": "keep symbols, so that panic reports name functions",
    "kcsuffix": "which kernel collection to start, such as development",
    "serial": "whether there is a serial console",
    "amfi_get_out_of_my_way": "check no code signatures",
    "nvram_paniclog": "keep the panic log for the next start",
}


def meaning(name: str) -> str:
    """Return what an argument does, in a line."""
    return KNOWN.get(name, "unknown here; kept as it is")

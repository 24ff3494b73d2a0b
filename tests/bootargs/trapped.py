"""boot-args that run into one trap alone, and the Macs that they are for."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from pipeline.bootargs.pasting import pasted
from pipeline.bootargs.surroundings import Interface, Surroundings
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.traps import traps
from pipeline.bootargs.value import parse

LAN = {IPv4Address("10.0.40.7"): IPv4Network("10.0.40.0/24")}
OTHER_LAN = {IPv4Address("172.16.0.7"): IPv4Network("172.16.0.0/16")}
MAC = Surroundings(
    apple_silicon=True,
    sip=False,
    debugging=True,
    interfaces={
        "en0": Interface(can_send=True, why="built-in Ethernet", addresses=LAN),
        "en1": Interface(can_send=False, why="Wi-Fi", addresses=OTHER_LAN),
        "en5": Interface(can_send=None, why="a card that Apple does not name", addresses=LAN),
    },
)
INTEL = Surroundings(apple_silicon=False)
GOOD = "debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en0"
FAR = "debug=0x20c44 _panicd_ip=10.9.9.9 kdp_match_name=en0"

FATAL = {
    "form.curly-quotes": ("sudo nvram boot-args=“" + GOOD + "”", MAC),
    "form.unquoted": (f"sudo nvram boot-args={GOOD}", MAC),
    "form.too-long": (f"{GOOD} x={'x' * 1000}", MAC),
    "form.no-value": (f"{GOOD} debug", MAC),
    "form.not-ascii": (GOOD + " wdt=\N{EN DASH}1", MAC),
    "debug.missing": ("_panicd_ip=10.0.40.2 kdp_match_name=en0", MAC),
    "debug.no-number": (GOOD.replace("0x20c44", "0x20c44,"), MAC),
    "debug.no-core": (GOOD.replace("0x20c44", "0x20844"), MAC),
    "debug.reboot-always": (GOOD.replace("0x20c44", "0x120c44"), MAC),
    "debug.local-core": (GOOD.replace("0x20c44", "0x4c44"), MAC),
    "server.missing": ("debug=0x20c44 kdp_match_name=en0", MAC),
    "server.address": (GOOD.replace("10.0.40.2", "fe80::1"), MAC),
    "server.self": (GOOD.replace("10.0.40.2", "10.0.40.7"), MAC),
    "server.no-router": (FAR, MAC),
    "server.router": (f"{FAR} _router_ip=router.example.org", MAC),
    "server.port": (f"{GOOD} panicd_port=0", MAC),
    "interface.unnamed": ("debug=0x20c44 _panicd_ip=10.0.40.2", MAC),
    "interface.empty": (GOOD.replace("en0", ""), MAC),
    "interface.missing": (GOOD.replace("en0", "en7"), MAC),
    "interface.cannot-send": (GOOD.replace("en0", "en1").replace("10.0.40.2", "172.16.0.2"), MAC),
    "sip.no-core": (GOOD, replace(MAC, sip=True, debugging=False)),
    "interface.serial": (GOOD.replace("en0", "serial"), MAC),
}
"""With these no core arrives: what was pasted, and on which Mac."""
HINDERING = {
    "form.quotes": (f'{GOOD} note="x"', MAC),
    "form.twice": (f"{GOOD} wdt=-1 wdt=-1", MAC),
    "sip.boot-args": (GOOD, replace(MAC, sip=True, debugging=None)),
    "debug.local-first": (GOOD.replace("0x20c44", "0xc44"), MAC),
    "debug.halt": (GOOD.replace("0x20c44", "0x20c45"), MAC),
    "debug.paniclog": (GOOD.replace("0x20c44", "0x22c44"), MAC),
    "debug.waits": (GOOD.replace("0x20c44", "0x21c44"), MAC),
    "debug.uncompressed": (GOOD.replace("0x20c44", "0x60c44"), MAC),
    "debug.no-nmi": (GOOD.replace("0x20c44", "0x20444"), MAC),
    "debug.no-arp": (GOOD.replace("0x20c44", "0x20c04"), MAC),
    "server.router-far": (f"{FAR} _router_ip=10.9.9.1", MAC),
    "server.router-empty": (f"{GOOD} _router_ip=", MAC),
    "server.corename": (f"{GOOD} _panicd_corename=core", MAC),
    "server.port-underscore": (f"{GOOD} _panicd_port=1069", MAC),
    "server.port-other": (f"{GOOD} panicd_port=2000", MAC),
    "interface.unknown": (GOOD.replace("en0", "en5"), MAC),
}
SOMETIMES = ("form.no-value", "form.not-ascii", "interface.unnamed")
"""Those that are fatal only for some arguments, or on some Macs."""
ALL = {**FATAL, **HINDERING}


def found(text: str, mac: Surroundings = MAC) -> list[Trap]:
    given_ = pasted(text)
    return traps(parse(given_.text), mac, given_)


def codes(text: str, mac: Surroundings = MAC) -> list[str]:
    return [trap.code for trap in found(text, mac)]

"""sfltool: what Login Items & Extensions shows, in the form of macOS 15."""

from __future__ import annotations

import sys

from tests.macs.fake_mac import FakeMac

_ITEM = """\
 #{number}:
                 UUID: 0A1B6C0D-1F6E-4F50-8B1B-7D1B8C8C8C{number:02}
                 Name: python3.13
       Developer Name: (null)
                 Type: legacy daemon (0x10010)
                Flags: [  ] (0)
          Disposition: [enabled, {word}, notified] ({bits})
           Identifier: 16.{label}
                  URL: file:///Library/LaunchDaemons/{label}.plist
           Generation: 1
"""


def main(mac: FakeMac, arguments: list[str]) -> int:
    if arguments != ["dumpbtm"]:
        print("Usage: sfltool csinfo|dumpbtm|resetbtm|…", file=sys.stderr)
        return 64
    off = mac.state.get("login_items_off", [])
    print("========================\n Records for UID -2 : FFFFEEEE-DDDD-CCCC-BBBB-AAAAFFFFFFFE")
    print("========================\n\n ServiceManagement migrated: true\n\n Items:\n")
    daemons = mac.machine.place("/Library/LaunchDaemons")
    for number, plist in enumerate(sorted(daemons.glob("*.plist")), 1):
        switched = ("disallowed", "0x9") if plist.stem in off else ("allowed", "0xb")
        word, bits = switched
        print(_ITEM.format(number=number, word=word, bits=bits, label=plist.stem))
    return 0

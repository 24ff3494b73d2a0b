"""ioreg: the I/O Registry, as property lists.

`state["ioreg_loses"]`: classes whose answers are cut off; `state["ioreg_without"]`: interfaces that
are unplugged.
"""

from __future__ import annotations

import getopt
import plistlib
import sys

from tests.macs.fake_mac import FakeMac
from tests.macs.fleet import FLEET
from tests.macs.registry import archive

_USAGE = "usage: ioreg [-abfilrtx] [-c class] [-d depth] [-k key] [-n name] [-p plane] [-w width]\n"


def main(mac: FakeMac, arguments: list[str]) -> int:
    try:
        options = dict(getopt.getopt(arguments, "abc:d:fik:ln:p:rsStw:xy")[0])
    except getopt.GetoptError:
        options = {}
    if not {"-a", "-r", "-c"} <= set(options):
        sys.stderr.write(_USAGE)
        return 1
    found = archive(
        FLEET[mac.state.get("hardware", "mac-mini-m1")].registry,
        options["-c"],
        depth=int(options.get("-d", "0")),
        tree="-t" in options,
        inherited="-i" in options,
    )
    unplugged = [f"<string>{name}</string>" for name in mac.state.get("ioreg_without", ())]
    found = [
        each for each in found if not any(n in plistlib.dumps(each).decode() for n in unplugged)
    ]
    text = plistlib.dumps(found, sort_keys=False) if found else b""
    if options["-c"] in mac.state.get("ioreg_loses", ()):
        text = text[: len(text) // 2]
    sys.stdout.buffer.write(text)
    return 0

"""A scratch root that looks like a Mac, with recording executables where macOS has its programs.

Each program is a module in `tests/macs/programs` with `main(mac, arguments) -> int`, found by its
name. It answers in the form of the real one, from the state in `mac.state`, which it may change.
"""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

from tests.machine.fake_machine import FakeMachine

PROGRAMS = {
    "launchctl": "/bin/launchctl",
    "nvram": "/usr/sbin/nvram",
    "ioreg": "/usr/sbin/ioreg",
    "networksetup": "/usr/sbin/networksetup",
    "ifconfig": "/sbin/ifconfig",
    "route": "/sbin/route",
    "pmset": "/usr/bin/pmset",
    "csrutil": "/usr/bin/csrutil",
    "sw_vers": "/usr/bin/sw_vers",
    "socketfilterfw": "/usr/libexec/ApplicationFirewall/socketfilterfw",
    "sysadminctl": "/usr/sbin/sysadminctl",
    "dscl": "/usr/bin/dscl",
    "dseditgroup": "/usr/sbin/dseditgroup",
    "fdesetup": "/usr/bin/fdesetup",
    "lsof": "/usr/sbin/lsof",
    "sysctl": "/usr/sbin/sysctl",
    "caffeinate": "/usr/bin/caffeinate",
    "systemsetup": "/usr/sbin/systemsetup",
    "sntp": "/usr/bin/sntp",
    "sfltool": "/usr/bin/sfltool",
    "ls": "/bin/ls",
    "mount": "/sbin/mount",
    "uv": "/usr/local/bin/uv",
}
"""Where macOS has them. Add what you need; a program without a module is not made."""

_DIRECTORIES = {
    "/Library": 0o755,
    "/Library/Application Support": 0o755,
    "/Library/LaunchDaemons": 0o755,
    "/Library/Logs": 0o755,
    "/System/Library/CoreServices": 0o755,
    "/System/Library/LaunchDaemons": 0o755,
    "/Users/Shared": 0o1777,
    "/private/var/tmp": 0o1777,
    "/private/var/root": 0o700,
    "/private/etc/newsyslog.d": 0o755,
    "/private/etc/paths.d": 0o755,
    "/private/tmp": 0o1777,
    "/usr/local": 0o755,
    "/Volumes": 0o755,
}
KDUMPD: dict[str, Any] = {
    "Label": "com.apple.kdumpd",
    "Disabled": True,
    "ProgramArguments": ["/usr/libexec/kdumpd", "/var/tmp/PanicDumps"],
    "UserName": "nobody",
    "Umask": 7,
    "inetdCompatibility": {"Wait": True},
    "Sockets": {
        "Listeners": {"SockServiceName": "1069", "SockType": "dgram", "SockFamily": "IPv4"}
    },
}
"""Apple's property list of kdumpd, as published since network_cmds-606.40.2."""


class FakeMac(FakeMachine):
    """A Mac to rehearse on."""

    PLATFORM = "darwin"
    RECORDS = ".mac"
    PACKAGE = "tests.macs.programs"
    PROGRAMS = PROGRAMS
    OURS = ("private/etc/passwd", "private/etc/group")  # the directory service's

    def __init__(self, root: Path, *, version: str = "15.4") -> None:
        super().__init__(root)
        if not self._state.exists():
            self._make(version)

    def _make(self, version: str) -> None:
        self._begin(_DIRECTORIES, {"version": version})
        for name in ("var", "etc", "tmp"):
            (self.root / name).symlink_to(f"private/{name}")
        self._write_plist(
            "/System/Library/CoreServices/SystemVersion.plist",
            {"ProductName": "macOS", "ProductVersion": version, "ProductBuildVersion": "24E248"},
        )
        self._write_plist("/System/Library/LaunchDaemons/com.apple.kdumpd.plist", KDUMPD)

    def _write_plist(self, path: str, value: dict[str, Any]) -> None:
        self.machine.place(path).write_bytes(plistlib.dumps(value))

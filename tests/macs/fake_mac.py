"""A scratch root that looks like a Mac, with recording executables where macOS has its programs.

Each program is a module in `tests/macs/programs` with `main(mac, arguments) -> int`, found by its
name. It answers in the form of the real one, from the state in `mac.state`, which it may change.
"""

from __future__ import annotations

import importlib
import json
import os
import plistlib
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.machine import Machine
from tests.conftest import ROOT

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


class FakeMac:
    """A Mac to rehearse on."""

    def __init__(self, root: Path, *, version: str = "15.4") -> None:
        self.root = root.resolve()
        self._state = self.root / ".mac" / "state.json"
        self._calls = self.root / ".mac" / "calls.jsonl"
        if not self._state.exists():
            self._make(version)

    @property
    def machine(self) -> Machine:
        return Machine(self.root, "darwin")

    @property
    def state(self) -> dict[str, Any]:
        """What the programs answer from; a copy."""
        state: dict[str, Any] = json.loads(self._state.read_text())
        return state

    @contextmanager
    def changed(self) -> Iterator[dict[str, Any]]:
        """Change the state: `with mac.changed() as state: state["pmset"] = …`."""
        state = self.state
        yield state
        beside = self._state.with_name(f"state-{os.getpid()}")
        beside.write_text(json.dumps(state))
        beside.replace(self._state)  # whole: several programs may be asked at the same time

    @property
    def calls(self) -> list[list[str]]:
        """Every call of a program so far: its absolute path, then its arguments."""
        if not self._calls.exists():
            return []
        return [json.loads(line) for line in self._calls.read_text().splitlines()]

    def forget_calls(self) -> None:
        self._calls.unlink(missing_ok=True)

    def answer(self, program: str, out: str = "", err: str = "", status: int = 0) -> None:
        """Have a program answer this from now on, whatever it is asked."""
        with self.changed() as state:
            state.setdefault("answers", {})[program] = {"out": out, "err": err, "status": status}

    def lose(self, program: str) -> None:
        """Take a program away."""
        self.machine.place(PROGRAMS[program]).unlink()

    def tree(self) -> dict[str, tuple[int, int, int, str]]:
        """All below the root but our own records: owner, group, mode, content or link."""
        return dict(self._entries(self.root))

    def _entries(self, directory: Path) -> Iterator[tuple[str, tuple[int, int, int, str]]]:
        for entry in sorted(directory.iterdir()):
            if entry in (self.root / ".mac", self.root / "private/etc/passwd"):
                continue  # ours, and the directory service's
            found = entry.lstat()
            content = ""
            if entry.is_symlink():
                content = os.readlink(entry)
            elif stat.S_ISREG(found.st_mode):
                content = entry.read_bytes().decode("latin-1")
            name = "/" + str(entry.relative_to(self.root))
            yield name, (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode), content)
            if entry.is_dir() and not entry.is_symlink():
                yield from self._entries(entry)

    def _make(self, version: str) -> None:
        (self.root / ".mac").mkdir(parents=True)
        self._state.write_text(json.dumps({"version": version}))
        for name, mode in _DIRECTORIES.items():
            place = self.root / name.lstrip("/")
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(mode)
        for name in ("var", "etc", "tmp"):
            (self.root / name).symlink_to(f"private/{name}")
        self._write_plist(
            "/System/Library/CoreServices/SystemVersion.plist",
            {"ProductName": "macOS", "ProductVersion": version, "ProductBuildVersion": "24E248"},
        )
        self._write_plist("/System/Library/LaunchDaemons/com.apple.kdumpd.plist", KDUMPD)
        for name, path in PROGRAMS.items():
            if (Path(__file__).parent / "programs" / f"{name}.py").exists():
                self._write_program(name, path)

    def _write_plist(self, path: str, value: dict[str, Any]) -> None:
        self.machine.place(path).write_bytes(plistlib.dumps(value))

    def _write_program(self, name: str, path: str) -> None:
        place = self.machine.place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(
            f"#!{sys.executable} -I\n"
            f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
            "from tests.macs.fake_mac import act\n"
            f"act({str(self.root)!r}, {name!r}, {path!r})\n"
        )
        place.chmod(0o755)


def act(root: str, name: str, path: str) -> None:
    """Be one of the programs: record the call, then answer."""
    mac = FakeMac(Path(root))
    arguments = sys.argv[1:]
    with (mac.root / ".mac" / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps([path, *arguments]) + "\n")
    fixed = mac.state.get("answers", {}).get(name)
    if fixed:
        sys.stdout.write(fixed["out"])
        sys.stderr.write(fixed["err"])
        sys.exit(fixed["status"])
    sys.exit(importlib.import_module(f"tests.macs.programs.{name}").main(mac, arguments))

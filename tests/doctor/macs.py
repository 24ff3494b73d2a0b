"""A Mac on which all is as `install` and `server setup` leave it, with a daemon at work."""

from __future__ import annotations

import os
import plistlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from pipeline.daemon.lifeline import Lifeline
from pipeline.daemon.state_directory import StateDirectory
from pipeline.journal import Journal
from pipeline.owing import Desk
from tests.macs.fake_mac import PROGRAMS, FakeMac

ENVIRONMENT = sys.prefix  # what the daemon of these tests says that it runs from
SITE = "/Library/Application Support/PanicPipe"
STATE = f"{SITE}/State"
LABEL = "org.panicpipe.daemon"
KDUMPD = "com.apple.kdumpd"


def install(mac: FakeMac, *programs: str) -> None:
    """Put there what `install` and `server setup` put; leave only these programs, if any.

    Each program that is asked takes a while, and most tests are about none of them.
    """
    for name in PROGRAMS:
        if programs and name not in programs:
            mac.machine.place(PROGRAMS[name]).unlink(missing_ok=True)
    folders = {SITE: 0o755, STATE: 0o700, "/Library/Logs/PanicPipe": 0o750}
    folders |= {"/Users/Shared/PanicPipe": 0o750, "/var/tmp/PanicDumps": 0o1777}
    for path, mode in folders.items():
        place = mac.machine.place(path)
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(mode)
    _make_environment(mac)
    with mac.changed() as state:
        state["launchd"] = {
            "jobs": {KDUMPD: {"pid": None, "exit": 0, "program": ["/x"], "sockets": ["1069"]}},
            "overrides": {KDUMPD: False},
        }
        state["users"] = {
            "_panicpipe": {"UniqueID": 450, "PrimaryGroupID": 450, "UserShell": "/usr/bin/false"}
        }
    mac.machine.place(f"/Library/LaunchDaemons/{LABEL}.plist").write_bytes(
        plistlib.dumps(
            {
                "Label": LABEL,
                "ProgramArguments": [f"{ENVIRONMENT}/bin/python", "-I", "-m", "pipeline", "run"],
            }
        )
    )


def _make_environment(mac: FakeMac) -> None:
    """Make a Python and an environment of it, as far as they are looked at without being run."""
    base, own = mac.machine.place("/Library/PanicPipe/python"), mac.machine.place(ENVIRONMENT)
    packages = own / "lib/python3.13/site-packages"
    for place in (base / "bin", base / "lib/python3.13", own / "bin", packages / "pipeline"):
        place.mkdir(parents=True)
    for above in own.relative_to(mac.root).parents:  # whatever these tests themselves lie in
        mac.machine.place(f"/{above}").chmod(0o755)
    (packages / f"panicpipe-{version('panicpipe')}.dist-info").mkdir()
    (base / "bin/python3.13").write_text("")
    (base / "bin/python3.13").chmod(0o755)
    (own / "bin/python").symlink_to(base / "bin/python3.13")
    (own / "pyvenv.cfg").write_text(f"home = {base}/bin\n")


def journal(mac: FakeMac) -> Journal:
    return Journal.open(mac.machine.place(STATE))


@contextmanager
def daemon(mac: FakeMac) -> Iterator[Journal]:
    """Have a daemon at work, as the service: it holds the state directory, and says so."""
    with mac.changed() as state:
        jobs = state.setdefault("launchd", {}).setdefault("jobs", {})
        jobs[LABEL] = {"pid": os.getpid(), "exit": 0, "program": [f"{ENVIRONMENT}/bin/python"]}
    with StateDirectory.acquire(mac.machine.place(STATE)) as state:
        opened = Journal.open(state.path)
        with Lifeline(opened, Desk(opened, []), state.path).lives():
            yield opened
        opened.close()

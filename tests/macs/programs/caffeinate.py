"""`caffeinate -i -m -w PID`: does nothing until that process has ended.

`state["caffeinate"]`: the status that it ends with at once instead.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac


def main(mac: FakeMac, arguments: list[str]) -> int:
    status: int | None = mac.state.get("caffeinate")
    if status is not None:
        return status
    pid = _waited_for(arguments)
    if pid is None:
        print("usage: caffeinate [-disu] [-t timeout] [-w Process ID] [command]", file=sys.stderr)
        return 64
    while _runs(pid):
        time.sleep(0.02)
    return 0


def _waited_for(arguments: list[str]) -> int | None:
    """Take flags as getopt does, with the number of a process for -w."""
    rest = list(arguments)
    pid = None
    while rest:
        flag = rest.pop(0)
        if flag == "-w" and rest and rest[0].isdigit():
            pid = int(rest.pop(0))
        elif flag not in ("-d", "-i", "-m", "-s", "-u"):
            return None
    return pid


def _runs(pid: int) -> bool:
    """Whether it has not ended, as kqueue tells it: a zombie has."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
    except OSError:
        os.kill(pid, 0)
        return True

"""`lsof -nP -iUDP:PORT`: launchd holds what loaded jobs listen on; `state["lsof"]` adds lines.

As who is not root, launchd's sockets are not told; `state["lsof_as_user"]` rehearses that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac

_HEAD = "COMMAND   PID   USER   FD   TYPE             DEVICE SIZE/OFF NODE NAME"


def main(mac: FakeMac, arguments: list[str]) -> int:
    assert arguments[0] == "-nP"
    protocol, _, port = arguments[1].removeprefix("-i").partition(":")
    jobs = {} if mac.state.get("lsof_as_user") else mac.state.get("launchd", {}).get("jobs", {})
    lines = [
        f"launchd     1   root   34u  IPv4 0x5ad26e2f1a3b0f11      0t0  {protocol} *:{port}"
        for job in jobs.values()
        if port in job.get("sockets", ())
    ]
    lines += [line for line in mac.state.get("lsof", []) if line.endswith(f":{port}")]
    if lines:
        print("\n".join([_HEAD, *lines]))
    return 0 if lines else 1

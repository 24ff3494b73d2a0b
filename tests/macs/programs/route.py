"""route: the default route. `state["router"]`: its router, "" for none."""

from __future__ import annotations

import sys

from tests.macs.fake_mac import FakeMac
from tests.macs.fleet import FLEET

_ANSWER = """\
   route to: default
destination: default
       mask: default
    gateway: {router}
  interface: {device}
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>
 recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire
       0         0         0         0         0         0      1500         0 """


def main(mac: FakeMac, arguments: list[str]) -> int:
    hardware = FLEET[mac.state.get("hardware", "mac-mini-m1")]
    router = mac.state.get("router", hardware.router)
    if arguments != ["-n", "get", "default"]:
        sys.stderr.write("usage: route [-dnqtv] command [[modifiers] args]\n")
        return 64
    if not router:
        sys.stderr.write("route: writing to routing socket: not in table\n")
        return 1
    print(_ANSWER.format(router=router, device=hardware.links[0].device))
    return 0

"""Whether anything receives what Macs send, asked without sending it anything.

kdumpd takes any datagram for the beginning of a transfer, so none may ever reach it. The way to
know is to try for its place: a port that somebody listens on cannot be bound.
"""

from __future__ import annotations

import errno
import socket

_LOOPBACK = "127.0.0.1"


def somebody_listens(port: int) -> bool | None:
    """Return whether a UDP socket is bound to this port for IPv4; None where that is unknown.

    Panicking Macs speak IPv4 only. launchd holds the port for kdumpd on all addresses, which keeps
    others from 127.0.0.1 as well. This address alone is tried, for some microseconds and without
    SO_REUSEADDR: nothing that comes over the network can arrive at it, and launchd, should it take
    the port in this very instant, sets that option itself (its last published source does) and is
    not kept from it. A server that is bound to one address of the network alone is not seen.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
            trial.bind((_LOOPBACK, port))
    except OSError as error:
        return True if error.errno == errno.EADDRINUSE else None
    except OverflowError:  # no port at all
        return None
    return False

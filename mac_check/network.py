"""Sockets: who holds a port, and descriptors on their way between two processes."""

from __future__ import annotations

import os
import socket

from mac_check.result import Result, Scene, judged
from pipeline.server.listener import somebody_listens
from pipeline.workers.wire import DOWN, Channel, Created, encode

_ROUNDS = 300


def a_taken_port_is_noticed(scene: Scene) -> Result:
    """A wildcard holder, with SO_REUSEADDR as launchd has it and without, and nobody."""
    told = []
    for reuse in (0, 1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
            holder.bind(("0.0.0.0", 0))
            port = holder.getsockname()[1]
            told.append(somebody_listens(port))
    told.append(somebody_listens(port))
    return judged(told == [True, True, False], f"plain {told[0]}, reused {told[1]}, free {told[2]}")


def descriptors_travel(scene: Scene) -> Result:
    """Sent and closed at once, as the daemon does, before the other side takes them."""
    path = scene.directory / "file"
    path.write_bytes(b"dump")
    ours, theirs = socket.socketpair()
    channel = Channel(theirs, DOWN)
    whole = 0
    with ours, theirs:
        for token in range(_ROUNDS):
            fd = os.open(path, os.O_RDONLY)
            socket.send_fds(ours, [encode(Created(token=token))], [fd])
            os.close(fd)
            message = channel.receive(5)
            got = channel.descriptor()
            whole += message == Created(token=token) and os.pread(got, 4, 0) == b"dump"
            os.close(got)
    return judged(whole == _ROUNDS, f"{whole} of {_ROUNDS} arrived whole")


def descriptors_wait(scene: Scene) -> Result:
    """Several in flight at once, each with its line, all taken later."""
    path = scene.directory / "file"
    path.write_bytes(b"dump")
    ours, theirs = socket.socketpair()
    channel = Channel(theirs, DOWN)
    with ours, theirs:
        for token in range(4):
            fd = os.open(path, os.O_RDONLY)
            socket.send_fds(ours, [encode(Created(token=token))], [fd])
            os.close(fd)
        got = []
        for _ in range(4):
            channel.receive(5)
            got.append(channel.descriptor())
    whole = sum(os.pread(fd, 4, 0) == b"dump" for fd in got)
    for fd in got:
        os.close(fd)
    return judged(whole == len(got), f"{whole} of 4 in flight arrived whole")

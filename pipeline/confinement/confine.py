"""The way down, in the order in which each step still can be taken."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress

from pipeline.confinement import ceilings, landlock, processes, seccomp
from pipeline.confinement.identity import RightsKept, become
from pipeline.confinement.terms import Terms

Rearm = Callable[[], None]
_NO_LANDLOCK = (
    "this kernel has no Landlock (Linux 5.13 or later), so they can open what the daemon's user can"
)


def harden() -> None:
    """Do what is right for every child, also for one that keeps the daemon's rights."""
    ceilings.forbid_cores()
    processes.keep_memory_private()


def confine(
    terms: Terms,
    *,
    remote: bool,
    writes: bool = False,
    rearm: Rearm = processes.die_with_parent,
) -> str | None:
    """Give up for good what a child does not need; returns what could not be, in one line.

    RightsKept where it still has the daemon's rights, though there is an account for it: then it
    must do nothing. All that has to be imported, or read with those rights, has to be before.
    `remote` leaves the network, `writes` what files the user may change. `rearm` is called after a
    change of the user, which undoes the wish to die with the parent.
    """
    os.chdir("/")  # where we are may be closed to the account
    ceilings.forbid_cores()
    ceilings.cap_files()
    if terms.account is not None:
        ceilings.cap_processes()
        become(terms.account)
        rearm()
    processes.keep_memory_private()
    return _fence(terms, remote=remote, writes=writes)


def _fence(terms: Terms, *, remote: bool, writes: bool) -> str | None:
    if sys.platform == "darwin":
        return _fence_on_a_mac(terms, remote)
    if sys.platform == "linux":
        return _fence_on_linux(terms, remote=remote, writes=writes)
    return f"nothing more is known for {sys.platform}"


def _fence_on_linux(terms: Terms, *, remote: bool, writes: bool) -> str | None:
    lacking = []
    if terms.account is None and not writes and landlock.version() == 0:
        lacking.append(_NO_LANDLOCK)
    if not seccomp.known():
        lacking.append(f"no filter for system calls is known for {os.uname().machine}")
    try:
        processes.gain_nothing_by_programs()
        if not writes:
            # What the network needs is replaced while it is used, such as /etc/resolv.conf.
            landlock.enter(None if remote else terms.hidden)
        if seccomp.known():
            seccomp.enter(remote=remote)
    except OSError as error:
        lacking.append(f"the kernel does not let us give up more: {error.strerror}")
    return "; ".join(lacking) or None


def _fence_on_a_mac(terms: Terms, remote: bool) -> str | None:
    from pipeline.macos import sandbox

    try:
        sandbox.enter(sandbox.profile(terms.hidden, remote=remote))
    except sandbox.NoSandbox as error:
        return str(error)
    return None


def trial(terms: Terms) -> str | None:
    """Try in a child of its own what `confine` comes to; returns what could not be, in one line."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            try:
                said = confine(terms, remote=False) or ""
            except RightsKept as error:
                said = str(error)
            os.write(theirs, said.encode())
        os._exit(0)
    os.close(theirs)
    with open(ours, "rb") as pipe:
        text = pipe.read().decode()
    os.waitpid(pid, 0)
    return text or None

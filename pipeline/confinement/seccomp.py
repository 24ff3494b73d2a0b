"""A filter on Linux's system calls: what is refused fails with an error instead of killing.

seccomp(2), and linux/filter.h for the program: classic BPF over `struct seccomp_data`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.confinement.processes import prctl
from pipeline.confinement.syscalls import ALWAYS, NETWORK

_PR_SET_SECCOMP = 22
_MODE_FILTER = 2

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ, …JGE, …JSET, all with a constant, and BPF_RET."""
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_REFUSE = _ERRNO | errno.EPERM
_UNKNOWN = _ERRNO | errno.ENOSYS
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
"""Offsets in `struct seccomp_data`; of an argument the low half comes first on both machines."""
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_TERMINAL_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: typing into the terminal of whoever started us."""
_OWNER_IOCTLS = (0x8901, 0x8902)
_OWNER_FCNTLS = (8, 10, 15, 1024)
"""FIOSETOWN, SIOCSPGRP; F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE: the kernel itself would send a
signal to any process of the same user, with the first byte that arrives."""
_LIFE = (1, 4)
"""PR_SET_PDEATHSIG, PR_SET_DUMPABLE: to outlive the parent, and to be looked into."""


@dataclass(frozen=True)
class _Machine:
    audit: int
    """AUDIT_ARCH_…: what the kernel says of each call."""
    column: int
    clone: int
    clone3: int
    kill: int
    tgkill: int
    prlimit64: int
    ioctl: int
    fcntl: int
    prctl: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0, 56, 435, 62, 234, 302, 16, 72, 157),
    "aarch64": _Machine(0xC00000B7, 1, 220, 435, 129, 131, 261, 29, 25, 167),
}

_Instruction = tuple[int, int, int, int]
"""Code, how many to skip if so, if not, and the constant."""


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Filter)))


def known(machine: str | None = None) -> bool:
    """Whether there is a filter for this processor."""
    return (machine or platform.machine()) in _MACHINES


def enter(*, remote: bool) -> None:
    """Refuse from now on, in all that this process does, what no child needs; OSError if not.

    With `remote`, sockets are left. Cannot be taken back. Needs PR_SET_NO_NEW_PRIVS first, and
    must be called with one thread, for it holds for that and those it starts.
    """
    instructions = list(program(platform.machine(), remote=remote, pid=os.getpid()))
    filters = (_Filter * len(instructions))(*(_Filter(*each) for each in instructions))
    whole = _Program(len(instructions), filters)
    prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(whole))


def program(machine: str, *, remote: bool, pid: int) -> Iterator[_Instruction]:
    """Yield the filter for a processor and one process."""
    numbers = _MACHINES[machine]
    yield (_LOAD, 0, 0, _ARCH)
    yield (_EQUAL, 1, 0, numbers.audit)
    yield (_RETURN, 0, 0, _REFUSE)
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_AT_LEAST, 0, 1, _X32)
    yield (_RETURN, 0, 0, _REFUSE)
    for number in refused(machine, remote=remote):
        yield from _when(number, [(_RETURN, 0, 0, _REFUSE)])
    # Without it glibc starts its threads by clone, whose flags can be looked at.
    yield from _when(numbers.clone3, [(_RETURN, 0, 0, _UNKNOWN)])
    yield from _when(numbers.clone, _unless((_ANY_BIT, _CLONE_THREAD), argument=0))
    for number in (numbers.kill, numbers.tgkill):  # to itself: abort(3) and raise(3) do it
        yield from _when(number, _unless((_EQUAL, pid), argument=0))
    yield from _when(numbers.prlimit64, _unless((_EQUAL, 0), argument=0))
    for request in (*_TERMINAL_INPUT, *_OWNER_IOCTLS):
        yield from _when(numbers.ioctl, _if_equal(request, argument=1))
    for command in _OWNER_FCNTLS:
        yield from _when(numbers.fcntl, _if_equal(command, argument=1))
    for option in _LIFE:
        yield from _when(numbers.prctl, _if_equal(option, argument=0))
    yield (_RETURN, 0, 0, _ALLOW)


def refused(machine: str, *, remote: bool) -> tuple[int, ...]:
    """Return the numbers of the calls that are refused whatever their arguments are."""
    column = _MACHINES[machine].column
    groups = ALWAYS if remote else (*ALWAYS, NETWORK)
    found = (numbers[column] for group in groups for numbers in group.values())
    return tuple(number for number in found if number is not None)


def _when(number: int, then: list[_Instruction]) -> Iterator[_Instruction]:
    """Run `then` for this call only; where it does not return, it loads the number again."""
    yield (_EQUAL, 0, len(then), number)
    yield from then


def _unless(test: tuple[int, int], *, argument: int) -> list[_Instruction]:
    code, constant = test
    return [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
        (code, 1, 0, constant),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER),
    ]


def _if_equal(constant: int, *, argument: int) -> list[_Instruction]:
    return [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
        (_EQUAL, 0, 1, constant),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER),
    ]

"""The filter for system calls as the kernel would run it, also for the other processor."""

from __future__ import annotations

import errno
from collections.abc import Sequence

import pytest

from pipeline.confinement import seccomp, syscalls

ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PID = 4711
HARMLESS = {
    "x86_64": {"read": 0, "sendto": 44, "sendmsg": 46, "recvmsg": 47, "futex": 202, "openat": 257},
    "aarch64": {"read": 63, "sendto": 206, "sendmsg": 211, "recvmsg": 212, "futex": 98},
}


def verdict(
    machine: str, number: int, *arguments: int, arch: int | None = None, remote: bool = False
) -> int:
    """Run the program as linux/filter.h says; all jumps must stay inside it."""
    program = list(seccomp.program(machine, remote=remote, pid=PID))
    arch = ARCHES[machine] if arch is None else arch
    words = {0: number, 4: arch, **_halves(arguments)}
    accumulator, at = 0, 0
    while True:
        code, yes, no, constant = program[at]
        at += 1
        if code == 0x06:
            return constant
        if code == 0x20:
            accumulator = words.get(constant, 0)
        elif code == 0x15:
            at += yes if accumulator == constant else no
        elif code == 0x35:
            at += yes if accumulator >= constant else no
        elif code == 0x45:
            at += yes if accumulator & constant else no
        else:
            raise AssertionError(f"unknown code {code:#x}")


def _halves(arguments: Sequence[int]) -> dict[int, int]:
    halves = {}
    for place, value in enumerate(arguments):
        halves[16 + 8 * place] = value & 0xFFFFFFFF
        halves[20 + 8 * place] = value >> 32
    return halves


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_what_every_worker_does_is_allowed(machine: str) -> None:
    for name, number in HARMLESS[machine].items():
        assert verdict(machine, number) == ALLOW, name


def test_what_no_worker_needs_fails_with_an_error(machine: str) -> None:
    column = list(ARCHES).index(machine)
    for group in syscalls.ALWAYS:
        for name, numbers in group.items():
            number = numbers[column]
            if number is not None:
                assert verdict(machine, number, remote=True) == EPERM, name


def test_sockets_are_for_stages_that_talk_to_others(machine: str) -> None:
    column = list(ARCHES).index(machine)
    for name, numbers in syscalls.NETWORK.items():
        number = numbers[column]
        assert number is not None
        assert verdict(machine, number) == EPERM, name
        assert verdict(machine, number, remote=True) == ALLOW, name


def test_threads_may_be_started_and_processes_not(machine: str) -> None:
    clone = {"x86_64": 56, "aarch64": 220}[machine]
    assert verdict(machine, clone, 0x3D0F00) == ALLOW  # as glibc starts a thread
    assert verdict(machine, clone, 0x1200011) == EPERM  # as it forks
    assert verdict(machine, clone, 0x11 | 1 << 48) == EPERM
    assert verdict(machine, 435) == ENOSYS


def test_signals_reach_only_itself(machine: str) -> None:
    for number in {"x86_64": (62, 234), "aarch64": (129, 131)}[machine]:
        assert verdict(machine, number, PID, 6) == ALLOW
        for pid in (PID - 1, 1, 0, 0xFFFFFFFFFFFFFFFF):
            assert verdict(machine, number, pid, 9) == EPERM


def test_limits_are_its_own_and_no_terminal_is_typed_into(machine: str) -> None:
    prlimit, ioctl = {"x86_64": (302, 16), "aarch64": (261, 29)}[machine]
    assert verdict(machine, prlimit, 0) == ALLOW
    assert verdict(machine, prlimit, 1) == EPERM
    assert verdict(machine, ioctl, 0, 0x5401) == ALLOW
    assert verdict(machine, ioctl, 0, 0x5412) == EPERM
    assert verdict(machine, ioctl, 0, 1 << 32 | 0x541C) == EPERM


def test_the_kernel_sends_no_signal_to_others_for_a_descriptor(machine: str) -> None:
    fcntl, ioctl = {"x86_64": (72, 16), "aarch64": (25, 29)}[machine]
    for command in (8, 10, 15, 1024):
        assert verdict(machine, fcntl, 3, command) == EPERM
    for command in (1, 2, 3, 4, 6):  # FD_CLOEXEC, flags, locks
        assert verdict(machine, fcntl, 3, command) == ALLOW
    for request in (0x8901, 0x8902):
        assert verdict(machine, ioctl, 3, request) == EPERM


def test_it_cannot_wish_to_outlive_its_parent_or_to_be_looked_into(machine: str) -> None:
    prctl = {"x86_64": 157, "aarch64": 167}[machine]
    for option in (1, 4):
        assert verdict(machine, prctl, option) == EPERM
    assert verdict(machine, prctl, 15) == ALLOW  # a thread's name


def test_other_tables_of_calls_are_closed(machine: str) -> None:
    """A 32-bit call, and on x86_64 the x32 one, has other numbers for the same."""
    assert verdict(machine, HARMLESS[machine]["read"], arch=0x40000003) == EPERM
    assert verdict(machine, 0x40000000 | HARMLESS[machine]["read"]) == EPERM


def test_processors_that_are_not_known_are_said_so() -> None:
    assert seccomp.known("x86_64")
    assert not seccomp.known("riscv64")

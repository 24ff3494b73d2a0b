"""Every bit of `debug`, with what it does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bootargs.bits import BITS, explained
from tests.bootargs.texts import RELAXED

DOCUMENTED = {
    0x1: "stop at every start",
    0x2: "console",
    0x4: "NMI keys",
    0x8: "serial port",
    0x10: "KDB",
    0x20: "system log",
    0x40: "ARP",
    0x80: "breakpoints",
    0x100: "obsolete",
    0x200: "console",
    0x400: "core when the Mac panics",
    0x800: "core on the power key or the NMI keys",
    0x1000: "wait in the debugger after a core",
    0x2000: "panic log instead of a core",
    0x4000: "restart once the core is done",
    0x8000: "NMI",
    0x10000: "obsolete",
    0x20000: "no core to the local disk",
    0x40000: "uncompressed",
    0x80000: "coprocessor",
    0x100000: "restart after every panic at once",
    0x200000: "stackshot",
    0x400000: "firmware",
    0x800000: "firmware",
}
"""xnu's osfmk/kern/debug.h, and TN2118 for those that are there no more."""


def test_every_bit_of_the_kernel_s_header_is_known() -> None:
    assert set(BITS) == set(DOCUMENTED)


@pytest.mark.parametrize("bit", DOCUMENTED)
def test_a_bit_is_explained(bit: int) -> None:
    ((found, text),) = explained(bit)
    assert found == bit
    assert DOCUMENTED[bit] in text


def test_apple_s_own_recipe_bit_by_bit() -> None:
    assert [bit for bit, _ in explained(0xD44)] == [0x4, 0x40, 0x100, 0x400, 0x800]


@RELAXED
@given(st.integers(0, 0xFFFFFFFF))
def test_all_bits_that_are_set_are_told_and_no_others(debug: int) -> None:
    assert sum(bit for bit, _ in explained(debug)) == debug


def test_a_bit_that_nobody_knows_is_told_as_such() -> None:
    assert list(explained(1 << 31)) == [(1 << 31, "unknown here")]

"""Numbers in boot-args, as xnu's getval reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bootargs.number import number
from tests.bootargs.texts import RELAXED, TEXTS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("7", 7),
        ("0xd44", 0xD44),
        ("0xD44", 0xD44),
        ("0x", 0),
        ("0b1011", 11),
        ("0b", 0),
        ("010", 8),
        ("007", 7),
        ("-1", 0xFFFFFFFF),
        ("-0x10", 0xFFFFFFF0),
        ("1k", 1024),
        ("2K", 2048),
        ("3m", 3 << 20),
        ("1G", 1 << 30),
        ("0x10k", 16 << 10),
        ("00k", 0),
        ("0xg", 0),
        ("-1m", 0xFFF00000),
        ("4294967297", 1),
        ("0x1ffffffff", 0xFFFFFFFF),
        ("9" * 5000, int("9" * 4000) * 10**1000 % (1 << 32) + int("9" * 1000) % (1 << 32)),
    ],
)
def test_what_is_a_number_to_the_kernel(text: str, value: int) -> None:
    assert number(text) == value & 0xFFFFFFFF


@pytest.mark.parametrize(
    "text",
    ["", "-", "--1", "+1", "x", "0X10", "0B1", "0k", "08", "018", "0b2", "0xh", "12a", "1kb", "1kk"]
    + ["d44", "en0", "10.0.40.2", "1 ", " 1", "1\n", "1_0", "٣", "²", "0x٣", "1e3"],
)
def test_what_is_text_to_the_kernel(text: str) -> None:
    assert number(text) is None


@RELAXED
@given(st.integers(0, 1 << 70))
def test_every_notation_of_a_number_means_the_same(value: int) -> None:
    octal = f"0{value:o}"
    assert {number(hex(value)), number(bin(value)), number(octal)} == {value % (1 << 32)}
    assert number(str(value)) == value % (1 << 32)
    assert number(f"-0x{value:x}") == -value % (1 << 32)


@RELAXED
@given(TEXTS)
def test_no_text_breaks_it_and_a_number_has_32_bits(text: str) -> None:
    assert number(text) is None or 0 <= (number(text) or 0) < 1 << 32

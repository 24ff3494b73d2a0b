from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sizes import exact_size, parse_size


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (1, 1),
        ("12", 12),
        ("12 B", 12),
        ("256 GiB", 256 << 30),
        ("256GiB", 256 << 30),
        ("256 gib", 256 << 30),
        ("1.5 kB", 1500),
        ("2 TB", 2_000_000_000_000),
        ("0.5 MiB", 512 << 10),
        ("3M", 3_000_000),
    ],
)
def test_sizes_are_read_as_people_write_them(written: object, meant: int) -> None:
    assert parse_size(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        0,
        -1,
        True,
        1.5,
        None,
        [],
        "",
        "lots",
        "-5 GiB",
        "5 XiB",
        "5 GiB extra",
        "1e9",
        "\u0661",
        2**63,
    ],
)
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="it must be a number of bytes"):
        parse_size(written)


@given(st.integers(1, 2**63 - 1))
def test_a_size_that_is_written_out_is_read_as_the_same(count: int) -> None:
    assert parse_size(exact_size(count)) == count


@pytest.mark.parametrize(
    "written", ["1 B", "999 B", "1 kB", "1 KiB", "10 GB", "256 GiB", "1536 B", "20 MB", "8 MiB"]
)
def test_a_size_is_written_out_in_the_unit_that_people_gave_it(written: str) -> None:
    assert exact_size(parse_size(written)) == written

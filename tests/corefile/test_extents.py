from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.corefile.extents import Extents

RUNS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 40)), max_size=15)


@given(RUNS, st.integers(0, 250), st.integers(1, 60))
def test_overlaps_are_those_of_the_runs_byte_by_byte(
    runs: list[tuple[int, int]],
    start: int,
    length: int,
) -> None:
    extents = Extents()
    covered: set[int] = set()
    for run_start, run_length in runs:
        extents.add(run_start, run_length)
        covered |= set(range(run_start, run_start + run_length))
    hit = sorted(covered & set(range(start, start + length)))
    found = extents.first_overlap(start, length)
    assert (found is None) == (not hit)
    if found:
        assert found[0] == hit[0]
        assert set(range(found[0], sum(found))) <= set(hit)
    assert extents.end == max(covered, default=-1) + 1
    assert extents.start == min(covered, default=0)


def test_too_many_runs_become_one_that_covers_all() -> None:
    extents = Extents()
    for number in range(10_000):
        extents.add(number * 100, 10)
    assert extents.end == 9999 * 100 + 10
    assert extents.first_overlap(50, 10) is not None

"""Taking items ahead of their use, in another thread."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.ahead import taken_ahead


@given(items=st.lists(st.integers() | st.none(), max_size=50), depth=st.integers(1, 20))
def test_all_items_come_in_order(items: list[int | None], depth: int) -> None:
    assert list(taken_ahead(iter(items), depth)) == items


def test_what_taking_raises_is_raised_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("gone")

    ahead = taken_ahead(items())
    assert [next(ahead), next(ahead)] == [1, 2]
    with pytest.raises(OSError, match="gone"):
        next(ahead)


def test_no_more_is_taken_than_was_said_and_nothing_after_the_end() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    ahead = taken_ahead(items(), depth=3)
    assert [next(ahead), next(ahead)] == [0, 1]
    ahead.close()
    assert 2 <= len(taken) <= 5
    assert not [each for each in threading.enumerate() if each.name.startswith("ahead")]


def test_items_are_taken_while_others_are_in_use() -> None:
    """The next one is at work before anybody asks for it."""
    begun = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        begun.set()
        yield 2

    ahead = taken_ahead(items())
    assert next(ahead) == 1
    assert begun.wait(30)
    assert list(ahead) == [2]

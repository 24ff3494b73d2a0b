"""What one rendering may take: of characters and values that it makes, and of time.

A few lines of a template can double a text forty times, or nest lists so that nobody could print
them. All that a template makes is counted, and what would be large is counted before it is made.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final, TypeVar

_MOST: Final = 2_000_000
"""Characters and values together; a long message takes a tenth of that."""
_SECONDS: Final = 5.0
"""Of the processor, for what is small and slow."""
_MOST_BITS: Final = 1024

Value = TypeVar("Value")


class Purse:
    """What is left to be spent."""

    def __init__(self) -> None:
        self.fill()

    def fill(self) -> None:
        """Begin anew."""
        self._left = _MOST
        self._end = time.process_time() + _SECONDS

    def spend(self, amount: int) -> None:
        """Take this away; OverflowError where there is not as much."""
        self._left -= amount
        if self._left < 0:
            raise OverflowError(f"it works on more than {_MOST} characters and values")
        if time.process_time() > self._end:
            raise OverflowError(f"it takes longer than {_SECONDS:.0f} s")

    def paid(self, value: Value) -> Value:
        """Return the value, which costs what is in it, as often as it is in it."""
        waiting: list[object] = [value]
        weight = 0
        while waiting and weight <= self._left:
            each = waiting.pop()
            weight += 1
            if isinstance(each, str):
                weight += len(each)
            elif isinstance(each, list | tuple):
                waiting.extend(each)
            elif isinstance(each, dict):
                waiting.extend((*each.keys(), *each.values()))
            elif isinstance(each, int) and each.bit_length() > _MOST_BITS:
                raise OverflowError("it makes a number that is too large")
        self.spend(weight)
        return value

    def paid_one_by_one(self, values: Iterator[Value]) -> Iterator[Value]:
        """Yield values, each of which costs what is in it."""
        for each in values:
            yield self.paid(each)

"""Takes items from an iterator ahead of their use, in a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class _End:
    """What stands for the end of the items."""


def taken_ahead(items: Iterator[T], depth: int = 8) -> Generator[T, None, None]:
    """Yield all `items` in order; up to `depth` of them are taken while others are in use.

    What taking one raises is raised here in its turn. Whoever ends this early (`close`) has the
    thread's end waited for: from then on nothing more is taken.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    end = _End()
    try:
        pending: deque[Future[T | _End]] = deque(
            pool.submit(next, items, end) for _ in range(depth)
        )
        while not isinstance(item := pending.popleft().result(), _End):
            pending.append(pool.submit(next, items, end))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)

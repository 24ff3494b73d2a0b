"""Many small requests at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import TypeVar

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


def answers(
    ask: Callable[[_Item], _Answer], items: Sequence[_Item], at_once: int
) -> Iterator[_Answer]:
    """Yield the answer for each item, in any order; raises the first exception.

    The threads are daemons: Ctrl-C does not wait for a server that does not answer.
    """
    todo = iter(items)
    lock, given_up = threading.Lock(), threading.Event()
    done: SimpleQueue[_Answer | BaseException] = SimpleQueue()

    def work() -> None:
        while not given_up.is_set():
            with lock:
                item = next(todo, None)
            if item is None:
                return
            try:
                done.put(ask(item))
            except BaseException as error:
                done.put(error)

    for _ in range(min(at_once, len(items))):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in items:
            answer = done.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer
    finally:
        given_up.set()

"""Threads: how many native code may use, and work on many images at once."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from figureground.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 256


def thread_count(threads: int | None) -> int:
    """Return how many threads to start: `threads`, or one a processor where it is None."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if threads < 1:
        raise InputError(f"threads: expected 1 or more, got {threads}")
    return min(threads, MOST)


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """Yield function(item) for every item, in order, computed by several threads.

    Only a few results wait at any time, so that memory does not grow with the items. An error
    or a caller that stops early drops what has not begun.
    """
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

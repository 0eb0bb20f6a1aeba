"""How many threads native code may use."""

import os

from figureground.errors import InputError

MOST = 256


def thread_count(threads: int | None) -> int:
    """Return how many threads to start: `threads`, or one a processor where it is None."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if threads < 1:
        raise InputError(f"threads: expected 1 or more, got {threads}")
    return min(threads, MOST)

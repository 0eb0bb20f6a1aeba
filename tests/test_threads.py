import threading

import pytest

from figureground.errors import InputError
from figureground.threads import map_in_order, thread_count


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_results_come_in_order(threads) -> None:
    assert list(map_in_order(lambda i: i * i, range(50), threads)) == [i * i for i in range(50)]


def test_only_a_few_items_are_taken_ahead() -> None:
    taken = []

    def items():
        for i in range(100):
            taken.append(i)
            yield i

    next(map_in_order(lambda i: i, items(), 2))
    assert len(taken) <= 6


def test_work_is_done_by_several_threads() -> None:
    barrier = threading.Barrier(2, timeout=30)
    assert list(map_in_order(lambda i: barrier.wait() >= 0, range(4), 2)) == [True] * 4


def fail_at_two(i: int) -> int:
    if i == 2:
        raise InputError("item 2")
    return i


def test_an_error_reaches_the_caller() -> None:
    with pytest.raises(InputError, match="item 2"):
        list(map_in_order(fail_at_two, range(10), 2))


def test_less_than_one_thread_is_refused() -> None:
    with pytest.raises(InputError, match="threads"):
        thread_count(0)

"""How what a piece of work costs grows with its size, whatever the machine: no seconds, only a ratio."""

import time
from collections.abc import Callable

TIMES = 4
MOST = 12.0
"""Four times as much may cost this many times as much: linear work costs four times, quadratic work sixteen."""
_TRIES = 6


def grows_as_its_size(prepare: Callable[[int], Callable[[], object]], size: int) -> bool:
    """Tell whether work of ``TIMES`` the size costs about ``TIMES`` as much processor time.

    ``prepare`` makes the work of a size, which is done afresh each time it is called. The least of several tries
    counts, both sizes in turn: what else the machine does can only add to a try.
    """
    least = {size: float("inf"), TIMES * size: float("inf")}
    works = {each: prepare(each) for each in least}
    for _ in range(_TRIES):
        for each, work in works.items():
            begun_s = time.thread_time()
            work()
            least[each] = min(least[each], time.thread_time() - begun_s)
        if least[TIMES * size] < MOST * least[size]:
            return True
    return False

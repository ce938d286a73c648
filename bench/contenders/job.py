# SPDX-License-Identifier: Apache-2.0
"""What a contender gives to the worker that measures it: a Job, or Skip."""
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class Skip(Exception):
    """This contender cannot run here; the text says why."""


@dataclass
class Job:
    """A task that a contender has prepared: data are loaded, and everything that can be compiled is compiled."""
    steps: int      # steps of an epoch
    run: Callable   # run(n): with fresh weights, one epoch to warm up and n more; returns the seconds of each of the n, or their mean
    loss: Callable  # the mean training loss after the last run: shows that the timed training learned
    tune: Callable = lambda: None              # chooses by trial (number of threads), once, before the first run that counts
    notes: dict = field(default_factory=dict)  # configuration to be saved with the figures


def time_epochs(epoch, count):
    """Runs epoch() once for warmth, then count times; the seconds of each."""
    seconds = []
    epoch()
    for _ in range(count):
        start = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - start)
    return seconds


def thread_choices(threads):
    """1, 2, 4 ... and all."""
    return sorted({threads} | {2**k for k in range(threads.bit_length()) if 2**k < threads})


def fastest_threads(threads, run):
    """The number of threads among 1, 2, 4 ... with which run(count) -> seconds is fastest; each is tried twice."""
    choices = thread_choices(threads)
    return min(choices, key=lambda count: min(run(count), run(count))) if len(choices) > 1 else threads

# SPDX-License-Identifier: Apache-2.0
"""What a contender hands to the worker that measures it."""
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class Skip(Exception):
    """This contender cannot take part here; the text says why."""


@dataclass
class Job:
    """A task made ready by one contender: data loaded, and everything compiled that can be before the first run."""
    steps: int      # steps of an epoch
    run: Callable   # run(n): from fresh weights an epoch for warmth and n more; the seconds of each of the n, or their mean
    loss: Callable  # the mean training loss after the last run: shows that what was timed did learn
    tune: Callable = lambda: None              # settles what is chosen by trial (threads), once, before the first run that counts
    notes: dict = field(default_factory=dict)  # configuration worth keeping with the figures


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
    """Of 1, 2, 4 ... threads the count with which run(count) -> seconds is fastest; each is tried twice."""
    choices = thread_choices(threads)
    return min(choices, key=lambda count: min(run(count), run(count))) if len(choices) > 1 else threads

# SPDX-License-Identifier: Apache-2.0
"""Rounds of blocks in random order, and the ratios of neighbours.

A round of a benchmark is two pairs; a pair is one block of each program, one after the other, in random order. If the programs were the same,
both orders would give these two figures with equal probability, whatever the machine does. So the logarithm of the ratio
lies above the true slowdown as often as below, and signs.py needs nothing else. Only neighbours are compared, because
the speed of the machine changes soon.
"""
from math import log

BASE, HEAD = "base", "head"


def order(random):
    """For each block of the round, its program and the number of its pair."""
    blocks = []
    for pair in random.sample((0, 1), 2):
        blocks += [(program, pair) for program in random.sample((BASE, HEAD), 2)]
    return blocks


def ratios(figures):
    """(head over base: two, a program over itself: two) as logarithms, of {(program, pair): seconds}."""
    t = {block: log(seconds) for block, seconds in figures.items()}
    return ([t[HEAD, pair] - t[BASE, pair] for pair in (0, 1)], [t[program, 1] - t[program, 0] for program in (BASE, HEAD)])

# SPDX-License-Identifier: Apache-2.0
"""Rounds of blocks in random order, and the ratios within them.

A round is two pairs, a pair is a block of either program, one after the other, in random order. Were the programs the
same, either order would have given these two figures with the same probability, whatever the machine was doing: so the
logarithm of their ratio lies above 0 as often as below, and otherwise above the slowdown, which is all that signs.py
asks. Neighbours, because a machine's speed changes between a block and the next but one.
"""
from math import log

BASE, HEAD = "base", "head"


def order(random):
    """Which program runs in each of the round's blocks, and the number of the pair that the block belongs to."""
    blocks = []
    for pair in random.sample((0, 1), 2):
        blocks += [(program, pair) for program in random.sample((BASE, HEAD), 2)]
    return blocks


def ratios(figures):
    """(head over base: two, a program over itself: two) as logarithms, of {(program, pair): seconds}."""
    t = {block: log(seconds) for block, seconds in figures.items()}
    return ([t[HEAD, pair] - t[BASE, pair] for pair in (0, 1)], [t[program, 1] - t[program, 0] for program in (BASE, HEAD)])

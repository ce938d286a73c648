# SPDX-License-Identifier: Apache-2.0
"""Rounds of blocks in random order, and the ratios within them.

A round is four blocks, two of either program, in a random order of the 24. Were the programs the same, each of these
orders would have given each figure with the same probability, whatever the machine was doing: so the logarithms of
the ratios are symmetric about 0 then, and about the slowdown otherwise, which is all that wilcoxon.py asks.
"""
from math import log

BASE, HEAD = "base", "head"


def order(random):
    """Which program runs in each of the round's blocks, and the number of the pair that the block belongs to."""
    blocks = [(BASE, 0), (HEAD, 0), (BASE, 1), (HEAD, 1)]
    random.shuffle(blocks)
    return blocks


def ratios(figures):
    """(head over base: two, a program over itself: two) as logarithms, of {(program, pair): seconds}."""
    t = {block: log(seconds) for block, seconds in figures.items()}
    return ([t[HEAD, pair] - t[BASE, pair] for pair in (0, 1)], [t[program, 1] - t[program, 0] for program in (BASE, HEAD)])

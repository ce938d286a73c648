# SPDX-License-Identifier: Apache-2.0
"""The median of a distribution by the sign test, which is exact for any number of values and any distribution.

Each value lies above the median with probability 1/2. So the number of values above the median is binomial, and the values
that are k-th from either end bound the median. A value equal to a limit counts against a difference.
"""
from functools import lru_cache
from math import comb, inf
from statistics import median


@lru_cache(maxsize=None)
def lower_tail(n):
    """P(K <= k) for k = 0 .. n, where K of n fair coins show heads."""
    counts, total = [], 0
    for k in range(n + 1):
        total += comb(n, k)
        counts.append(total / 2**n)
    return counts


def probability_above(values, limit):
    """The one-sided p-value of `the median is at most the limit`: small if the values lie above it."""
    above = sum(value > limit for value in values)
    return lower_tail(len(values))[len(values) - above]


def interval(values, error):
    """(low, estimate, high): the median is below low with probability `error` at most, and so above high.

    An end is infinite if there are too few values.
    """
    if not values:
        return -inf, 0.0, inf
    ordered = sorted(values)
    place = sum(p <= error for p in lower_tail(len(values)))  # of the bound, counted from either end
    low, high = (ordered[place - 1], ordered[-place]) if place else (-inf, inf)
    return low, median(ordered), high

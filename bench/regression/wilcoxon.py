# SPDX-License-Identifier: Apache-2.0
"""The shift of a symmetric distribution, by Wilcoxon's signed ranks: exact for any number of values, no normal in it.

All is said in Walsh averages, the means (a + b) / 2 of every two values and of each with itself. Their median is the
Hodges-Lehmann estimate; W, the number of them above a limit, has a known distribution where the limit is the centre
of symmetry, whatever the values' distribution is; and counting from either end gives the interval. An average that
equals the limit counts against whoever claims a difference.
"""
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from math import inf
from statistics import median


def walsh_averages(values):
    """n (n + 1) / 2 of them, sorted."""
    return sorted((a + b) / 2 for i, a in enumerate(values) for b in values[i:])


@lru_cache(maxsize=None)
def lower_tail(n):
    """P(W <= w) for w = 0 .. n (n + 1) / 2: each of the ranks 1..n is in the sum or not, with probability 1/2."""
    probability = [1.0]
    for rank in range(1, n + 1):
        longer = [0.5 * p for p in probability] + [0.0] * rank
        for w, p in enumerate(probability):
            longer[w + rank] += 0.5 * p
        probability = longer
    return list(accumulate(probability))


def probability_above(values, limit):
    """The one-sided p-value of `the centre is at most the limit`: small where the values lie above it."""
    averages = walsh_averages(values)
    above = len(averages) - bisect_right(averages, limit)
    return lower_tail(len(values))[len(averages) - above]


def interval(values, error):
    """(low, estimate, high): the centre is below low with probability `error` at most, and so above high.

    An end is infinite where there are too few values to say.
    """
    if not values:
        return -inf, 0.0, inf
    averages = walsh_averages(values)
    place = bisect_right(lower_tail(len(values)), error)  # of the bound, counted from either end: P(W < place) <= error
    low, high = (averages[place - 1], averages[-place]) if place else (-inf, inf)
    return low, median(averages), high

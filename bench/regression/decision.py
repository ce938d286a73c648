# SPDX-License-Identifier: Apache-2.0
"""Verdicts from ratios, with error rates fixed beforehand.

A benchmark has two lists of logarithms of ratios: head over base, and a program over itself (the A/A pairs, measured in
the same rounds). Its slowdown s, the median of the first list, is compared with two limits:

    slower       s > max(least, noise floor)     the probability of any false one in a gate run is at most false_alarms
    not slower   s < tolerated                   the probability that s >= tolerated, for one benchmark, is at most misses

The noise floor is the outer end of the 95 % interval of the A/A pairs: the largest ratio that this session would believe of
a program against itself. Between the limits either verdict is right.

The data are looked at several times, and each look can err. So each look gets an equal share of both error rates; their sum
bounds the total, however dependent the looks are. Within a look, Holm's procedure divides the share of false alarms among
the benchmarks; a benchmark that was found slower at an earlier look leaves its part to the others.
"""
from dataclasses import dataclass
from math import exp, log1p

from .signs import interval, probability_above

SLOWER, NOT_SLOWER, UNDECIDED = "slower", "not slower", "undecided"
NOISE_ERROR = 0.025  # on either side: a 95 % interval


@dataclass(frozen=True)
class Rules:
    least: float = 0.015         # smaller slowdowns are never reported: code that moves by a cache line causes them
    tolerated: float = 0.04      # larger slowdowns must not pass
    false_alarms: float = 0.01   # per gate run, over all benchmarks and looks
    misses: float = 0.05         # per benchmark
    looks: tuple = (16, 24, 34, 48, 68, 96, 136, 192)  # numbers of pairs at which to look, fixed in advance

    def __post_init__(self):
        if not 0 <= self.least < self.tolerated:
            raise ValueError(f"least {self.least:g} and tolerated {self.tolerated:g}, expected 0 <= least < tolerated")


@dataclass
class Verdict:
    """The verdict about one benchmark; low, ratio and high are head over base."""
    benchmark: str
    verdict: str
    low: float
    ratio: float
    high: float
    floor: float   # the largest slowdown that is noise in this session
    pairs: int


def noise_floor(self_ratios):
    low, _, high = interval(self_ratios, NOISE_ERROR)
    return exp(max(-low, high)) - 1


def look(samples, known, rules):
    """The verdicts after one look at {benchmark: (ratios, self_ratios)}; `known` has those of earlier looks.

    Earlier verdicts stay. Holm: the most convincing undecided benchmark is tested with the share divided by the number of
    benchmarks not yet found slower, the next one with one fewer, until one fails.
    """
    share = rules.false_alarms / len(rules.looks)
    pending = [b for b in samples if b not in known or known[b].verdict == UNDECIDED]
    not_yet_slower = len(samples) - sum(verdict.verdict == SLOWER for verdict in known.values())
    floors = {b: noise_floor(samples[b][1]) for b in pending}
    evidence = {b: probability_above(samples[b][0], log1p(max(rules.least, floors[b]))) for b in pending}
    verdicts, convincing = dict(known), True
    for benchmark in sorted(pending, key=evidence.get):
        ratios = samples[benchmark][0]
        error = share / not_yet_slower
        low, middle, high = interval(ratios, error)
        word = UNDECIDED
        convincing = convincing and evidence[benchmark] <= error
        if convincing:
            word = SLOWER
            not_yet_slower -= 1
        elif interval(ratios, rules.misses / len(rules.looks))[2] < log1p(rules.tolerated):
            word = NOT_SLOWER
        verdicts[benchmark] = Verdict(benchmark, word, exp(low), exp(middle), exp(high), floors[benchmark], len(ratios))
    return verdicts

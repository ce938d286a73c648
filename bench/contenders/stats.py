# SPDX-License-Identifier: Apache-2.0
"""The few statistics of the tables. All of them are of rounds: a round measures every contender once, close in time."""
from statistics import median

QUIET = 0.05         # share of the cpus that others may use during a block that still counts as quiet
ENOUGH_QUIET = 3     # quiet rounds needed before the others are left out


def summary(values):
    return {"median": median(values), "min": min(values), "max": max(values)}


def ratios(values, reference):
    """values[round] / reference[round] for the rounds that have both; None marks a block that failed."""
    return [v / r for v, r in zip(values, reference) if v is not None and r is not None]


def ratio_summary(values, reference):
    """Median, min and max of the ratios within rounds; None without a common round."""
    pairs = ratios(values, reference)
    return summary(pairs) if pairs else None


def quiet_rounds(foreign):
    """The rounds to count, given foreign[contender][round], the share of the cpus that others used.

    On a shared machine a round in which somebody else worked says little about anyone. Rounds are judged by that
    load alone, never by their figures; with too few quiet ones, all count.
    """
    rounds = range(max(map(len, foreign.values()), default=0))
    quiet = [r for r in rounds if all(shares[r] is None or shares[r] <= QUIET for shares in foreign.values())]
    return quiet if len(quiet) >= min(ENOUGH_QUIET, len(rounds)) else list(rounds)


def pick(values, rounds):
    return [values[r] for r in rounds]

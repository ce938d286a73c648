# SPDX-License-Identifier: Apache-2.0
"""The statistics of the tables, over rounds. A round measures each contender once, close in time."""
from statistics import median

QUIET = 0.05         # largest share of the cpus that other processes use during a quiet block
ENOUGH_QUIET = 3     # number of quiet rounds needed to leave the others out


def summary(values):
    return {"median": median(values), "min": min(values), "max": max(values)}


def ratios(values, reference):
    """values[round] / reference[round] for rounds that have both; None marks a failed block."""
    return [v / r for v, r in zip(values, reference) if v is not None and r is not None]


def ratio_summary(values, reference):
    """Median, minimum and maximum of the ratios within rounds; None without a common round."""
    pairs = ratios(values, reference)
    return summary(pairs) if pairs else None


def quiet_rounds(foreign):
    """The rounds that count, given foreign[contender][round], the share of the cpus that other processes used.

    A round during which other processes worked says little. Rounds are selected by that load alone, never by their
    figures; with too few quiet rounds, all count.
    """
    rounds = range(max(map(len, foreign.values()), default=0))
    quiet = [r for r in rounds if all(shares[r] is None or shares[r] <= QUIET for shares in foreign.values())]
    return quiet if len(quiet) >= min(ENOUGH_QUIET, len(rounds)) else list(rounds)


def pick(values, rounds):
    return [values[r] for r in rounds]

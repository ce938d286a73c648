# SPDX-License-Identifier: Apache-2.0
"""One comparison: rounds with a look at each planned number of pairs, until everything is decided."""
import random
import time
from dataclasses import dataclass, field

from . import decision
from .blocks import Length, run_block
from .pairs import BASE, HEAD, order, ratios


@dataclass
class Outcome:
    """Verdicts by benchmark, and the measurements: {benchmark: [seconds]} of each program, and the ratios of the pairs."""
    verdicts: dict = field(default_factory=dict)
    seconds: dict = field(default_factory=lambda: {BASE: {}, HEAD: {}})
    samples: dict = field(default_factory=dict)
    elapsed: float = 0.0

    def of(self, word):
        return [v for v in self.verdicts.values() if v.verdict == word]


def add_round(outcome, programs, names, length, random, run):
    """Measures one benchmark after another. Its four blocks follow each other at once: on a shared machine they differ by a few
    percent then, and by tens of percent if a second lies between them."""
    for name in names:
        figures = {block: run(programs[block[0]], name, length) for block in order(random)}
        for (program, _), seconds in figures.items():
            outcome.seconds[program].setdefault(name, []).append(seconds)
        for kept, new in zip(outcome.samples.setdefault(name, ([], [])), ratios(figures)):
            kept.extend(new)


def compare(base, head, names, rules, length=Length(), budget=300.0, seed=None, say=lambda text: None,
            run=run_block, clock=time.monotonic):
    """Compares two programs. `run` measures a block; `clock` is the clock of the budget, in seconds.

    When the budget is used up, the next planned look happens at once: the end of the budget does not depend on the figures, so
    the share of the error rates holds. Decided benchmarks are not measured any longer.
    """
    outcome, rng, start = Outcome(), random.Random(seed), clock()
    programs = {BASE: base, HEAD: head}
    looks, pairs = list(rules.looks), 0
    while looks and (names := pending(outcome, names)):
        add_round(outcome, programs, names, length, rng, run)
        pairs += 2
        outcome.elapsed = clock() - start
        over = outcome.elapsed + outcome.elapsed / pairs * 2 > budget
        say(f"{pairs} pairs, {outcome.elapsed:.0f} s: {len(names)} of {len(outcome.samples)} undecided")
        if over or pairs >= looks[0]:
            looks = [] if over else looks[1:]
            outcome.verdicts = decision.look(outcome.samples, outcome.verdicts, rules)
    return outcome


def rounds(base, head, names, count, length=Length(), seed=None, say=lambda text: None, run=run_block):
    """Measures a fixed number of rounds without a verdict, for callers that need the ratio only."""
    outcome, rng = Outcome(), random.Random(seed)
    for number in range(count):
        say(f"round {number + 1} of {count}")
        add_round(outcome, {BASE: base, HEAD: head}, names, length, rng, run)
    return outcome


def pending(outcome, names):
    return [n for n in names if n not in outcome.verdicts or outcome.verdicts[n].verdict == decision.UNDECIDED]

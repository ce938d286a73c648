# SPDX-License-Identifier: Apache-2.0
"""Measures how often the gate is wrong: a program against itself, and against itself with a planted slowdown, many times.

A record is one comparison: {"kind": "same" | "planted", "verdict": "slower" | "not slower" | "undecided", ...}.
"""
import os
from collections import Counter
from dataclasses import replace
from math import comb

import machine
from . import decision, session

SAME, PLANTED = "same", "planted"
REPEATS = 20  # of the work in an iteration; one more is 5 %


def programs(program, kind):
    """(base, head), the same program; with a planted slowdown, head repeats the work of an iteration once more."""
    def repeating(label, count):
        return replace(program, label=label, environment={"MILLRACE_BENCH_REPEATS": str(count)})
    return repeating("base", REPEATS), repeating("head", REPEATS + (kind == PLANTED))


def gate_verdict(outcome):
    """The verdict of a whole run, from its exit code."""
    for word in (decision.SLOWER, decision.UNDECIDED):
        if outcome.of(word):
            return word
    return decision.NOT_SLOWER


def processor_seconds():
    """Processor time of all programs that were run. Unlike wall time, it does not pass while the machine does other work."""
    times = os.times()
    return times.children_user + times.children_system


def record(program, kind, names, rules, length, budget):
    outcome = session.compare(*programs(program, kind), names, rules, length, budget, clock=processor_seconds)
    return {"kind": kind, "processor": machine.processor(), "date": machine.now(), "verdict": gate_verdict(outcome), "seconds": round(outcome.elapsed, 2),
            "benchmarks": {v.benchmark: [round(x, 4) for x in (v.ratio, v.low, v.high, v.floor)] + [v.pairs] for v in outcome.verdicts.values()}}


def upper_bound(errors, runs, confidence=0.95):
    """The upper confidence bound of the error rate (Clopper and Pearson): 0 of 200 still allows 1.5 %."""
    def at_most(rate):
        return sum(comb(runs, k) * rate**k * (1 - rate) ** (runs - k) for k in range(errors + 1))
    low, high = errors / runs, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(middle) > 1 - confidence else (low, middle)
    return high


def summary(records):
    """{kind: {"runs", verdict: count, "seconds": the median}}"""
    result = {}
    for kind in (SAME, PLANTED):
        of_kind = [r for r in records if r["kind"] == kind]
        counts = Counter(r["verdict"] for r in of_kind)
        seconds = sorted(r["seconds"] for r in of_kind)
        result[kind] = {"runs": len(of_kind), "seconds": seconds[len(seconds) // 2] if seconds else 0.0,
                        **{word: counts[word] for word in (decision.SLOWER, decision.NOT_SLOWER, decision.UNDECIDED)}}
    return result

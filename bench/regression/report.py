# SPDX-License-Identifier: Apache-2.0
"""An outcome as text, as JSON and as an exit code."""
from dataclasses import asdict
from statistics import median

import machine
from table import columns, figure
from .decision import NOT_SLOWER, SLOWER, UNDECIDED
from .pairs import BASE, HEAD

NO_REGRESSION, REGRESSION, TOO_NOISY = 0, 1, 2
SCALES = ((1e-6, 1e9, "ns"), (1e-3, 1e6, "us"), (1.0, 1e3, "ms"), (float("inf"), 1.0, "s"))


def exit_code(outcome):
    if outcome.of(SLOWER):
        return REGRESSION
    return TOO_NOISY if outcome.of(UNDECIDED) or not outcome.verdicts else NO_REGRESSION


def duration(seconds):
    scale, unit = next((scale, unit) for below, scale, unit in SCALES if seconds < below)
    return f"{figure(seconds * scale)} {unit}"


def percent(ratio):
    return f"{100 * (ratio - 1):+.1f} %"


def interval(verdict):
    return f"{verdict.low:.3f} .. {verdict.high:.3f}"


def table(outcome):
    rows = [["benchmark", "base", "head", "ratio", "interval", "noise", "pairs", "verdict"]]
    for v in outcome.verdicts.values():
        base, head = (median(outcome.seconds[program][v.benchmark]) for program in (BASE, HEAD))
        rows.append([v.benchmark, duration(base), duration(head), f"{v.ratio:.3f}", interval(v), percent(1 + v.floor), str(v.pairs), v.verdict])
    return columns(rows)


def conclusion(outcome, rules):
    lines = [f"slower: {v.benchmark} takes {v.ratio:.3f} times as long, {interval(v)}" for v in outcome.of(SLOWER)]
    lines += [f"too noisy to say: {v.benchmark}, {interval(v)}" for v in outcome.of(UNDECIDED)]
    if not lines:
        return f"no regression: nothing is slower by {100 * rules.tolerated:.3g} %"
    return "\n".join(lines)


def text(outcome, base, head, rules):
    heading = f"base {base.label}, head {head.label}; {machine.processor()}, {outcome.elapsed:.0f} s, {machine.now()}"
    return "\n\n".join([heading, table(outcome), conclusion(outcome, rules)])


def as_json(outcome, base, head, rules, cpus):
    """Everything that was measured: {"verdicts": [...], "seconds": {"base": {benchmark: [...]}, "head": ...}, ...}."""
    return {"base": base.label, "head": head.label, "machine": machine.describe(), "cpus": cpus, "date": machine.now(),
            "elapsed": round(outcome.elapsed, 1), "rules": asdict(rules), "exit_code": exit_code(outcome),
            "verdicts": [asdict(v) for v in outcome.verdicts.values()], "seconds": outcome.seconds}

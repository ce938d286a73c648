# SPDX-License-Identifier: Apache-2.0
"""bench/history.csv: the time of each recorded commit relative to the first one on the same processor, and its plot.

Times of different days cannot be compared, because the speed of the machine changes by tens of percent. So a commit is
measured side by side with the first one, in the gate's rounds, and the plot shows their ratio.
"""
import csv
from collections import Counter
from math import exp
from statistics import median

from regression import revisions, selection, session
from regression.blocks import Length
from regression.pairs import HEAD
from regression.signs import interval
import machine
from . import BENCH, chart
from .chart import Look

FILE = BENCH / "history.csv"
COLUMNS = ("commit", "date", "processor", "benchmark", "microseconds", "reference", "ratio", "low", "high")
HUES = ("orange", "blue", "violet", "green", "grey")


def rows(file=FILE):
    if not file.exists():
        return []
    with open(file, newline="") as lines:
        return list(csv.DictReader(lines))


def reference_of(recorded, processor, commit):
    """The commit that others on this processor are compared with: the first recorded one, or the current one."""
    return next((row["reference"] for row in recorded if row["processor"] == processor), commit)


def add(revision="HEAD", pattern=selection.REPRESENTATIVE, rounds=30, file=FILE, say=lambda text: None, build=revisions.build, compare=session.rounds):
    """Measures the revision side by side with the reference, appends a row per benchmark, and returns the rows."""
    recorded, processor, commit = rows(file), machine.processor(), revisions.name_of(revision)
    reference = reference_of(recorded, processor, commit)
    base, head = build(reference, say), build(commit, say)
    names = selection.choose(base, head, pattern, Length.seconds, say)
    outcome = compare(base, head, names, rounds, Length(), say=say)
    new = []
    for name in names:
        low, ratio, high = (exp(value) for value in interval(outcome.samples[name][0], 0.025))
        ratio = 1.0 if commit == reference else ratio  # the interval of the first commit shows the noise
        seconds = median(outcome.seconds[HEAD][name])
        new.append(dict(zip(COLUMNS, (commit, machine.now(), processor, name, f"{1e6 * seconds:.4g}", reference,
                                      *(f"{value:.4f}" for value in (ratio, low, high))))))
    with open(file, "a", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
        if not recorded:
            writer.writeheader()
        writer.writerows(new)
    return new


def drawing(recorded=None):
    """Ratios by commit, in the order of the file, for the processor with most rows."""
    recorded = rows() if recorded is None else recorded
    processor = Counter(row["processor"] for row in recorded).most_common(1)[0][0]
    recorded = [row for row in recorded if row["processor"] == processor]
    commits, series = list(dict.fromkeys(row["commit"] for row in recorded)), {}
    for row in recorded:
        series.setdefault(row["benchmark"].removesuffix("/real_time"), []).append((commits.index(row["commit"]), float(row["ratio"])))
    cases = list(dict.fromkeys(name.rpartition("/")[0] for name in series))  # one hue per workload; its last variant is dashed
    looks = {name: Look(HUES[cases.index(name.rpartition("/")[0]) % len(HUES)], dashed=name.endswith(":all")) for name in series}
    every = -(-len(commits) // 7)  # as many labels as fit
    ratios = [y for line in series.values() for _, y in line]
    return chart.lines(f"Time of a step by commit, {commits[0][:7]} = 1", f"Ratios on {processor}", series, looks, "commit", "ratio",
                       log_x=False, log_y=False, x_ticks=range(0, len(commits), every), x_text=lambda place: commits[place][:7],
                       y_text=lambda y: f"{y:g}", y_range=(0, max(1.25, 1.05 * max(ratios))))

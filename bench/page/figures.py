# SPDX-License-Identifier: Apache-2.0
"""The page's drawings: which saved figures go into which chart. Without saved figures a function returns an empty result."""
from statistics import median

from . import chart
from .axis import amount, microseconds
from .chart import Look
from .pieces import BATCHES, JOBS, NAMED, SCALED, THREADED, WIDTHS, network
from stats import pick, quiet_rounds
from table import figure

LOOKS = {
    "millrace": Look("orange", strong=True), "keras": Look("blue"), "keras-jax": Look("blue", dashed=True), "torch": Look("violet"),
    "torch-compile": Look("violet", dashed=True), "jax": Look("green"), "sklearn": Look("grey"),
}
ORDER = tuple(LOOKS)


def rounds_that_count(results):
    return quiet_rounds({name: r["foreign"] for name, r in results.items() if "us" in r})


def step_times(runs, workload, threads):
    """{contender: microseconds}: the median of the quiet rounds; for millrace, which is in every run, over all runs."""
    times = {}
    for run in runs:
        results = run["results"].get(workload, {})
        if run["mode"] != "steps" or run["threads"] != threads:
            continue
        for name, r in results.items():
            if "us" in r and "error" not in r:
                times.setdefault(name, []).extend(pick(r["us"], rounds_that_count(results)))
    return {name: median(times[name]) for name in ORDER if name in times}


def ratios(runs, workload, threads):
    """{contender: times as long as millrace}: the median of the ratios within rounds, from a run that has both."""
    found = {}
    for run in runs:
        results = run["results"].get(workload, {})
        if run["mode"] != "steps" or run["threads"] != threads or "us" not in results.get("millrace", {}):
            continue
        for name, r in results.items():
            if name != "millrace" and "us" in r and "error" not in r:
                found.setdefault(name, []).extend(r["us"][i] / results["millrace"]["us"][i] for i in rounds_that_count(results))
    return {name: median(found[name]) for name in ORDER if name in found}


def processes(runs, epochs, threads):
    """{contender: {"seconds", "cpu_seconds", "peak_mib", "installed_mib"}}, medians for the job on classroom."""
    found = {}
    for run in runs:
        if run["mode"] == "process" and run.get("epochs") == epochs and run["threads"] == threads:
            for name, r in run["results"].get("classroom", {}).items():
                if r.get("seconds") and "error" not in r:
                    kept = found.setdefault(name, {})
                    for key in ("seconds", "cpu_seconds", "peak_mib"):
                        kept.setdefault(key, []).extend(r[key])
                    kept["installed_mib"] = [r.get("installed_mib", 0) - r.get("cuda_mib", 0)]
    return {name: {key: median(values) for key, values in found[name].items()} for name in ORDER if name in found}


def by_size(runs, threads, sizes, workload, x_label, title):
    series = {}
    for size in sizes:
        for name, us in step_times(runs, workload(size), threads).items():
            series.setdefault(name, []).append((size, us))
    series = {name: series[name] for name in ORDER if name in series}
    return series and chart.lines(title, "Microseconds a training step by contender, both axes logarithmic", series, LOOKS, x_label, "time of a step",
                       x_ticks=sizes, y_text=microseconds)


def by_width(runs, threads):
    return by_size(runs, threads, WIDTHS, lambda w: network(width=w), "units in each of two hidden layers, 64 inputs, 10 classes, batch 128", "Step by size of the network")


def by_batch(runs, threads):
    return by_size(runs, threads, BATCHES, lambda b: network(batch=b), "rows of a batch, network 64-256-256-10", "Step by size of the batch")


def against(runs, threads):
    """One panel per workload: the time of each contender relative to millrace."""
    def say(value):
        return f"{figure(value)} x"
    panels = []
    for name in NAMED:
        of_others = ratios(runs, name, threads)
        if of_others:
            us = step_times(runs, name, threads)["millrace"]
            panels.append((f"{name}, millrace {spoken(us)}", {"millrace": 1.0} | of_others, say))
    return panels and chart.bars("Time of a step, millrace = 1", "Bars: how many times as long as millrace", panels, LOOKS, columns=2)


def scaling(runs, threads):
    """One panel per network: speed relative to one thread."""
    panels = []
    for name in SCALED:
        one, all_of_them = step_times(runs, name, 1), step_times(runs, name, threads)
        gains = {who: one[who] / all_of_them[who] for who in ("millrace", *THREADED) if who in one and who in all_of_them}
        if gains:
            panels.append((f"{name}, millrace {spoken(one['millrace'])} on one", gains, lambda value: f"{value:.2f} x"))
    return panels and chart.bars(f"Speed with {threads} threads, with one thread = 1", "Bars: how many times as fast", panels, LOOKS, columns=2)


def jobs(runs, threads):
    """Seconds and memory of whole processes."""
    panels = []
    for epochs in JOBS:
        found = processes(runs, epochs, threads)
        what = "one epoch: start-up" if epochs == 1 else f"{epochs} epochs"
        if found:
            panels.append((f"{what}, seconds", {n: r["seconds"] for n, r in found.items()}, lambda v: f"{figure(v)} s"))
            panels.append((f"{what}, peak memory", {n: r["peak_mib"] for n, r in found.items()}, lambda v: f"{amount(round(v))} MiB"))
    return panels and chart.bars("The classroom's job as one process", "Bars: wall seconds and peak memory", panels, LOOKS, columns=2)


def spoken(us):
    """58.3 us, 2.47 ms, 221 ms."""
    return f"{figure(us / 1000)} ms" if us >= 1000 else f"{figure(us)} us"


DRAWINGS = {"against": against, "by-width": by_width, "by-batch": by_batch, "threads": scaling, "process": jobs}

# SPDX-License-Identifier: Apache-2.0
"""Rewrites the blocks of docs/performance.md between markers from measurements; the prose is written by hand."""
import json
import re

import machine
from regression import error_rates
from regression.decision import NOT_SLOWER, SLOWER, UNDECIDED
from table import figure, noise
from . import BENCH, DOCS, chart, figures, timeline
from .axis import amount
from .pieces import JOBS, NAMED
from .results import folder, of_last_program

PAGE = DOCS / "performance.md"
PICTURES = DOCS / "performance"
ERRORS = BENCH / "gate-error-rates.jsonl"


def markdown(rows):
    head, *body = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body])


def replace(text, name, block):
    """The page with a new block between <!-- name --> and <!-- end -->, which must exist."""
    pattern = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.S)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"[performance] {PAGE.name} has no block '{name}', or several")
    return pattern.sub(lambda found: found[1] + block + "\n" + found[2], text)


def origin(runs):
    """The origin of the figures: processor, threads, commit, dates, versions."""
    m, dates = machine.describe(), sorted(run["date"][:10] for run in runs)
    versions = {name: version for run in runs for name, version in run["versions"].items()}
    threads = max(run["threads"] for run in runs)
    return (f"{m['processor']}, {m['cpus']} cpus, {m['memory_mib'] // 1024} GiB, Linux {m['kernel'].split('-')[0]}; {threads} threads; "
            f"millrace at {runs[-1]['commit']}, {' to '.join(dict.fromkeys((dates[0], dates[-1])))}.\n\n"
            + ", ".join(f"{name} {version}" for name, version in sorted(versions.items())) + "." + disturbances(runs))


def disturbances(runs):
    """One line for each figure that other load disturbed."""
    lines = [noise(task, results, figures.rounds_that_count(results)) for run in runs if run["mode"] == "steps"
             for task, results in run["results"].items()]
    noisy = sorted({line for line in lines if "noisy" in line})
    return "\n".join(["", "", "Measured while others used the processors, so not to be quoted:", "", *(f"- {line}" for line in noisy)]) if noisy else ""


def steps_table(runs, threads):
    rows = [["network", *figures.ORDER]]
    for name in NAMED:
        times, ratios = figures.step_times(runs, name, threads), figures.ratios(runs, name, threads)
        cells = [figures.spoken(times[who]) if who == "millrace" and who in times else f"{figure(ratios[who])} x" if who in ratios else "-"
                 for who in figures.ORDER]
        rows.append([name, *cells])
    return markdown(rows)


def jobs_table(runs, threads):
    rows = [["contender", "start-up s", "100 epochs s", "processor s", "peak MiB", "installed MiB"]]
    start, whole = (figures.processes(runs, epochs, threads) for epochs in JOBS)
    for name in figures.ORDER:
        if name in start and name in whole:
            installed = whole[name]["installed_mib"]
            rows.append([name, figure(start[name]["seconds"]), figure(whole[name]["seconds"]), figure(whole[name]["cpu_seconds"]),
                         amount(round(whole[name]["peak_mib"])), amount(installed) if installed else "-"])
    return markdown(rows)


def machine_of(record):
    return ": ".join(filter(None, (record["processor"], record["conditions"])))


def errors_table(records):
    """The records of gate-error-rates, by machine and its other load."""
    rows = [["compared", "machine", "runs", "slower", "not slower", "too noisy to say", "median of processor time"]]
    names = {error_rates.SAME: "a program with itself", error_rates.PLANTED: "with 5 % planted"}
    for kind, name in names.items():
        machines = sorted({machine_of(r) for r in records})
        for condition in [*machines, None] if len(machines) > 1 else [None]:
            chosen = [r for r in records if condition in (None, machine_of(r))]
            counts = error_rates.summary(chosen)[kind]
            rows.append([name, condition or "all", counts["runs"], counts[SLOWER], counts[NOT_SLOWER], counts[UNDECIDED], f"{counts['seconds']:.1f} s"])
    return markdown(rows)


def error_rates_block():
    records = [json.loads(line) for line in ERRORS.read_text().splitlines()]
    same = [r for r in records if r["kind"] == error_rates.SAME]
    false = sum(r["verdict"] == SLOWER for r in same)
    dates = sorted(r["date"][:16].replace("T", " ") for r in records)
    return (f"{errors_table(records)}\n\n{false} false alarms in {len(same)} runs: with 95 % confidence the rate is below "
            f"{100 * error_rates.upper_bound(false, len(same)):.2g} %. Measured from {dates[0]} to {dates[-1]} UTC.")


def draw():
    """Writes docs/performance/*.svg and the page's blocks."""
    runs = of_last_program(folder())
    if not runs:
        raise SystemExit(f"[performance] nothing was saved in {folder()}: run bench/performance without --draw")
    threads = max(run["threads"] for run in runs)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, drawing in figures.DRAWINGS.items():
        (PICTURES / f"{name}.svg").write_text(drawing(runs, threads) or chart.nothing(name))
    (PICTURES / "history.svg").write_text(timeline.drawing())
    text = PAGE.read_text()
    for name, block in (("origin", origin(runs)), ("steps", steps_table(runs, threads)), ("jobs", jobs_table(runs, threads)),
                        ("error rates", error_rates_block())):
        text = replace(text, name, block)
    PAGE.write_text(text)

# SPDX-License-Identifier: Apache-2.0
"""Results as text: aligned columns, and figures with three significant digits."""
from stats import QUIET, pick, quiet_rounds, ratio_summary, summary


def figure(value):
    """Three significant digits, never an exponent: 18.6, 1840, 156000."""
    rounded = float(f"{value:.3g}")
    return str(int(rounded)) if rounded >= 100 else f"{rounded:#.3g}"


def columns(rows):
    """Lines made of rows of texts, the first column left-aligned, the others right-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join([row[0].ljust(widths[0])] + [text.rjust(width) for text, width in zip(row[1:], widths[1:])])
                     .rstrip() for row in rows)


def counted_rounds(results):
    return quiet_rounds({name: r["foreign"] for name, r in results.items() if "us" in r})


def time_cell(result, rounds):
    values = [v for v in pick(result["us"], rounds) if v is not None] if "us" in result else []
    return figure(summary(values)["median"]) if values and "error" not in result else "-"


def ratio_cell(result, reference, rounds):
    if any("us" not in r or "error" in r for r in (result, reference)):
        return "-"
    r = ratio_summary(pick(result["us"], rounds), pick(reference["us"], rounds))
    return f"{figure(r['median'])} [{figure(r['min'])}..{figure(r['max'])}]" if r else "-"


def render_operations(by_task, reference, other):
    """One line per operation, the slowest relative to `other` first."""
    lines = []
    for task, r in by_task.items():
        rounds = counted_rounds(r)
        shown = all("us" in r[name] and "error" not in r[name] for name in (reference, other))
        ratio = ratio_summary(pick(r[other]["us"], rounds), pick(r[reference]["us"], rounds)) if shown else None
        lines.append((ratio["median"] if ratio else float("inf"),
                      [task, time_cell(r[reference], rounds), time_cell(r[other], rounds), ratio_cell(r[other], r[reference], rounds)]))
    head = ["operation", reference, other, f"{other} / {reference} [min..max]"]
    noisy = [line for task, r in by_task.items() if (line := noise(task, r, counted_rounds(r)))]
    return "\n".join(["microseconds a step, median of the rounds", columns([head] + [cells for _, cells in sorted(lines)]),
                      "", *noisy, *absences(by_task)]).rstrip()


def lead(results, name, other):
    """The median over the rounds of other's time over name's; None if one of them has no figure."""
    if any("us" not in results.get(n, {}) or "error" in results[n] for n in (name, other)):
        return None
    rounds = counted_rounds(results)
    summary = ratio_summary(pick(results[other]["us"], rounds), pick(results[name]["us"], rounds))
    return summary and summary["median"]


def render_lead(by_task, name, own):
    """How much faster `name` is than `own`, and than the fastest other contender, by task."""
    rows = [["task", f"over {own}", "over the fastest contender", "which is"]]
    for task, results in by_task.items():
        others = {n: ratio for n in results if not n.startswith(own) and (ratio := lead(results, name, n))}
        fastest = min(others, key=others.get, default=None)
        in_own = lead(results, name, own)
        rows.append([task, figure(in_own) if in_own else "-", figure(others[fastest]) if fastest else "-", fastest or "-"])
    return f"how many times as fast {name} is\n" + columns(rows)


def absences(by_task):
    """The contenders that did not run, with each reason once."""
    seen = dict.fromkeys(f"{name}: {r.get('skip') or 'failed, ' + r['error']}" for results in by_task.values()
                         for name, r in results.items() if "skip" in r or "error" in r)
    return list(seen)


def noise(task, results, rounds):
    """One line about the effect of other load on the figures; empty if there was none."""
    foreign = [r["foreign"] for r in results.values() if "us" in r]
    worst = max((share for shares in foreign for share in pick(shares, rounds) if share is not None), default=0)
    left_out = max(map(len, foreign), default=0) - len(rounds)
    if worst > QUIET:
        return f"{task}: noisy, others used up to {worst:.0%} of the processor"
    return f"{task}: {left_out} rounds left out in which others used the processor" if left_out else ""


def render(by_task, reference, unit):
    """The two tables of {task: {contender: result}}, times and ratios to the reference, with notes."""
    names = list(dict.fromkeys(name for results in by_task.values() for name in results))
    rounds = {task: counted_rounds(results) for task, results in by_task.items()}
    times = [["task", *names]] + [[task] + [time_cell(r[n], rounds[task]) if n in r else "-" for n in names]
                                  for task, r in by_task.items()]
    parts = [f"{unit}, median of the rounds", columns(times)]
    if any("us" in r.get(reference, {}) for r in by_task.values()):
        others = [n for n in names if n != reference]
        ratios = [["task", *others]] + [
            [task] + [ratio_cell(r[n], r.get(reference, {}), rounds[task]) if n in r else "-" for n in others]
            for task, r in by_task.items()]
        parts += ["", f"times the time of {reference}, median [min..max] of the ratios within a round", columns(ratios)]
    else:
        parts += ["", f"no ratios: {reference} was not measured"]
    noisy = [line for task, results in by_task.items() if (line := noise(task, results, rounds[task]))]
    return "\n".join(parts + [""] * bool(noisy) + noisy + [""] + absences(by_task)).rstrip()

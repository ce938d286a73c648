# SPDX-License-Identifier: Apache-2.0
"""Measures a training job as one process, from start to end, including imports and compilation: time and memory."""
import os
import random
import shutil
import subprocess
import tempfile
import time

import environment
import millrace_train
import workloads
from job import Skip
from stats import summary
from table import absences, columns, figure


def command(name, contender, python, workload, threads, epochs, out):
    if name == "millrace":
        return millrace_train.command(workload, environment.DATA, threads, epochs, out)
    if contender.requirements:
        python = environment.own_environment(contender)
    return [python, environment.HERE / "worker.py", "--job", contender.module, workload.name, environment.DATA,
            str(threads), str(epochs)]


def run_once(words, variables, log):
    """Wall seconds, processor seconds and peak memory (MiB) of a process and its children."""
    with open(log, "w") as output:
        start = time.perf_counter()
        process = subprocess.Popen(words, env=variables, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"ended with {process.returncode}, see {log}")
    return {"seconds": wall, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}


def measure(contenders, python, workload, threads, epochs, rounds, say):
    """{contender: {"seconds": [...], "cpu_seconds": [...], "peak_mib": [...]}}, interleaved. The first run of each
    fills file caches and compiler caches and is not counted."""
    results, out = {}, tempfile.mkdtemp(prefix="contenders-")
    log = environment.HOME / "log"
    log.mkdir(parents=True, exist_ok=True)
    try:
        for turn in range(rounds + 1):
            for name in random.Random(turn).sample(list(contenders), len(contenders)):
                result = results.setdefault(name, {"seconds": [], "cpu_seconds": [], "peak_mib": []})
                if "skip" in result or "error" in result:
                    continue
                say(f"{workload.name}, {epochs} epochs as one process: run {turn} of {rounds}, {name}")
                try:
                    words = command(name, contenders[name], python, workload, threads, epochs, out)
                    once = run_once(words, environment.variables(contenders[name]), log / f"{name}-process.txt")
                except Skip as reason:
                    result["skip"] = str(reason)
                except RuntimeError as error:
                    result["error"] = str(error)
                else:
                    for key, value in once.items() if turn else ():
                        result[key].append(round(value, 4))
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return {name: results[name] for name in contenders}


def render(by_workload, epochs):
    """A table for each workload of {workload: {contender: result}}, and the missing contenders."""
    parts = []
    for workload, results in by_workload.items():
        rows = [["contender", "seconds", "cpu seconds", "peak MiB", "installed MiB", "of that for GPUs"]]
        for name, r in results.items():
            rows.append([name] + [figure(summary(r[key])["median"]) if r[key] else "-"
                                  for key in ("seconds", "cpu_seconds", "peak_mib")]
                        + [str(r.get(key, "-")) for key in ("installed_mib", "cuda_mib")])
        parts += [f"{workload}, {epochs} epochs as one process, median of the runs", columns(rows), ""]
    return "\n".join(parts + absences(by_workload)).rstrip()

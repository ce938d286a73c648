# SPDX-License-Identifier: Apache-2.0
"""millrace: Model::predict of a built model, rows in memory to outputs in memory, as bench/model/predict.cpp times it.

It compares its answer with the plain reference first. The model chooses the number of threads.
"""
import json
import subprocess

import millrace_program
from job import Job, Skip


def prepare(workload, data, threads, model, batch):
    program = millrace_program.bench()
    name = f"predict/{workload.name}/{batch}/threads:{'1' if threads == 1 else 'all'}/"
    listed = subprocess.run([program, "--benchmark_list_tests"], capture_output=True, text=True, check=True).stdout
    if name not in listed:
        raise Skip(f"{program.name} has no benchmark {name[:-1]}")

    def run(slices):
        done = subprocess.run([program, f"--benchmark_filter=^{name}", "--benchmark_format=json"],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{program.name} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        [benchmark] = json.loads(done.stdout)["benchmarks"]
        return [benchmark["real_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}[benchmark["time_unit"]]]

    return Job(1, run, lambda: 0.0)

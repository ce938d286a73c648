# SPDX-License-Identifier: Apache-2.0
"""millrace: inference, through a program that times it: --millrace-predict PROGRAM.

It is called as  PROGRAM MODEL.onnx --batch ROWS --threads N --seconds S  and prints one JSON object whose "us" is
the median of microseconds a call, rows in memory to outputs in memory.
"""
import json
import os
import subprocess

from job import Job, Skip


def prepare(workload, data, threads, model, batch):
    program = os.environ.get("MILLRACE_PREDICT")
    if not program:
        raise Skip("no program that times predictions: name one with --millrace-predict")
    words = [program, model, "--batch", str(batch), "--threads", str(threads), "--seconds"]

    def run(slices):
        done = subprocess.run([*words, "0.5"], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return [json.loads(done.stdout)["us"] * 1e-6]

    return Job(1, run, lambda: 0.0)

# SPDX-License-Identifier: Apache-2.0
"""millrace: the command-line program, as any user runs it, on the same arrays as .npy files.

The figure is the training seconds the program reports, over its steps: epochs from first to last, shuffling and
the last smaller batch included, as with every other contender. Its own median of a step is kept beside it.
"""
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from job import Job, Skip
from workloads import LEARNING_RATE, files

DEFAULT_PROGRAM = Path(__file__).resolve().parents[2] / "build" / "release" / "millrace"


def program():
    path = Path(os.environ.get("MILLRACE_PROGRAM") or DEFAULT_PROGRAM)
    if not os.access(path, os.X_OK):
        raise Skip("no program at build/release/millrace: run 'make build', or give --millrace FILE")
    return path


def command(workload, data, threads, epochs, out):
    """The command line of a training run of the workload."""
    x, y = files(workload, data)
    *hidden, outputs = workload.widths[1:]
    layers = [f"{units}:{workload.hidden}" for units in hidden] + [f"{outputs}:{workload.output}"]
    options = {"data": x, "target": y, "layers": ",".join(layers), "loss": workload.loss, "optimizer": "adam",
               "learning-rate": LEARNING_RATE, "epochs": epochs, "batch": workload.batch, "validation": 0, "seed": 1,
               "scale": "none", "threads": threads, "out": out}
    return [str(program()), "train", *(text for key, value in options.items() for text in (f"--{key}", str(value))),
            "--json"]


def prepare(workload, data, threads):
    report = {}
    notes = {"program": os.path.relpath(program(), DEFAULT_PROGRAM.parents[2])}

    def run(epochs):
        out = tempfile.mkdtemp(prefix="millrace-")
        try:
            done = subprocess.run(command(workload, data, threads, epochs + 1, out), capture_output=True, text=True)
        finally:
            shutil.rmtree(out, ignore_errors=True)
        if done.returncode != 0:
            raise RuntimeError(f"millrace train ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        report.update(json.loads(done.stdout))
        notes.update({key: report[key] for key in ("step_us", "threads", "plan", "peak_rss_mib") if key in report})
        return [report["seconds"] / report["steps"] * workload.steps]

    return Job(workload.steps, run, lambda: report["metrics"]["loss"], notes=notes)

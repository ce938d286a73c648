# SPDX-License-Identifier: Apache-2.0
"""millrace: the program as users run it, on the same arrays, stored as .npy files.

The figure is the median time of an epoch that the program reports, divided by its steps: with shuffling and the smaller last
batch, as for every contender, and without the first epoch, in which every contender warms up. The program's own median step
time is saved, too.
"""
import os

import millrace_program
from job import Job
from machine import ROOT
from workloads import LEARNING_RATE, files


def command(workload, data, threads, epochs, out, precision="fp32"):
    """The command line of a training run of the workload."""
    x, y = files(workload, data)
    *hidden, outputs = workload.widths[1:]
    layers = [f"{units}:{workload.hidden}" for units in hidden] + [f"{outputs}:{workload.output}"]
    options = {"data": x, "target": y, "layers": ",".join(layers), "loss": workload.loss, "optimizer": "adam",
               "learning-rate": LEARNING_RATE, "epochs": epochs, "batch": workload.batch, "validation": 0, "seed": 1,
               "scale": "none", "threads": threads, "out": out, "precision": {"bf16": "mixed_bfloat16"}.get(precision, precision)}
    if workload.regression:
        options["scale-target"] = "none"
    return [str(millrace_program.train()), "train", *(text for key, value in options.items() for text in (f"--{key}", str(value))),
            "--json"]


def prepare(workload, data, threads, precision="fp32"):
    report = {}
    notes = {"program": os.path.relpath(millrace_program.train(), ROOT)}

    def run(epochs):
        report.update(millrace_program.report(lambda out: command(workload, data, threads, epochs + 1, out, precision)))
        notes.update({key: report[key] for key in ("step_us", "threads", "plan", "peak_rss_mib") if key in report})
        return [report["epoch_seconds"]]

    return Job(workload.steps, run, lambda: report["metrics"]["loss"], notes=notes)

# SPDX-License-Identifier: Apache-2.0
"""millrace's step with an operation (operations.py), run by the program as users run it."""
from pathlib import Path

import millrace_program
from job import Job, fastest_threads
from operations import files, parse  # noqa: F401 (parse: the worker's)


def command(operation, data, threads, epochs, out):
    x, y = files(operation, data)
    words = [str(millrace_program.train()), "train", "--data", x, "--target", y, "--loss", operation.loss, "--optimizer", operation.optimizer,
             "--epochs", epochs, "--batch", operation.batch, "--learning-rate", 1e-5, "--scale", "none", "--seed", 1,
             "--threads", threads, "--out", out, "--metrics", "mean_absolute_error", "--json"]
    if operation.loss in ("sparse_categorical_crossentropy", "categorical_crossentropy"):
        words[words.index("mean_absolute_error")] = "accuracy"
    if operation.toml:
        (Path(out) / "net.toml").write_text(operation.toml)
        words += ["--config", Path(out) / "net.toml"]
    else:
        words += ["--layers", operation.layers]
    return list(map(str, words))


def prepare(operation, data, threads):
    report, notes = {}, {"threads": threads}

    def train(count, epochs):
        report.update(millrace_program.report(lambda out: command(operation, data, count, epochs, out)))
        return report["seconds"] / report["steps"] * operation.steps

    def tune():
        notes["threads"] = fastest_threads(threads, lambda count: train(count, 20))

    return Job(operation.steps, lambda epochs: [train(notes["threads"], epochs + 1)], lambda: report["metrics"]["loss"],
               tune, notes)

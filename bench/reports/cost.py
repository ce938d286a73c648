#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how long a report takes, and how large its page is: each job runs with and without --report, by turns.

Usage:  bench/reports/cost.py [--program build/release/millrace] [--repeats N] [NAME ...]
"""
import argparse
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "examples/data"
MOST_SHARE, LEAST_SECONDS = 0.05, 0.3


def write_table(path, rows, columns, classes):
    draw = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join([*(f"column {c}" for c in range(columns)), "kind"]) + "\n")
        for row in range(rows):
            kind = row % classes
            file.write(",".join(f"{(kind * (c + 1) % 17) / 17 + draw.random():.3f}" for c in range(columns)) + f",kind {kind}\n")


def jobs(folder):
    """{name: (words of train, what the job is)}"""
    wide, many = folder / "wide.csv", folder / "many.csv"
    write_table(wide, 3000, 1000, 2)
    write_table(many, 6000, 20, 100)
    held_out = ["--members", 1, "--validation", 0.2, "--split", "random"]
    large = ["--layers", "512:relu,900:relu,10:softmax", "--loss", "sparse_categorical_crossentropy"]
    return {
        "small": (["--data", DATA / "breast_cancer.csv", "--target", "diagnosis", *held_out, "--epochs", 30], "569 rows, 30 epochs"),
        "default": (["--data", DATA / "breast_cancer.csv", "--target", "diagnosis"], "569 rows, five networks"),
        "1000-columns": (["--data", wide, "--target", "kind", *held_out, "--epochs", 30], "3 000 rows, 1 000 columns, 30 epochs"),
        "100-classes": (["--data", many, "--target", "kind", *held_out, "--epochs", 60], "6 000 rows, 100 classes, 60 epochs"),
        "10000-epochs": (["--data", DATA / "breast_cancer.csv", "--target", "diagnosis", *held_out, "--epochs", 10_000], "569 rows, 10 000 epochs"),
        "large-network": (["--data", DATA / "digits.csv", "--target", "digit", *large, *held_out, "--epochs", 60], "1 797 rows, 500 000 weights, 60 epochs"),
    }


def seconds_of(program, words):
    begin = time.perf_counter()
    subprocess.run([program, *map(str, words)], check=True, capture_output=True)
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--program", default=ROOT / "build/release/millrace")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    print("| run | without | with `--report` | more | page |\n|---|---|---|---|---|")
    within = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name, (words, what) in jobs(folder).items():
            if given.names and name not in given.names:
                continue
            plain, reported = [], []
            for _ in range(given.repeats):
                plain.append(seconds_of(given.program, ["train", *words, "--out", folder / "plain", "--overwrite", "--quiet"]))
                reported.append(seconds_of(given.program, ["train", *words, "--out", folder / "reported", "--overwrite", "--quiet", "--report"]))
            without, more = statistics.median(plain), statistics.median(b - a for a, b in zip(plain, reported))
            size = (folder / "reported/report.html").stat().st_size / 1e6
            print(f"| {what} | {without:.2f} s | {without + more:.2f} s | {more:.2f} s, {100 * more / without:.0f} % | {size:.2f} MB |", flush=True)
            within = within and more <= max(MOST_SHARE * without, LEAST_SECONDS)
    print(f"each takes at most 5 % more, or {LEAST_SECONDS} s" if within else f"a report takes more than 5 % and {LEAST_SECONDS} s")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the example tables beside this script, from the data sets that scikit-learn brings along.

    python3 -m venv env && env/bin/pip install scikit-learn && env/bin/python make.py
"""
import csv
import pathlib

from sklearn.datasets import load_breast_cancer, load_digits

HERE = pathlib.Path(__file__).parent


def write(name, header, rows):
    with open(HERE / name, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main():
    digits = load_digits()
    header = [f"pixel_{i}_{j}" for i in range(8) for j in range(8)] + ["digit"]
    rows = [[int(pixel) for pixel in image] + [int(label)] for image, label in zip(digits.data, digits.target)]
    write("digits.csv", header, rows)
    write("digits01.csv", header, [row for row in rows if row[-1] in (0, 1)])

    cancer = load_breast_cancer()
    header = [name.replace(" ", "_") for name in cancer.feature_names] + ["diagnosis"]
    rows = [[repr(float(x)) for x in features] + [str(cancer.target_names[label])]
            for features, label in zip(cancer.data, cancer.target)]
    write("breast_cancer.csv", header, rows)


if __name__ == "__main__":
    main()

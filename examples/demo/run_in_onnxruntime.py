# SPDX-License-Identifier: Apache-2.0
"""Runs a model that millrace has trained in ONNX Runtime, on the rows of a CSV file, without millrace.

Usage:  run_in_onnxruntime.py MODEL.onnx TABLE.csv PREDICTIONS.csv        needs: numpy onnxruntime

PREDICTIONS.csv is the output of `millrace predict MODEL.onnx --data TABLE.csv`. Prints the largest difference between its
scores and those of ONNX Runtime; exits with 1 if the difference is above 1e-6 or a row gets another class.
"""
import csv
import json
import sys

import numpy
import onnxruntime

TOLERANCE = 1e-6  # absolute for scores up to 1, relative for larger ones


def read_columns(path, names):
    """Reads the columns of these names, in this order, as text."""
    with open(path, newline="", encoding="utf-8") as file:
        return [[row[name] for name in names] for row in csv.DictReader(file)]


def run(model, table):
    """Returns the scores and the class names. The model takes raw columns: their preparation is part of its graph."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    card = json.loads(session.get_modelmeta().custom_metadata_map["millrace.model"])
    rows = numpy.array(read_columns(table, card["features"]), dtype=numpy.float32)
    (scores,) = session.run(None, {session.get_inputs()[0].name: rows})
    return scores, card["classes"]


def classes_of(scores, names):
    """Returns the class of every row: that of the largest score, or of whether a single score is above 0.5."""
    index = scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0.5).astype(int)
    return [names[i] if names else str(i) for i in index]


def main(model, table, predictions):
    scores, names = run(model, table)
    with open(predictions, newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    expected = numpy.array([line[:-1] for line in lines], dtype=numpy.float32)
    if scores.shape != expected.shape:
        sys.exit(f"ONNX Runtime returns scores of shape {scores.shape}, but {predictions} has {expected.shape}")
    difference = numpy.abs(scores - expected) / numpy.maximum(1, numpy.abs(expected))
    worst = float(difference.max())
    same = sum(ours == line[-1] for ours, line in zip(classes_of(scores, names), lines))
    print(f"ONNX Runtime {onnxruntime.__version__}: same class as millrace in {same} of {len(lines)} rows, largest difference of a score {worst:.1e}", file=sys.stderr)
    print(f"{worst:.1e}")
    return 0 if same == len(lines) and worst <= TOLERANCE else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

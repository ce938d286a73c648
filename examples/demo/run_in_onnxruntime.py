# SPDX-License-Identifier: Apache-2.0
"""A model that millrace has trained, run without millrace: the rows of a CSV file through ONNX Runtime.

Usage:  run_in_onnxruntime.py MODEL.onnx TABLE.csv PREDICTIONS.csv        needs: numpy onnxruntime

PREDICTIONS.csv is what `millrace predict MODEL.onnx --data TABLE.csv` wrote. Says on stderr how far ONNX Runtime is from
it, prints the largest difference, and exits with 1 when that is above 1e-6 or a row gets another class.
"""
import csv
import json
import sys

import numpy
import onnxruntime

TOLERANCE = 1e-6  # of fp32 numbers of the size of 1, and relative to larger ones


def read_columns(path, names):
    """The columns of these names, in this order, as text."""
    with open(path, newline="", encoding="utf-8") as file:
        return [[row[name] for name in names] for row in csv.DictReader(file)]


def run(model, table):
    """Raw columns in, scores out: what has to be done to the columns is part of the graph."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    card = json.loads(session.get_modelmeta().custom_metadata_map["millrace.model"])
    rows = numpy.array(read_columns(table, card["features"]), dtype=numpy.float32)
    (scores,) = session.run(None, {session.get_inputs()[0].name: rows})
    return scores, card["classes"]


def classes_of(scores, names):
    """The class of every row: the largest of several scores, or whether the one score is above 0.5."""
    index = scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0.5).astype(int)
    return [names[i] if names else str(i) for i in index]


def main(model, table, predictions):
    scores, names = run(model, table)
    with open(predictions, newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    expected = numpy.array([line[:-1] for line in lines], dtype=numpy.float32)
    if scores.shape != expected.shape:
        sys.exit(f"ONNX Runtime gives scores of shape {scores.shape}, {predictions} has {expected.shape}")
    difference = numpy.abs(scores - expected) / numpy.maximum(1, numpy.abs(expected))
    worst = float(difference.max())
    same = sum(ours == line[-1] for ours, line in zip(classes_of(scores, names), lines))
    print(f"ONNX Runtime {onnxruntime.__version__}: the same class as millrace in {same} of {len(lines)} rows, largest difference of a score {worst:.1e}", file=sys.stderr)
    print(f"{worst:.1e}")
    return 0 if same == len(lines) and worst <= TOLERANCE else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

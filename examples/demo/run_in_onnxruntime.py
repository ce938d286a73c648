# SPDX-License-Identifier: Apache-2.0
"""Runs a model that millrace has trained in ONNX Runtime, on the rows of a CSV file, without millrace.

Usage:  run_in_onnxruntime.py MODEL.onnx TABLE.csv PREDICTIONS.csv        needs: numpy onnxruntime

PREDICTIONS.csv is the output of `millrace predict MODEL.onnx --data TABLE.csv`. Prints the largest difference between its
scores and those of ONNX Runtime; exits with 1 if the difference is above 1e-6 or a row gets another class. Models of every
loss, with one input or several, one target or several; columns of numbers.
"""
import csv
import json
import sys

import numpy
import onnxruntime

TOLERANCE = 1e-6  # absolute for scores up to 1, relative for larger ones


class Model:
    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        metadata = self.session.get_modelmeta().custom_metadata_map
        self.card = json.loads(metadata["millrace.model"])
        self.scores_name = json.loads(metadata["millrace.outputs"])["scores"]
        self.classes = json.loads(metadata.get("classes", "[]"))
        self.threshold = float(metadata["threshold"]) if "threshold" in metadata else None

    def scores(self, table):
        """The scores of the rows of a CSV file. The model takes raw columns: their preparation is part of its graph."""
        rows = numpy.array(read_columns(table, self.card["features"]), dtype=numpy.float32)
        feeds, next_column = {}, 0
        for value in self.card["inputs"]:
            width = int(numpy.prod(value["shape"]))
            columns = value.get("columns", range(next_column, next_column + width))
            next_column += width
            feeds[value["name"]] = rows[:, list(columns)].reshape(-1, *value["shape"])
        return self.session.run([self.scores_name], feeds)[0]

    def answers(self, scores):
        """The answer of every row, as text: its class, or None where the numbers are the answer."""
        if scores.shape[1] == 1 and self.threshold is not None:
            index = (scores[:, 0] > self.threshold).astype(int)
        elif scores.shape[1] > 1 and self.threshold is None and "categorical" in self.card["loss"]["op"]:
            index = scores.argmax(axis=1)
        else:
            return None
        names = self.classes or self.names_of_one_hot_columns(scores.shape[1])
        return [names[i] if names else str(i) for i in index]

    def names_of_one_hot_columns(self, count):
        return self.card["targets"] if count > 1 and len(self.card["targets"]) == count else []


def read_columns(path, names):
    """Reads the columns of these names, in this order, as text."""
    with open(path, newline="", encoding="utf-8") as file:
        return [[row[name] for name in names] for row in csv.DictReader(file)]


def main(path, table, predictions):
    model = Model(path)
    scores = model.scores(table)
    answers = model.answers(scores)
    with open(predictions, newline="", encoding="utf-8") as file:
        _, *lines = csv.reader(file)
    expected = numpy.array([line[:scores.shape[1]] for line in lines], dtype=numpy.float32)
    if scores.shape != expected.shape:
        sys.exit(f"ONNX Runtime returns scores of shape {scores.shape}, but {predictions} has {expected.shape}")
    difference = numpy.abs(scores - expected) / numpy.maximum(1, numpy.abs(expected))
    worst = float(difference.max())
    same = len(lines) if answers is None else sum(ours == line[-1] for ours, line in zip(answers, lines))
    said = "the answer is the score" if answers is None else f"same class as millrace in {same} of {len(lines)} rows"
    print(f"ONNX Runtime {onnxruntime.__version__}: {said}, largest difference of a score {worst:.1e}", file=sys.stderr)
    print(f"{worst:.1e}")
    return 0 if same == len(lines) and worst <= TOLERANCE else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

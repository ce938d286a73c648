# SPDX-License-Identifier: Apache-2.0
"""Answers rows of a CSV file with an ONNX model of millrace: its class or its numbers, one line a row.

Usage:  serve.py MODEL.onnx TABLE.csv        needs: numpy onnxruntime

Everything it has to know is in the metadata of the model: which columns go into which input, the classes, the threshold.
"""
import csv
import json
import sys

import numpy
import onnxruntime


class Server:
    def __init__(self, model):
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        metadata = self.session.get_modelmeta().custom_metadata_map
        self.card = json.loads(metadata["millrace.model"])
        self.scores = json.loads(metadata["millrace.outputs"])["scores"]
        if not isinstance(self.scores, str):
            sys.exit(f"{model} has the outputs {', '.join(self.scores)}, expected a model with one output")
        self.classes = json.loads(metadata.get("classes", "[]"))
        self.threshold = float(metadata["threshold"]) if "threshold" in metadata else None

    def inputs(self, rows):
        """Each input of the model takes some columns; without a list it takes the next ones."""
        columns, feeds = 0, {}
        for value in self.card["inputs"]:
            width = int(numpy.prod(value["shape"]))
            taken = value.get("columns", range(columns, columns + width))
            columns += width
            feeds[value["name"]] = rows[:, list(taken)].reshape(-1, *value["shape"])
        return feeds

    def answers(self, rows):
        (scores,) = self.session.run([self.scores], self.inputs(rows))
        if self.threshold is not None:
            yes = scores > self.threshold
            return [self.name(int(row[0])) if len(row) == 1 else ",".join(str(int(label)) for label in row) for row in yes]
        if "crossentropy" in self.card["loss"]["op"] or "categorical" in self.card["loss"]["op"] or self.classes:
            return [self.name(index) for index in scores.argmax(axis=1)]
        return [",".join(str(number) for number in row) for row in scores]

    def name(self, index):
        return self.classes[index] if self.classes else str(index)


def read_rows(path, names):
    with open(path, newline="", encoding="utf-8") as file:
        return numpy.array([[row[name] for name in names] for row in csv.DictReader(file)], dtype=numpy.float32)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    server = Server(sys.argv[1])
    print("\n".join(server.answers(read_rows(sys.argv[2], server.card["features"]))))

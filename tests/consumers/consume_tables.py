# SPDX-License-Identifier: Apache-2.0
"""Gives raw rows to the models of make_tables.py in ONNX Runtime and compares with the predictions.

Usage:  consume_tables.py FOLDER RESULT.json        needs: numpy onnxruntime; runs in Python 3.6 and later

RESULT.json has, for each table, the largest difference of a score (relative to the score or to the deviation of the table's
scores, where one is above 1) and how many labels differ, or the first line of an error.
"""
import csv
import datetime
import json
import os
import sys

import numpy
import onnxruntime

MISSING = {"", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "-nan", "NULL", "null", "None", "NONE", "?", "-", "--", ".", "NaT",
           "(null)", "\\N"}
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ",
           "%Y-%m-%d %H:%M:%SZ")


def seconds(cell):
    for form in FORMATS:
        try:
            return (datetime.datetime.strptime(cell, form) - datetime.datetime(1970, 1, 1)).total_seconds()
        except ValueError:
            pass
    raise ValueError("no date: " + cell)


def number(cell):
    return {"true": 1.0, "false": 0.0}.get(cell.lower()) if cell.lower() in ("true", "false") else float(cell)


def column(kind, cells):
    """Cells as an input of this type takes them."""
    cells = [cell.strip() for cell in cells]
    if kind == "tensor(string)":
        return numpy.array([["" if cell in MISSING else cell] for cell in cells], dtype=object)
    convert = seconds if kind == "tensor(double)" else number
    values = [[float("nan") if cell in MISSING else convert(cell)] for cell in cells]
    return numpy.array(values, dtype=numpy.float64 if kind == "tensor(double)" else numpy.float32)


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def compare(base):
    header, rows = read(base + ".rows.csv")
    names, predictions = read(base + ".predictions.csv")
    session = onnxruntime.InferenceSession(base + ".onnx", providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    if [value.name for value in inputs] == ["features"]:  # a table of numbers: all columns side by side
        names_of_columns = json.loads(session.get_modelmeta().custom_metadata_map["millrace.model"])["features"]
        columns = [column("tensor(float)", [row[header.index(name)] for row in rows]) for name in names_of_columns]
        feeds = {"features": numpy.hstack(columns)}
    else:
        feeds = {value.name: column(value.type, [row[header.index(value.name)] for row in rows]) for value in inputs}
    outputs = session.run(None, feeds)
    scored = [i for i, name in enumerate(names) if name != "prediction"] or [0]
    wanted = numpy.array([[float(row[i]) for i in scored] for row in predictions])
    found = outputs[0].reshape(wanted.shape)
    # A score in the unit of its target is rounded as its largest term is, however near to 0 the sum comes.
    size = numpy.maximum(numpy.maximum(1, numpy.abs(wanted)), wanted.std(axis=0))
    difference = float((numpy.abs(found - wanted) / size).max())
    labels = 0
    if len(outputs) > 1:
        labels = sum(str(label) != row[-1] for label, row in zip(outputs[1], predictions))
    return {"difference": difference, "labels": labels}


def main(folder, result):
    with open(os.path.join(folder, "tables.json")) as file:
        names = json.load(file)
    results = {}
    for name in names:
        try:
            results[name] = compare(os.path.join(folder, name))
        except Exception as error:
            results[name] = (str(error).splitlines() or [type(error).__name__])[0][:200]
    with open(result, "w") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main(*sys.argv[1:])

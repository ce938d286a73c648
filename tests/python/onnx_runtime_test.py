# SPDX-License-Identifier: Apache-2.0
"""Exported models pass ONNX's checker, and ONNX Runtime gives the same outputs as `predict`."""
import json
import unittest

import numpy
import onnx
import run_onnx
from program import DATA, ProgramTest, read_table, write_table

BATCHES = (1, 7, 1000)
TOLERANCE = 1e-6
# The versions that ONNX Runtime 1.12 (2022) loads.
NEWEST_IR, NEWEST_OPSET = 8, 17

DIGITS01 = ("--data", DATA / "digits01.csv", "--target", "digit", "--loss", "binary_crossentropy")
DIGITS = ("--data", DATA / "digits.csv", "--target", "digit")
CANCER = ("--data", DATA / "breast_cancer.csv", "--target", "diagnosis", "--loss", "binary_crossentropy")
AREA = ("--data", DATA / "breast_cancer.csv", "--target", "mean_area", "--ignore", "diagnosis", "--loss", "mean_squared_error")
NETWORKS = {
    "sigmoid": (*DIGITS01, "--layers", "25:sigmoid,15:sigmoid,1:sigmoid"),
    "softmax": (*DIGITS, "--layers", "32:relu,10:softmax", "--loss", "sparse_categorical_crossentropy"),
    "one-hot": (*DIGITS, "--layers", "32:tanh,10:softmax", "--loss", "categorical_crossentropy"),
    "words": (*CANCER, "--layers", "16:relu,1:sigmoid"),
    "raw": (*CANCER, "--layers", "16:tanh,1:sigmoid", "--scale", "none"),
    "regression": (*AREA, "--layers", "16:relu,8:tanh,1", "--optimizer", "sgd", "--learning-rate", "0.001"),
    "images": (*DIGITS, "--layers", "reshape:8x8x1,conv2d:6:3:relu:padding=same,max_pooling2d:3:2:same,batchnorm,"
               "conv2d:4:2:leaky_relu:0.1:dilation_rate=2:groups=2,average_pooling2d:2:1:same,flatten,10:softmax",
               "--loss", "sparse_categorical_crossentropy"),
    "pooled": (*DIGITS, "--layers", "reshape:8x8x1,conv2d:6:2x3:tanh:strides=2,global_max_pooling2d,10:softmax",
               "--loss", "sparse_categorical_crossentropy"),
    "averaged": (*DIGITS, "--layers", "reshape:8x8x1,conv2d:6,global_average_pooling2d,10:softmax",
                 "--loss", "sparse_categorical_crossentropy"),
    "logits": (*DIGITS, "--layers", "32:relu,10", "--loss", "sparse_categorical_crossentropy", "--loss.from-logits", "true"),
}
# Two measurements, and a category, which is never scaled.
GRAPH = """
target = "label"
loss = "binary_crossentropy"
[inputs.measures]
columns = ["size", "age"]
[inputs.place]
columns = ["city", "town"]
[[layers]]
op = "embedding"
input_dim = 5
output_dim = 3
sparse = true
inputs = ["place"]
[[layers]]
name = "where"
op = "flatten"
[[layers]]
name = "both"
op = "concatenate"
inputs = ["where", "measures"]
[[layers]]
name = "hidden"
op = "dense"
units = 8
activation = { op = "leaky_relu", alpha = 0.2 }
[[layers]]
name = "around"
op = "add"
inputs = ["both", "hidden"]
[[layers]]
op = "dense"
units = 1
activation = "sigmoid"
"""


class OnnxRuntime(ProgramTest):
    def columns_of_model(self, table):
        """The feature columns, in the order in which the model's metadata names them."""
        metadata = {entry.key: entry.value for entry in onnx.load(self.model).metadata_props}
        header, rows = read_table(table)
        order = [header.index(name) for name in json.loads(metadata["millrace.model"])["features"]]
        return numpy.array([[row[i] for i in order] for row in rows], dtype=numpy.float32)

    def run_in_onnxruntime(self, features):
        numpy.save(self.folder / "in.npy", features)
        run_onnx.run(str(self.model), [str(self.folder / "in.npy")], str(self.folder / "out.npy"))
        return numpy.load(self.folder / "out.npy")

    def check_file(self):
        model = onnx.load(self.model)
        onnx.checker.check_model(model, full_check=True)
        self.assertLessEqual(model.ir_version, NEWEST_IR)
        self.assertEqual([entry.domain for entry in model.opset_import], [""])
        self.assertLessEqual(model.opset_import[0].version, NEWEST_OPSET)
        for value in (*model.graph.input, *model.graph.output):
            batch = value.type.tensor_type.shape.dim[0]
            self.assertFalse(batch.HasField("dim_value"), f"{value.name} has a batch of {batch.dim_value}")

    def check_predictions(self, table):
        # Enough rows for the largest batch: the table, repeated.
        header, rows = read_table(table)
        rows = (rows * -(-max(BATCHES) // len(rows)))[: max(BATCHES)]
        long_table = self.folder / "long.csv"
        write_table(long_table, header, rows)
        expected, _ = self.predict(long_table)
        features = self.columns_of_model(long_table)
        for batch in BATCHES:
            scores = self.run_in_onnxruntime(features[:batch])
            self.assertEqual(scores.shape, expected[:batch].shape)
            size = numpy.maximum(1, numpy.abs(expected[:batch]).max(axis=1, keepdims=True))
            self.assertLessEqual((numpy.abs(scores - expected[:batch]) / size).max(), TOLERANCE, f"batch of {batch} rows")

    def test_gives_what_predict_gives(self):
        for name, words in NETWORKS.items():
            with self.subTest(network=name):
                self.train(*words, "--epochs", 5, "--seed", 1)
                self.check_file()
                self.check_predictions(words[1])

    def test_takes_several_inputs(self):
        table = self.folder / "t.csv"
        rows = [[r % 5, 30 + r * 7 % 41, r % 3, r * 13 % 29, "yes" if r % 5 == 2 or r * 7 % 41 > 25 else "no"] for r in range(90)]
        write_table(table, ["city", "age", "town", "size", "label"], rows)
        (self.folder / "graph.toml").write_text(f'data = "{table}"\n' + GRAPH, encoding="utf-8")
        self.train("--config", self.folder / "graph.toml", "--epochs", 20)
        self.check_file()
        expected, _ = self.predict(table)
        values = numpy.array([row[:-1] for row in rows], dtype=numpy.float32)
        for batch in (1, 7, 90):
            numpy.save(self.folder / "measures.npy", values[:batch, [3, 1]])
            numpy.save(self.folder / "place.npy", values[:batch, [0, 2]])
            run_onnx.run(str(self.model), [f"{name}={self.folder}/{name}.npy" for name in ("place", "measures")],
                         f"output={self.folder}/out.npy")
            scores = numpy.load(self.folder / "out.npy")
            self.assertLessEqual(numpy.abs(scores - expected[:batch]).max(), TOLERANCE)

    def test_columns_go_by_name(self):
        self.train(*CANCER, "--layers", "8:relu,1:sigmoid", "--epochs", 2)
        expected, _ = self.predict(DATA / "breast_cancer.csv")
        header, rows = read_table(DATA / "breast_cancer.csv")
        turned = self.folder / "turned.csv"
        write_table(turned, header[::-1], [row[::-1] for row in rows])
        scores, _ = self.predict(turned)
        self.assertTrue((scores == expected).all())
        self.assertTrue((self.columns_of_model(turned) == self.columns_of_model(DATA / "breast_cancer.csv")).all())


if __name__ == "__main__":
    unittest.main()

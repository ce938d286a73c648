# SPDX-License-Identifier: Apache-2.0
"""The examples that run models in ONNX Runtime give the answers of `millrace predict`, for every kind of model."""
import os
import pathlib
import subprocess
import unittest

import numpy
from program import ROOT, ProgramTest, read_table, write_table

ROWS = 60
TWO_INPUTS = """
target = "label"
loss = "binary_crossentropy"
[inputs.numbers]
columns = ["a", "b"]
[inputs.place]
columns = ["city"]
[[layers]]
op = "embedding"
input_dim = 4
output_dim = 3
inputs = ["place"]
[[layers]]
name = "where"
op = "flatten"
[[layers]]
name = "both"
op = "concatenate"
inputs = ["numbers", "where"]
[[layers]]
op = "dense"
units = 1
activation = "sigmoid"
"""


class Serving(ProgramTest):
    def setUp(self):
        super().setUp()
        self.table = self.folder / "table.csv"
        random = numpy.random.default_rng(4)
        rows = []
        for _ in range(ROWS):
            a, b, city = random.normal(), random.normal(2, 3), int(random.integers(0, 4))
            rows.append([a, b, city, "yes" if a > 0 else "no", ["low", "mid", "high"][min(2, int(abs(b)))], a + b, a * b])
        write_table(self.table, ["a", "b", "city", "label", "size", "sum", "product"], rows)

    def check(self, *words):
        """Trains, predicts, and compares both examples with the predictions."""
        self.train("--data", self.table, "--epochs", "3", "--seed", "1", *words)
        predictions = self.folder / "predictions.csv"
        self.millrace("predict", self.model, "--data", self.table, "--out", predictions)
        self.script("examples/demo/run_in_onnxruntime.py", self.model, self.table, predictions)
        served = self.script("examples/serving/serve.py", self.model, self.table).splitlines()
        header, rows = read_table(predictions)
        if header[-1] == "prediction" and not self.is_number(rows[0][-1]):
            self.assertEqual(served, [row[-1] for row in rows])
        self.assertEqual(len(served), ROWS)

    @staticmethod
    def is_number(text):
        try:
            float(text)
            return True
        except ValueError:
            return False

    LABEL = ("--target", "label", "--ignore", "size,sum,product")

    def test_probability(self):
        self.check(*self.LABEL, "--layers", "4:tanh,1:sigmoid", "--loss", "binary_crossentropy")

    def test_threshold(self):
        self.check(*self.LABEL, "--layers", "4:tanh,1:sigmoid", "--loss", "binary_crossentropy", "--threshold", "0.3")

    def test_logit(self):
        self.check(*self.LABEL, "--layers", "4:tanh,1", "--loss", "binary_crossentropy:from_logits=true")

    def test_hinge(self):
        self.check(*self.LABEL, "--layers", "4:tanh,1", "--loss", "hinge")

    def test_classes(self):
        self.check("--target", "size", "--ignore", "label,sum,product", "--layers", "4:tanh,3:softmax", "--loss", "sparse_categorical_crossentropy")

    def test_logits_of_classes(self):
        self.check("--target", "size", "--ignore", "label,sum,product", "--layers", "4:tanh,3", "--loss", "sparse_categorical_crossentropy:from_logits=true")

    def test_number(self):
        self.check("--target", "sum", "--ignore", "label,size,product", "--layers", "4:tanh,1", "--loss", "mean_squared_error")

    def test_two_targets(self):
        self.check("--target", "sum,product", "--ignore", "label,size", "--layers", "4:tanh,2", "--loss", "mean_squared_error")

    def test_two_inputs(self):
        (self.folder / "graph.toml").write_text(TWO_INPUTS)
        self.check("--config", self.folder / "graph.toml")

    def test_names_of_outputs(self):
        self.check(*self.LABEL, "--layers", "4:tanh,1", "--loss", "binary_crossentropy:from_logits=true", "--output-name", "logit", "--probabilities-name", "p")

    def compile(self, *words):
        done = subprocess.run(["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", ROOT / "examples/serving/serve.cpp", *words],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_cpp_example_compiles(self):
        """Against declarations of what it uses: Debian 12 and PyPI have no headers of ONNX Runtime."""
        self.compile("-fsyntax-only", "-I", ROOT / "tests/python/declared")

    def test_cpp_example_answers_as_predict(self):
        """Only with ONNX Runtime: MILLRACE_ONNXRUNTIME names the folder of a release, with include/ and lib/."""
        release = pathlib.Path(os.environ.get("MILLRACE_ONNXRUNTIME", "/usr"))
        headers = [f for f in (release / "include", release / "include/onnxruntime") if (f / "onnxruntime_cxx_api.h").exists()]
        if not headers:
            return
        serve = self.folder / "serve"
        self.compile("-isystem", headers[0], "-L", release / "lib", f"-Wl,-rpath,{release / 'lib'}", "-lonnxruntime", "-o", serve)
        self.train("--data", self.table, "--target", "sum", "--ignore", "label,size,product", "--layers", "4:tanh,1", "--loss",
                   "mean_squared_error", "--epochs", "3")
        scores, _ = self.predict(self.table)
        _, rows = read_table(self.table)
        for row, score in zip(rows[:5], scores[:, -1]):
            answer = subprocess.run([serve, self.model, *row[:3]], capture_output=True, text=True, check=True).stdout
            self.assertAlmostEqual(float(answer), score, delta=1e-4 * max(1, abs(score)))


if __name__ == "__main__":
    unittest.main()

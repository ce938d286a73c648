# SPDX-License-Identifier: Apache-2.0
"""Models with smaller numbers: ONNX Runtime and ONNX's reference evaluator run them, with outputs near those of fp32, and a
model that lost too much is refused."""
import json
import unittest

import numpy
import onnx
from onnx.reference import ReferenceEvaluator
from program import DATA, ProgramTest, read_table, session

DIGITS = DATA / "digits.csv"
IMAGES = ("reshape:8x8x1,conv2d:6:3:relu:padding=same,max_pooling2d,conv2d:8:3:tanh,flatten,10:softmax",
          "--loss", "sparse_categorical_crossentropy")
DENSE = ("64:relu,32:tanh,10:softmax", "--loss", "sparse_categorical_crossentropy")


class Quantize(ProgramTest):
    def train_digits(self, layers):
        self.train("--data", DIGITS, "--target", "digit", "--layers", *layers, "--epochs", 12, "--seed", 1)

    def export(self, *words):
        """The report of an export of the last model to self.small."""
        self.small = self.folder / "small.onnx"
        return json.loads(self.millrace("export", self.model, "--out", self.small, "--json", *words))

    def refused(self, code, message, *words):
        self.small = self.folder / "small.onnx"
        self.refuses(code, message, "export", self.model, "--out", self.small, *words)
        self.assertFalse(self.small.exists())

    def rows(self):
        header, cells = read_table(DIGITS)
        names = json.loads({e.key: e.value for e in onnx.load(self.model).metadata_props}["millrace.model"])["features"]
        places = [header.index(name) for name in names]
        return numpy.array([[row[i] for i in places] for row in cells], dtype=numpy.float32)

    def check(self, words, most, smaller):
        report = self.export(*words, "--max-loss", "3%")
        self.assertEqual(report["metric"], "accuracy")
        self.assertGreaterEqual(report["metric_value"], 0.97 * report["fp32_metric"])
        self.assertLess(report["bytes"], smaller * report["fp32_bytes"])
        model = onnx.load(self.small)
        onnx.checker.check_model(model, full_check=True)
        rows = self.rows()
        full, _ = self.predict(DIGITS)
        found = session(self.small).run(["output"], {"features": rows})[0]
        self.assertLess(numpy.abs(found - full).max(), most)
        accuracy = (found.argmax(1) == full.argmax(1)).mean()
        self.assertGreater(accuracy, 0.97)
        if "QuantizeLinear" in {node.op_type for node in model.graph.node}:
            return  # ONNX's reference evaluator has it from opset 19 on
        reference = ReferenceEvaluator(model).run(["output"], {"features": rows[:50]})[0]
        self.assertLess(numpy.abs(reference - full[:50]).max(), most)

    def test_dense_networks(self):
        self.train_digits(DENSE)
        for words, most, smaller in ((("--int8", "--data", DIGITS), 0.25, 0.6),
                                     (("--int8", "--dynamic", "--data", DIGITS), 0.25, 0.6),
                                     (("--fp16", "--data", DIGITS), 0.02, 0.75)):
            with self.subTest(words=words):
                self.check(words, most, smaller)

    def test_convolutions(self):
        self.train_digits(IMAGES)
        for words, most, smaller in ((("--int8", "--data", DIGITS), 0.3, 1.2),
                                     (("--int8", "--dynamic", "--data", DIGITS), 0.3, 1.2),
                                     (("--fp16", "--data", DIGITS), 0.02, 1.0)):
            with self.subTest(words=words):
                self.check(words, most, smaller)

    def test_half_precision_needs_no_rows(self):
        self.train_digits(DENSE)
        report = self.export("--fp16")
        self.assertEqual(report["rows"], 0)
        self.assertNotIn("metric", report)
        self.assertLess(report["largest_difference"], 0.02)

    def test_a_model_that_lost_too_much_is_refused(self):
        table = self.prices()
        self.refused(5, "mean_absolute_error on 120 held-out rows", "--int8", "--data", table)
        self.export("--int8", "--data", table, "--max-loss", "90%")

    def test_flags_that_make_no_sense_are_refused(self):
        self.train_digits(DENSE)
        self.refused(2, "--int8 and --fp16", "--int8", "--fp16")
        self.refused(2, "--int8 needs the rows", "--int8")
        self.refused(2, "--dynamic is about 8 bits", "--fp16", "--dynamic")
        self.refused(2, "--data is about smaller numbers", "--data", DIGITS)
        self.refused(2, "--max-loss is about rows to measure on", "--fp16", "--max-loss", "1%")
        self.refused(2, "--max-loss is 'lots', expected a share", "--int8", "--data", DIGITS, "--max-loss", "lots")
        self.refused(2, "--max-loss is '-1%', expected a share", "--int8", "--data", DIGITS, "--max-loss", "-1%")
        self.refused(2, "validation", "--int8", "--data", DIGITS, "--validation", "0")
        self.refused(2, "--sidecar", "--fp16", "--sidecar", self.folder / "s.json")
        self.refused(2, "needs opset 13, expected at most 12", "--int8", "--data", DIGITS, "--opset", "12")

    def test_files_that_other_programs_run_are_not_loaded(self):
        self.train_digits(DENSE)
        self.export("--fp16")
        self.refuses(3, "has fp16 numbers, which are for other programs", "inspect", self.small)

    def prices(self):
        """A table whose price follows age and city, and a model of it."""
        table = self.folder / "table.csv"
        random = numpy.random.default_rng(3)
        lines = ["age,city,price"]
        for _ in range(600):
            age, city = random.uniform(20, 80), random.integers(0, 12)
            lines.append(f"{age:.2f},c{city},{100 * age + 500 * city + random.normal():.2f}")
        table.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.train("--data", table, "--target", "price", "--epochs", 60, "--seed", 1, "--encode", "embedding")
        return table

    def test_rows_of_a_table_with_categories(self):
        table = self.prices()
        for words in (("--int8",), ("--fp16",)):
            report = self.export(*words, "--data", table, "--max-loss", "90%")
            self.assertGreater(report["rows"], 0)
            found = session(self.small).run(None, {"age": numpy.array([[30.0], [70.0]], numpy.float32),
                                                   "city": numpy.array([["c3"], ["nowhere"]], object)})[0]
            self.assertTrue(numpy.isfinite(found).all())
        half = onnx.load(self.small)
        self.assertIn(onnx.TensorProto.FLOAT16, {tensor.data_type for tensor in half.graph.initializer})


if __name__ == "__main__":
    unittest.main()

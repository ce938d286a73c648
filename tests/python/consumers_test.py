# SPDX-License-Identifier: Apache-2.0
"""The models of `make consumers` cover every layer and activation, and give the same numbers in ONNX Runtime and in ONNX's
reference evaluator, which build/python has. The other consumers need environments of their own: tests/consumers/run."""
import json
import pathlib
import re
import sys
import tempfile
import unittest

from program import ROOT

sys.path.insert(0, str(ROOT / "tests/consumers"))
import consume
import models


class Consumers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        models.make(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_operation_is_tried(self):
        text = (ROOT / "docs/reference/operations.md").read_text(encoding="utf-8")
        layers = re.findall(r"^### (\w+)", text.split("## Layers")[1].split("## Activations")[0], re.MULTILINE)
        activations = re.findall(r"^### (\w+)", text.split("## Activations")[1].split("## Initializers")[0], re.MULTILINE)
        self.assertGreater(len(layers), 10)
        used = " ".join(network[0] for network in models.networks().values()) + " dense " + models.GRAPH + " ".join(models.JOINS)
        self.assertEqual([name for name in layers if not re.search(rf"\b{name}\b", used)], [])
        self.assertEqual(sorted(activations), sorted(models.ACTIVATIONS))

    def check(self, consumer):
        result = pathlib.Path(self.folder.name) / "result.json"
        consume.main(consumer, self.folder.name, str(result))
        found = json.loads(result.read_text())["models"]
        self.assertGreater(len(found), 80)
        self.assertEqual({name: value for name, value in found.items() if isinstance(value, str) or not value <= 1e-5}, {})

    def test_onnxruntime(self):
        self.check("onnxruntime")

    def test_reference_evaluator(self):
        self.check("reference")

    def test_quantization(self):
        self.check("quantized")


if __name__ == "__main__":
    unittest.main()

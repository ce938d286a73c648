# SPDX-License-Identifier: Apache-2.0
"""What the README and docs/performance.md promise for the three example tables: accuracy on held-out rows, and the same weights for any number
of threads. The networks are the demo's."""
import contextlib
import hashlib
import statistics
import unittest

import onnx
import test_safetensors
from program import ROOT, ProgramTest

# Smallest median accuracy over five seeds, each with its own split.
ACCURACY = {"digits01": 0.99, "digits": 0.96, "breast_cancer": 0.95}
SEEDS = range(1, 6)
THREADS = (1, 2, 3, 8)


def weights_digest(path):
    """SHA-256 over the names and bytes of all constants of an ONNX file."""
    digest = hashlib.sha256()
    for tensor in sorted(onnx.load(path).graph.initializer, key=lambda tensor: tensor.name):
        digest.update(tensor.name.encode() + b"\0" + onnx.numpy_helper.to_array(tensor).tobytes())
    return digest.hexdigest()


class Promises(ProgramTest):
    def train_demo(self, name, *words):
        return self.train("--config", ROOT / f"examples/demo/{name}.toml", *words)

    def test_accuracy_on_rows_held_out(self):
        for name, least in ACCURACY.items():
            with self.subTest(table=name):
                reports = [self.train_demo(name, "--seed", seed) for seed in SEEDS]
                accuracies = [report["validation"]["accuracy"] for report in reports]
                print(f"{name}: median {statistics.median(accuracies):.4f} of {accuracies}")
                self.assertGreaterEqual(statistics.median(accuracies), least)

    def test_weights_do_not_depend_on_threads(self):
        for name in ACCURACY:
            with self.subTest(table=name):
                digests = set()
                for threads in THREADS:
                    self.train_demo(name, "--epochs", 20, "--threads", threads)
                    digests.add(weights_digest(self.model))
                print(f"{name}: {digests}")
                self.assertEqual(len(digests), 1)

    def test_onnxruntime_agrees_as_the_demo_shows_it(self):
        for name in ACCURACY:
            with self.subTest(table=name):
                self.train_demo(name, "--epochs", 5)
                table = f"examples/data/{name}.csv"
                self.predict(table)
                script = ("examples/demo/run_in_onnxruntime.py", self.model, table, self.folder / "predictions.csv")
                self.script(*script)
                # A model with other weights is detected.
                self.train_demo(name, "--epochs", 6)
                self.script(*script, code=1)

    def test_checkpoint_is_a_safetensors_file(self):
        self.train_demo("digits01", "--epochs", 2)
        with contextlib.redirect_stdout(None):
            test_safetensors.main(str(self.folder / "model" / "checkpoint.safetensors"))


if __name__ == "__main__":
    unittest.main()

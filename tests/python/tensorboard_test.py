# SPDX-License-Identifier: Apache-2.0
"""Reads the event files of --tensorboard with TensorBoard itself, and compares them with history.csv."""
import json
import unittest

import numpy as np
from program import DATA, ProgramTest, read_table
from sklearn.metrics import precision_score, recall_score
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.plugins.hparams.api_pb2 import STATUS_SUCCESS
from tensorboard.plugins.pr_curve import metadata as curves
from tensorboard.util import tensor_util


def scalars(folder):
    """{name: [(step, value)]} of the event files in a folder, and the times of the first name."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    found = {name: events.Scalars(name) for name in events.Tags()["scalars"] if name.startswith("epoch_")}
    times = [each.wall_time for each in next(iter(found.values()), [])]
    return {name: [(each.step, each.value) for each in values] for name, values in found.items()}, times


def tensors(folder):
    """{name: (name of the plugin, its metadata, [(step, array)])} of the tensors in a folder."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    found = {}
    for name in events.Tags()["tensors"]:
        plugin = events.SummaryMetadata(name).plugin_data
        found[name] = plugin.plugin_name, plugin.content, [(each.step, tensor_util.make_ndarray(each.tensor_proto)) for each in events.Tensors(name)]
    return found


class TensorBoard(ProgramTest):
    def train_watched(self, *words):
        self.millrace("train", "--data", DATA / "breast_cancer.csv", "--target", "diagnosis", "--layers", "8:relu,1:sigmoid",
                      "--loss", "binary_crossentropy", "--validation", "0.2", "--out", self.folder / "run", "--tensorboard", *words)

    def compare_with_history(self, epochs):
        header, rows = read_table(self.folder / "run/history.csv")
        columns = dict(zip(header, np.asarray(rows, dtype=float).T.astype(np.float32), strict=True))
        training, times = scalars(self.folder / "run/tensorboard/train")
        validation, _ = scalars(self.folder / "run/tensorboard/validation")
        self.assertEqual(set(training), {f"epoch_{name}" for name in columns if name not in ("epoch", "step") and not name.startswith("val_")})
        self.assertEqual(set(validation), {f"epoch_{name[4:]}" for name in columns if name.startswith("val_")})
        for found, prefix in ((training, ""), (validation, "val_")):
            for name, values in found.items():
                column = columns[prefix + name.removeprefix("epoch_")]
                self.assertEqual(values, list(zip(range(1, epochs + 1), column.tolist(), strict=True)), name)
        self.assertEqual(times, sorted(times))

    def test_reads_the_numbers_of_history(self):
        self.train_watched("--epochs", "20")
        self.compare_with_history(20)

    def test_reads_each_epoch_once_after_a_run_was_resumed_and_after_another_one(self):
        self.train_watched("--epochs", "3")
        self.train_watched("--epochs", "7", "--resume")
        self.compare_with_history(7)
        self.train_watched("--epochs", "2", "--overwrite")
        self.compare_with_history(2)

    def test_reads_histograms_and_norms_of_the_layers(self):
        self.train_watched("--epochs", "4", "--layer-log")
        found = tensors(self.folder / "run/tensorboard/train")
        self.assertEqual(set(found), {"dense_1/weights", "dense_2/weights"})
        lines = [json.loads(line) for line in (self.folder / "run/layers.jsonl").read_text().splitlines()]
        self.assertEqual(len(lines), 8)
        for layer, (plugin, _, steps) in found.items():
            own = [line for line in lines if line["layer"] == layer.removesuffix("/weights")]
            self.assertEqual(plugin, "histograms")
            self.assertEqual([step for step, _ in steps], [1, 2, 3, 4])
            for line, (_, histogram) in zip(own, steps, strict=True):
                self.assertEqual(histogram.shape, (len(line["counts"]), 3))
                np.testing.assert_array_equal(histogram[:, 2], line["counts"])
                np.testing.assert_allclose([histogram[0, 0], histogram[-1, 1]], [line["low"], line["high"]], rtol=1e-6)
                np.testing.assert_allclose(histogram[1:, 0], histogram[:-1, 1])
        events = EventAccumulator(str(self.folder / "run/tensorboard/train"))
        events.Reload()
        for name in ("weight_norm", "update_norm", "gradient_norm"):
            values = [each.value for each in events.Scalars(f"dense_1/{name}")]
            np.testing.assert_allclose(values, [line[name] for line in lines if line["layer"] == "dense_1"], rtol=1e-6)
        self.assertIn("dense_1/dead_units", events.Tags()["scalars"])
        self.train_watched("--epochs", "2", "--overwrite", "--tensorboard.layers", "false")
        self.assertEqual(tensors(self.folder / "run/tensorboard/train"), {})

    def test_reads_the_curve_of_precision_and_recall(self):
        self.train_watched("--epochs", "20")
        plugin, content, [(step, curve)] = tensors(self.folder / "run/tensorboard")["pr_curve/malignant"]
        self.assertEqual((plugin, step), ("pr_curves", 20))
        self.assertEqual(curves.parse_plugin_metadata(content).num_thresholds, 201)
        self.assertEqual(curve.shape, (6, 201))
        hits, alarms, rejections, misses, precision, recall = curve
        rows = hits[0] + alarms[0]
        np.testing.assert_array_equal(hits + alarms + rejections + misses, np.full(201, rows))
        # At the threshold 0.5, as scikit-learn has it.
        actual = np.repeat([1, 1, 0, 0], np.asarray([hits[100], misses[100], alarms[100], rejections[100]], int))
        said = np.repeat([1, 0, 1, 0], np.asarray([hits[100], misses[100], alarms[100], rejections[100]], int))
        self.assertAlmostEqual(precision[100], precision_score(actual, said), places=6)
        self.assertAlmostEqual(recall[100], recall_score(actual, said), places=6)
        history = read_table(self.folder / "run/history.csv")
        accuracy = float(history[1][-1][history[0].index("val_accuracy")])
        self.assertAlmostEqual((hits[100] + rejections[100]) / rows, accuracy, places=6)

    def test_reads_the_settings_of_the_run(self):
        self.train_watched("--epochs", "3", "--learning-rate", "0.25", "--seed", "7")
        found = tensors(self.folder / "run/tensorboard")
        start = hparams.parse_session_start_info_plugin_data(found[hparams.SESSION_START_INFO_TAG][1])
        end = hparams.parse_session_end_info_plugin_data(found[hparams.SESSION_END_INFO_TAG][1])
        self.assertEqual(start.hparams["epochs"].number_value, 3)
        self.assertEqual(start.hparams["optimizer.learning_rate"].number_value, 0.25)
        self.assertEqual(start.hparams["loss"].string_value, "binary_crossentropy")
        self.assertEqual(start.hparams["data"].string_value, "breast_cancer.csv", "without its folder")
        self.assertLessEqual(start.start_time_secs, end.end_time_secs)
        self.assertEqual(end.status, STATUS_SUCCESS)


if __name__ == "__main__":
    unittest.main()

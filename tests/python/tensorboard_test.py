# SPDX-License-Identifier: Apache-2.0
"""Reads the event files of --tensorboard with TensorBoard itself, and compares them with history.csv."""
import unittest

import numpy as np
from program import DATA, ProgramTest, read_table
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def scalars(folder):
    """{name: [(step, value)]} of the event files in a folder, and the times of the first name."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    found = {name: events.Scalars(name) for name in events.Tags()["scalars"]}
    times = [each.wall_time for each in next(iter(found.values()), [])]
    return {name: [(each.step, each.value) for each in values] for name, values in found.items()}, times


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


if __name__ == "__main__":
    unittest.main()

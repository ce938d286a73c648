# SPDX-License-Identifier: Apache-2.0
"""Callbacks that watch a value of the epochs: epochs without a validation, values of the user's own, files in new folders."""

import csv
import os

import numpy as np
import pytest

import millrace
from millrace import keras
from millrace.keras import callbacks, layers

X = np.random.default_rng(0).normal(size=(64, 5)).astype("float32")
Y = (X[:, 0] > 0).astype("float32")


def network():
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def fit(*watching, epochs=6, **options):
    """A run that validates after every second epoch."""
    return network().fit(X, Y, epochs=epochs, verbose=0, callbacks=list(watching), **{"validation_data": (X, Y), "validation_freq": 2, **options})


class F1(callbacks.Callback):
    """Adds a value that rises, as users compute it with scikit-learn."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_f1"] = 0.1 * epoch


class StopsInFirstEpoch(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = True


def test_epochs_without_a_validation_count_for_no_callback():
    stop = callbacks.EarlyStopping(min_delta=10, patience=1)
    assert len(fit(stop).epoch) == 4 and stop.stopped_epoch == 3  # validations after epochs 2 and 4
    rates = fit(callbacks.ReduceLROnPlateau(factor=0.5, patience=1, min_delta=10)).history["learning_rate"]
    assert rates == [0.001, 0.001, 0.001, 0.001, 0.0005, 0.0005]


def test_the_best_model_is_one_of_an_epoch_with_a_validation(tmp_path):
    fit(callbacks.ModelCheckpoint(tmp_path / "{epoch}.onnx", save_best_only=True), epochs=5)
    assert sorted(os.listdir(tmp_path)) == ["2.onnx", "4.onnx"]


def test_a_log_has_the_columns_of_later_validations(tmp_path):
    fit(callbacks.CSVLogger(tmp_path / "log.csv"), epochs=2)
    with open(tmp_path / "log.csv", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert list(first) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert first["val_loss"] == first["val_accuracy"] == "NA" and 0 < float(second["val_loss"]) < 2


def test_a_name_that_no_validation_has_is_still_an_error():
    with pytest.raises(millrace.UsageError, match="monitor is 'val_acc'.*Did you mean 'val_accuracy'"):
        fit(callbacks.EarlyStopping("val_acc"))
    with pytest.raises(millrace.UsageError, match="monitor is 'acc'.*Did you mean 'accuracy'"):
        fit(callbacks.EarlyStopping("acc"))


def test_a_run_that_stops_in_its_first_epoch_validates():
    history = fit(StopsInFirstEpoch(), callbacks.EarlyStopping(), validation_data=None, validation_freq=1, validation_split=0.2)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]


@pytest.mark.parametrize("watching", [callbacks.EarlyStopping, callbacks.ReduceLROnPlateau, lambda name, **more: callbacks.ModelCheckpoint("m.onnx", name, save_best_only=True, **more)])
def test_the_direction_of_a_value_of_ones_own_must_be_given(watching, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(millrace.UsageError, match="monitor is 'val_f1', and no metric of compile.* has that name, expected mode='max' or mode='min'"):
        fit(F1(), watching("val_f1"))
    fit(F1(), watching("val_f1", mode="max"), epochs=1)


def test_the_best_epoch_by_a_value_of_ones_own():
    stop = callbacks.EarlyStopping("val_f1", mode="max", patience=2)
    assert len(fit(F1(), stop).epoch) == 6 and stop.best == 0.5


def test_a_checkpoint_makes_its_folder(tmp_path):
    fit(callbacks.ModelCheckpoint(tmp_path / "runs" / "{epoch}" / "m.onnx"), callbacks.ModelCheckpoint(tmp_path / "weights" / "w.npz", save_weights_only=True), epochs=1)
    assert (tmp_path / "runs" / "1" / "m.onnx").exists() and (tmp_path / "weights" / "w.npz").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(millrace.ResourceError, match="ModelCheckpoint.*file/m.onnx' cannot be written"):
        fit(callbacks.ModelCheckpoint(tmp_path / "file" / "m.onnx"), epochs=1)

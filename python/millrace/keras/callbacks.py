# SPDX-License-Identifier: Apache-2.0
"""Callbacks, with Keras's names and options. Classes of your own derive from Callback.

A callback may use self.model: predict, evaluate, get_weights and save see the weights of that moment; set_weights and
optimizer.learning_rate act from the next step on. model.stop_training = True ends the run.
"""

from typing import TYPE_CHECKING

import csv
import math
import os

import numpy as np

from millrace.errors import UnsupportedError, UsageError
from millrace.keras._operation import names_arguments, refuse, unknown_name

_HOOKS = ("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin", "on_train_batch_end",
          "on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end", "on_predict_begin", "on_predict_end",
          "on_predict_batch_begin", "on_predict_batch_end")


class Callback:
    """Override the methods of the moments that you want to see. Epochs and batches count from 0."""

    def __init__(self):
        self.params = None
        self.model = None

    def set_params(self, params):
        self.params = params

    def set_model(self, model):
        self.model = model

    def on_batch_begin(self, batch, logs=None):
        """As on_train_batch_begin."""

    def on_batch_end(self, batch, logs=None):
        """As on_train_batch_end."""

    def on_train_batch_begin(self, batch, logs=None):
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """logs: "loss", the mean of the epoch so far; with batches from an iterable also the metrics."""
        self.on_batch_end(batch, logs=logs)

    def on_train_begin(self, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_test_begin(self, logs=None):
        pass

    def on_test_end(self, logs=None):
        pass

    def on_test_batch_begin(self, batch, logs=None):
        pass

    def on_test_batch_end(self, batch, logs=None):
        pass

    def on_predict_begin(self, logs=None):
        pass

    def on_predict_end(self, logs=None):
        pass

    def on_predict_batch_begin(self, batch, logs=None):
        pass

    def on_predict_batch_end(self, batch, logs=None):
        pass


def callback_list(callbacks):
    """What fit() got as callbacks, as a list."""
    return [] if callbacks is None else list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


class Listeners:
    """Calls each of several callbacks."""

    def __init__(self, callbacks, model):
        self.callbacks = callback_list(callbacks)
        for each in self.callbacks:
            if not hasattr(each, "on_epoch_end") or not hasattr(each, "set_model"):
                raise UsageError(f"[callbacks] a callback is of type {type(each).__name__}, expected a class that derives from callbacks.Callback")
            for hook in ("on_test_batch_begin", "on_test_batch_end", "on_predict_batch_begin", "on_predict_batch_end"):
                if _overrides(each, hook):
                    raise UnsupportedError(f"[callbacks] {type(each).__name__}.{hook} is not supported: evaluation and prediction have no batches here")
        self.model, self.params = model, {}
        for each in self.callbacks:
            each.set_model(model)

    def watches(self, what):
        """Whether a callback overrides the methods of "train_batch" or "test"."""
        hooks = {"train_batch": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
                 "test": ("on_test_begin", "on_test_end")}[what]
        return any(_overrides(each, hook) and getattr(each, "_every", 1) for each in self.callbacks for hook in hooks)

    def set_params(self, params):
        self.params = params
        for each in self.callbacks:
            each.set_params(params)

    def __getattr__(self, name):
        if name not in _HOOKS:
            raise AttributeError(name)

        def call(*args):
            for each in self.callbacks:
                getattr(each, name)(*args)

        return call


def _overrides(callback, hook):
    return getattr(type(callback), hook, None) is not getattr(Callback, hook) or hook in vars(callback)


class History(Callback):
    """What fit() returns: `history` has a list for each loss and metric, `epoch` the numbers of the epochs from 0."""

    def __init__(self):
        super().__init__()
        self.history, self.epoch = {}, []

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def _repr_html_(self):
        from millrace.keras import _html

        return _html.history(self)

    def plot(self, names=None):
        """Draws the losses and metrics by epoch with Matplotlib, which must be installed; returns the axes. names: default all."""
        try:
            from matplotlib import pyplot
        except ImportError:
            raise UnsupportedError("[History] plot() needs Matplotlib, which is not installed: pip install matplotlib") from None
        unknown = [each for each in names or [] if each not in self.history]
        if unknown:
            raise UsageError(f"[History] no '{unknown[0]}', expected {', '.join(self.history)}")
        axes = pyplot.gca()
        for name in names or self.history:
            axes.plot([each + 1 for each in self.epoch], self.history[name], label=name)
        axes.set_xlabel("epoch")
        axes.legend()
        return axes


class LambdaCallback(Callback):
    """Calls functions that were given under the names of the methods."""

    def __init__(self, on_epoch_begin=None, on_epoch_end=None, on_train_begin=None, on_train_end=None, on_train_batch_begin=None,
                 on_train_batch_end=None, **kwargs):
        super().__init__()
        given = {"on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin, "on_train_end": on_train_end,
                 "on_train_batch_begin": on_train_batch_begin, "on_train_batch_end": on_train_batch_end, **kwargs}
        for name, function in given.items():
            if function is not None:
                setattr(self, name, function)


class _Monitor:
    """Whether a value of the logs is better than the best so far."""

    def __init__(self, who, monitor, mode, min_delta=0.0):
        if mode not in ("auto", "min", "max"):
            raise UsageError(f"[{who}] mode is {mode!r}, expected auto, min or max")
        self.who, self.monitor, self.mode, self.min_delta = who, monitor, mode, abs(min_delta)
        self.larger = mode == "max"
        self.warned = False

    def begin(self, model):
        if self.mode == "auto":
            name = self.monitor.removeprefix("val_")
            known = {each.name: each.larger_is_better for each in model.metrics}
            self.larger = known.get(name, False)
        self.best = -math.inf if self.larger else math.inf

    def value(self, logs):
        """The monitored value. Raises UsageError if the logs do not have it."""
        if self.monitor not in logs:
            raise UsageError(f"[{self.who}] monitor is '{self.monitor}', but the epoch has only {', '.join(logs)}"
                             + ("; val_ needs validation_data or validation_split" if self.monitor.startswith("val_") else ""))
        return logs[self.monitor]

    def better(self, value, reference=None):
        reference = self.best if reference is None else reference
        return value - self.min_delta > reference if self.larger else value + self.min_delta < reference


class EarlyStopping(Callback):
    """Ends the run when `monitor` did not improve by more than min_delta for `patience` epochs."""

    @names_arguments
    def __init__(self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto", baseline=None, restore_best_weights=False,
                 start_from_epoch=0):
        super().__init__()
        self.monitor, self.patience, self.verbose, self.baseline = monitor, patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self._watch = _Monitor("EarlyStopping", monitor, mode, min_delta)

    def on_train_begin(self, logs=None):
        self._watch.begin(self.model)
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights = None

    @property
    def best(self):
        return self._watch.best

    def on_epoch_end(self, epoch, logs=None):
        value = self._watch.value(logs)
        if epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self._watch.better(value):
            self._watch.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._watch.better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by `factor` when `monitor` did not improve for `patience` epochs."""

    @names_arguments
    def __init__(self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto", min_delta=0.0001, cooldown=0, min_lr=0.0):
        super().__init__()
        if factor >= 1:
            raise UsageError(f"[ReduceLROnPlateau] factor is {factor}, expected less than 1")
        self.factor, self.patience, self.verbose, self.cooldown, self.min_lr = factor, patience, verbose, cooldown, min_lr
        self._watch = _Monitor("ReduceLROnPlateau", monitor, mode, min_delta)

    def on_train_begin(self, logs=None):
        self._watch.begin(self.model)
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self._watch.value(logs)
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._watch.better(value):
            self._watch.best = value
            self.wait = 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            rate = self.model.optimizer.learning_rate
            if self.wait >= self.patience and rate > self.min_lr:
                self.model.optimizer.learning_rate = lowered = max(rate * self.factor, self.min_lr)
                if self.verbose:
                    print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {lowered}.")
                self.cooldown_counter, self.wait = self.cooldown, 0


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch to schedule(epoch, rate)."""

    @names_arguments
    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        rate = float(self.model.optimizer.learning_rate)
        try:
            rate = self.schedule(epoch, rate)
        except TypeError:
            rate = self.schedule(epoch)
        if not isinstance(rate, (int, float, np.floating)):
            raise UsageError(f"[LearningRateScheduler] schedule returned a {type(rate).__name__} for epoch {epoch}, expected a number")
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {float(rate)}.")

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class ModelCheckpoint(Callback):
    """Saves the model to an .onnx or .keras file, or its weights to an .npz or .weights.h5 file, after each epoch, or each one that is better.

    filepath may have the epoch and the logs in it: "{epoch:02d}-{val_loss:.3f}.onnx".
    """

    @names_arguments
    def __init__(self, filepath, monitor="val_loss", verbose=0, save_best_only=False, save_weights_only=False, mode="auto", save_freq="epoch",
                 initial_value_threshold=None):
        super().__init__()
        self.filepath = os.fspath(filepath)
        endings = (".npz", ".weights.h5") if save_weights_only else (".onnx", ".keras")
        if not self.filepath.endswith(endings):
            raise UnsupportedError(f"[ModelCheckpoint] filepath is '{self.filepath}', expected a name that ends in {' or '.join(endings)}")
        if save_freq != "epoch":
            raise UnsupportedError(f"[ModelCheckpoint] save_freq={save_freq!r} is not supported, expected 'epoch'")
        self.verbose, self.save_best_only, self.save_weights_only = verbose, save_best_only, save_weights_only
        self.threshold = initial_value_threshold
        self._watch = _Monitor("ModelCheckpoint", monitor, mode)
        self._begun = False

    @property
    def best(self):
        return self._watch.best

    def on_train_begin(self, logs=None):
        if not self._begun:  # a second fit() goes on with the best of the first
            self._begun = True
            self._watch.begin(self.model)
            if self.threshold is not None:
                self._watch.best = self.threshold

    def on_epoch_end(self, epoch, logs=None):
        path = self.filepath.format(epoch=epoch + 1, **(logs or {}))
        if self.save_best_only:
            value = self._watch.value(logs)
            if not self._watch.better(value):
                if self.verbose:
                    print(f"\nEpoch {epoch + 1}: {self._watch.monitor} did not improve from {self._watch.best:.5f}")
                return
            if self.verbose:
                print(f"\nEpoch {epoch + 1}: {self._watch.monitor} improved from {self._watch.best:.5f} to {value:.5f}, saving model to {path}")
            self._watch.best = value
        elif self.verbose:
            print(f"\nEpoch {epoch + 1}: saving model to {path}")
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)


class CSVLogger(Callback):
    """Writes a row for each epoch: epoch, then the logs in the order of their names."""

    @names_arguments
    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename, self.separator, self.append = os.fspath(filename), separator, append

    def on_train_begin(self, logs=None):
        has_rows = self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")
        self._keys, self._head = None, not has_rows

    def on_epoch_end(self, epoch, logs=None):
        if self._keys is None:
            self._keys = sorted(logs)
            self._writer = csv.writer(self._file, delimiter=self.separator)
            if self._head:
                self._writer.writerow(["epoch", *self._keys])
        self._writer.writerow([epoch, *[logs.get(name, "NA") for name in self._keys]])
        self._file.flush()

    def on_train_end(self, logs=None):
        self._file.close()


class TensorBoard(Callback):
    """Writes losses, metrics and the learning rate after each epoch for TensorBoard: log_dir/train and log_dir/validation.

    update_freq: "epoch"; or "batch" or a number of batches, after which the loss is written, too. write_graph changes nothing.
    """

    @names_arguments
    def __init__(self, log_dir="logs", histogram_freq=0, write_graph=True, write_images=False, write_steps_per_second=False, update_freq="epoch",
                 profile_batch=0, embeddings_freq=0, embeddings_metadata=None):
        super().__init__()
        refuse("TensorBoard", {"histogram_freq": histogram_freq, "write_images": write_images, "write_steps_per_second": write_steps_per_second,
                               "profile_batch": profile_batch, "embeddings_freq": embeddings_freq, "embeddings_metadata": embeddings_metadata},
               {"histogram_freq": (0,), "write_images": (False,), "write_steps_per_second": (False,), "profile_batch": (0,), "embeddings_freq": (0,),
                "embeddings_metadata": (None,)}, {})
        if update_freq not in ("epoch", "batch") and not (isinstance(update_freq, int) and update_freq > 0):
            raise UsageError(f"[TensorBoard] update_freq is {update_freq!r}, expected 'epoch', 'batch' or a whole number above 0")
        self.log_dir, self._every = os.fspath(log_dir), {"epoch": 0, "batch": 1}.get(update_freq, update_freq)
        self._files, self._batches = {}, 0

    def _file(self, part):
        from millrace.keras._events import EventFile

        if part not in self._files:
            self._files[part] = EventFile(os.path.join(self.log_dir, part))
        return self._files[part]

    def on_epoch_end(self, epoch, logs=None):
        trained = {f"epoch_{name}": value for name, value in logs.items() if not name.startswith("val_")}
        trained.setdefault("epoch_learning_rate", float(self.model.optimizer.learning_rate))
        self._file("train").add(epoch, trained)
        measured = {f"epoch_{name[4:]}": value for name, value in logs.items() if name.startswith("val_")}
        if measured:
            self._file("validation").add(epoch, measured)

    def on_train_batch_end(self, batch, logs=None):
        self._batches += 1
        if self._every and self._batches % self._every == 0:
            self._file("train").add(self._batches, {f"batch_{name}": value for name, value in logs.items()})

    def on_train_end(self, logs=None):
        for each in self._files.values():
            each.close()
        self._files = {}


class TerminateOnNaN(Callback):
    """Ends the run when a loss becomes NaN or infinite; the model has the weights from before the run. Without it, and
    with raise_error, fit() raises NonFiniteError."""

    @names_arguments
    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error


_ALL = ("CSVLogger", "Callback", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint",
        "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN")


if not TYPE_CHECKING:  # a checker would take every name for known

    def __getattr__(name):
        raise unknown_name("callbacks", name, _ALL)

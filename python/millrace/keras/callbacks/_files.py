# SPDX-License-Identifier: Apache-2.0
"""Callbacks that write files. In a cluster only rank 0 has them."""

import contextlib
import csv
import os

from millrace import _core
from millrace._output import say
from millrace._paths import path_of
from millrace.errors import ResourceError, UnsupportedError, UsageError
from millrace.keras._operation import names_arguments, refuse
from millrace.keras.callbacks._callback import Callback
from millrace.keras.callbacks._monitor import Monitor


@contextlib.contextmanager
def _writing(who, path):
    """Raises ResourceError for a file that cannot be opened."""
    try:
        yield
    except OSError as error:
        folder = os.path.dirname(path)
        remedy = f": make the folder '{folder}' before" if folder and not os.path.exists(folder) else ""
        raise ResourceError(f"[{who}] '{path}' cannot be written: {error.strerror or error}{remedy}") from None


class ModelCheckpoint(Callback):
    """Saves the model to an .onnx or .keras file, or its weights to an .npz or .weights.h5 file, after each epoch, or each one that is better.

    filepath may have the epoch and the logs in it: "{epoch:02d}-{val_loss:.3f}.onnx". A folder that is not there is made.
    """

    writes_files = True

    @names_arguments
    def __init__(self, filepath, monitor="val_loss", verbose=0, save_best_only=False, save_weights_only=False, mode="auto", save_freq="epoch",
                 initial_value_threshold=None):
        super().__init__()
        self.filepath = path_of("ModelCheckpoint", filepath, "filepath")
        endings = (".npz", ".weights.h5") if save_weights_only else (".onnx", ".keras")
        if not self.filepath.endswith(endings):
            raise UnsupportedError(f"[ModelCheckpoint] filepath is '{self.filepath}', expected a name that ends in {' or '.join(endings)}")
        if save_freq != "epoch":
            raise UnsupportedError(f"[ModelCheckpoint] save_freq={save_freq!r} is not supported, expected 'epoch'")
        self.verbose, self.save_best_only, self.save_weights_only = verbose, save_best_only, save_weights_only
        self.threshold = initial_value_threshold
        self._watch = Monitor("ModelCheckpoint", monitor, mode)
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
        try:
            path = self.filepath.format(epoch=epoch + 1, **(logs or {}))
        except (KeyError, IndexError, ValueError) as error:
            raise UsageError(f"[ModelCheckpoint] filepath is '{self.filepath}', which {type(error).__name__} {error} keeps from being a name: expected epoch, "
                             f"{', '.join(logs or {})} in the braces") from None
        if self.save_best_only:
            value = self._watch.value(logs)
            if value is None:
                return
            if not self._watch.better(value):
                if self.verbose:
                    say(f"\nEpoch {epoch + 1}: {self._watch.monitor} did not improve from {self._watch.best:.5f}")
                return
            if self.verbose:
                say(f"\nEpoch {epoch + 1}: {self._watch.monitor} improved from {self._watch.best:.5f} to {value:.5f}, saving model to {path}")
            self._watch.best = value
        elif self.verbose:
            say(f"\nEpoch {epoch + 1}: saving model to {path}")
        with _writing("ModelCheckpoint", path):
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)


class CSVLogger(Callback):
    """Writes a row for each epoch: epoch, then the logs in the order of their names; NA for the values of a validation that comes later."""

    writes_files = True

    @names_arguments
    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename, self.separator, self.append = path_of("CSVLogger", filename, "filename"), separator, append

    def on_train_begin(self, logs=None):
        exists = os.path.exists(self.filename)
        has_rows = self.append and exists and os.path.getsize(self.filename) > 0
        with _writing("CSVLogger", self.filename):
            if not self.append and (not exists or os.path.isfile(self.filename)) and os.path.isdir(os.path.dirname(self.filename) or "."):
                _core.write_file(self.filename, [])  # another run that has the old file open goes on writing to that
            self._file = open(self.filename, "a", newline="", encoding="utf-8")
        self._keys, self._head = None, not has_rows

    def on_epoch_end(self, epoch, logs=None):
        if self._keys is None:
            self._keys = sorted(logs)
            if self.model._validates and not any(name.startswith("val_") for name in logs):
                self._keys += [f"val_{name}" for name in sorted(self.model.metrics_names)]
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

    writes_files = True

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
        self.log_dir = path_of("TensorBoard", log_dir, "log_dir", "the name of a folder")
        self._every = {"epoch": 0, "batch": 1}.get(update_freq, update_freq)
        self._files, self._batches = {}, 0

    def _file(self, part):
        from millrace.keras._events import EventFile

        if part not in self._files:
            with _writing("TensorBoard", os.path.join(self.log_dir, part)):
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

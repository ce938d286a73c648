# SPDX-License-Identifier: Apache-2.0
"""evaluate and predict: the part of a model that computes without training."""

import functools

import numpy as np

from millrace._frames import settled
from millrace._reading import target_name
from millrace._core import select_rows
from millrace.errors import UsageError
from millrace.keras._compilation import Compilation
from millrace.keras._confusion import ConfusionMatrix
from millrace.keras._data import Batches, checked_batch_size, checked_steps, features, is_arrays, joined, joined_batches, no_target, raw_rows, table
from millrace.keras._operation import names_arguments
from millrace.keras._progress import Progress, verbosity
from millrace.keras._run import sorted_logs
from millrace.keras.callbacks._callback import Listeners


class Evaluation(Compilation):
    """What Sequential and functional models share for evaluating and predicting. See Keras's Model for the words."""

    @names_arguments
    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None, return_dict=False):
        """Loss and metrics: a number, a list [loss, *metrics], or with return_dict a dictionary. batch_size changes nothing."""
        self._need_compiled("evaluate")
        checked_batch_size(batch_size)
        if x is None:
            raise UsageError("[evaluate] x is missing, expected an array or an iterable of batches")
        x = settled(x)
        listeners = Listeners(callbacks, self)
        listeners.on_test_begin()
        if is_arrays(x):
            self._need_targets("evaluate", x, y)
            self._build_from(x)
            data = table("evaluate", self, x, y, sample_weight)
            rows = data.rows if steps is None else min(data.rows, checked_steps("steps", steps) * (batch_size or 32))
            if rows < data.rows:
                data = select_rows(data, range(rows))
            count = -(-rows // (batch_size or 32))
            progress = Progress(count, verbosity("evaluate", verbose))
            logs = self._logs(self._core.evaluate(data))
        else:
            batches = Batches("evaluate", x, checked_steps("steps", steps))
            progress = Progress(batches.length(), verbosity("evaluate", verbose))
            logs, count = self._evaluate_batches(batches, progress)
        listeners.on_test_end(logs)
        progress.end(count, sorted_logs(logs))
        return self._returned(logs, return_dict)

    @names_arguments
    def report(self, path, x, y=None, sample_weight=None, rows_are="", seconds=30):
        """Writes a page about the model to `path`, measured on these rows: curves of the last fit(), errors, important columns, settings. It
        is one file that loads nothing. A Table that names its target needs no y. rows_are completes "the 114 rows ...", such as "held out of
        training"."""
        self._need_compiled("report")
        x = settled(x)
        if not is_arrays(x):
            raise UsageError("[report] x is an iterable of batches, expected arrays")
        self._need_targets("report", x, y)
        self._build_from(x)
        epochs = []
        for name, values in (self.history.history if getattr(self, "history", None) else {}).items():
            epochs += [{} for _ in range(len(values) - len(epochs))]
            for epoch, value in zip(epochs, values):
                epoch[name] = float(value)
        self._core.report(path, table("report", self, x, y, sample_weight), epochs, title=self.name, rows_are=rows_are, seconds=float(seconds),
                          table=raw_rows(self, x, y))

    @staticmethod
    def _need_targets(who, x, y):
        if y is None and not target_name(x):
            raise UsageError(f"[{who}] y is missing, expected one target for each row of x" + no_target(x))

    def _evaluate_batches(self, batches, progress):
        """Reads all batches, so that metrics such as AUC are exact. Returns (logs, number of batches)."""
        parts = list(batches.epoch())
        if not parts:
            raise UsageError("[evaluate] the iterable gave no batches")
        x, y, weights = joined_batches("evaluate", parts)
        self._build_from(x)
        data = table("evaluate", self, x, y, weights)
        return self._logs(self._core.evaluate(data)), len(parts)

    # --- predict
    @names_arguments
    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None) -> np.ndarray:
        """Outputs for each row: a float32 array (rows, ...); of several outputs a list or a dictionary, as the model got them. batch_size
        changes nothing: rows are computed by themselves."""
        if verbose == 0 and callbacks is None and steps is None and batch_size is None and type(x) is np.ndarray and self._takes(x):
            return self._predicted(x)  # the short way: a server asks for one row after the other
        checked_batch_size(batch_size)
        x = settled(x)
        listeners = Listeners(callbacks, self)
        listeners.on_predict_begin()
        if is_arrays(x):
            self._build_from(x)
            rows = features("predict", self, x)
            if steps is not None:
                rows = rows[:checked_steps("steps", steps) * (batch_size or 32)]
            count = -(-len(rows) // (batch_size or 32))
            progress = Progress(count, verbosity("predict", verbose))
            outputs = self._predicted(rows)
        else:
            batches, parts = Batches("predict", x, checked_steps("steps", steps)), []
            progress = Progress(batches.length(), verbosity("predict", verbose))
            for batch_x, _, _ in batches.epoch():
                self._build_from(batch_x)
                parts.append(self._predicted(features("predict", self, batch_x)))
                progress.update(len(parts), {})
            if not parts:
                raise UsageError("[predict] the iterable gave no batches")
            outputs, count = joined(parts), len(parts)
        listeners.on_predict_end()
        progress.end(count, {})
        return outputs

    def confusion(self, x, y=None, threshold=0.5, classes=None) -> ConfusionMatrix:
        """Rows counted by actual and predicted class. With one output, class 1 is predicted above the threshold.

        A Table that names its target needs no y. classes: their names, for display; default: those of the Table that the model was fitted to, else 0, 1, ...
        """
        self._need_compiled("confusion")
        x = settled(x)
        self._need_targets("confusion", x, y)
        self._build_from(x)
        return ConfusionMatrix.of(self._core.confusion(table("confusion", self, x, y), threshold), (self._core.classes or None) if classes is None else classes)

    def predictor(self, threads=1):
        """A function from rows, float32 (rows, columns), to outputs without any checks of Keras's: the fastest way to predict a row.

        It uses the weights of the moment of the call. threads: of each call; 0: as many as pay. Several outputs lie side by side in one array.
        """
        self._need_weights("predictor")
        return functools.partial(self._core.predict, threads=threads)

    def _takes(self, x):
        return self._engine.core is not None and x.ndim == 2 and len(self._inputs) == 1 and x.shape[1:] == self._inputs[0].row_shape and not self.array_layers and not self._takes_tables

    def _predicted(self, rows):
        """What predict() returns for these rows of the engine."""
        if self._plain_output and len(rows):
            return self._engine.core.predict(rows)
        layers = self.output_layers
        whole = self._core.predict(rows) if len(rows) else np.zeros((0, self._core.output_width), np.float32)
        if len(layers) == 1:
            shape = layers[0].row_shape
            return self._formed([whole if len(shape) == 1 else whole.reshape(len(rows), *shape)])
        return self._formed([np.ascontiguousarray(whole[:, first:first + width]) for _, first, width in self._core.outputs()])

    def _targets(self, who, y, rows):
        """The targets of all outputs side by side, as the engine takes them."""
        return self._heads.targets(who, y, rows, [int(np.prod(each.row_shape)) for each in self.output_layers])

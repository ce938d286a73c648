# SPDX-License-Identifier: Apache-2.0
"""fit, train_on_batch, test_on_batch: the part of a model that trains."""

import numpy as np

from millrace._arrays import names, warn_of_far_values
from millrace._cluster import agreed, is_first, one_voice, shared
from millrace._frames import settled
from millrace.errors import UnsupportedError, UsageError
from millrace.keras._between_steps import BetweenSteps
from millrace.keras._data import ArrayBatches, Batches, checked_batch_size, checked_steps, is_arrays, rows_that_train, table
from millrace.keras._evaluation import Evaluation
from millrace.keras._operation import names_arguments
from millrace.keras._progress import verbosity
from millrace.keras._run import Run, Validation
from millrace.keras.callbacks import History
from millrace.keras.utils import next_seed


class Trainer(Evaluation):
    """What Sequential and functional models share for training. See Keras's Model for the words."""

    @names_arguments
    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0, validation_data=None,
            shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
            validation_batch_size=None, validation_freq=1, cluster=None, slices=0, wire="fp32") -> History:
        """Trains for epochs - initial_epoch epochs; returns a History.

        x: an array (rows, ...), a list or dictionary of arrays for several inputs, or an iterable of batches (x, y) or
        (x, y, sample_weight). float32 arrays in C order are used where they are. y: (rows,) or (rows, outputs); a list or
        dictionary of such for several outputs.
        batch_size: rows of a step, default 32. validation_split: the last fraction of the rows, cut before shuffling; validation_data: (x, y),
        (x, y, sample_weight) or an iterable of batches, which counts if both are given. Both are measured after each validation_freq-th epoch, or after
        the epochs in a list, counted from 1; with validation_steps, in that many batches of validation_batch_size rows (default: batch_size).
        class_weight: {class: weight}.
        cluster: a communicator of mpi4py, such as MPI.COMM_WORLD. All its processes call fit() with the same arrays and arguments,
        and each trains on a part of every batch; all end with the same weights. Rank 0 gives the initial weights, prints, and runs
        the callbacks that write files. An error of one is raised by all. slices: parts of a batch; with the same number, any number
        of processes gives the same bits. wire: "fp32", or "bfloat16", in which gradients travel in half the bytes and lose precision
        (docs/cluster.md).
        Ctrl-C raises KeyboardInterrupt after the step; the model keeps what it learned.
        """
        together = shared("fit", cluster, slices, wire)
        cluster = together["cluster"]
        with agreed(cluster):
            self._need_compiled("fit")
            run = Run(self, _count("epochs", epochs), _count("initial_epoch", initial_epoch), verbosity("fit", verbose) if is_first(cluster) else 0,
                      callbacks, Validation(self, validation_data, validation_freq, validation_steps, _batch_size_of_validation(validation_batch_size, batch_size)),
                      together)
            if x is None:
                raise UsageError("[fit] x is missing, expected an array or an iterable of batches")
            x = settled(x)
            if cluster is not None and (steps_per_epoch is not None or not is_arrays(x)):
                raise UnsupportedError("[fit] cluster with batches of an iterable, or with steps_per_epoch, is not supported: pass arrays")
            if not is_arrays(x):
                _refuse_beside_batches(y, sample_weight, batch_size, validation_split)
                batches, data = Batches("fit", x, checked_steps("steps_per_epoch", steps_per_epoch)), None
            else:
                batch_size = checked_batch_size(batch_size)
                data = self._rows_of_fit(x, y, sample_weight, validation_split, validation_data is not None)
                batches = _batches_of_arrays(data, batch_size, bool(shuffle), validation_split, steps_per_epoch)
        if batches is not None:
            return run.over_batches(batches, class_weight, flat=data is not None)
        with one_voice(cluster):
            return run.over_arrays(data, batch_size, bool(shuffle), float(validation_split), class_weight)

    def _rows_of_fit(self, x, y, sample_weight, validation_split, has_validation):
        """The Dataset of arrays. Builds a model that has no Input for the rows that train."""
        self._need_targets("fit", x, y)
        if not 0 <= validation_split < 1:
            raise UsageError(f"[fit] validation_split is {validation_split}, expected 0 or more, and less than 1")
        share = 0.0 if has_validation else validation_split
        self._build_from(x, lambda: rows_that_train("fit", x, y, sample_weight, share))
        data = table("fit", self, x, y, sample_weight)
        if self._reads_numbers and not self._has_trained:
            warn_of_far_values("fit", data.features, names(x))
        self._has_trained = True
        return data

    @names_arguments
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One step on these rows. Returns the loss before it, and the metrics."""
        self._need_compiled("train_on_batch")
        x = settled(x)
        self._need_targets("train_on_batch", x, y)
        self._build_from(x, lambda: rows_that_train("train_on_batch", x, y, sample_weight))
        data, by_class = self._weighed("train_on_batch", table("train_on_batch", self, x, y, sample_weight), class_weight)
        return self._returned(self._train_batch("train_on_batch", data, by_class), return_dict)

    def _train_batch(self, who, data, by_class):
        """One step of the engine on all rows of `data`. by_class: weights of classes 0, 1, ..., or None. Returns the logs."""
        if self.optimizer._config["use_ema"]:
            raise UnsupportedError(f"[{who}] use_ema is not supported batch by batch: pass arrays to fit()")
        between = BetweenSteps(self)
        between.before_step()
        history = self._core.fit(data, epochs=1, batch_size=max(1, data.rows), shuffle=False, seed=self._run_seed(), precision=self._precision(),
                                 class_weight=by_class)
        self.optimizer.iterations += 1
        between.after_step()
        return self._logs(history["epochs"][-1])

    @names_arguments
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics on these rows."""
        return self.evaluate(x, y, verbose=0, sample_weight=sample_weight, return_dict=return_dict)

    def predict_on_batch(self, x) -> np.ndarray:
        """Outputs for these rows."""
        return self.predict(x, verbose=0)


def _count(name, value):
    """A number of epochs."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise UsageError(f"[fit] {name} is {value!r}, expected a whole number of 0 or more")
    return int(value)


def _batch_size_of_validation(given, batch_size):
    return checked_batch_size(batch_size) if given is None else checked_batch_size(given, "validation_batch_size")


def _refuse_beside_batches(y, sample_weight, batch_size, validation_split):
    """Raises UsageError for what batches of an iterable have themselves."""
    for name, value in {"y": y, "sample_weight": sample_weight, "batch_size": batch_size}.items():
        if value is not None:
            raise UsageError(f"[fit] {name} is given beside an iterable of batches, expected it to be part of the batches")
    if validation_split:
        raise UsageError("[fit] validation_split is given beside an iterable of batches, expected validation_data")


def _batches_of_arrays(data, batch_size, shuffle, validation_split, steps):
    """Batches of arrays for a fit() with steps_per_epoch; None without it."""
    if steps is None:
        return None
    if validation_split:
        raise UnsupportedError("[fit] validation_split with steps_per_epoch is not supported: pass validation_data")
    arrays = ArrayBatches(data.features, data.targets, data.weights, batch_size, shuffle, np.random.default_rng(next_seed()))
    return Batches("fit", arrays, checked_steps("steps_per_epoch", steps))

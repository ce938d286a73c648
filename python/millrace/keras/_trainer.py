# SPDX-License-Identifier: Apache-2.0
"""fit, train_on_batch, test_on_batch: the part of a model that trains."""

import numpy as np

from millrace._cluster import is_first, of_several, one_voice
from millrace._frames import settled
from millrace._reading import target_name
from millrace.errors import UnsupportedError, UsageError
from millrace.keras._data import ArrayBatches, Batches, checked_batch_size, checked_steps, count_of_rows, is_arrays, no_target, table
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
            validation_batch_size=None, validation_freq=1, cluster=None, slices=0) -> History:
        """Trains for epochs - initial_epoch epochs; returns a History.

        x: an array (rows, ...), a list or dictionary of arrays for several inputs, or an iterable of batches (x, y) or
        (x, y, sample_weight). float32 arrays in C order are used where they are. y: (rows,) or (rows, outputs); a list or
        dictionary of such for several outputs.
        batch_size: rows of a step, default 32. validation_split: the last fraction of the rows, cut before shuffling.
        class_weight: {class: weight}.
        cluster: a communicator of mpi4py, such as MPI.COMM_WORLD. All its processes call fit() with the same arrays, and each
        trains on a part of every batch; all end with the same weights. Rank 0 gives the initial weights, prints, and runs the
        callbacks that write files. slices: parts of a batch; with the same number, any number of processes gives the same bits.
        Ctrl-C raises KeyboardInterrupt after the step; the model keeps what it learned.
        """
        self._need_compiled("fit")
        whole_numbers = {"epochs": epochs, "initial_epoch": initial_epoch}
        for name, value in whole_numbers.items():
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
                raise UsageError(f"[fit] {name} is {value!r}, expected a whole number of 0 or more")
        cluster = of_several("fit", cluster)
        run = Run(self, int(epochs), int(initial_epoch), verbosity("fit", verbose) if is_first(cluster) else 0, callbacks,
                  Validation(self, validation_data, validation_freq, validation_steps), cluster, slices)
        if x is None:
            raise UsageError("[fit] x is missing, expected an array or an iterable of batches")
        x = settled(x)
        if cluster is not None and (steps_per_epoch is not None or not is_arrays(x)):
            raise UnsupportedError("[fit] cluster with batches of an iterable, or with steps_per_epoch, is not supported: pass arrays")
        if not is_arrays(x):
            for name, value in {"y": y, "sample_weight": sample_weight, "batch_size": batch_size}.items():
                if value is not None:
                    raise UsageError(f"[fit] {name} is given beside an iterable of batches, expected it to be part of the batches")
            if validation_split:
                raise UsageError("[fit] validation_split is given beside an iterable of batches, expected validation_data")
            return run.over_batches(Batches("fit", x, checked_steps("steps_per_epoch", steps_per_epoch)), class_weight)
        if y is None and not target_name(x):
            raise UsageError("[fit] y is missing, expected one target for each row of x" + no_target(x))
        batch_size = checked_batch_size(batch_size)
        if not 0 <= validation_split < 1:
            raise UsageError(f"[fit] validation_split is {validation_split}, expected 0 or more, and less than 1")
        share = 0.0 if validation_data is not None else validation_split
        rows = (len(x) if y is None else count_of_rows(y)) if share else None
        self._build_from(x, rows=range(int(rows * (1 - share))) if rows else None)
        data = table("fit", self, x, y, sample_weight)
        if steps_per_epoch is not None:
            if validation_split:
                raise UnsupportedError("[fit] validation_split with steps_per_epoch is not supported: pass validation_data")
            batches = ArrayBatches(data.features, data.targets, None if sample_weight is None else np.asarray(sample_weight, np.float32).reshape(-1),
                                   batch_size, bool(shuffle), np.random.default_rng(next_seed()))
            return run.over_batches(Batches("fit", batches, checked_steps("steps_per_epoch", steps_per_epoch)), class_weight, flat=True)
        with one_voice(cluster):
            return run.over_arrays(data, batch_size, bool(shuffle), float(validation_split), class_weight)

    @names_arguments
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One step on these rows. Returns the loss before it, and the metrics."""
        self._need_compiled("train_on_batch")
        x = settled(x)
        self._build_from(x)
        data = table("train_on_batch", self, x, y, sample_weight)
        if y is None and not target_name(x):
            raise UsageError("[train_on_batch] y is missing, expected one target for each row of x")
        return self._returned(self._train_batch("train_on_batch", data, class_weight), return_dict)

    def _train_batch(self, who, data, class_weight):
        """One step of the engine on all rows of `data`. Returns the logs."""
        if self.optimizer._config["use_ema"]:
            raise UnsupportedError(f"[{who}] use_ema is not supported batch by batch: pass arrays to fit()")
        history = self._core.fit(data, epochs=1, batch_size=max(1, data.rows), shuffle=False, seed=self._run_seed(), precision=self._precision(),
                                 class_weight=self._class_weight(who, class_weight))
        self.optimizer.iterations += 1
        return self._logs(history["epochs"][-1])

    @names_arguments
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics on these rows."""
        return self.evaluate(x, y, verbose=0, sample_weight=sample_weight, return_dict=return_dict)

    def predict_on_batch(self, x) -> np.ndarray:
        """Outputs for these rows."""
        return self.predict(x, verbose=0)

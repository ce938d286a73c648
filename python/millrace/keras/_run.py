# SPDX-License-Identifier: Apache-2.0
"""One fit(): callbacks, validation, progress and history. Arrays are trained by one call of the engine for the whole run, which
calls back after steps and epochs. Iterables of batches are trained by one call for each batch.
"""

import numpy as np

from millrace._cluster import agreed, is_first, of_first, require_same, take_weights_of_first
from millrace._core import Dataset, select_rows
from millrace._output import say
from millrace._reading import target_name
from millrace.errors import NonFiniteError, UnsupportedError, UsageError
from millrace.keras._between_steps import BetweenSteps
from millrace.keras._data import Batches, checked_steps, is_arrays, table, unpack
from millrace.keras._progress import Progress
from millrace.keras._row_weights import BatchMeans
from millrace.keras.callbacks import BackupAndRestore, History, TerminateOnNaN
from millrace.keras.callbacks._callback import Listeners, callback_list
from millrace.keras.callbacks._history import LastHistory


class Validation:
    """What is evaluated after an epoch."""

    def __init__(self, model, data, freq, steps, batch_size):
        self.model, self.steps, self.batch_size = model, checked_steps("validation_steps", steps), batch_size
        self.epochs = set(freq) if isinstance(freq, (list, tuple, set, range)) else None
        if any(isinstance(each, bool) or not isinstance(each, (int, np.integer)) or each < 1 for each in ([freq] if self.epochs is None else self.epochs)):
            raise UsageError(f"[fit] validation_freq is {freq!r}, expected a whole number above 0, or a list of epochs, counted from 1")
        self.freq = freq
        self.batches = self.arrays = self.held = None
        if data is None:
            return
        if target_name(data):
            data = (data, None)
        if is_arrays(data) and not (isinstance(data, (tuple, list)) and 2 <= len(data) <= 3):
            raise UsageError(f"[fit] validation_data is of type {type(data).__name__}, expected (x, y) or (x, y, sample_weight)")
        if isinstance(data, (tuple, list)) and 2 <= len(data) <= 3 and is_arrays(data[0]):
            self.arrays = unpack("validation_data", data)
        else:
            self.batches = Batches("validation_data", data, self.steps, anew=True)

    def __bool__(self):
        return self.arrays is not None or self.batches is not None or self.held is not None

    @property
    def after_each_epoch(self):
        """Whether it measures all rows after each epoch, as the engine does in its run."""
        return self.epochs is None and self.freq == 1 and self.steps is None

    def hold_back(self, data, training):
        """Keeps the rows of a Dataset after the first `training` ones for validation, and returns the first ones, which train."""
        last = data.rows if self.steps is None else min(data.rows, training + self.steps * self.batch_size)
        self.held = select_rows(data, range(training, last))
        return select_rows(data, range(training))

    def due(self, epoch):
        """Whether it validates after this epoch, counted from 1."""
        return bool(self) and (epoch in self.epochs if self.epochs is not None else epoch % self.freq == 0)

    def facts(self):
        """What must be the same in all processes of a cluster, which speak with each other when they validate."""
        return {"validation_data": "given" if self else "not given", "validation_freq": self.freq if self.epochs is None else sorted(self.epochs)}

    def table(self):
        """The rows as a Dataset, if the engine can evaluate them in its run; or None."""
        if self.arrays is None or not self.after_each_epoch:
            return None
        x, y, weights = self.arrays
        return table("validation_data", self.model, x, y, weights)

    def logs(self):
        if self.held is not None:
            logs = self.model._logs(self.model._core.evaluate(self.held))
        elif self.batches is not None:
            logs, _ = self.model._evaluate_batches(self.batches, None)
        else:
            x, y, weights = self.arrays
            logs = self.model.evaluate(x, y, self.batch_size, verbose=0, sample_weight=weights, steps=self.steps, return_dict=True)
        return {f"val_{name}": value for name, value in logs.items()}


class Run:
    """One fit(): callbacks, progress and history. shared: cluster, slices and wire, as the engine's fit() takes them."""

    def __init__(self, model, epochs, initial_epoch, verbose, callbacks, validation, shared):
        self.shared, self.cluster = shared, shared["cluster"]
        self.model, self.epochs, self.initial, self.verbose, self.validation = model, epochs, initial_epoch, verbose, validation
        self.history = History()
        watching = [each for each in callback_list(callbacks) if is_first(self.cluster) or not getattr(each, "writes_files", False)]
        self.listeners = Listeners([*watching, self.history], model)
        self.backup = _backup_of(callback_list(callbacks), self.cluster)
        self.epoch = initial_epoch  # of the run, from 0
        self.step = 0
        self.mean_loss = 0.0
        self.last_logs = {}  # of the last epoch
        self.in_engine = False  # whether one call of the engine makes all epochs
        self.first_iteration = model.optimizer.iterations

    # --- arrays: one call of the engine
    def over_arrays(self, data, batch_size, shuffle, validation_split, class_weight):
        model = self.model
        if validation_split and self.validation:
            validation_split = 0.0  # validation_data wins, as in Keras
        rows = int(data.rows * (1 - validation_split)) if validation_split else data.rows
        steps = max(1, -(-rows // batch_size))
        options = self._agree(validation_split)
        self.in_engine = True
        with agreed(self.cluster):
            data, by_class = model._weighed("fit", data, class_weight, rows)
            if 0 < rows < data.rows and not self.validation.after_each_epoch:
                data, validation_split = self.validation.hold_back(data, rows), 0.0
            self._begin(steps, bool(self.validation) or validation_split > 0)
            resumes = self._use_backup(options, steps)
            if self.epoch < self.epochs and self.backup is None:
                self._first_epoch_begin()
        if self.epoch < self.epochs or resumes:
            try:
                model._core.fit(data, epochs=self.epochs - self.initial, batch_size=min(batch_size, max(1, data.rows)), shuffle=shuffle,
                                validation_split=validation_split, on_epoch=lambda values: self._epoch_end(model._logs(values), steps),
                                class_weight=by_class, **options)
                model.stop_training = of_first(self.cluster, model.stop_training)  # that of rank 0 counts
                if self.watched and self.step and model.stop_training:  # stopped within an epoch
                    with agreed(self.cluster):
                        self._epoch_end(self._logs_of_part(data, rows), self.step)
            except NonFiniteError as error:
                if not self._ends_quietly(error):
                    raise
        return self._end()

    def _logs_of_part(self, data, rows):
        """The logs of an epoch that a callback ended between its steps: the mean loss of the steps, and, because the engine has no metrics of a part of
        an epoch, those of all rows that train, now. rows: how many of `data` train; the others validate."""
        model = self.model

        def measured(first, last):
            return model._logs(model._core.evaluate(data if last - first == data.rows else select_rows(data, range(first, last))))

        logs = {**(measured(0, rows) if model.reported else {}), "loss": self.mean_loss}
        return {**logs, **{f"val_{name}": value for name, value in measured(rows, data.rows).items()}} if rows < data.rows else logs

    def _agree(self, validation_split):
        """The options of the engine's fit() that processes of a cluster settle before it: with rank 0's weights, seed and callbacks."""
        model = self.model
        # Only rank 0 has callbacks that write files.
        self.watched, self.tested = of_first(self.cluster, (self.listeners.watches("train_batch"), self.listeners.watches("test")))
        with agreed(self.cluster):
            inside = self.validation.table() if self.validation and not self.tested else None
            options = {"precision": model._precision(), "validation": inside}
        require_same(self.cluster, "fit", initial_epoch=self.initial, epochs=self.epochs, validation_split=validation_split, **self.validation.facts())
        take_weights_of_first(self.cluster, model._core)
        self.between = BetweenSteps(model)
        each_step = self.watched or bool(self.between)
        return {**options, **self.shared, "seed": of_first(self.cluster, model._run_seed()), "step_interval": 0.0 if each_step else 0.05,
                "on_step": self._step if each_step or self.verbose == 1 else None}

    def _use_backup(self, options, steps):
        """Adds the backup to the options of the engine's fit(). Returns whether it holds a part of this run, which then goes on from there."""
        if self.backup is None:
            return False
        place = self.backup.begin(self.initial, options["seed"], self.first_iteration)
        # The engine compares the rate with that of the first process, which its callbacks had not yet changed.
        options.update(seed=place.seed, checkpoint=self.backup.checkpoint, resume=True, on_begin=lambda: self._go_on(place))
        self.model._seed, self.first_iteration = place.seed, place.iterations
        self.model.optimizer.iterations = place.iterations + place.epoch * steps + place.step
        self.epoch = self.initial + place.epoch
        return place.resumes

    def _go_on(self, place):
        """In the engine's fit(), which has read the backup."""
        if place.resumes:
            self.model.optimizer.take_rate()
        if self.epoch < self.epochs:
            self._first_epoch_begin()

    def _first_epoch_begin(self):
        self._epoch_begin()
        self.between.before_step()

    def _step(self, report):
        """After a step of the engine. Returns False to end the run."""
        self.step, self.mean_loss = report["step"], report["mean_loss"]
        self.model.optimizer.iterations = self.first_iteration + (report["epoch"] - 1) * report["steps"] + self.step
        self.between.after_step()
        if self.watched:
            self.listeners.on_train_batch_end(self.step - 1, {"loss": self.mean_loss})
            if self.model.stop_training:
                return False
            if self.step < report["steps"]:
                self.listeners.on_train_batch_begin(self.step)
        self.between.before_step()
        self.progress.update(self.step, {"loss": self.mean_loss})
        return True

    # --- batches: a call of the engine for each
    def over_batches(self, batches, class_weight, flat=False):
        model = self.model
        if self.backup is not None:
            raise UnsupportedError("[BackupAndRestore] a fit() with batches of an iterable, or with steps_per_epoch, is not supported: pass arrays")
        self._begin(batches.length(), bool(self.validation))
        while self.epoch < self.epochs and not model.stop_training:
            self._epoch_begin()
            means, logs, count = BatchMeans(model.reported), {}, 0
            for x, y, weights in batches.epoch():
                if y is None:
                    raise UsageError("[fit] a batch has no targets, expected (x, y) or (x, y, sample_weight)")
                if count:
                    self.listeners.on_train_batch_begin(count)
                model._build_from(x)
                data = Dataset(x, y, weights) if flat else table("fit", model, x, y, weights)
                data, by_class = model._weighed("fit", data, class_weight)
                try:
                    now = model._train_batch("fit", data, by_class)
                except NonFiniteError as error:
                    if not self._ends_quietly(error):
                        raise
                    break
                logs = means.add(now, data)
                count += 1
                self.listeners.on_train_batch_end(count - 1, logs)
                self.progress.update(count, logs)
                if model.stop_training:
                    break
            if not count:
                if not model.stop_training:
                    raise UsageError(f"[fit] the iterable gave no batches in epoch {self.epoch + 1}; a generator that ends is used up")
                break
            self._epoch_end(logs, count)
        return self._end()

    # --- the parts of a run
    def _begin(self, steps, validates):
        self.model.stop_training, self.model._validates = False, validates
        self.listeners.set_params({"verbose": self.verbose, "epochs": self.epochs, "steps": steps})
        self.model._last = LastHistory(self.history)  # also of a run that Ctrl-C ends
        self.listeners.on_train_begin()

    def _epoch_begin(self):
        self.step = 0
        self.listeners.on_epoch_begin(self.epoch)
        if self.verbose:
            say(f"Epoch {self.epoch + 1}/{self.epochs}")
        self.progress = Progress(self.listeners.params["steps"], self.verbose)
        self.listeners.on_train_batch_begin(0)

    def _epoch_end(self, logs, steps):
        """After an epoch of either kind. Returns False to end the run."""
        if self.validation.due(self.epoch + 1) and "val_loss" not in logs:
            with agreed(self.cluster):
                self.listeners.on_test_begin()
                found = self.validation.logs() if is_first(self.cluster) else None
            logs = {**logs, **of_first(self.cluster, found)}
            self.listeners.on_test_end(validation_logs(logs))
        elif self.in_engine and self.tested and "val_loss" in logs:  # by validation_split
            self.listeners.on_test_begin()
            self.listeners.on_test_end(validation_logs(logs))
        if self.in_engine:
            self.model.optimizer.iterations = self.first_iteration + (self.epoch - self.initial) * self.listeners.params["steps"] + steps
        logs = self.last_logs = sorted_logs(logs)
        self.listeners.on_epoch_end(self.epoch, logs)
        self.progress.end(steps, logs)
        self.epoch += 1
        self.step = 0
        if self.model.stop_training:
            return False
        if self.epoch < self.epochs and self.in_engine:
            self._epoch_begin()
        return True

    def _ends_quietly(self, error):
        """Whether TerminateOnNaN ends the run; without it, the caller raises the error."""
        if not any(isinstance(each, TerminateOnNaN) and not each.raise_error for each in self.listeners.callbacks):
            return False
        say(f"TerminateOnNaN: {error}")
        self.model.stop_training = True
        return True

    def _end(self):
        with agreed(self.cluster):
            self.listeners.on_train_end(dict(self.last_logs))
        return self.history


def _backup_of(callbacks, cluster):
    """The BackupAndRestore among the callbacks, or None."""
    found = [each for each in callbacks if isinstance(each, BackupAndRestore)]
    if len(found) > 1:
        raise UsageError(f"[fit] callbacks has {len(found)} of BackupAndRestore, expected one")
    if found and cluster is not None:
        raise UnsupportedError("[BackupAndRestore] a fit() with a cluster is not supported: `millrace train` under mpirun saves and resumes")
    return found[0] if found else None


def validation_logs(logs):
    """Of the logs of an epoch those of its validation, as evaluate() names them."""
    return {name.removeprefix("val_"): value for name, value in logs.items() if name.startswith("val_")}


def sorted_logs(logs):
    """Keras's order: by name."""
    return {name: logs[name] for name in sorted(logs)}

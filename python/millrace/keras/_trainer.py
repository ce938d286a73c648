# SPDX-License-Identifier: Apache-2.0
"""compile, fit, evaluate, predict: the part of a model that trains.

Arrays are trained by one call of the engine for the whole run, which calls back after steps and epochs. Iterables of
batches are trained by one call for each batch.
"""


import numpy as np

from millrace.errors import NonFiniteError, UnsupportedError, UsageError
from millrace.keras import losses as losses_module
from millrace.keras import metrics as metrics_module
from millrace.keras import optimizers
from millrace.keras._data import ArrayBatches, Batches, features, is_arrays, table, unpack
from millrace.keras._operation import names_arguments, refuse
from millrace.keras._progress import Progress, verbosity
from millrace.keras.callbacks import CallbackList, History, TerminateOnNaN
from millrace.keras.utils import next_seed


class Trainer:
    """What Sequential and functional models share for training. See Keras's Model for the words."""

    def __init__(self):
        self.optimizer = self.loss = None
        self.history = None
        self.stop_training = False
        self._core = None  # the engine's model, once it is built
        self._metrics, self._weighted = [], True

    # --- compile
    @names_arguments
    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, run_eagerly=False,
                steps_per_execution=1, jit_compile="auto", auto_scale_loss=True):
        """Sets the optimizer, the loss and the metrics.

        metrics do not see sample weights, weighted_metrics do. run_eagerly, steps_per_execution, jit_compile and
        auto_scale_loss say how Keras's backends compute; they are accepted and change nothing here.
        """
        refuse("compile", {"loss_weights": loss_weights}, {"loss_weights": (None,)}, {"loss_weights": "there is one output; scale the learning rate"})
        if loss is None:
            raise UsageError("[compile] loss is missing, expected a name such as 'mse', or an object of millrace.keras.losses")
        if isinstance(loss, (list, tuple)) and len(loss) == 1:
            loss = loss[0]
        if isinstance(loss, (list, tuple)):
            raise UnsupportedError(f"[compile] {len(loss)} losses are not supported, expected one: a model has one output")
        optimizer = optimizers.get(optimizer)
        loss_object = losses_module.get(loss)
        plain, weighted = _metric_list("metrics", metrics), _metric_list("weighted_metrics", weighted_metrics)
        if plain and weighted:
            raise UnsupportedError("[compile] both metrics and weighted_metrics are not supported, expected one of them")
        names = [each.name for each in plain + weighted]
        if len(set(names)) < len(names):
            raise UsageError(f"[compile] two metrics have one name ({', '.join(names)}), expected different ones: set name=")
        before = self.optimizer, self.loss, self._loss if hasattr(self, "_loss") else None, self._metrics, self._weighted
        self.optimizer, self.loss, self._loss = optimizer, loss, loss_object
        self._metrics, self._weighted = plain + weighted, bool(weighted) or not plain
        try:
            self._compile_core()
        except Exception:
            self.optimizer, self.loss, self._loss, self._metrics, self._weighted = before
            raise
        optimizer._model = self
        self.stop_training = False

    @property
    def compiled(self):
        return self.optimizer is not None

    @property
    def metrics_names(self):
        return ["loss", *[each.name for each in self._metrics]]

    @property
    def metrics(self):
        return list(self._metrics)

    def _compile_core(self):
        if self._core is not None and self.optimizer is not None:
            self._core.compile(self._loss.record(), metrics=[each.text for each in self._metrics], **self.optimizer.compile_options())

    def _need_compiled(self, who):
        if not self.compiled:
            raise UsageError(f"[{who}] the model is not compiled, expected compile(optimizer=..., loss=...) before")

    def _build_from(self, x):
        """Builds a model that has no Input, for the rows of x."""
        if self._core is None:
            if isinstance(x, (list, tuple)) and len(x) == 1:
                x = x[0]
            shape = np.shape(x)[1:]
            self._build_for(shape or (1,))

    # --- fit
    @names_arguments
    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0, validation_data=None,
            shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
            validation_batch_size=None, validation_freq=1):
        """Trains for epochs - initial_epoch epochs; returns a History.

        x: an array (rows, ...), a list or dictionary of arrays for several inputs, or an iterable of batches (x, y) or
        (x, y, sample_weight). float32 arrays in C order are used where they are. y: (rows,) or (rows, outputs).
        batch_size: rows of a step, default 32. validation_split: the last fraction of the rows, cut before shuffling.
        class_weight: {class: weight}. Ctrl-C raises KeyboardInterrupt after the step; the model keeps what it learned.
        """
        self._need_compiled("fit")
        whole_numbers = {"epochs": epochs, "initial_epoch": initial_epoch}
        for name, value in whole_numbers.items():
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
                raise UsageError(f"[fit] {name} is {value!r}, expected a whole number of 0 or more")
        run = _Run(self, int(epochs), int(initial_epoch), verbosity("fit", verbose), callbacks,
                   _Validation(self, validation_data, validation_freq, validation_steps))
        if x is None:
            raise UsageError("[fit] x is missing, expected an array or an iterable of batches")
        if not is_arrays(x):
            for name, value in {"y": y, "sample_weight": sample_weight, "batch_size": batch_size}.items():
                if value is not None:
                    raise UsageError(f"[fit] {name} is given beside an iterable of batches, expected it to be part of the batches")
            if validation_split:
                raise UsageError("[fit] validation_split is given beside an iterable of batches, expected validation_data")
            return run.over_batches(Batches("fit", x, _steps("steps_per_epoch", steps_per_epoch)), class_weight)
        if y is None:
            raise UsageError("[fit] y is missing, expected one target for each row of x")
        batch_size = _batch_size(batch_size)
        self._build_from(_first(x))
        data = table("fit", self.input_layers, x, y, sample_weight)
        if not 0 <= validation_split < 1:
            raise UsageError(f"[fit] validation_split is {validation_split}, expected 0 or more, and less than 1")
        if steps_per_epoch is not None:
            if validation_split:
                raise UnsupportedError("[fit] validation_split with steps_per_epoch is not supported: pass validation_data")
            batches = ArrayBatches(data.features, data.targets, None if sample_weight is None else np.asarray(sample_weight, np.float32).reshape(-1),
                                   batch_size, bool(shuffle), np.random.default_rng(next_seed()))
            return run.over_batches(Batches("fit", batches, _steps("steps_per_epoch", steps_per_epoch)), class_weight, flat=True)
        return run.over_arrays(data, batch_size, bool(shuffle), float(validation_split), class_weight, sample_weight is not None)

    # --- one batch
    @names_arguments
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One step on these rows. Returns the loss before it, and the metrics."""
        self._need_compiled("train_on_batch")
        self._build_from(_first(x))
        data = table("train_on_batch", self.input_layers, x, y, sample_weight)
        if y is None:
            raise UsageError("[train_on_batch] y is missing, expected one target for each row of x")
        return self._returned(self._train_batch("train_on_batch", data, class_weight, sample_weight is not None), return_dict)

    def _train_batch(self, who, data, class_weight, weighted):
        """One step of the engine on all rows of `data`. Returns the logs."""
        if self.optimizer._config["use_ema"]:
            raise UnsupportedError(f"[{who}] use_ema is not supported batch by batch: pass arrays to fit()")
        self._refuse_weighted(who, weighted)
        history = self._core.fit(data, epochs=1, batch_size=max(1, data.rows), shuffle=False, seed=self._run_seed(),
                                 class_weight=self._class_weight(who, class_weight))
        self.optimizer.iterations += 1
        return self._logs(history["epochs"][-1])

    @names_arguments
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics on these rows."""
        return self.evaluate(x, y, verbose=0, sample_weight=sample_weight, return_dict=return_dict)

    def predict_on_batch(self, x):
        """Outputs for these rows."""
        return self.predict(x, verbose=0)

    # --- evaluate
    @names_arguments
    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None, return_dict=False):
        """Loss and metrics: a number, a list [loss, *metrics], or with return_dict a dictionary. batch_size changes nothing."""
        self._need_compiled("evaluate")
        _batch_size(batch_size)
        if x is None:
            raise UsageError("[evaluate] x is missing, expected an array or an iterable of batches")
        listeners = CallbackList(callbacks, self)
        listeners.on_test_begin()
        if is_arrays(x):
            if y is None:
                raise UsageError("[evaluate] y is missing, expected one target for each row of x")
            self._build_from(_first(x))
            data = table("evaluate", self.input_layers, x, y, sample_weight)
            rows = data.rows if steps is None else min(data.rows, _steps("steps", steps) * (batch_size or 32))
            if rows < data.rows:
                data = table("evaluate", self.input_layers, _cut(x, rows), _cut(y, rows), _cut(sample_weight, rows))
            count = -(-rows // (batch_size or 32))
            progress = Progress(count, verbosity("evaluate", verbose))
            logs = self._evaluate_table(data, None if sample_weight is None else lambda: table("evaluate", self.input_layers, _cut(x, rows), _cut(y, rows)))
        else:
            batches = Batches("evaluate", x, _steps("steps", steps))
            progress = Progress(batches.length(), verbosity("evaluate", verbose))
            logs, count = self._evaluate_batches(batches, progress)
        listeners.on_test_end(logs)
        progress.end(count, _sorted(logs))
        return self._returned(logs, return_dict)

    def _evaluate_table(self, data, unweighted=None):
        """Logs of a Dataset. `unweighted` makes the same rows without weights, which `metrics` of compile() are taken of."""
        logs = self._logs(self._core.evaluate(data))
        if unweighted is not None and self._metrics and not self._weighted:
            logs = {**self._logs(self._core.evaluate(unweighted())), "loss": logs["loss"]}
        return logs

    def _evaluate_batches(self, batches, progress):
        """Reads all batches, so that metrics such as AUC are exact. Returns (logs, number of batches)."""
        parts = list(batches.epoch())
        if not parts:
            raise UsageError("[evaluate] the iterable gave no batches")
        x, y, weights = _joined("evaluate", parts)
        self._build_from(_first(x))
        data = table("evaluate", self.input_layers, x, y, weights)
        return self._evaluate_table(data, None if weights is None else lambda: table("evaluate", self.input_layers, x, y)), len(parts)

    # --- predict
    @names_arguments
    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """Outputs for each row: a float32 array (rows, ...). batch_size changes nothing: rows are computed by themselves."""
        _batch_size(batch_size)
        listeners = CallbackList(callbacks, self)
        listeners.on_predict_begin()
        if is_arrays(x):
            self._build_from(_first(x))
            rows = features("predict", self.input_layers, x)
            if steps is not None:
                rows = rows[:_steps("steps", steps) * (batch_size or 32)]
            count = -(-len(rows) // (batch_size or 32))
            progress = Progress(count, verbosity("predict", verbose))
            outputs = self._outputs(rows)
        else:
            batches, parts = Batches("predict", x, _steps("steps", steps)), []
            progress = Progress(batches.length(), verbosity("predict", verbose))
            for batch_x, _, _ in batches.epoch():
                self._build_from(_first(batch_x))
                parts.append(self._outputs(features("predict", self.input_layers, batch_x)))
                progress.update(len(parts), {})
            if not parts:
                raise UsageError("[predict] the iterable gave no batches")
            outputs, count = np.concatenate(parts), len(parts)
        listeners.on_predict_end()
        progress.end(count, {})
        return outputs

    def _outputs(self, rows):
        shape = self.output_shape[1:]
        if len(rows) == 0:
            return np.zeros((0, *shape), np.float32)
        outputs = self._core.predict(rows)
        return outputs if len(shape) == 1 else outputs.reshape(len(rows), *shape)

    # --- words between Keras and the engine
    def _logs(self, values):
        """The engine's losses and metrics under the names that compile() got."""
        logs = {}
        for prefix in ("", "val_"):
            if prefix + "loss" in values:
                logs |= {prefix + each.name: values[prefix + each.text] for each in self._metrics}
                logs[prefix + "loss"] = values[prefix + "loss"]
        return logs

    def _returned(self, logs, return_dict):
        if return_dict:
            return logs
        values = [logs["loss"], *[logs[each.name] for each in self._metrics]]
        return values if len(values) > 1 else values[0]

    def _class_weight(self, who, class_weight):
        """The weights of classes 0, 1, ... as a list; classes that are not given weigh 1."""
        if class_weight is None:
            return None
        if not isinstance(class_weight, dict):
            raise UsageError(f"[{who}] class_weight is of type {type(class_weight).__name__}, expected a dictionary {{class: weight}}")
        classes = max(self.output_shape[-1], 2)
        for each in class_weight:
            if each not in range(classes):
                raise UsageError(f"[{who}] class_weight has the class {each!r}, expected classes from 0 to {classes - 1}")
        return [float(class_weight.get(each, 1.0)) for each in range(classes)]

    def _refuse_weighted(self, who, weighted):
        if weighted and self._metrics and not self._weighted:
            raise UnsupportedError(f"[{who}] sample_weight with metrics is not supported, because metrics would count the weights: compile with "
                                   f"weighted_metrics={[each.name for each in self._metrics]}, or without metrics")

    def _run_seed(self):
        return self.__dict__.setdefault("_seed", next_seed())


class _Validation:
    """What is evaluated after an epoch."""

    def __init__(self, model, data, freq, steps):
        self.model, self.steps = model, _steps("validation_steps", steps)
        self.epochs = set(freq) if isinstance(freq, (list, tuple, set)) else None
        if self.epochs is None and (isinstance(freq, bool) or not isinstance(freq, int) or freq < 1):
            raise UsageError(f"[fit] validation_freq is {freq!r}, expected a whole number above 0, or a list of epochs")
        self.freq = freq
        self.batches = self.arrays = None
        if data is None:
            return
        if isinstance(data, (tuple, list)) and 2 <= len(data) <= 3 and is_arrays(data[0]):
            self.arrays = unpack("validation_data", data)
        else:
            self.batches = Batches("validation_data", data, self.steps)

    def __bool__(self):
        return self.arrays is not None or self.batches is not None

    def due(self, epoch):
        """Whether it validates after this epoch, counted from 1."""
        return bool(self) and (epoch in self.epochs if self.epochs is not None else epoch % self.freq == 0)

    def table(self):
        """The rows as a Dataset, if the engine can evaluate them in its run; or None."""
        if self.arrays is None or self.epochs is not None or self.freq != 1 or self.steps is not None:
            return None
        x, y, weights = self.arrays
        if weights is not None and self.model._metrics and not self.model._weighted:
            return None
        return table("validation_data", self.model.input_layers, x, y, weights)

    def logs(self):
        if self.batches is not None:
            logs, _ = self.model._evaluate_batches(self.batches, None)
        else:
            x, y, weights = self.arrays
            logs = self.model.evaluate(x, y, verbose=0, sample_weight=weights, steps=self.steps, return_dict=True)
        return {f"val_{name}": value for name, value in logs.items()}


class _Run:
    """One fit(): callbacks, progress and history."""

    def __init__(self, model, epochs, initial_epoch, verbose, callbacks, validation):
        self.model, self.epochs, self.initial, self.verbose, self.validation = model, epochs, initial_epoch, verbose, validation
        self.history = History()
        self.listeners = CallbackList([*_callback_list(callbacks), self.history], model)
        self.epoch = initial_epoch  # of the run, from 0
        self.step = 0
        self.mean_loss = 0.0
        self.in_engine = False  # whether one call of the engine makes all epochs
        self.first_iteration = model.optimizer.iterations

    # --- arrays: one call of the engine
    def over_arrays(self, data, batch_size, shuffle, validation_split, class_weight, weighted):
        model = self.model
        model._refuse_weighted("fit", weighted)
        if validation_split and self.validation:
            validation_split = 0.0  # validation_data wins, as in Keras
        rows = data.rows - (data.rows - int(data.rows * (1 - validation_split)) if validation_split else 0)
        steps = max(1, -(-rows // batch_size))
        inside = self.validation.table() if self.validation and not self.listeners.watches("test") else None
        self.in_engine = True
        self._begin(steps)
        watched = self.listeners.watches("train_batch")
        if self.epoch < self.epochs:
            self._epoch_begin()
            try:
                model._core.fit(
                    data, epochs=self.epochs - self.initial, batch_size=min(batch_size, max(1, data.rows)), shuffle=shuffle,
                    class_weight=model._class_weight("fit", class_weight), validation_split=validation_split, validation=inside,
                    seed=model._run_seed(), on_epoch=lambda values: self._epoch_end(model._logs(values), steps),
                    on_step=self._step if watched or self.verbose == 1 else None, step_interval=0.0 if watched else 0.05)
                if watched and self.step and model.stop_training:  # stopped within an epoch
                    self._epoch_end({"loss": self.mean_loss}, self.step)
            except NonFiniteError as error:
                self._non_finite(error)
        return self._end()

    def _step(self, report):
        """After a step of the engine. Returns False to end the run."""
        self.step, self.mean_loss = report["step"], report["mean_loss"]
        self.model.optimizer.iterations = self.first_iteration + (report["epoch"] - 1) * report["steps"] + self.step
        if self.listeners.watches("train_batch"):
            self.listeners.on_train_batch_end(self.step - 1, {"loss": self.mean_loss})
            if self.model.stop_training:
                return False
            if self.step < report["steps"]:
                self.listeners.on_train_batch_begin(self.step)
        self.progress.update(self.step, {"loss": self.mean_loss})
        return True

    # --- batches: a call of the engine for each
    def over_batches(self, batches, class_weight, flat=False):
        model = self.model
        self._begin(batches.length())
        while self.epoch < self.epochs and not model.stop_training:
            self._epoch_begin()
            logs, rows, count = {}, 0, 0
            for x, y, weights in batches.epoch():
                if y is None:
                    raise UsageError("[fit] a batch has no targets, expected (x, y) or (x, y, sample_weight)")
                if count:
                    self.listeners.on_train_batch_begin(count)
                model._build_from(_first(x))
                inputs = model.input_layers
                data = _flat_table(x, y, weights) if flat else table("fit", inputs, x, y, weights)
                try:
                    now = model._train_batch("fit", data, class_weight, weights is not None)
                except NonFiniteError as error:
                    self._non_finite(error)
                    break
                rows += data.rows
                share = data.rows / rows
                logs = {name: value if name not in logs else logs[name] + share * (value - logs[name]) for name, value in now.items()}
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
    def _begin(self, steps):
        self.model.stop_training = False
        self.listeners.set_params({"verbose": self.verbose, "epochs": self.epochs, "steps": steps})
        self.listeners.on_train_begin()

    def _epoch_begin(self):
        self.step = 0
        self.listeners.on_epoch_begin(self.epoch)
        if self.verbose:
            print(f"Epoch {self.epoch + 1}/{self.epochs}", flush=True)
        self.progress = Progress(self.listeners.params["steps"], self.verbose)
        self.listeners.on_train_batch_begin(0)

    def _epoch_end(self, logs, steps):
        """After an epoch of either kind. Returns False to end the run."""
        if self.validation.due(self.epoch + 1) and "val_loss" not in logs:
            self.listeners.on_test_begin()
            logs = {**logs, **self.validation.logs()}
            self.listeners.on_test_end({name[4:]: value for name, value in logs.items() if name.startswith("val_")})
        if self.in_engine:
            self.model.optimizer.iterations = self.first_iteration + (self.epoch - self.initial) * self.listeners.params["steps"] + steps
        logs = _sorted(logs)
        self.listeners.on_epoch_end(self.epoch, logs)
        self.progress.end(steps, logs)
        self.epoch += 1
        self.step = 0
        if self.model.stop_training:
            return False
        if self.epoch < self.epochs and self.in_engine:
            self._epoch_begin()
        return True

    def _non_finite(self, error):
        """TerminateOnNaN ends the run; without it, the error is raised."""
        if not any(isinstance(each, TerminateOnNaN) for each in self.listeners.callbacks):
            raise error
        print(f"TerminateOnNaN: {error}")
        self.model.stop_training = True

    def _end(self):
        self.listeners.on_train_end()
        self.model.history = self.history
        return self.history


def _metric_list(who, given):
    if given is None:
        return []
    if isinstance(given, dict):
        raise UnsupportedError(f"[compile] {who} as a dictionary is not supported, expected a list: a model has one output")
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(given) == 1 and isinstance(given[0], (list, tuple)):
        given = list(given[0])
    return [metrics_module.named(each) for each in given]


def _callback_list(callbacks):
    return [] if callbacks is None else list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


def _sorted(logs):
    """Keras's order: metrics and loss by name, then those of validation."""
    return {name: logs[name] for name in sorted(logs, key=lambda each: (each.startswith("val_"), each))}


def _batch_size(batch_size):
    if batch_size is None:
        return 32
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise UsageError(f"[fit] batch_size is {batch_size!r}, expected a whole number above 0")
    return int(batch_size)


def _steps(name, steps):
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1):
        raise UsageError(f"[fit] {name} is {steps!r}, expected a whole number above 0")
    return steps


def _first(x):
    return next(iter(x.values())) if isinstance(x, dict) and x else x


def _cut(values, rows):
    if values is None:
        return None
    if isinstance(values, dict):
        return {name: each[:rows] for name, each in values.items()}
    if isinstance(values, (list, tuple)) and any(np.ndim(each) for each in values):
        return [each[:rows] for each in values]
    return values[:rows]


def _joined(who, parts):
    """Batches (x, y, weights) put together."""
    def joined(values):
        if values[0] is None:
            return None
        if isinstance(values[0], dict):
            return {name: np.concatenate([np.asarray(each[name]) for each in values]) for name in values[0]}
        if isinstance(values[0], (list, tuple)):
            return [np.concatenate([np.asarray(each[i]) for each in values]) for i in range(len(values[0]))]
        return np.concatenate([np.asarray(each) for each in values])

    x, y, weights = zip(*parts)
    if any(each is None for each in y):
        raise UsageError(f"[{who}] a batch has no targets, expected (x, y) or (x, y, sample_weight)")
    return joined(x), joined(y), joined(weights)


def _flat_table(x, y, weights):
    from millrace._core import Dataset

    return Dataset(x, y, weights)



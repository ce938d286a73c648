# SPDX-License-Identifier: Apache-2.0
"""compile: what a model is trained for, and the words between Keras and the engine."""

import numpy as np

from millrace.errors import UnsupportedError, UsageError
from millrace.keras import losses as losses_module
from millrace.keras import metrics as metrics_module
from millrace.keras import optimizers
from millrace.keras._data import first
from millrace.keras._operation import names_arguments, refuse
from millrace.keras.utils import next_seed


class Compilation:
    """What Sequential and functional models share for compiling. See Keras's Model for the words."""

    def __init__(self):
        self.optimizer = self.loss = None
        self.history = None
        self.stop_training = False
        self._core = None  # the engine's model, once it is built
        self._takes_tables = False  # whether the engine's model prepares columns of frames
        self._scales = False  # whether it comes from a file and scales columns of arrays or targets, which no layer shows
        self._loss = None
        self._metrics, self._weighted = [], []  # and whether each sees sample weights

    @names_arguments
    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, run_eagerly=False,
                steps_per_execution=1, jit_compile="auto", auto_scale_loss=True) -> None:
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
        for names in ([each.name for each in plain], [each.name for each in weighted]):
            if len(set(names)) < len(names):
                raise UsageError(f"[compile] two metrics have one name ({', '.join(names)}), expected different ones: set name=")
        before = self.optimizer, self.loss, self._loss, self._metrics, self._weighted
        self.optimizer, self.loss, self._loss = optimizer, loss, loss_object
        self._metrics, self._weighted = plain + weighted, [False] * len(plain) + [True] * len(weighted)
        try:
            self._freeze_layers()
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
        names = [each.name for each in self._metrics]
        # One that is also there without weights, as Keras calls it.
        return ["loss", *[f"weighted_{name}" if weighted and names.count(name) > 1 else name for name, weighted in zip(names, self._weighted)]]

    def _engine_metrics(self):
        """The metrics in the engine's words, which are their names in its results. compile() says what holds for all."""
        mixed = len(set(self._weighted)) > 1
        return [f"{each.text}:weighted=false" if mixed and not weighted else each.text for each, weighted in zip(self._metrics, self._weighted)]

    @property
    def metrics(self):
        return list(self._metrics)

    def _compile_core(self):
        if self._core is not None and self.optimizer is not None:
            self._core.compile(self._loss.record(), metrics=self._engine_metrics(), weighted_metrics=any(self._weighted) or not self._weighted,
                               **self.optimizer.compile_options())

    def _freeze_layers(self):
        """Tells the engine which layers are trained."""

    def _need_compiled(self, who):
        if not self.compiled:
            raise UsageError(f"[{who}] the model is not compiled, expected compile(optimizer=..., loss=...) before")

    def _build_from(self, x, rows=None, verbose=0):
        """Builds a model that has no Input, for x. Columns of a table are prepared as their rows with these numbers say; None: all."""
        if self._core is not None:
            return
        table = self._table_of(x)
        if table is not None:
            self._build_for_table(table, rows, verbose)
            return
        x = first(x)
        if isinstance(x, (list, tuple)) and len(x) == 1:
            x = x[0]
        self._build_for(np.shape(x)[1:] or (1,))

    def _logs(self, values):
        """The engine's losses and metrics under the names that compile() got."""
        logs = {}
        for prefix in ("", "val_"):
            if prefix + "loss" in values:
                logs |= {prefix + name: values[prefix + text] for name, text in zip(self.metrics_names[1:], self._engine_metrics())}
                logs[prefix + "loss"] = values[prefix + "loss"]
        return logs

    def _returned(self, logs, return_dict):
        if return_dict:
            return {name: logs[name] for name in sorted(logs)}
        values = [logs[name] for name in self.metrics_names]
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

    def _run_seed(self):
        return self.__dict__.setdefault("_seed", next_seed())


def _metric_list(who, given):
    if given is None:
        return []
    if isinstance(given, dict):
        raise UnsupportedError(f"[compile] {who} as a dictionary is not supported, expected a list: a model has one output")
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(given) == 1 and isinstance(given[0], (list, tuple)):
        given = list(given[0])
    return [metrics_module.named(each) for each in given]

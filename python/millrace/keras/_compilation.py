# SPDX-License-Identifier: Apache-2.0
"""compile: what a model is trained for, and the words between Keras and the engine."""

import numpy as np

from millrace.errors import UnsupportedError, UsageError
from millrace.keras import optimizers
from millrace.keras._data import first
from millrace.keras._heads import heads_of
from millrace.keras._operation import names_arguments
from millrace.keras._row_weights import with_class_weights
from millrace.keras._weights import Engine
from millrace.keras.utils import next_seed


class Compilation:
    """What Sequential and functional models share for compiling. See Keras's Model for the words."""

    def __init__(self):
        self.optimizer = self.loss = None
        self._last = None  # the LastHistory, after a fit()
        self.stop_training = False
        self._validates = False  # whether the fit() that runs validates after some of its epochs
        self._has_trained = False  # on arrays
        self._engine = Engine()
        self._takes_tables = False  # whether the engine's model prepares columns of frames
        self._scales = False  # whether it comes from a file and scales columns of arrays or targets, which no layer shows
        self._heads = None  # what each output is trained for, once compile() was called

    @names_arguments
    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, run_eagerly=False,
                steps_per_execution=1, jit_compile="auto", auto_scale_loss=True) -> None:
        """Sets the optimizer, the loss and the metrics.

        Without a loss, the model can predict, and fit() and evaluate() refuse. Of a model with several outputs: loss is one for all, a list, or a dictionary {output: loss}, where None trains nothing; the sum of the
        losses, each times its number in loss_weights, is minimised; metrics is a list of lists, or a dictionary. metrics do not see sample
        weights, weighted_metrics do. run_eagerly, steps_per_execution, jit_compile and auto_scale_loss say how Keras's backends compute; they
        are accepted and change nothing here. The optimizer begins anew, also one that has made steps: its iterations are 0, and its learning
        rate stays.
        """
        optimizer = optimizers.get(optimizer)
        heads = None if loss is None else heads_of(self.output_keys, self.output_names, loss, loss_weights, metrics, weighted_metrics, self._has_keys)
        before = self.optimizer, self.loss, self._heads
        self.optimizer, self.loss, self._heads = optimizer, loss, heads
        try:
            self._freeze_layers()
            self._compile_core()
        except Exception:
            self.optimizer, self.loss, self._heads = before
            raise
        optimizer.drive(self._engine)
        self.stop_training = False

    @property
    def _core(self):
        """The engine's model, once it is built; or None."""
        return self._engine.core

    @property
    def history(self):
        """The History of the last fit(), or None."""
        return self._last.of(self) if self._last is not None else None

    @property
    def compiled(self):
        return self._heads is not None

    @property
    def metrics_names(self):
        """The names of what evaluate() returns, in its order."""
        return ["loss", *(each.name for each in self.reported)]

    @property
    def reported(self):
        """What is reported besides the loss."""
        return self._heads.reported if self._heads is not None else []

    @property
    def metrics(self):
        return list(self._heads.metrics) if self._heads is not None else []

    @property
    def output_names(self):
        """The names of the output layers."""
        raise NotImplementedError

    _has_keys = False  # whether the outputs are a dictionary

    @property
    def output_keys(self):
        """The names that outputs have in dictionaries and logs: the same, but the keys of a dictionary of outputs."""
        raise NotImplementedError

    def _compile_core(self):
        if self._core is not None and self.compiled:
            self._heads.settle([each.row_shape for each in self.output_layers])
            self._core.compile(**self._heads.engine_options(), **self.optimizer.compile_options())
            self.optimizer.drive(self._engine)

    def _freeze_layers(self):
        """Tells the engine which layers are trained."""

    def _need_compiled(self, who):
        if self.optimizer is not None and not self.compiled:
            raise UsageError(f"[{who}] the model is compiled without a loss, expected compile(optimizer=..., loss=...) with a name such as 'mse', or an object of "
                             "millrace.keras.losses")
        if not self.compiled:
            raise UsageError(f"[{who}] the model is not compiled, expected compile(optimizer=..., loss=...) before")

    def _build_from(self, x, rows=None):
        """Builds a model that has no Input, for x. rows: a function that returns the rows of a table from which the preparation of its columns is learned; None: all."""
        if self._core is not None:
            return
        table = self._table_of(x)
        if table is not None:
            self._build_for_table(table, None if rows is None else rows())
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
                logs |= {prefix + each.name: values[prefix + each.engine] for each in self.reported}
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
        if self._heads.several:
            raise UnsupportedError(f"[{who}] class_weight is not supported for several outputs, in Keras neither: pass sample_weight")
        classes = max(self.output_shape[-1], 2)
        for each in class_weight:
            if each not in range(classes):
                raise UsageError(f"[{who}] class_weight has the class {each!r}, expected classes from 0 to {classes - 1}")
        return [float(class_weight.get(each, 1.0)) for each in range(classes)]

    def _weighed(self, who, data, class_weight, training=None):
        """The Dataset and the class weights for the engine. The engine weighs classes in the loss only; where a metric sees weights, they
        become part of the weights of the rows that train, as in Keras. training: how many, the first ones; None: all."""
        by_class = self._class_weight(who, class_weight)
        if by_class is None or not self._heads.weighs_metrics:
            return data, by_class
        weighed = with_class_weights(data, by_class, data.rows if training is None else training)
        return (data, by_class) if weighed is None else (weighed, None)

    def _precision(self):
        """The word of the engine for the policies of the layers."""
        policies = {each.dtype_policy.name for each in self.layers if each.multiplies}
        if "mixed_bfloat16" not in policies:
            return "fp32"
        for each in self.layers:
            if each.multiplies and each.dtype_policy.name == "float32" and _is_rounded(each):
                raise UnsupportedError(f"[fit] the layer {each.name} has dtype='float32' and others have mixed_bfloat16; of large layers that is "
                                       "not supported: expected one dtype for all of them")
        return "mixed_bfloat16"

    def _run_seed(self):
        """The seed of all draws of fit(): that of a layer that was given one, or the next of the process."""
        given = next((seed for each in self.layers if (seed := each._config.get("seed")) is not None), None)
        return self.__dict__.setdefault("_seed", next_seed() if given is None else int(given))


def _is_rounded(dense):
    """Whether mixed_bfloat16 changes this layer: smaller ones stay in float32 (docs/training.md)."""
    units = dense.row_shape[-1]
    return dense.input_shapes[0][-1] * units > 25_500 and units >= 32

# SPDX-License-Identifier: Apache-2.0
"""Metrics, with Keras's names. Values are exact over all rows; Keras's AUC is an estimate from 200 thresholds."""

import math

import numpy as np

from millrace.errors import UnsupportedError, UsageError
from millrace.keras._operation import Operation, find, snake, text_of, unknown_name


class Metric(Operation):
    """A metric for compile(). `larger_is_better` tells callbacks in which direction it improves."""

    op = ""
    instead = "expected one of millrace.keras.metrics; a callback may compute others from self.model.predict() in on_epoch_end()"
    engine_options: dict = {}  # argument: the engine's option
    over_cells: dict = {}  # the engine's options that count every output as Keras does: as a yes or no, or a number, of its own
    of_classes = False  # whether it takes the outputs of a row as scores of classes that exclude each other
    larger_is_better = False
    refused = {"dtype": (None,)}
    hints = {"top_k": "use TopKCategoricalAccuracy", "class_id": "use average over classes, or evaluate the class as a binary target"}

    def _prepare(self, **config):
        for name in {"threshold", "thresholds"} & set(self.engine_options):
            self._threshold(name, config[name])

    def _threshold(self, name, given):
        """Checks a threshold: None, a number, or a list of one number."""
        who, several = type(self).__name__, isinstance(given, (list, tuple)) or np.ndim(given) > 0
        if several and len(given) != 1:
            others = "".join(f"{key}={value!r}, " for key, value in self._config.items() if key not in (name, "name") and value != self.arguments[key])
            each = [f"{who}({others}{name}={value}, name={f'{snake(who)}_{value}'!r})" for value in given]
            raise UnsupportedError(f"[{who}] {name}={given!r} is not supported (a value for each of {len(each)} thresholds), expected one number: make a metric of each"
                                   + (f", {', '.join(each[:3])}" if each else ""))
        value = given[0] if several else given
        if value is not None and (isinstance(value, (bool, str)) or not isinstance(value, (int, float, np.number)) or not 0 <= value <= 1):
            raise UsageError(f"[{who}] {name} is {given!r}, expected a number from 0 to 1")
        self._config[name] = value if value is None or isinstance(value, (int, float)) else float(value)

    def text(self, loss, shape):
        """The metric in the engine's words, for an output with this loss and this shape of a row; None: not known yet."""
        options = {self.engine_options[name]: self._config[name] for name in self.engine_options if self._config[name] is not None}
        options = {name: float(value) if isinstance(value, float) else value for name, value in options.items()}
        return text_of(self.op_of(shape), {**options, **(self.over_cells if self.counts_cells(loss, shape) else {})})

    def op_of(self, shape):
        return self.op

    def counts_cells(self, loss, shape):
        """Whether over_cells apply: targets have a column for each of several outputs."""
        return bool(self.over_cells) and loss is not None and not loss.counts_classes and (shape is None or math.prod(shape) > 1)

    def update_state(self, *_, **__):
        raise UnsupportedError(f"[{type(self).__name__}] metrics by themselves are not supported: give them to compile(), and use evaluate()")

    result = reset_state = __call__ = update_state


def _metric(name, op, arguments=None, larger=False, numbered=False, engine_options=None, position="last", over_cells=None, of_classes=False, **refused):
    """A class of this name. numbered: Keras numbers the names of its objects, precision_1; all others have one name."""
    own, ends = arguments or {}, {"name": None if numbered else snake(name), "dtype": None}
    plain = {key: values[0] for key, values in refused.items()}
    ordered = {**ends, **own, **plain} if position == "first" else {**own, **plain, **ends}
    return type(name, (Metric,), {"op": op, "arguments": ordered, "refused": {**Metric.refused, **refused}, "larger_is_better": larger,
                                  "engine_options": engine_options or {key: key for key in own}, "over_cells": over_cells or {},
                                  "of_classes": of_classes, "__module__": __name__,
                                  "__doc__": f"The engine's {op}; see docs/reference/operations.md."})


BinaryAccuracy = _metric("BinaryAccuracy", "binary_accuracy", {"threshold": 0.5}, True, position="first")
CategoricalAccuracy = _metric("CategoricalAccuracy", "categorical_accuracy", larger=True, of_classes=True)
SparseCategoricalAccuracy = _metric("SparseCategoricalAccuracy", "categorical_accuracy", larger=True, of_classes=True)
TopKCategoricalAccuracy = _metric("TopKCategoricalAccuracy", "top_k_accuracy", {"k": 5}, True, of_classes=True)
SparseTopKCategoricalAccuracy = _metric("SparseTopKCategoricalAccuracy", "top_k_accuracy", {"k": 5}, True, of_classes=True, from_sorted_ids=(False,))
_LABELS = {"multilabel": True, "average": "micro"}
Precision = _metric("Precision", "precision", {"thresholds": None}, True, True, {"thresholds": "threshold"}, over_cells=_LABELS, top_k=(None,), class_id=(None,))
Recall = _metric("Recall", "recall", {"thresholds": None}, True, True, {"thresholds": "threshold"}, over_cells=_LABELS, top_k=(None,), class_id=(None,))
MeanSquaredError = _metric("MeanSquaredError", "mean_squared_error")
RootMeanSquaredError = _metric("RootMeanSquaredError", "root_mean_squared_error", over_cells={"average": "micro"})
MeanAbsoluteError = _metric("MeanAbsoluteError", "mean_absolute_error")
R2Score = _metric("R2Score", "r2", larger=True, class_aggregation=("uniform_average",), num_regressors=(0,))
BinaryCrossentropy = _metric("BinaryCrossentropy", "log_loss", position="first", over_cells={"multilabel": True}, from_logits=(False,), label_smoothing=(0, 0.0))
CategoricalCrossentropy = _metric("CategoricalCrossentropy", "log_loss", position="first", of_classes=True, from_logits=(False,),
                                  label_smoothing=(0, 0.0), axis=(-1,))
SparseCategoricalCrossentropy = _metric("SparseCategoricalCrossentropy", "log_loss", position="first", of_classes=True, from_logits=(False,), axis=(-1,))


class AUC(Metric):
    """The exact area under the ROC curve, or under precision over recall (curve="PR", in steps)."""

    op = "roc_auc"
    over_cells = {"average": "micro"}
    larger_is_better = True
    hints = {**Metric.hints, "thresholds": "leave it out, the area is exact"}
    arguments = {"num_thresholds": 200, "curve": "ROC", "summation_method": "interpolation", "name": None, "dtype": None}
    refused = {**Metric.refused, "thresholds": (None,), "multi_label": (False,), "num_labels": (None,), "label_weights": (None,),
               "from_logits": (False, True)}

    def _prepare(self, curve, **_):
        if str(curve).upper() not in ("ROC", "PR"):
            raise UsageError(f"[AUC] curve is {curve!r}, expected ROC or PR")

    def op_of(self, shape):
        return "roc_auc" if self.curve.upper() == "ROC" else "average_precision"


class F1Score(Metric):
    """The harmonic mean of precision and recall. Without a threshold, the largest output of a loss over classes is the prediction; other outputs
    count above 0.5."""

    op = "f_beta"
    over_cells = {"multilabel": True}
    of_classes = True
    larger_is_better = True
    arguments = {"average": None, "threshold": None, "name": "f1_score", "dtype": None}
    engine_options = {"average": "average", "threshold": "threshold"}

    def _prepare(self, average, **config):
        super()._prepare(average=average, **config)
        if average not in ("micro", "macro", "weighted"):
            raise UnsupportedError(f"[F1Score] average={average!r} is not supported (one number for each class), expected micro, macro or weighted")

    def counts_cells(self, loss, shape):
        """Of one output, too: its F1 is that of the class 1, not a mean with that of the class 0."""
        return loss is not None and not loss.counts_classes and (self.threshold is not None or not loss.over_classes)


class _ByShape(Metric):
    """What Keras means by "accuracy" and "crossentropy": that of yes and no where the last axis has one entry, else that of classes."""

    of_classes = True
    of_image = ""  # the engine's metric of an image whose last axis has one entry

    def op_of(self, shape):
        return self.of_image if _is_image(shape) and shape[-1] == 1 else self.op

    def counts_cells(self, loss, shape):
        return self.op_of(shape) != self.op


class _Accuracy(_ByShape):
    op, of_image, larger_is_better = "accuracy", "binary_accuracy", True


class _Crossentropy(_ByShape):
    op = of_image = "log_loss"
    over_cells = {"multilabel": True}

    def counts_cells(self, loss, shape):
        return _is_image(shape) and shape[-1] == 1


def _is_image(shape):
    """Whether an output has several rows of its last axis."""
    return shape is not None and math.prod(shape) > shape[-1]


_CLASSES = (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy, Precision,
            Recall, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, R2Score, BinaryCrossentropy, CategoricalCrossentropy,
            SparseCategoricalCrossentropy, AUC, F1Score)
_BY_NAME = {snake(each.__name__): each for each in _CLASSES}
_BY_NAME |= {"auc": AUC, "mse": MeanSquaredError, "MSE": MeanSquaredError, "mae": MeanAbsoluteError, "MAE": MeanAbsoluteError, "r2_score": R2Score,
             "rmse": RootMeanSquaredError, "bce": BinaryCrossentropy, "BCE": BinaryCrossentropy}
globals().update({name: each for name, each in _BY_NAME.items() if name not in globals()})


class NamedMetric:
    """A metric of compile(): the name that logs have, the Metric, and what compile() got."""

    def __init__(self, name, metric, given):
        self.name, self.metric, self.given = name, metric, given

    @property
    def larger_is_better(self):
        return self.metric.larger_is_better

    @property
    def is_root(self):
        """Whether it is the root of a mean."""
        return self.metric.op == "root_mean_squared_error"

    def text(self, loss, shape):
        """The metric in the engine's words, for an output with this loss and this shape of a row. Raises UsageError for an image."""
        if _is_image(shape) and self.metric.of_classes and not self.metric.counts_cells(loss, shape):
            raise UsageError(f"[compile] the metric {self.name} compares the outputs of a row as classes, and the output is an image of the shape {shape}, "
                             "expected a metric of every number, such as BinaryAccuracy() or 'mse', or Flatten and Dense at the end of the model")
        return self.metric.text(loss, shape)


def named(given):
    """A NamedMetric from what compile() got. A metric given as text keeps that text as its name."""
    if isinstance(given, str):
        by_shape = {"accuracy": _Accuracy, "acc": _Accuracy, "crossentropy": _Crossentropy, "ce": _Crossentropy}
        return NamedMetric(given, by_shape[given]() if given in by_shape else get(given), given)
    metric = get(given)
    return NamedMetric(metric.name, metric, metric)


def get(identifier):
    return find("metric", identifier, _BY_NAME, Metric)


def __getattr__(name):
    raise unknown_name("metrics", name, [each.__name__ for each in _CLASSES])

# SPDX-License-Identifier: Apache-2.0
"""Metrics, with Keras's names. Values are exact over all rows; Keras's AUC is an estimate from 200 thresholds."""

from millrace.errors import UnsupportedError, UsageError
from millrace.keras._operation import Operation, find, snake, text_of, unknown_name


class Metric(Operation):
    """A metric for compile(). `larger_is_better` tells callbacks in which direction it improves."""

    op = ""
    instead = "expected one of millrace.keras.metrics; a callback may compute others from self.model.predict() in on_epoch_end()"
    engine_options: dict = {}  # argument: the engine's option
    larger_is_better = False
    refused = {"dtype": (None,)}
    hints = {"top_k": "use TopKCategoricalAccuracy", "class_id": "use average over classes, or evaluate the class as a binary target",
             "thresholds": "pass one number"}

    def text(self):
        """The metric in the engine's words."""
        options = {self.engine_options[name]: self._config[name] for name in self.engine_options if self._config[name] is not None}
        return text_of(self.op, {name: float(value) if isinstance(value, float) else value for name, value in options.items()})

    def update_state(self, *_, **__):
        raise UnsupportedError(f"[{type(self).__name__}] metrics by themselves are not supported: give them to compile(), and use evaluate()")

    result = reset_state = __call__ = update_state


def _metric(name, op, arguments=None, larger=False, numbered=False, engine_options=None, position="last", **refused):
    """A class of this name. numbered: Keras numbers the names of its objects, precision_1; all others have one name."""
    own, ends = arguments or {}, {"name": None if numbered else snake(name), "dtype": None}
    plain = {key: values[0] for key, values in refused.items()}
    ordered = {**ends, **own, **plain} if position == "first" else {**own, **plain, **ends}
    return type(name, (Metric,), {"op": op, "arguments": ordered, "refused": {**Metric.refused, **refused}, "larger_is_better": larger,
                                  "engine_options": engine_options or {key: key for key in own}, "__module__": __name__,
                                  "__doc__": f"The engine's {op}; see docs/reference/operations.md."})


BinaryAccuracy = _metric("BinaryAccuracy", "binary_accuracy", {"threshold": 0.5}, True, position="first")
CategoricalAccuracy = _metric("CategoricalAccuracy", "categorical_accuracy", larger=True)
SparseCategoricalAccuracy = _metric("SparseCategoricalAccuracy", "categorical_accuracy", larger=True)
TopKCategoricalAccuracy = _metric("TopKCategoricalAccuracy", "top_k_accuracy", {"k": 5}, True)
SparseTopKCategoricalAccuracy = _metric("SparseTopKCategoricalAccuracy", "top_k_accuracy", {"k": 5}, True, from_sorted_ids=(False,))
Precision = _metric("Precision", "precision", {"thresholds": None}, True, True, {"thresholds": "threshold"}, top_k=(None,), class_id=(None,))
Recall = _metric("Recall", "recall", {"thresholds": None}, True, True, {"thresholds": "threshold"}, top_k=(None,), class_id=(None,))
MeanSquaredError = _metric("MeanSquaredError", "mean_squared_error")
RootMeanSquaredError = _metric("RootMeanSquaredError", "root_mean_squared_error")
MeanAbsoluteError = _metric("MeanAbsoluteError", "mean_absolute_error")
R2Score = _metric("R2Score", "r2", larger=True, class_aggregation=("uniform_average",), num_regressors=(0,))
BinaryCrossentropy = _metric("BinaryCrossentropy", "log_loss", position="first", from_logits=(False,), label_smoothing=(0, 0.0))
CategoricalCrossentropy = _metric("CategoricalCrossentropy", "log_loss", position="first", from_logits=(False,), label_smoothing=(0, 0.0),
                                  axis=(-1,))
SparseCategoricalCrossentropy = _metric("SparseCategoricalCrossentropy", "log_loss", position="first", from_logits=(False,), axis=(-1,))


class AUC(Metric):
    """The exact area under the ROC curve, or under precision over recall (curve="PR", in steps)."""

    op = "roc_auc"
    larger_is_better = True
    arguments = {"num_thresholds": 200, "curve": "ROC", "summation_method": "interpolation", "name": None, "dtype": None}
    refused = {**Metric.refused, "thresholds": (None,), "multi_label": (False,), "num_labels": (None,), "label_weights": (None,),
               "from_logits": (False, True)}

    def _prepare(self, curve, **_):
        if str(curve).upper() not in ("ROC", "PR"):
            raise UsageError(f"[AUC] curve is {curve!r}, expected ROC or PR")

    def text(self):
        return "roc_auc" if self.curve.upper() == "ROC" else "average_precision"


class F1Score(Metric):
    op = "f_beta"
    larger_is_better = True
    arguments = {"average": None, "threshold": None, "name": "f1_score", "dtype": None}
    engine_options = {"average": "average", "threshold": "threshold"}

    def _prepare(self, average, **_):
        if average not in ("micro", "macro", "weighted"):
            raise UnsupportedError(f"[F1Score] average={average!r} is not supported (one number for each class), expected micro, macro or weighted")


_CLASSES = (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy, Precision,
            Recall, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, R2Score, BinaryCrossentropy, CategoricalCrossentropy,
            SparseCategoricalCrossentropy, AUC, F1Score)
_BY_NAME = {snake(each.__name__): each for each in _CLASSES}
_BY_NAME |= {"auc": AUC, "mse": MeanSquaredError, "MSE": MeanSquaredError, "mae": MeanAbsoluteError, "MAE": MeanAbsoluteError, "r2_score": R2Score,
             "rmse": RootMeanSquaredError, "bce": BinaryCrossentropy, "BCE": BinaryCrossentropy}
globals().update({name: each for name, each in _BY_NAME.items() if name not in globals()})


class NamedMetric:
    """A metric of compile(): the name that logs have, the engine's text, the direction, and what compile() got."""

    def __init__(self, name, text, larger_is_better, given):
        self.name, self.text, self.larger_is_better, self.given = name, text, larger_is_better, given


def named(given):
    """A NamedMetric from what compile() got. A metric given as text keeps that text as its name."""
    if given in ("accuracy", "acc"):
        return NamedMetric(given, "accuracy", True, given)
    if given in ("crossentropy", "ce"):
        return NamedMetric(given, "log_loss", False, given)
    metric = find("metric", given, _BY_NAME, Metric)
    return NamedMetric(given if isinstance(given, str) else metric.name, metric.text(), metric.larger_is_better,
                       given if isinstance(given, str) else metric)


def get(identifier):
    return find("metric", identifier, _BY_NAME, Metric)


def __getattr__(name):
    raise unknown_name("metrics", name, [each.__name__ for each in _CLASSES])

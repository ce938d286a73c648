# SPDX-License-Identifier: Apache-2.0
"""Losses, with Keras's names, options and defaults."""

from millrace.errors import UnsupportedError
from millrace.keras._operation import Operation, find, snake, unknown_name


class Loss(Operation):
    """A loss for compile(). The mean over the rows of a batch, each multiplied by its weight."""

    op = ""
    instead = "expected one of millrace.keras.losses, with its options, or another weight for each row: fit(..., sample_weight=...)"
    refused = {"reduction": ("sum_over_batch_size",), "dtype": (None,)}

    def __init__(self, *args, **kwargs):
        if {"y_true", "y_pred"} & set(kwargs) or any(hasattr(each, "__array__") or isinstance(each, (list, tuple)) for each in args):
            self(*args)  # Keras's functions, such as losses.mean_squared_error(y_true, y_pred)
        super().__init__(*args, **kwargs)

    def _prepare(self, **config):
        for name in ("alpha", "gamma", "delta", "label_smoothing"):
            if hasattr(config.get(name), "__len__"):
                raise UnsupportedError(f"[{type(self).__name__}] {name}={config[name]!r} is not supported, expected one number: weigh classes by fit(class_weight=...)")

    def __call__(self, *_, **__):
        raise UnsupportedError(f"[{type(self).__name__}] losses by themselves are not supported: give them to compile(), and use evaluate()")

    @property
    def counts_classes(self):
        """Whether a target is the number of its class, in one column."""
        return self.op == "sparse_categorical_crossentropy"

    @property
    def over_classes(self):
        """Whether the outputs of a row are classes that exclude each other."""
        return "categorical" in self.op or self.op == "kl_divergence"

    def record(self):
        """The loss in the engine's words."""
        options = {name: value for name, value in self._config.items() if name not in ("name", "reduction", "dtype", "axis", "ignore_class")}
        return {"op": self.op, **options}


def _loss(name, op, arguments, **refused):
    """A class of this name. Keras's order of arguments: its own, axis, reduction, name, dtype."""
    ordered = {**arguments, **{key: values[0] for key, values in refused.items()}, "reduction": "sum_over_batch_size", "name": op,
               "dtype": None}
    return type(name, (Loss,), {"op": op, "arguments": ordered, "refused": {**Loss.refused, **refused}, "__module__": __name__,
                                "__doc__": f"The engine's {op}; see docs/reference/operations.md for the formula."})


_LOGITS, _SMOOTHED = {"from_logits": False}, {"from_logits": False, "label_smoothing": 0.0}
BinaryCrossentropy = _loss("BinaryCrossentropy", "binary_crossentropy", _SMOOTHED, axis=(-1,))
BinaryFocalCrossentropy = _loss("BinaryFocalCrossentropy", "binary_focal_crossentropy",
                                {"apply_class_balancing": False, "alpha": 0.25, "gamma": 2.0, **_SMOOTHED}, axis=(-1,))
CategoricalCrossentropy = _loss("CategoricalCrossentropy", "categorical_crossentropy", _SMOOTHED, axis=(-1,))
CategoricalFocalCrossentropy = _loss("CategoricalFocalCrossentropy", "categorical_focal_crossentropy",
                                     {"alpha": 0.25, "gamma": 2.0, **_SMOOTHED}, axis=(-1,))
SparseCategoricalCrossentropy = _loss("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", _LOGITS, ignore_class=(None,),
                                      axis=(-1,))
MeanSquaredError = _loss("MeanSquaredError", "mean_squared_error", {})
MeanAbsoluteError = _loss("MeanAbsoluteError", "mean_absolute_error", {})
Huber = _loss("Huber", "huber", {"delta": 1.0})
LogCosh = _loss("LogCosh", "log_cosh", {})
Poisson = _loss("Poisson", "poisson", {})
Hinge = _loss("Hinge", "hinge", {})
SquaredHinge = _loss("SquaredHinge", "squared_hinge", {})
CategoricalHinge = _loss("CategoricalHinge", "categorical_hinge", {})
KLDivergence = _loss("KLDivergence", "kl_divergence", {})

_CLASSES = (BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy, SparseCategoricalCrossentropy,
            MeanSquaredError, MeanAbsoluteError, Huber, LogCosh, Poisson, Hinge, SquaredHinge, CategoricalHinge, KLDivergence)
_ALIASES = {"mse": MeanSquaredError, "MSE": MeanSquaredError, "mae": MeanAbsoluteError, "MAE": MeanAbsoluteError, "bce": BinaryCrossentropy,
            "BCE": BinaryCrossentropy, "kld": KLDivergence, "KLD": KLDivergence, "logcosh": LogCosh}
_BY_NAME = {**{each.op: each for each in _CLASSES}, **{snake(each.__name__): each for each in _CLASSES}, **_ALIASES}
# Keras's functions, such as losses.binary_crossentropy, name the loss of the same name.
globals().update({name: each for name, each in _BY_NAME.items() if name not in globals()})


def get(identifier):
    """A loss from its name, object, class or dictionary."""
    return find("loss", identifier, _BY_NAME, Loss)


def from_record(record):
    options = dict(record)
    cls = _BY_NAME[options.pop("op")]
    return cls(**{name: value for name, value in options.items() if name in cls.__signature__.parameters})


def __getattr__(name):
    raise unknown_name("losses", name, [each.__name__ for each in _CLASSES])

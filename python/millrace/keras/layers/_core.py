# SPDX-License-Identifier: Apache-2.0
"""Dense, Embedding, and layers that change shapes or values."""

import numpy as np

from millrace.errors import UnsupportedError, UsageError
from millrace.keras import activations, constraints, initializers, regularizers
from millrace.keras._operation import REQUIRED
from millrace.keras.layers._layer import Layer, _checked_shape


class Weighted(Layer):
    """A layer with weights: initializers, regularizers and constraints of its parts."""

    has_weights = True
    parts: tuple[str, ...] = ("kernel", "bias")
    constrained: tuple = ()  # axes of the kernel that belong to one unit, whose norm the engine can limit

    def _prepare(self, **config):
        self._initializers = {part: initializers.get(config[f"{part}_initializer"]) for part in self.parts}
        self._penalties = {part: regularizers.get(config.get(f"{part}_regularizer")) for part in self.parts}
        limits = {part: constraints.get(config.get(f"{part}_constraint")) for part in self.parts}
        self._limits = {part: limit for part, limit in limits.items() if limit is not None}
        for kind, found in (("initializer", self._initializers), ("regularizer", self._penalties), ("constraint", limits)):
            for part, made in found.items():  # layer.kernel_initializer(shape)
                setattr(self, f"{part}_{kind}", made)

    def weight_options(self):
        options = {}
        for part in self.parts:
            options[f"{part}_initializer"] = self._initializers[part].in_engine() or "zeros"
            penalty = self._penalties[part]
            if penalty is not None:
                options[f"{part}_l1"], options[f"{part}_l2"] = penalty.penalty
        if (norm := self._norm_limit("kernel")) is not None:
            options["kernel_max_norm"] = norm
        return options

    def _norm_limit(self, part):
        """The norm that the engine limits a part to, or None."""
        return self._limits[part].norm_limit(self.constrained) if part == "kernel" and part in self._limits else None

    def limits(self):
        return {part: limit for part, limit in self._limits.items() if self._norm_limit(part) is None and self._config.get(f"use_{part}", True)}

    def initializers(self):
        drawn = {part: each for part, each in self._initializers.items() if each.in_engine() is None}
        return drawn if self._config.get("use_bias", True) else {part: each for part, each in drawn.items() if part != "bias"}


class Dense(Weighted):
    """activation(x kernel + bias): (rows, inputs) to (rows, units)."""

    op = "dense"
    multiplies = True
    arguments = {"units": REQUIRED, "activation": None, "use_bias": True, "kernel_initializer": "glorot_uniform",
                 "bias_initializer": "zeros", "kernel_regularizer": None, "bias_regularizer": None}
    refused = {"activity_regularizer": (None,), "kernel_constraint": None, "bias_constraint": None, "lora_rank": (None,), "lora_alpha": (None,),
               "quantization_config": (None,)}
    refused = {name: values for name, values in refused.items() if values}
    arguments = {**arguments, "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None}
    hints = {"activity_regularizer": "penalise weights with kernel_regularizer"}
    constrained = (0,)

    def _prepare(self, units, activation, **config):
        if isinstance(units, bool) or not isinstance(units, (int, np.integer)) or units < 1:
            raise UsageError(f"[Dense] units is {units!r}, expected a whole number above 0")
        self.activation = activations.get(activation)
        super()._prepare(**config)

    def record(self):
        return {"op": self.op, "units": int(self.units), "activation": self.activation.text, "use_bias": bool(self.use_bias), **self.weight_options()}

    def shape_of(self, shapes):
        return (*shapes[0][:-1], self.units)


class Embedding(Weighted):
    """Rows of a trained table: whole numbers (rows, n), from 0 to input_dim - 1, to (rows, n, output_dim)."""

    op = "embedding"
    parts = ("embeddings",)
    arguments = {"input_dim": REQUIRED, "output_dim": REQUIRED, "embeddings_initializer": "uniform", "embeddings_regularizer": None}
    refused = {"embeddings_constraint": (None,), "mask_zero": (False,), "weights": (None,), "lora_rank": (None,), "lora_alpha": (None,)}
    hints = {"weights": "call set_weights() on the built model"}

    def __init__(self, *args, input_length=None, **kwargs):
        super().__init__(*args, **kwargs)  # input_length is of older versions: the length follows from the input

    def record(self):
        return {"op": self.op, "input_dim": int(self.input_dim), "output_dim": int(self.output_dim), **self.weight_options()}

    def shape_of(self, shapes):
        return (*shapes[0], self.output_dim)


class Dropout(Layer):
    """In training, an element is 0 with probability `rate`, else divided by 1 - rate. A seed determines all draws of the model's fit(): the
    order of the rows, too."""

    op = "dropout"
    arguments = {"rate": REQUIRED, "noise_shape": None, "seed": None}
    refused = {"noise_shape": (None,)}

    def _prepare(self, rate, seed, **_):
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0):
            raise UsageError(f"[Dropout] seed is {seed!r}, expected a whole number of 0 or more")
        if isinstance(rate, bool) or not isinstance(rate, (int, float, np.integer, np.floating)) or not 0 <= rate < 1:
            percent = f": {rate} percent is {rate / 100:g}" if isinstance(rate, (int, np.integer)) and not isinstance(rate, bool) and 1 < rate < 100 else ""
            raise UsageError(f"[Dropout] rate is {rate!r}, expected a number of 0 or more, and less than 1{percent}")

    def record(self):
        return {"op": self.op, "rate": float(self.rate)}


class Flatten(Layer):
    """Each row as one row of numbers."""

    op = "flatten"
    arguments = {"data_format": None}
    refused = {"data_format": (None, "channels_last")}

    def record(self):
        return {"op": self.op}

    def shape_of(self, shapes):
        return (int(np.prod(shapes[0])),)


class Reshape(Layer):
    """Each row in another shape of as many elements; one extent may be -1."""

    op = "reshape"
    arguments = {"target_shape": REQUIRED}

    def record(self):
        return {"op": self.op, "shape": "x".join(str(each) for each in self.row_shape)}

    def shape_of(self, shapes):
        elements, target = int(np.prod(shapes[0])), list(self.target_shape)
        if target.count(-1) == 1:
            known = -int(np.prod(target))
            target[target.index(-1)] = elements // known if known > 0 and elements % known == 0 else 0
        if any(each < 1 for each in target) or int(np.prod(target)) != elements:
            raise UsageError(f"[Reshape] target_shape is {tuple(self.target_shape)}, expected {elements} elements, as {shapes[0]} has")
        return tuple(target)


class _Merge(Layer):
    def __call__(self, inputs, training=None):
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise UsageError(f"[{self.name}] expected a list of two or more tensors")
        return super().__call__(inputs, training)

    def record(self):
        return {"op": self.op}


class Concatenate(_Merge):
    """All inputs side by side, along the last axis."""

    op = "concatenate"
    arguments = {"axis": -1}

    def shape_of(self, shapes):
        if self.axis not in (-1, len(shapes[0])):
            raise UnsupportedError(f"[Concatenate] axis={self.axis} is not supported, expected -1: the last axis")
        if len({shape[:-1] for shape in shapes}) > 1:
            raise UsageError(f"[Concatenate] the shapes are {', '.join(map(str, shapes))}, expected equal ones but for the last extent")
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


class _Elementwise(_Merge):
    def shape_of(self, shapes):
        if len(set(shapes)) > 1:
            raise UsageError(f"[{type(self).__name__}] the shapes are {', '.join(map(str, shapes))}, expected one shape")
        return shapes[0]


class Add(_Elementwise):
    """The sum of inputs of one shape."""

    op = "add"


class Average(_Elementwise):
    """The mean of inputs of one shape.

    ensemble=True, which Keras has not, is for the last layer of a model: the loss of a training judges each input by itself,
    so that each member of the ensemble learns as it would alone; validation and predictions are about the mean.
    """

    op = "average"
    arguments = {"ensemble": False}

    def record(self):
        return {"op": self.op, "ensemble": bool(self.ensemble)}


class Multiply(_Elementwise):
    """The product of inputs of one shape."""

    op = "multiply"


class Subtract(_Elementwise):
    """The first of two inputs of one shape, minus the second."""

    op = "subtract"

    def __call__(self, inputs, training=None):
        if isinstance(inputs, (list, tuple)) and len(inputs) != 2:
            raise UsageError(f"[{self.name}] {len(inputs)} tensors, expected two")
        return super().__call__(inputs, training)


class Maximum(_Elementwise):
    """The largest of inputs of one shape, element by element."""

    op = "maximum"


class Minimum(_Elementwise):
    """The smallest of inputs of one shape, element by element."""

    op = "minimum"


def add(inputs, **options):
    """The sum of tensors of one shape."""
    return Add(**options)(inputs)


def average(inputs, **options):
    """The mean of tensors of one shape."""
    return Average(**options)(inputs)


def multiply(inputs, **options):
    """The product of tensors of one shape."""
    return Multiply(**options)(inputs)


def subtract(inputs, **options):
    """The first of two tensors of one shape, minus the second."""
    return Subtract(**options)(inputs)


def maximum(inputs, **options):
    """The largest of tensors of one shape, element by element."""
    return Maximum(**options)(inputs)


def minimum(inputs, **options):
    """The smallest of tensors of one shape, element by element."""
    return Minimum(**options)(inputs)


def concatenate(inputs, axis=-1, **options):
    """Tensors side by side, along the last axis."""
    return Concatenate(axis=axis, **options)(inputs)


__all__ = ["Add", "Average", "Concatenate", "Dense", "Dropout", "Embedding", "Flatten", "Maximum", "Minimum", "Multiply", "Reshape", "Subtract", "Weighted",
           "add", "average", "concatenate", "maximum", "minimum", "multiply", "subtract", "_checked_shape"]

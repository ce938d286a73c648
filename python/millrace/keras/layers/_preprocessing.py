# SPDX-License-Identifier: Apache-2.0
"""Layers that prepare data. They are called with arrays, and then compute at once with NumPy; or with symbolic tensors, and then
are part of a model. Normalization is computed by the engine; the others before it, on the arrays that a model is given.
"""

from types import SimpleNamespace

import numpy as np

from millrace.errors import DataError, UnsupportedError, UsageError
from millrace.keras._weights import values
from millrace.keras.layers._layer import InputLayer, KerasTensor, Layer


class Preprocessing(Layer):
    """A layer that computes with NumPy, on an input of a model or on the output of another such layer."""

    on_arrays = True

    def __call__(self, inputs, training=None):
        if isinstance(inputs, KerasTensor):
            if not isinstance(inputs.layer, (InputLayer, Preprocessing)):
                raise UnsupportedError(f"[{self.name}] {type(self).__name__} after '{inputs.layer.name}' is not supported, expected it right after an Input")
            return super().__call__(inputs, training)
        return values(self.transform(cells(self.name, inputs)))

    def transform(self, array):
        """The outputs for an array (rows, ...)."""
        raise NotImplementedError

    def adapt(self, data, batch_size=None, steps=None):
        """Learns from all rows of an array, or of an iterable of arrays."""
        self._adapt(gathered(self.name, data, steps))

    def _adapt(self, array):
        raise UnsupportedError(f"[{self.name}] {type(self).__name__} has nothing to adapt")


def cells(who, given):
    """An array of numbers or text from anything that NumPy takes, or from a column of a data frame."""
    if hasattr(given, "to_numpy") and not isinstance(given, np.ndarray):
        given = given.to_numpy()
    try:
        array = np.asarray(given)
    except (ValueError, TypeError) as error:
        raise UsageError(f"[{who}] the input cannot become an array: {error}") from None
    if array.dtype == object:
        kinds = {type(each) for each in array.ravel()[:1000]}
        if not all(issubclass(each, (str, bytes, int, float, bool, np.generic, type(None))) for each in kinds):
            raise DataError(f"[{who}] the input has cells of type {', '.join(sorted(each.__name__ for each in kinds))}, expected text or numbers")
    return array


def gathered(who, data, steps):
    """The rows that adapt() got, as one array."""
    if hasattr(data, "__array__") or hasattr(data, "to_numpy"):
        return cells(who, data)
    if isinstance(data, (list, tuple)) and not (data and hasattr(data[0], "__array__")):
        return cells(who, data)
    if not hasattr(data, "__iter__"):
        raise UsageError(f"[{who}] adapt() got a {type(data).__name__}, expected an array or an iterable of arrays")
    parts = []
    for each in data:
        if steps is not None and len(parts) == steps:
            break
        parts.append(cells(who, each[0] if isinstance(each, tuple) else each))
    if not parts:
        raise UsageError(f"[{who}] adapt() got no batches")
    return np.concatenate(parts)


class Normalization(Layer):
    """(x - mean) / max(sqrt(variance), 1e-7), for each column; mean and variance from adapt() or as arguments."""

    op = "batch_normalization"
    has_weights = True
    arguments = {"axis": -1, "mean": None, "variance": None, "invert": False}
    refused = {"invert": (False,)}

    def _prepare(self, axis, mean, variance, **_):
        if (mean is None) != (variance is None):
            raise UsageError("[Normalization] only one of mean and variance is given, expected both or none")
        if axis is not None and axis not in (-1, [-1], (-1,)):
            axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
            if not isinstance(axis, int):
                raise UnsupportedError(f"[Normalization] axis={axis} is not supported, expected -1 or None")
        self.mean = None if mean is None else values(np.asarray(mean, np.float32))
        self.variance = None if variance is None else values(np.asarray(variance, np.float32))

    @property
    def frozen(self):
        return True

    def adapt(self, data, batch_size=None, steps=None):
        """Computes mean and variance of each column of an array or of an iterable of arrays (axis=None: of all numbers)."""
        from millrace._arrays import numbers

        array = np.asarray(numbers(gathered(self.name, data, steps), self.name, "data"), np.float64)
        if array.ndim == 0 or not array.size:
            raise UsageError(f"[{self.name}] adapt() got the shape {array.shape}, expected rows")
        if not np.isfinite(array).all():
            raise DataError(f"[{self.name}] adapt() got numbers that are not finite, expected finite ones: fill or leave out such rows")
        if self.axis is not None and array.ndim == 1:
            array = array.reshape(-1, 1)
        axes = None if self.axis is None else tuple(range(array.ndim - 1))
        self.mean, self.variance = (values(np.asarray(each, np.float32)) for each in (array.mean(axis=axes), array.var(axis=axes)))
        if self.built:
            self.set_weights(self._values(self.weights[0].shape))

    def _values(self, shape):
        if self.mean is None:
            return [np.zeros(shape, np.float32), np.ones(shape, np.float32)]
        if self.mean.ndim and self.mean.shape != tuple(shape):
            raise UsageError(f"[{self.name}] adapted to {self.mean.size} columns, but the input has {shape[-1]}")
        spread = np.maximum(self.variance.astype(np.float64), 1e-14)
        return [np.broadcast_to(self.mean, shape).astype(np.float32), np.broadcast_to(spread, shape).astype(np.float32)]

    def initializers(self):
        return {part: SimpleNamespace(values=lambda shape, i=i: self._values(shape)[i]) for i, part in enumerate(("moving_mean", "moving_variance"))}

    def record(self):
        return {"op": self.op, "center": False, "scale": False, "epsilon": 1e-30}

    def shape_of(self, shapes):
        if self.axis is not None and self.axis not in (-1, len(shapes[0])) and self.axis not in ([-1], (-1,), [len(shapes[0])], (len(shapes[0]),)):
            raise UnsupportedError(f"[Normalization] axis={self.axis} is not supported, expected -1 or None")
        return shapes[0]

    def __call__(self, inputs, training=None):
        if isinstance(inputs, KerasTensor):
            return super().__call__(inputs, training)
        from millrace._arrays import numbers

        if self.mean is None:
            raise UsageError(f"[{self.name}] Normalization has no mean yet, expected adapt() or mean and variance before")
        return values(numbers(inputs, self.name, "the input") - self.mean) / np.maximum(np.sqrt(self.variance), np.float32(1e-7))

    def get_config(self):
        config = super().get_config()
        return {**config, "mean": None if config["mean"] is None else self.mean.tolist(),
                "variance": None if config["variance"] is None else self.variance.tolist()}


def encoded(who, indices, mode, depth):
    """Whole numbers (rows, ...) as int64, or as rows of `depth` numbers: a one for each, the set, or the counts."""
    if mode == "int":
        return indices.astype(np.int64)
    outside = indices[(indices < 0) | (indices >= depth)]
    if outside.size:
        raise DataError(f"[{who}] the input has {outside.flat[0]}, expected whole numbers from 0 to {depth - 1}")
    if mode == "one_hot":
        if indices.ndim and indices.shape[-1] == 1:
            indices = indices[..., 0]
        return np.eye(depth, dtype=np.float32)[indices]
    rows = indices if indices.ndim else indices.reshape(1)
    result = np.zeros((*rows.shape[:-1], depth), np.float32)
    flat, flat_rows = result.reshape(-1, depth), rows.reshape(-1, rows.shape[-1])
    places = np.repeat(np.arange(len(flat_rows)), flat_rows.shape[1])
    np.add.at(flat, (places, flat_rows.ravel()), 1)
    return np.minimum(result, 1) if mode == "multi_hot" else result


def encoded_shape(shape, mode, depth):
    """The output shape of encoded(), without the rows."""
    if mode == "int":
        return shape
    return (*shape[:-1], depth) if mode != "one_hot" or shape[-1:] == (1,) else (*shape, depth)


def checked_mode(who, mode, modes=("int", "one_hot", "multi_hot", "count")):
    if mode == "tf_idf":
        raise UnsupportedError(f"[{who}] output_mode='tf_idf' is not supported, expected {', '.join(modes)}")
    if mode not in modes:
        raise UsageError(f"[{who}] output_mode is {mode!r}, expected {', '.join(modes)}")


__all__ = ["Normalization", "Preprocessing", "checked_mode", "encoded", "encoded_shape"]

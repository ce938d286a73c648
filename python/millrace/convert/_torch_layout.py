# SPDX-License-Identifier: Apache-2.0
"""Parameters in PyTorch's names, order and layouts, and in ours.

PyTorch flattens an image (channels, height, width), this package (height, width, channels): behind a Flatten, rows of kernels and
parameters of single units lie in another order there.
"""

import numpy as np

from millrace.errors import DataError
from millrace.keras import layers

# Our parameter: PyTorch's.
_NAMES = {"kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var",
          "embeddings": "weight", "alpha": "weight", "scale": "weight"}
_OF_OUTPUTS = ("bias", "embeddings")  # whose order a layer makes itself


def flat_orders(model, combined):
    """{name of a layer: (what it takes, what it gives)}, each for every place of a row here the place in PyTorch's row, or None: the same.

    combined(layer) is called for a layer that adds rows of different orders to each other, or combines them otherwise.
    """
    orders = {}
    for layer, names in model._chain:
        given = [orders[name][1] for name in names]
        orders[layer.name] = given[0] if given else None, _order_after(layer, given, combined)
    return orders


def _order_after(layer, given, combined):
    if not given or len(layer.output_shape) != 2 or isinstance(layer, layers.Dense):
        return None
    shape = layer.input_shapes[0]
    if isinstance(layer, layers.Flatten) and len(shape) == 3:
        return _or_none(np.moveaxis(np.arange(np.prod(shape)).reshape(shape[2], *shape[:2]), 0, -1).reshape(-1))
    if len(shape) != 1:
        return None
    if isinstance(layer, layers.Concatenate):
        parts = [np.arange(each[0]) if order is None else order for each, order in zip(layer.input_shapes, given)]
        starts = np.cumsum([0, *(each.size for each in parts)])
        return _or_none(np.concatenate([part + start for part, start in zip(parts, starts)]))
    if any(not np.array_equal(each, given[0]) for each in given[1:]):
        combined(layer)
        return None
    return given[0]


def _or_none(order):
    return None if np.array_equal(order, np.arange(order.size)) else order


def _is_moved(name, values, order):
    return order is not None and name not in _OF_OUTPUTS and values.shape[:1] == order.shape


def _to_torch(layer, name, values):
    if name == "kernel" and isinstance(layer, layers.Dense):
        return values.T
    if name == "kernel" and isinstance(layer, layers.Conv2D):
        return values.transpose(3, 2, 0, 1)  # (height, width, inputs, filters) to (filters, inputs, height, width)
    return values.reshape(-1) if name == "alpha" else values


def tensors_of(layer, order=None):
    """{PyTorch's name: array} of a layer of millrace.keras that takes rows of this order."""
    tensors = {}
    for each in layer.weights:
        values = each.numpy()
        if _is_moved(each.name, values, order):
            values = values[np.argsort(order)]
        tensors[_NAMES[each.name]] = np.ascontiguousarray(_to_torch(layer, each.name, values))
    return tensors


def arrays_from_torch(layer, tensors, where, order=None):
    """The arrays for set_weights() of a layer that takes rows of this order, from {PyTorch's name: array}. Raises DataError if names or shapes do not fit."""
    arrays = []
    for variable in layer.weights:
        name = _NAMES[variable.name]
        if name not in tensors:
            raise DataError(f"[load_safetensors] {where} has no '{name}', which layer '{layer.name}' needs; it has {', '.join(tensors)}")
        values = np.asarray(tensors[name], np.float32)
        if variable.name == "kernel":
            if values.ndim != variable.ndim:
                raise DataError(f"[load_safetensors] {where}.{name} has the shape {values.shape}, expected {variable.ndim} axes")
            values = values.T if values.ndim == 2 else values.transpose(2, 3, 1, 0)
        if variable.name == "alpha":
            values = values.reshape(variable.shape) if values.size == int(np.prod(variable.shape)) else values
        if values.shape != variable.shape:
            raise DataError(f"[load_safetensors] {where}.{name} has the shape {np.shape(tensors[name])}, which '{layer.name}' has not: its "
                            f"{variable.name} is {variable.shape}")
        arrays.append(values[order] if _is_moved(variable.name, values, order) else values)
    further = set(tensors) - {_NAMES[each.name] for each in layer.weights}
    if further:
        raise DataError(f"[load_safetensors] {where} also has {', '.join(sorted(further))}, which layer '{layer.name}' has not")
    return arrays

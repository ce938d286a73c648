# SPDX-License-Identifier: Apache-2.0
"""Parameters in PyTorch's names, order and layouts, and in ours."""

import numpy as np

from millrace.errors import DataError, UnsupportedError
from millrace.keras import layers

# Our parameter: PyTorch's.
_NAMES = {"kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var",
          "embeddings": "weight", "alpha": "weight"}


def _to_torch(layer, name, values):
    if name == "kernel" and isinstance(layer, layers.Dense):
        return values.T
    if name == "kernel" and isinstance(layer, layers.Conv2D):
        return values.transpose(3, 2, 0, 1)  # (height, width, inputs, filters) to (filters, inputs, height, width)
    return values.reshape(-1) if name == "alpha" else values


def tensors_of(layer):
    """{PyTorch's name: array} of a layer of millrace.keras."""
    return {_NAMES[each.name]: np.ascontiguousarray(_to_torch(layer, each.name, each.numpy())) for each in layer.weights}


def arrays_from_torch(layer, tensors, where):
    """The arrays for set_weights() of a layer, from {PyTorch's name: array}. Raises DataError if names or shapes do not fit."""
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
        arrays.append(values)
    further = set(tensors) - {_NAMES[each.name] for each in layer.weights}
    if further:
        raise DataError(f"[load_safetensors] {where} also has {', '.join(sorted(further))}, which layer '{layer.name}' has not")
    return arrays


def channels_last(layer, tensors, image):
    """PyTorch's tensors of a layer that gets a flattened image, for rows whose channels come last. image: (height, width, channels)."""
    height, width, channels = image
    size = height * width * channels

    def turned(values):
        return np.moveaxis(values.reshape(*values.shape[:-1], channels, height, width), -3, -1).reshape(values.shape)

    wide = {name for name, values in tensors.items() if values.ndim and values.shape[-1] == size and (name == "weight" or not isinstance(layer, layers.Dense))}
    if not wide and any(values.size > 1 for values in tensors.values()):
        raise UnsupportedError(f"[from_torch] '{layer.name}' has other sizes than the flattened image of {size} numbers before it")
    return {name: turned(values) if name in wide else values for name, values in tensors.items()}

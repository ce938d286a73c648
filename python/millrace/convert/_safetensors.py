# SPDX-License-Identifier: Apache-2.0
"""Weights in safetensors files with PyTorch's names and layouts: "0.weight" is (units, inputs), "1.running_mean", ...

The file: eight bytes with the length of a JSON header, the header {name: {dtype, shape, data_offsets}}, then the values.
"""

import json
import re

import numpy as np

from millrace import _core
from millrace._paths import path_of
from millrace.convert._torch_layout import arrays_from_torch, flat_orders, tensors_of
from millrace.errors import DataError, UnsupportedError, UsageError

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "?"}


def read_tensors(path):
    """{name: array} in the order of the header. BF16 becomes float32. Raises DataError for a damaged file."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise DataError(f"[load_safetensors] {path} cannot be read: {error.strerror}") from None
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise DataError(f"[load_safetensors] {path} is no safetensors file: its header ends after the file")
    try:
        header = json.loads(data[8:8 + length])
        tensors = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            raw = data[8 + length:][begin:end] if 0 <= begin <= end <= len(data) - 8 - length else None
            if raw is None:
                raise DataError(f"[load_safetensors] {path}: the values of '{name}' end after the file")
            if entry["dtype"] == "BF16":
                values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
            elif entry["dtype"] in _DTYPES:
                values = np.frombuffer(raw, _DTYPES[entry["dtype"]])
            else:
                raise DataError(f"[load_safetensors] {path}: '{name}' has the dtype {entry['dtype']}, expected one of {', '.join(_DTYPES)}, BF16")
            tensors[name] = values.reshape(entry["shape"])
        return tensors
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"[load_safetensors] {path} is damaged: {error}") from None


def write_tensors(path, tensors, metadata):
    """Writes float32 arrays. The file appears when it is complete."""
    header, offset = {"__metadata__": metadata}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    arrays = (np.ascontiguousarray(values, "<f4") for values in tensors.values())
    _core.write_file(path, [len(text).to_bytes(8, "little") + text, *arrays])


def save_safetensors(model, path):
    """Writes the weights of a millrace.keras model as PyTorch's state dictionary of it: "dense.weight" (units, inputs), ...

    Behind a flattened image they are in PyTorch's order, channels first. Raises UnsupportedError for a model that adds a flattened
    image to numbers in another order: PyTorch computes another network then.
    """
    model._need_weights("save_safetensors")
    orders = _orders_of(model, "save_safetensors")
    tensors = {f"{layer.name}.{name}": values for layer in model.layers for name, values in tensors_of(layer, orders[layer.name][0]).items()}
    write_tensors(path_of("save_safetensors", path), tensors, {"format": "pt"})


def _orders_of(model, who):
    def refuse(layer):
        raise UnsupportedError(f"[{who}] '{layer.name}' combines a flattened image with numbers in another order, which PyTorch, whose channels come first, does "
                               "otherwise, expected a Dense before; .npz and .weights.h5 files hold the weights as they are")

    return flat_orders(model, refuse)


def load_safetensors(model, path, names=None):
    """Sets the weights of a millrace.keras model from a file with PyTorch's names.

    names: {layer of the model: prefix in the file}, for files that call the layers otherwise, such as {"dense": "fc1"}. Without
    it, prefixes are the layers' names, or else the layers with weights follow one another as the prefixes in the file do, numbers
    counted as numbers. Behind a flattened image PyTorch's channels-first order becomes channels last. Raises DataError if names or shapes do not fit; then no weight has changed.
    """
    model._need_weights("load_safetensors")
    path = path_of("load_safetensors", path)
    load_tensors(model, read_tensors(path), path, names)


def load_tensors(model, tensors, source, names=None):
    """load_safetensors() for a dictionary of arrays, such as a state dictionary."""
    groups = {}
    for name, values in tensors.items():
        prefix, _, part = name.rpartition(".")
        if part != "num_batches_tracked":
            groups.setdefault(prefix, {})[part] = values
    layers = [layer for layer in model.layers if layer.weights]
    known = [layer.name for layer in layers]
    for name in names or {}:
        if name not in known:
            raise UsageError(f"[load_safetensors] names has the layer '{name}', expected layers with weights: {', '.join(known)}")
    prefixes = [(names or {}).get(layer.name, layer.name) for layer in layers]
    if names is None and any(each not in groups for each in prefixes):
        prefixes = sorted(groups, key=lambda prefix: [int(each) if each.isdigit() else each for each in re.split(r"(\d+)", prefix)])
        if len(prefixes) != len(layers):
            raise DataError(f"[load_safetensors] {source} has {len(prefixes)} layers ({', '.join(prefixes)}), expected {len(layers)}: {', '.join(known)}")
    missing = [each for each in prefixes if each not in groups]
    if missing:
        raise DataError(f"[load_safetensors] {source} has no tensors of '{missing[0]}', known: {', '.join(groups)}")
    orders = _orders_of(model, "load_safetensors")
    values = [arrays_from_torch(layer, groups[prefix], f"{source}: {prefix}", orders[layer.name][0]) for layer, prefix in zip(layers, prefixes)]
    for layer, arrays in zip(layers, values):
        layer.set_weights(arrays)

# SPDX-License-Identifier: Apache-2.0
"""Keras's files: .keras, .weights.h5 and, for reading, .h5 of older versions. They need the package h5py.

A .keras file is a ZIP of config.json (_config.py), metadata.json and model.weights.h5, where the weights of a layer are
layers/KIND_N/vars/0, 1, ...; N counts the layers of a kind in the model's order.
"""

import contextlib
import datetime
import io
import json
import os
import zipfile

import numpy as np

from millrace import _core
from millrace.errors import DataError, MillraceError, UnsupportedError
from millrace.keras import layers
from millrace.keras._config import compile_from_config, model_config, model_from_config
from millrace.keras._operation import snake

_VERSION = "3.15.1"  # of Keras, whose format this is
_MOST_BYTES = 1 << 40  # of a configuration, against files that unpack to more than any memory


def _h5py(who):
    try:
        import h5py
    except ImportError:
        raise UnsupportedError(f"[{who}] Keras's files need the package h5py, which is not installed: pip install h5py") from None
    return h5py


def _groups(listed):
    """{layer's name: its group in the file}"""
    counts, groups = {}, {}
    for layer in listed:
        kind = snake(type(layer).__name__)
        count = counts[kind] = counts.get(kind, -1) + 1
        groups[layer.name] = f"{kind}_{count}" if count else kind
    return groups


def _listed(model):
    """The layers in the order of the file: with the inputs for a functional model."""
    return model.layers if model.is_sequence else [layer for layer, _ in model._chain]


def _filed(layer):
    """The variables of a layer that Keras's files have: none of a Normalization whose mean and variance are arguments."""
    return [] if isinstance(layer, layers.Normalization) and layer.get_config()["mean"] is not None else layer.weights


def _layers_of_file(model, count, path):
    """The layers whose weights a file with `count` layers with weights has. Files of millrace 0.1 also had those of arguments."""
    ours = [layer for layer in model.layers if _filed(layer)]
    if count != len(ours):
        ours = [layer for layer in model.layers if layer.weights]
    _same_count(count, ours, path)
    return ours


# --- writing
def write_weights(model, file):
    """Writes the weights as Keras does to a .weights.h5 file. file: a binary file, open for writing."""
    with _h5py("save_weights").File(file, "w") as target:
        listed = _listed(model)
        groups = _groups(listed)
        for layer in listed:
            group = target.create_group(f"layers/{groups[layer.name]}")
            values = group.create_group("vars")
            values.attrs["name"] = layer.name
            for i, each in enumerate(_filed(layer)):
                values[str(i)] = each.numpy()
            if isinstance(layer, layers.Normalization) and layer.get_config()["mean"] is None:
                values["2"] = np.zeros((), np.int32)  # Keras counts the rows there
            if isinstance(layer, layers.Dropout):  # Keras keeps the state of its random numbers there
                group.create_group("seed_generator/vars")["0"] = np.zeros(2, np.uint32)
        target.create_group("vars").attrs["name"] = model.name


def write_model(model, path):
    """Writes a .keras file, which Keras 3 reads; it appears when it is complete."""
    weights = io.BytesIO()
    write_weights(model, weights)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        saved = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d@%H:%M:%S")
        file.writestr("metadata.json", json.dumps({"keras_version": _VERSION, "date_saved": saved}))
        file.writestr("config.json", json.dumps(model_config(model)))
        file.writestr("model.weights.h5", weights.getvalue())
    _core.write_file(path, [content.getbuffer()])


# --- reading
@contextlib.contextmanager
def _reading(who, path):
    """Turns errors of Python and h5py, which a damaged file can raise anywhere, into DataError. Our own errors and warnings pass."""
    try:
        yield
    except (MillraceError, MemoryError, Warning):
        raise
    except Exception as error:
        raise DataError(f"[{who}] {path} cannot be read, expected a file that Keras or millrace has written: {type(error).__name__}: {error}") from None


def read_model(path, compiled):
    """The model of a .keras file, or of an .h5 file that holds a whole model."""
    h5py = _h5py("load_model")
    if not os.path.exists(path):
        raise DataError(f"[load_model] {path}: no such file")
    if zipfile.is_zipfile(path):
        return _read_zip(path, compiled)
    with _reading("load_model", path), h5py.File(path, "r") as file:
        if "model_config" not in file.attrs:
            raise DataError(f"[load_model] {path} holds no model; read weights alone with load_weights()")
        model = model_from_config(json.loads(file.attrs["model_config"]), compiled=False)
        _read_legacy(model, file["model_weights"] if "model_weights" in file else file, path)
        options = json.loads(file.attrs["training_config"]) if "training_config" in file.attrs else {}
        if compiled and options.get("loss") is not None:
            compile_from_config(model, {**options, "optimizer": options.get("optimizer_config")})
    return model


def _read_zip(path, compiled):
    with _reading("load_model", path), zipfile.ZipFile(path) as file:
        if sum(each.file_size for each in file.infolist()) > _MOST_BYTES:
            raise DataError(f"[load_model] {path} unpacks to more than {_MOST_BYTES} bytes")
        model = model_from_config(json.loads(file.read("config.json")), compiled)
        weights = file.read("model.weights.h5")
    read_weights(model, io.BytesIO(weights), path)
    return model


def read_weights(model, file, path):
    """Sets the weights from a .weights.h5 file, or from the .h5 file of an older version. The layers must be the same."""
    h5py = _h5py("load_weights")
    with _reading("load_weights", path), h5py.File(file, "r") as source:
        if "layers" not in source and "_layer_checkpoint_dependencies" not in source:
            return _read_legacy(model, source["model_weights"] if "model_weights" in source else source, path)
        found = source["layers" if "layers" in source else "_layer_checkpoint_dependencies"]
        by_name = {group["vars"].attrs["name"]: group["vars"] for group in found.values() if "vars" in group and "name" in group["vars"].attrs}
        groups = _groups(_listed(model))
        for layer in _layers_of_file(model, sum("vars" in group and len(group["vars"]) > 0 for group in found.values()), path):
            values = by_name.get(layer.name)
            if values is None:  # names differ, or the file has none: the place counts
                values = found[groups[layer.name]]["vars"]
            _set(layer, [values[str(i)] for i in range(len(values))], path)


def _read_legacy(model, source, path):
    names = [_text(each) for each in source.attrs["layer_names"]]
    filled = [name for name in names if len(source[name].attrs["weight_names"])]
    for layer, name in zip(_layers_of_file(model, len(filled), path), filled):
        name = layer.name if layer.name in filled else name
        _set(layer, [source[name][_text(each)] for each in source[name].attrs["weight_names"]], path)


def _same_count(count, layers_with_weights, path):
    if count != len(layers_with_weights):
        names = ", ".join(each.name for each in layers_with_weights)
        raise DataError(f"[load_weights] {path} has {count} layers with weights, expected {len(layers_with_weights)}: {names}")


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def _set(layer, values, path):
    if isinstance(layer, layers.Normalization):  # Keras also keeps the count of the rows
        values = [np.reshape(each, layer.weights[0].shape) for each in values[:2]]
    expected = [each.shape for each in layer.weights]
    if [each.shape for each in values] != expected:
        raise DataError(f"[load_weights] {path} has the shapes {', '.join(str(each.shape) for each in values) or 'none'} for '{layer.name}', "
                        f"expected {', '.join(map(str, expected))}")
    layer.set_weights([np.asarray(each, np.float32) for each in values])

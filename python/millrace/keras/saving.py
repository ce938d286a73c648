# SPDX-License-Identifier: Apache-2.0
"""Models and weights in files. Models: .onnx, and Keras's .keras; weights: .npz, and Keras's .weights.h5. Also read: .h5 of older
versions of Keras, and checkpoints of the program (.safetensors). Keras's files need the package h5py."""

import io
import os
import zipfile
import zlib

import numpy as np

from millrace import _core
from millrace._paths import path_of
from millrace.errors import DataError, UnsupportedError, UsageError
from millrace.keras._operation import unknown_name


def save_model(model, filepath, overwrite=True, zipped=None, include_optimizer=True, **more):
    """Writes the model, with its weights and what it is compiled for, to an .onnx or a .keras file.

    The optimizer's state is not written. Raises UsageError for another ending and for a file that exists if overwrite is
    False.
    """
    path = path_of("save", filepath, "filepath")
    if more or zipped is False:
        raise UnsupportedError(f"[save] {', '.join([*more, *(['zipped'] if zipped is False else [])])} is not supported: leave it out")
    if not path.endswith((".onnx", ".keras")):
        raise UnsupportedError(f"[save] '{path}' is not supported, expected a name that ends in .onnx or .keras; weights alone go to an .npz or "
                               ".weights.h5 file with save_weights()")
    model._need_built("save")
    _refuse_existing("save", path, overwrite)
    if path.endswith(".onnx"):
        if model.array_layers:
            raise UnsupportedError(f"[save] an .onnx file cannot hold {', '.join(type(each).__name__ for each, _ in model.array_layers)}, expected .keras; "
                                   "or call these layers on the arrays before the model")
        model._core.export_onnx(path)
    else:
        from millrace.keras import _h5

        model.refuse_preparation("save", "a .keras file", ".onnx")
        _h5.write_model(model, path)


def save_weights(model, filepath, overwrite=True, **more):
    """Writes the weights to an .npz file, one array for each parameter, named layer/parameter; or to a .weights.h5 file."""
    path = path_of("save_weights", filepath, "filepath")
    if more:
        raise UnsupportedError(f"[save_weights] {', '.join(more)} is not supported: leave it out")
    if not path.endswith((".npz", ".weights.h5")):
        raise UnsupportedError(f"[save_weights] '{path}' is not supported, expected a name that ends in .npz or .weights.h5")
    model._need_built("save_weights")
    _refuse_existing("save_weights", path, overwrite)
    content = io.BytesIO()
    if path.endswith(".npz"):
        np.savez(content, **{each.path: each.numpy() for each in model.weights})
    else:
        from millrace.keras import _h5

        _h5.write_weights(model, content)
    _core.write_file(path, [content.getbuffer()])


def load_weights(model, filepath, skip_mismatch=False, **more):
    """Reads weights that save_weights() or Keras has written: .npz, .weights.h5 or .h5. The model must have the same parameters."""
    path = path_of("load_weights", filepath, "filepath")
    refused = [*more, *(["skip_mismatch=True"] if skip_mismatch else [])]
    if refused:
        raise UnsupportedError(f"[load_weights] {', '.join(refused)} is not supported: leave it out; the model must have all parameters of the file. To take over "
                               "some layers, use load_model() and layer.set_weights()")
    if not path.endswith((".npz", ".h5", ".keras")):
        raise UnsupportedError(f"[load_weights] '{path}' is not supported, expected a file that ends in .npz, .weights.h5, .h5 or .keras")
    model._need_built("load_weights")
    if not path.endswith(".npz"):
        from millrace.keras import _h5

        if path.endswith(".keras"):
            return model.set_weights(_h5.read_model(path, compiled=False).get_weights())
        return _h5.read_weights(model, path, path)
    try:
        with np.load(path, allow_pickle=False) as file:
            values = {name: file[name] for name in file.files}
    except (ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"[load_weights] {path} cannot be read: {error}") from None
    expected = [each.path for each in model.weights]
    if sorted(values) != sorted(expected):
        raise DataError(f"[load_weights] {path} has {', '.join(values) or 'no arrays'}, expected {', '.join(expected)}")
    model.set_weights([values[name] for name in expected])


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """Reads a model: .onnx that millrace has written, .keras, .h5, or a checkpoint of the program (.safetensors).

    No code of the file is run. Raises DataError for a damaged file, UnsupportedError for parts that millrace does not have.
    """
    path = path_of("load_model", filepath, "filepath")
    if custom_objects:
        raise UnsupportedError("[load_model] custom_objects is not supported: leave it out")
    if path.endswith((".keras", ".h5", ".hdf5")):
        from millrace.keras import _h5

        return _h5.read_model(path, compile)
    if path.endswith(".onnx"):
        core = _core.Model.load_onnx(path)
    elif path.endswith(".safetensors"):
        core = _core.Model.load_checkpoint(path)
    else:
        raise UnsupportedError(f"[load_model] '{path}' is not supported, expected a file that ends in .onnx, .keras, .h5 or .safetensors")
    from millrace.keras._engine_words import model_of

    return model_of(core, compile)


def _refuse_existing(who, path, overwrite):
    if not overwrite and os.path.exists(path):
        raise UsageError(f"[{who}] {path} exists, and overwrite is False")


def __getattr__(name):
    raise unknown_name("saving", name, ("load_model", "load_weights", "save_model", "save_weights"))


__all__ = ["load_model", "load_weights", "save_model", "save_weights"]

# SPDX-License-Identifier: Apache-2.0
"""Models of the program become Keras models that go everywhere a Keras model goes: every network of tests/consumers, and those whose
weights Keras keeps otherwise."""

import importlib.util
import os
import pathlib
import subprocess

import h5py
import numpy as np
import pytest

from millrace import keras
from millrace.errors import UnsupportedError

_spec = importlib.util.spec_from_file_location("consumers_models", pathlib.Path(__file__).parents[2] / "consumers" / "models.py")
consumers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(consumers)
ARRAYS = consumers.arrays()


def trained(folder, words, features, target):
    np.save(folder / "x.npy", ARRAYS[features])
    np.save(folder / "y.npy", ARRAYS[target])
    done = subprocess.run([os.environ["MILLRACE_PROGRAM"], "train", "--data", "x.npy", "--target", "y.npy", *words, "--scale", "none", "--epochs", "1", "--out", "run",
                           "--quiet"], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "run" / "model.onnx"


def check(model, x, folder):
    """Configurations and files of Keras hold the model."""
    expected = model.predict(x, verbose=0)
    again = keras.models.model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    model.save(folder / "model.keras")
    for each in (again, copy, keras.models.load_model(folder / "model.keras")):
        np.testing.assert_array_equal(each.predict(x, verbose=0), expected)


@pytest.mark.parametrize("name", sorted(consumers.networks()))
def test_a_network_of_the_program_goes_into_files_of_keras(name, tmp_path):
    layers, loss, features, target = consumers.networks()[name]
    model = keras.models.load_model(trained(tmp_path, ["--layers", layers, "--loss", loss], features, target))
    x = ARRAYS[features].reshape(-1, *model.input_shape[1:])
    if name == "gelu_tanh":  # Keras has no name for it
        with pytest.raises(UnsupportedError, match="has no name in Keras"):
            model.save(tmp_path / "model.keras")
        return
    check(model, x, tmp_path)


@pytest.mark.parametrize("name", ["embedding", *consumers.JOINS])
def test_a_graph_of_the_program_goes_into_files_of_keras(name, tmp_path):
    (tmp_path / "graph.toml").write_text(consumers.GRAPH if name == "embedding" else consumers.BRANCHES.format(name))
    features, target = ("places", "label") if name == "embedding" else ("numbers", "number")
    model = keras.models.load_model(trained(tmp_path, ["--config", "graph.toml"], features, target))
    x = ARRAYS[features]
    check(model, [x[:, :2], x[:, 2:]] if name == "embedding" else x, tmp_path)


def test_initializers_of_the_engine_have_the_names_of_keras():
    from millrace.keras._engine_words import _initializer

    assert type(_initializer("he_normal")) is keras.initializers.HeNormal
    assert _initializer("random_uniform:minval=-0.5:maxval=0.5").get_config() == {"minval": -0.5, "maxval": 0.5, "seed": None}
    assert _initializer("constant:0.25").value == 0.25
    unknown = _initializer("torch_uniform")
    assert unknown.engine_text() == "torch_uniform" and unknown.get_config() == {"seed": None}


@pytest.mark.parametrize("ending", ["keras", "weights.h5"])
def test_a_normalization_with_arguments_has_no_weights_in_files_of_keras(ending, tmp_path):
    def made():
        return keras.Sequential([keras.Input((2,)), keras.layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0]), keras.layers.Dense(3)])

    model, other, path = made(), made(), tmp_path / f"m.{ending}"
    x = np.float32([[1, 2], [3, 5], [0, -4]])
    (model.save if ending == "keras" else model.save_weights)(path)
    if ending == "keras":
        other = keras.models.load_model(path)
    else:
        other.load_weights(path)
        with h5py.File(path) as file:
            assert list(file["layers/normalization/vars"]) == [] and list(file["layers/dense/vars"]) == ["0", "1"]
    np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_file_that_has_the_weights_of_arguments_is_read(tmp_path):
    """As millrace wrote it before."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0]), keras.layers.Dense(3)])
    model.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5", "a") as file:
        for i, each in enumerate(model.layers[0].weights):
            file["layers/normalization/vars"][str(i)] = each.numpy()
    kernel = model.layers[1].get_weights()[0]
    model.layers[1].set_weights([np.zeros((2, 3), "f4"), np.zeros(3, "f4")])
    model.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(model.layers[1].get_weights()[0], kernel)

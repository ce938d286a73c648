# SPDX-License-Identifier: Apache-2.0
"""The package as such: what importing it costs, the program in it, its stubs and docstrings."""

import ast
import copy
import pathlib
import pickle
import re

import numpy as np
import pytest
from running import python

import millrace
from millrace import _core, keras


def test_importing_it_imports_neither_numpy_nor_keras_words():
    done = python("-c", "import sys, millrace; print([m for m in ('numpy', 'millrace.keras', 'sklearn') if m in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


def test_python_m_millrace_is_the_program():
    done = python("-m", "millrace", "--version")
    assert done.returncode == 0 and millrace.__version__ in done.stdout
    assert python("-m", "millrace", "trian").returncode == 2


def test_the_stub_describes_the_extension():
    text = pathlib.Path(_core.__file__).with_name("_core.pyi").read_text(encoding="utf-8")
    names = {each.name for each in ast.parse(text).body if isinstance(each, (ast.ClassDef, ast.FunctionDef))}
    assert {"Dataset", "Model", "read_csv", "split_last", "split_stratified", "version", "library_versions"} <= names


def test_every_public_function_has_a_docstring():
    public = [getattr(millrace, name) for name in millrace.__all__ if name not in ("convert", "keras", "sklearn")]
    public += [getattr(_core.Model, name) for name in dir(_core.Model) if not name.startswith("_")]
    public += [getattr(keras.Model, name) for name in ("compile", "fit", "evaluate", "predict", "train_on_batch", "summary", "save", "get_weights")]
    public += [getattr(keras.layers, name) for name in keras.layers.__all__]
    assert [each for each in public if not each.__doc__] == []


def test_errors_are_those_of_python_too():
    errors = millrace.errors
    for error, builtin in ((errors.UsageError, ValueError), (errors.DataError, ValueError), (errors.ResourceError, OSError),
                           (errors.NonFiniteError, ArithmeticError), (errors.ArgumentError, TypeError), (errors.UnsupportedError, NotImplementedError)):
        assert issubclass(error, builtin) and issubclass(error, millrace.MillraceError)
    with pytest.raises(ValueError, match="'unit'.*did you mean 'units'"):
        millrace.Model([{"op": "dense", "unit": 3}])
    with pytest.raises(millrace.DataError):
        millrace.Model.load_onnx(__file__)
    with pytest.raises(millrace.UsageError):
        millrace.Model([3])


@pytest.mark.parametrize("make, message", [
    (lambda: millrace.Model([{"op": "dense", "units": ["a"]}]), r"\[model\] 'units' is \['a'\], of type list, expected a list of numbers"),
    (lambda: millrace.Model([{"op": "dense", "units": 1, "name": 5}]), "'name' is 5, of type int, expected a text"),
    (lambda: millrace.Model([{"op": "dense", "units": 1, "inputs": [1]}]), "'inputs' is .*, expected a list of texts"),
    (lambda: millrace.Model([{"op": "dense", "units": 1, "trainable": "no"}]), "'trainable' is 'no', of type str, expected True or False"),
    (lambda: millrace.Model([{"op": "dense", "units": 1}], inputs=[1]), "'inputs' is .*, expected a dictionary"),
    (lambda: millrace.Model([{"op": "dense", "units": 1}], inputs={"a": 3}), r"'a' is 3, of type int, expected a list of names"),
    (lambda: millrace.Model(["1"]).compile(outputs=[{"output": "a", "loss": "mse", "weight": "x"}]), "'weight' is 'x', of type str, expected a number"),
    (lambda: millrace.read_csv(__file__, delimiter=";;"), r"\[read_csv\] delimiter is longer than one character"),
])
def test_a_value_of_another_type_is_named(make, message):
    with pytest.raises(millrace.UsageError, match=message):
        make()


def test_class_weights_of_another_type_are_named():
    model = millrace.Model([{"op": "dense", "units": 1, "activation": "sigmoid"}])
    model.compile("binary_crossentropy", "sgd")
    with pytest.raises(millrace.UsageError, match="'class_weight' is 'ab', of type str, expected a list with a number for each class"):
        model.fit(millrace.Dataset(np.ones((4, 1), "f4"), np.ones(4, "f4")), class_weight="ab")


@pytest.mark.parametrize("interval, calls", [(0, 20), (1e300, 2), (float("inf"), 2)])
def test_steps_are_reported_at_intervals_of_any_length(interval, calls):
    model = millrace.Model([{"op": "dense", "units": 1}])
    model.compile("mse", "sgd")
    steps = []
    model.fit(millrace.Dataset(np.ones((40, 1), "f4"), np.ones(40, "f4")), epochs=2, batch_size=4, on_step=steps.append, step_interval=interval)
    assert len(steps) == calls  # the last step of each epoch, always


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda model: pickle.loads(pickle.dumps(model))])
def test_models_are_pickled_and_copied(copied):
    x = np.random.default_rng(1).normal(size=(20, 4)).astype("f4")
    model = millrace.Model([{"op": "dense", "units": 3}, {"op": "dense", "units": 1}])
    with pytest.raises(millrace.UsageError, match="not built"):
        copied(model)
    model.build(4, 1)
    model.compile("mean_squared_error", "sgd", ["mean_absolute_error"])
    twin = copied(model)
    assert (twin.predict(x) == model.predict(x)).all() and twin.compiled() == model.compiled()
    twin.fit(millrace.Dataset(x, x[:, 0]))
    assert (twin.predict(x) != model.predict(x)).any()


def test_models_of_keras_are_pickled_and_copied():
    x = np.random.default_rng(1).normal(size=(20, 4)).astype("f4")
    model = keras.Sequential([keras.layers.Dense(3, activation="relu", kernel_regularizer="l2"), keras.layers.Dense(1)])
    assert pickle.loads(pickle.dumps(model)).layers[0].activation.name == "relu"
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    model.fit(x, x[:, 0], verbose=0)
    twin = pickle.loads(pickle.dumps(model))
    assert (twin.predict(x, verbose=0) == model.predict(x, verbose=0)).all() and twin.metrics_names == ["loss", "mae"]
    before = model.get_weights()
    twin.fit(x, x[:, 0], epochs=2, verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights())) and (twin.get_weights()[0] != before[0]).any()
    assert twin.optimizer._engine is twin._engine and model.history.history.keys() == twin.history.history.keys()


def test_a_csv_file_becomes_a_dataset(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("age,kind,income\n1,a,2\n3,b,4\n5,a,6\n")
    data = millrace.read_csv(str(path), target=["kind"])
    assert data.classes == ["a", "b"] and data.feature_names == ["age", "income"] and len(data) == 3
    np.testing.assert_array_equal(data.features, [[1, 2], [3, 4], [5, 6]])
    train, validation = millrace.split_last(data, 0.34)
    assert (train.rows, validation.rows, validation.selection) == (1, 2, [1, 2])
    with pytest.raises(millrace.DataError, match="line 3"):
        path.write_text("age\n1\nx\n")
        millrace.read_csv(str(path))
    with pytest.raises(millrace.DataError, match="no file"):
        millrace.read_csv("/nowhere.csv")


# tests/python/readme_test.py runs what needs a model of the program.
@pytest.mark.parametrize("page", ["README.md", "docs/python.md", "docs/start/keras.md", "docs/start/sklearn.md"])
def test_the_python_of_the_pages_runs(page, tmp_path, monkeypatch):
    text = (pathlib.Path(__file__).resolve().parents[3] / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    assert blocks and (tmp_path / "model.onnx").exists()

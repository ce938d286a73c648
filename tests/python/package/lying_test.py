# SPDX-License-Identifier: Apache-2.0
"""Objects that are not what they say, and wrong types at every door: Python gets an exception, and the process goes on."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import millrace
from millrace import Dataset, _core, keras

X = np.ones((6, 4), np.float32)


class Liar:
    """Answers every question that an array is asked, with what it was given."""

    def __init__(self, **answers):
        for name, answer in answers.items():
            setattr(self, name, answer)

    def __getattr__(self, name):
        raise AttributeError(name)


def raising(*_, **__):
    raise ZeroDivisionError("mine")


class RaisingArray:
    shape, dtype, ndim = (3, 2), np.dtype("f4"), 2
    __array__ = raising


class WrongArray:
    def __array__(self, dtype=None, copy=None):
        return "no array"


class WrongLength(list):
    def __len__(self):
        return 10 ** 6


class WrongInterface:
    __array_interface__ = {"shape": (3, 2), "typestr": "<f4", "version": 3, "data": "text"}


class NegativeShape:
    __array_interface__ = {"shape": (-3, 2), "typestr": "<f4", "version": 3, "data": (0, False)}


class RaisingLength:
    def __len__(self):
        raise ZeroDivisionError("mine")

    def __getitem__(self, i):
        raise ZeroDivisionError("mine")


class FalseStream:
    def __arrow_c_stream__(self, requested_schema=None):
        return 5


class FalseFrame:
    columns, shape = ["a", "b"], (2, 2)


class FalseTensor:
    device = "cuda:0"

    def __dlpack__(self, **_):
        return object()

    def __dlpack_device__(self):
        return (1, 0)


class FalseSparse:
    nnz, toarray = 3, raising


LIARS = [RaisingArray(), WrongArray(), WrongLength([1, 2]), WrongInterface(), NegativeShape(), RaisingLength(), FalseStream(), FalseFrame(), FalseTensor(), FalseSparse(),
         Liar(shape=(3, 2), dtype="f4"), Liar(columns=5, shape=5), Liar(column_names=None), object(), type, len, ..., b"bytes", "text", {1}, {"a": X}, memoryview(b"1234"),
         range(3), [X, X], [[X]], np.array(3), np.zeros((0, 4)), np.zeros((4, 0)), np.array([X, None], object), np.datetime64("2026-11-28"), X.view(np.recarray)]


def small():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("liar", LIARS, ids=lambda each: type(each).__name__)
def test_an_object_that_lies_raises_an_error_or_is_an_array(liar):
    model = small()
    for call in (lambda: Dataset(liar), lambda: Dataset(X, liar), lambda: Dataset(X, X[:, 0], liar), lambda: model.fit(liar, X[:, 0], verbose=0),
                 lambda: model.fit(X, liar, verbose=0), lambda: model.predict(liar, verbose=0), lambda: model.evaluate(X, X[:, 0], sample_weight=liar, verbose=0),
                 lambda: model.set_weights(liar), lambda: model._core.predict(liar), lambda: model._core.set_weights(model.weights[0].path, liar),
                 lambda: keras.layers.Normalization().adapt(liar), lambda: keras.layers.StringLookup().adapt(liar)):
        try:
            call()
        except (millrace.MillraceError, TypeError, ValueError, ZeroDivisionError):
            pass
    model.set_weights([np.ones((4, 1)), np.zeros(1)])
    assert (model.predict(X, verbose=0) == 4).all()


class FalseCapsule:
    """Has an Arrow stream that is a capsule of something else."""

    def __arrow_c_stream__(self, requested_schema=None):
        return np.random.default_rng(1).bit_generator.capsule


class RaisingStream:
    __arrow_c_stream__ = raising


class FalsePandas:
    columns, dtypes, ndim, shape, iloc = ["a"], [3], 2, (2, 1), [1, 2]


COLUMNS = [FalseCapsule(), RaisingStream(), FalsePandas(), *LIARS]


@pytest.mark.parametrize("liar", COLUMNS, ids=lambda each: type(each).__name__)
def test_a_false_table_raises_an_error_or_is_a_table(liar):
    frame = {"a": [1.0, 2.0] * 3, "b": ["x", None] * 3}
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(frame, X[:, 0], verbose=0)
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    unbuilt.compile("sgd", "mse")
    for call in (lambda: millrace.Table(liar), lambda: millrace.Table({"a": liar}), lambda: millrace.Table(frame, kinds=liar), lambda: millrace.Table(frame, target=liar),
                 lambda: keras.layers.Columns(columns={"a": liar}).adapt(frame), lambda: keras.layers.Columns().adapt(liar), lambda: model.predict(liar, verbose=0),
                 lambda: model.fit(liar, X[:, 0], verbose=0), lambda: model._core.predict_cells(liar), lambda: model._core.prepared(liar),
                 lambda: millrace.select_rows(millrace.Table(frame), liar), lambda: unbuilt.fit(liar, X[:, 0], verbose=0)):
        try:
            call()
        except (millrace.MillraceError, TypeError, ValueError, AttributeError, ZeroDivisionError, IndexError):
            pass
    assert np.isfinite(model.predict(frame, verbose=0)).all()


JUNK = st.sampled_from([None, True, -1, 0, 1, 2 ** 70, -2 ** 63, 0.5, float("nan"), float("inf"), "", "adam", "dense", "\x00", "\udcff", b"", [], [1], [None], ["a", 3], {},
                        {"op": "dense"}, {"op": "dense", "units": -1}, {"op": "dense", "units": 2 ** 62}, {"op": 3}, {3: 4}, object(), X, X[:, 0], Dataset(X), Dataset(X, X[:, 0]),
                        lambda *_: None, keras])
METHODS = [name for name in dir(_core.Model) if not name.startswith("_") and callable(getattr(_core.Model, name))]


@hypothesis.settings(max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(st.sampled_from(METHODS), st.lists(JUNK, max_size=3), st.dictionaries(st.sampled_from(
    ["epochs", "batch_size", "seed", "threads", "loss", "optimizer", "metrics", "class_weight", "validation_split", "on_epoch", "callbacks", "gemm", "name", "path"]), JUNK, max_size=2))
def test_no_argument_ends_the_process(method, arguments, named):
    model = _core.Model([{"op": "dense", "units": 2}, {"op": "dense", "units": 1}])
    model.build(4, 1)
    model.compile("mean_squared_error", "sgd")
    if method in ("export_onnx", "fit") and any(isinstance(each, str) for each in [*arguments, *named.values()]):
        return  # would write a file of that name
    if named.get("epochs", 1) is True or isinstance(named.get("epochs"), int) and named["epochs"] > 10:
        return  # would train for ever
    try:
        getattr(model, method)(*arguments, **named)
    except Exception as error:
        assert isinstance(error, (millrace.MillraceError, TypeError, ValueError, OverflowError, MemoryError)), repr(error)


@hypothesis.settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(JUNK, JUNK, JUNK)
def test_no_description_of_a_model_ends_the_process(layers, inputs, semantics):
    try:
        _core.Model(layers, inputs, semantics).build(4)
    except Exception as error:
        assert isinstance(error, (millrace.MillraceError, TypeError, ValueError)), repr(error)


def test_an_array_that_a_callback_changes_does_no_harm():
    x = X.copy()

    class Writes(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            x[:] = 2.0

    assert np.isfinite(small().fit(x, x[:, 0], epochs=3, verbose=0, callbacks=[Writes()]).history["loss"]).all()

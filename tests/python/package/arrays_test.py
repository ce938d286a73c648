# SPDX-License-Identifier: Apache-2.0
"""Arrays of every type and layout: which are used where they are, which are converted, and which are refused."""

import hypothesis
import hypothesis.extra.numpy
import hypothesis.strategies as st
import numpy as np
import pytest
from running import printed

import millrace
from millrace import Dataset, _arrays

X = np.arange(24, dtype=np.float32).reshape(6, 4) / 7


def address(array):
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("array", [X, X[1:], X[::2], X[:, :3], X[1::2, 1:], X.reshape(6, 2, 2), X[:, 0].copy()])
def test_uses_float32_rows_where_they_are(array):
    data = Dataset(array)
    assert address(data.features) == address(array)
    np.testing.assert_array_equal(data.features, array.reshape(len(array), -1))


def test_training_and_predicting_take_no_memory_for_rows_that_are_float32(tmp_path):
    """In a process of its own: the highest memory it ever had grows by less than a quarter of the rows."""
    code = """
import resource
import numpy as np
from millrace import keras

x, y = np.full((400_000, 128), 0.5, np.float32), np.zeros(400_000, np.float32)   # 205 MB
model = keras.Sequential([keras.Input((128,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x[:1000], y[:1000], verbose=0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model.fit(x, y, batch_size=4096, verbose=0)
model.evaluate(x[::2], y[::2], verbose=0)
model.predict(x, verbose=0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    more = int(printed(code))
    assert more < 50_000, f"{more} KiB more"


def test_uses_float32_targets_where_they_are():
    assert address(Dataset(X, X[:, :2]).targets) == address(X)


@pytest.mark.parametrize("array", [X[:, ::2], X[::-1], X.T, np.asfortranarray(X), X[:, ::-1], X[:, 0][::2]])
def test_copies_other_layouts(array):
    data = Dataset(array)
    assert not np.shares_memory(data.features, array)
    np.testing.assert_array_equal(data.features, array.reshape(len(array), -1))


@pytest.mark.parametrize("dtype", ["f8", "f2", ">f4", ">f8", "i1", "u1", "i4", "i8", "u8", "?", "O"])
def test_converts_other_types_of_numbers(dtype):
    whole = np.array([[1, 0], [0, 1], [1, 1]])
    np.testing.assert_array_equal(Dataset(whole.astype(dtype)).features, whole.astype(np.float32))


def test_takes_lists_and_objects_with_an_array_interface():
    class Frame:
        def __array__(self, dtype=None, copy=None):
            return X

    assert address(Dataset(Frame()).features) == address(X)
    np.testing.assert_array_equal(Dataset([[1, 2], [3, 4]]).features, [[1, 2], [3, 4]])


def test_keeps_the_array_alive():
    data = Dataset(np.full((1000, 3), 2.5, np.float32))
    junk = [np.zeros((1000, 3), np.float32) for _ in range(20)]
    assert (data.features == 2.5).all() and len(junk) == 20


def test_a_view_of_a_dataset_keeps_it_alive():
    features = Dataset(np.full((1000, 3), 2.5, np.float32)).features
    junk = [np.zeros((1000, 3), np.float32) for _ in range(20)]
    assert (features == 2.5).all() and len(junk) == 20 and not features.flags.writeable


class Sparse:
    nnz = 3

    def toarray(self):
        return X


@pytest.mark.parametrize("wrong, message", [
    (np.array([["a", "b"]]), "has the dtype <U1, expected numbers"),
    (np.array([1 + 2j]), "complex128, expected numbers"),
    (np.array(["2026-01-01"], "M8[D]"), "datetime64"),
    (np.array([{}], object), "holds objects that are no numbers"),
    ([[1, 2], [3]], "cannot become an array"),
    (3.5, "a single float, expected an array"),
    (None, "expected"),
    (Sparse(), r"sparse Sparse, expected a dense array: pass features.toarray\(\)"),
    (np.ma.masked_less(X, 1), "masked array with 7 masked values"),
    (np.array([[1e300]]), "beyond 3.4e"),
])
def test_refuses_what_is_no_array_of_numbers(wrong, message):
    with pytest.raises(ValueError, match=message) as raised:
        Dataset(wrong)
    assert isinstance(raised.value, millrace.MillraceError)


def test_weights_are_one_number_for_each_row():
    assert Dataset(X, X[:, 0], np.ones((6, 1))).rows == 6
    with pytest.raises(millrace.UsageError, match="one number for each row"):
        Dataset(X, X[:, 0], np.ones((6, 2)))


def compiled(columns):
    model = millrace.Model([{"op": "dense", "units": 3, "activation": "tanh"}, {"op": "dense", "units": 1}])
    model.build(columns, 1)
    model.compile("mean_squared_error")
    return model


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_names_the_cell_that_is_not_finite(bad):
    x = X.copy()
    x[3, 2] = bad
    model = compiled(4)
    with pytest.raises(millrace.DataError, match="row 4"):
        model.fit(Dataset(x, X[:, 0]))
    with pytest.raises(millrace.DataError):
        model.predict(x)
    with pytest.raises(millrace.DataError):
        model.fit(Dataset(X, x[:, 2]))


SHAPES = hypothesis.extra.numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
TYPES = st.one_of(hypothesis.extra.numpy.scalar_dtypes(), st.sampled_from([np.dtype(object), np.dtype("f4,i4")]))


@hypothesis.settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(st.data())
def test_any_array_trains_or_raises_an_error_of_its_kind(data):
    x = data.draw(hypothesis.extra.numpy.arrays(TYPES, SHAPES, elements=None))
    y = data.draw(hypothesis.extra.numpy.arrays(np.float64, st.one_of(st.just(x.shape[:1]), SHAPES)))
    if data.draw(st.booleans()):
        x = x[..., ::2] if x.ndim else x
    model = millrace.keras.Sequential([millrace.keras.layers.Dense(2), millrace.keras.layers.Dense(1)])
    model.compile("adam", "mse")
    try:
        model.fit(x, y, epochs=1, verbose=0)
    except millrace.MillraceError:
        return
    assert np.isfinite(model.predict(x, verbose=0)).all()


@hypothesis.settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(hypothesis.extra.numpy.arrays(np.float32, SHAPES, elements=st.floats(-4, 4, width=32)), st.booleans())
def test_matrix_keeps_the_values(array, transposed):
    array = array.T if transposed else array
    try:
        rows = _arrays.matrix(array, "test", "x")
    except millrace.UsageError:
        assert array.ndim == 0
        return
    assert rows.dtype == np.float32 and rows.ndim == 2
    np.testing.assert_array_equal(rows, array.reshape(array.shape[0], int(np.prod(array.shape[1:]))))

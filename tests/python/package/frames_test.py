# SPDX-License-Identifier: Apache-2.0
"""Data frames of pandas, Polars and Arrow, Arrow streams, and columns that are no numbers."""

import datetime

import numpy as np
import pandas
import polars
import pyarrow
import pytest

import millrace
from millrace import Dataset, keras

CELLS = {"a": [1, 2, 3, 4], "b": [0.5, 1.5, 2.5, 3.5], "c": [True, False, True, False]}
WANTED = np.array([[1, 0.5, 1], [2, 1.5, 0], [3, 2.5, 1], [4, 3.5, 0]], np.float32)
PANDAS = pandas.DataFrame(CELLS)


class Stream:
    """A result that only has an Arrow stream, as DuckDB's."""

    def __arrow_c_stream__(self, requested_schema=None):
        return pyarrow.table(CELLS).__arrow_c_stream__(requested_schema)


FRAMES = {"pandas": PANDAS, "nullable": PANDAS.astype({"a": "Int64", "b": "Float64", "c": "boolean"}), "arrow in pandas": PANDAS.convert_dtypes(dtype_backend="pyarrow"),
          "polars": polars.DataFrame(CELLS), "table": pyarrow.table(CELLS), "record batch": pyarrow.record_batch(CELLS), "stream": Stream()}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_of_numbers_is_a_table(name):
    data = Dataset(FRAMES[name])
    assert (data.features == WANTED).all() and data.feature_names == ([] if name == "stream" else ["a", "b", "c"])


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_trains(name):
    model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(FRAMES[name], PANDAS["b"], verbose=0)
    np.testing.assert_allclose(model.predict(FRAMES[name], verbose=0), model.predict(WANTED, verbose=0))
    assert model.evaluate(FRAMES[name], polars.Series([1, 2, 3, 4]), verbose=0) == model.evaluate(WANTED, pyarrow.array([1, 2, 3, 4]), verbose=0)


@pytest.mark.parametrize("frame", [pandas.DataFrame({"a": pandas.array([1, None], "Int64")}), pandas.DataFrame({"a": [1, None]}, dtype=object),
                                   polars.DataFrame({"a": [1, None]}), pyarrow.table({"a": [1, None]})])
def test_missing_numbers_are_nan_and_named(frame):
    np.testing.assert_array_equal(Dataset(frame).features, [[1], [np.nan]])
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])  # without the Input, they are filled in
    model.compile("adam", "mse")
    with pytest.raises(millrace.DataError, match="row 2"):
        model.fit(frame, np.ones(2), verbose=0)


@pytest.mark.parametrize("frame, message", [
    (pandas.DataFrame({"n": [1, 2], "kind": ["x", "y"]}), "column 'kind' of features is str.*encode it"),
    (polars.DataFrame({"kind": ["x", "y"]}), "column 'kind' of features is String"),
    (pyarrow.table({"kind": ["x", "y"]}), "column 'kind' of features is string"),
    (pandas.DataFrame({"kind": pandas.Categorical(["x", "y"])}), "is category, expected numbers: encode it"),
    (pandas.DataFrame({"day": pandas.to_datetime(["2026-11-28"])}), "'day'.*subtract a date"),
    (pandas.DataFrame({"n": [1, "2"]}), "'n' of features is object"),
    (pandas.DataFrame({"n": [1e300]}), "column 'n' of features has numbers beyond"),
    (pandas.DataFrame([[1, 2]], columns=["n", "n"]), "two columns with the name 'n'"),
    (pandas.DataFrame(), "has no columns"), (polars.DataFrame(), "has no columns"),
])
def test_a_column_that_is_no_number_is_named(frame, message):
    with pytest.raises(millrace.DataError, match=message):
        Dataset(frame)


def test_names_of_columns_are_compared():
    model = millrace.Model([{"op": "dense", "units": 1}])
    model.compile("mean_squared_error")
    model.fit(Dataset(PANDAS, PANDAS["b"]))
    assert model.feature_names == ["a", "b", "c"]
    with pytest.raises(millrace.UsageError, match="column 1 is 'b', the model's is 'a'"):
        model.predict(PANDAS[["b", "a", "c"]])
    assert (model.predict(WANTED) == model.predict(PANDAS)).all()


def test_tensors_are_read_through_dlpack_without_a_copy():
    class Tensor:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **options):
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    rows = np.ones((3, 2), np.float32)
    assert np.shares_memory(Dataset(Tensor(rows)).features, rows)
    assert (Dataset(Tensor(np.ones((3, 2)))).features == rows).all()


DAYS = [datetime.date(2020, 1, 2), None, datetime.date(1999, 12, 31)]
ROME = [pandas.Timestamp("2020-01-02 03:04", tz="Europe/Rome"), None, pandas.Timestamp("1999-12-31", tz="UTC")]


@pytest.mark.parametrize("cells, kind", [(DAYS, pyarrow.date32()), (DAYS, pyarrow.date64()), (DAYS, pyarrow.timestamp("us")), (ROME, pyarrow.timestamp("ns", "Europe/Rome"))])
def test_dates_of_arrow_in_pandas_are_dates(cells, kind):
    series = pandas.Series(cells, dtype=pandas.ArrowDtype(kind))
    plain = pandas.Series([None if each is None else pandas.Timestamp(each) for each in cells])
    tables = [millrace.Table({"day": each, "x": [1, 2, 3]}).describe()[0] for each in (series, pandas.to_datetime(plain, utc=True))]
    assert tables[0] == tables[1] and tables[0]["kind"] == "date" and tables[0]["missing"] == 1


def test_a_category_of_booleans_is_a_boolean():
    random = np.random.default_rng(0)
    flags = random.random(64) > 0.5
    frame = pandas.DataFrame({"a": random.normal(size=64), "b": pandas.Categorical(flags), "c": pandas.Categorical([True, None] * 32)})
    assert [each["kind"] for each in millrace.Table(frame).columns] == ["number", "boolean", "boolean"] and millrace.Table(frame).columns[2]["missing"] == 32
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(frame, flags, verbose=0)
    for other in (flags, flags.astype(str), np.where(flags, "true", "false"), flags.astype(int)):
        assert (model.predict(frame.assign(b=other), verbose=0) == model.predict(frame, verbose=0)).all()


@pytest.mark.parametrize("kind", ["object", "category", "arrow", "polars"])
def test_an_empty_text_is_missing(kind, tmp_path):
    """As an empty cell of a file is; the exported graph knows no other."""
    cells = {"city": ["Rome", "", "Oslo", "Rome"] * 10, "size": [float(i) for i in range(40)]}
    frame = {"arrow": pyarrow.table, "polars": polars.DataFrame}.get(kind, pandas.DataFrame)(cells)
    if kind == "category":
        frame = frame.astype({"city": "category"})
    assert [each["missing"] for each in millrace.Table(frame).columns] == [10, 0]
    model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(frame, np.arange(40.0), verbose=0)
    model.save(tmp_path / "model.onnx")


def test_an_infinite_number_is_an_error():
    frame = pandas.DataFrame({"city": ["Rome", "Oslo", "Bern", "Rome"] * 10, "size": [float(i) for i in range(40)]})
    bad = frame.assign(size=[np.inf, *frame["size"][1:]])
    model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(millrace.MillraceError, match="infinite|not a finite number"):
        model.fit(bad, np.arange(40.0), verbose=0)
    model.fit(frame, np.arange(40.0), verbose=0)
    with pytest.raises(millrace.DataError, match="column 'size', row 1: inf is not a finite number of fp32"):
        model.predict(bad, verbose=0)

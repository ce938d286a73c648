# SPDX-License-Identifier: Apache-2.0
"""Classes and levels that are easily lost: whole numbers that fp32 merges, and texts that usually stand for missing values."""

import warnings

import numpy as np
import pandas
import pytest

import millrace
from millrace import keras
from millrace.sklearn import Classifier, Regressor

ROWS = 120
IDS = np.array([100000001, 100000002, 200000001, 300000])[np.arange(ROWS) % 4]
X = (np.arange(ROWS) % 4).astype(float)


def trained(table, **more):
    return Classifier([8], optimizer="adam:learning_rate=0.05", epochs=60, random_state=1, validation=0, **more).fit(table)


def test_classes_of_a_file_are_those_of_the_file(tmp_path):
    pandas.DataFrame({"x": X, "y": IDS}).to_csv(tmp_path / "t.csv", index=False)
    table = millrace.read_table(tmp_path / "t.csv", target="y")
    assert table.describe()[1]["kind"] == "label" and table.columns[1]["levels"] == ["300000", "100000001", "100000002", "200000001"]
    model = trained(table)
    assert model.classes_.tolist() == [300000, 100000001, 100000002, 200000001]
    assert model.score(table) == 1 and set(model.predict(pandas.DataFrame({"x": X})).tolist()) == set(IDS.tolist())


def test_classes_of_a_frame_are_those_of_the_frame():
    table = millrace.Table(pandas.DataFrame({"x": X, "y": IDS}), target="y")
    assert table.columns[1]["levels"] == ["300000", "100000001", "100000002", "200000001"]
    few = millrace.Table(pandas.DataFrame({"x": X[:8], "y": IDS[:8]}), target="y")
    assert few.columns[1]["kind"] == "number" and few.numbers("y").tolist() == IDS[:8].tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert trained(few).classes_.tolist() == [300000, 100000001, 100000002, 200000001]


def test_ids_as_categories_have_the_levels_of_a_file(tmp_path):
    frame = pandas.DataFrame({"id": IDS, "x": X * 0})
    frame.to_csv(tmp_path / "t.csv", index=False)
    in_memory, in_file = millrace.Table(frame, kinds={"id": "category"}), millrace.read_table(tmp_path / "t.csv", kinds={"id": "category"})
    assert in_memory.columns[0]["levels"] == in_file.columns[0]["levels"] == ["100000001", "100000002", "200000001", "300000"]
    assert in_memory.columns[0]["obstacles"] == []
    yes = (np.arange(ROWS) % 2).astype(int)
    model = Classifier([8], optimizer="adam:learning_rate=0.05", epochs=60, random_state=1, columns={"id": {"kind": "category"}}).fit(frame, yes)
    assert model.score(frame, yes) == 1
    assert np.array_equal(model.predict_proba(frame), model.predict_proba(frame.assign(id=frame["id"].astype(float))))
    with pytest.raises(millrace.DataError, match="column 'id' of table has whole numbers of 2\\^53 or more"):
        millrace.Table({"id": np.array([12345678901234567, 1])}, kinds={"id": "category"})


def test_a_regression_has_the_numbers_that_fp32_rounds():
    y = 20210000000100 + np.arange(ROWS) % 4
    table = millrace.Table({"x": X, "y": y.astype(float) + 0.25}, target="y")
    assert table.columns[1]["kind"] == "number" and "fp32 cannot tell apart" in table.columns[1]["obstacles"][0]
    assert np.array_equal(table.numbers("y"), y + 0.25)
    with pytest.raises(millrace.UsageError, match="has the kind category, expected numbers"):
        millrace.Table({"x": ["a"]}).numbers("x")


def test_words_of_missing_values_may_be_classes(tmp_path):
    path = tmp_path / "t.csv"
    pandas.DataFrame({"x": X, "y": np.array(["None", "Insomnia", "-", "Apnea"])[np.arange(ROWS) % 4]}).to_csv(path, index=False)
    table = millrace.read_table(path, target="y")
    assert table.columns[1]["marks"] == {"None": 30, "-": 30}
    assert "classes=[...] names it" in table.columns[1]["obstacles"][0]
    with pytest.warns(millrace.DataWarning, match=r"60 rows, left out: 30 cells say '-', 30 cells say 'None'; if that is a class: "
                                                  r"read_table\(..., classes=\['-', 'Apnea', 'Insomnia', 'None'\]\)"):
        trained(table)
    for more in ({"classes": ["None", "Insomnia", "-", "Apnea"]}, {"missing_marks": ["only"]}):
        held = millrace.read_table(path, target="y", **more)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = trained(held)
        assert model.classes_.tolist() == ["-", "Apnea", "Insomnia", "None"] and model.score(held) == 1
    assert millrace.read_table(path, target="y", classes=["None"]).columns[1]["marks"] == {"-": 30}


def test_plus_and_minus_are_two_classes(tmp_path):
    pandas.DataFrame({"x": X % 2, "y": np.array(["+", "-"])[np.arange(ROWS) % 2]}).to_csv(tmp_path / "t.csv", index=False)
    table = millrace.read_table(tmp_path / "t.csv", target="y")
    assert table.columns[1]["levels"] == ["+", "-"] and trained(table).score(table) == 1


def test_dates_that_are_no_target_say_so(tmp_path):
    pandas.DataFrame({"x": X, "y": "3:10:38"}).to_csv(tmp_path / "t.csv", index=False)
    assert "holds times of a day" in millrace.read_table(tmp_path / "t.csv", target="y").columns[1]["obstacles"][0]
    with pytest.raises(millrace.MillraceError, match="times of a day|dates"):
        Regressor([4], epochs=1).fit(millrace.read_table(tmp_path / "t.csv", target="y"))


def test_ranges_of_times_are_categories(tmp_path):
    pandas.DataFrame({"x": np.array(["08:00-09:00", "17:00-18:00"])[np.arange(ROWS) % 2], "y": X}).to_csv(tmp_path / "t.csv", index=False)
    assert millrace.read_table(tmp_path / "t.csv").columns[0]["kind"] == "category"


def stars(rows, first=1, count=5):
    """Numbers that a Table of many rows takes for classes."""
    y = first + np.arange(rows) % count
    return millrace.Table({"x": (y / 5.0 + np.arange(rows) % 3 * 0.01), "town": ["Rome", "Oslo"] * (rows // 2), "y": y.astype(float)}, target="y")


def kinds_of_target(*tables):
    return [table.columns[2]["kind"] for table in tables]


def test_numbers_stay_numbers_for_a_loss_of_numbers():
    table, few, others = stars(100), stars(6, count=2), stars(100, first=4)
    assert kinds_of_target(table, few, others) == ["label", "number", "label"]
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(table, epochs=2, verbose=0)
    regressor = Regressor([4], epochs=2, validation=0, random_state=1).fit(table)
    for rows in (table, few, others):
        y = millrace._tables.target_values(rows).astype(float)
        error = float(np.mean((model.predict(rows, verbose=0).ravel() - y) ** 2))
        assert model.evaluate(rows, verbose=0) == pytest.approx(error, rel=1e-5)
        squares = np.sum((y - regressor.predict(rows)) ** 2)
        assert regressor.score(rows) == pytest.approx(1 - squares / np.sum((y - y.mean()) ** 2), rel=1e-4, abs=1e-4)


def test_the_values_of_a_target_are_those_of_its_column():
    table = stars(100)
    assert table.indices("y").tolist() == (np.arange(100) % 5).tolist()
    assert millrace._tables.target_values(table).tolist() == (1 + np.arange(100) % 5).tolist()
    few = millrace.Table({"x": [1.0, 2, 3, 4], "kind": ["b", None, "a", "b"]}, target="kind")
    assert millrace._tables.target_values(few).tolist() == ["b", None, "a", "b"] and np.isnan(few.indices("kind")[1])
    with pytest.raises(millrace.UsageError, match="column 'x' has the kind number, expected one with levels"):
        few.indices("x")


@pytest.mark.parametrize("columns", [None, {}, {"town": {"encode": "ordinal"}}])
def test_the_target_of_a_table_is_no_feature(columns):
    table = stars(100)
    for estimator in (Regressor, Classifier):
        model = estimator([4], epochs=1, validation=0, columns=columns).fit(table)
        assert model.feature_names_in_.tolist() == [each["name"] for each in model._engine.table_columns()] == ["x", "town"]
        assert model.predict(pandas.DataFrame({"x": [0.2, 0.4], "town": ["Rome", "Oslo"]})).shape == (2,)


def test_few_rows_have_the_classes_of_the_model():
    table = stars(100, first=3, count=2)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(table, epochs=80, verbose=0)
    one = millrace.select_rows(table, [1])
    few = millrace.Table({"x": [0.8, 0.8], "town": ["Oslo", "Oslo"], "y": [4.0, 4.0]}, target="y")
    assert kinds_of_target(few) == ["number"]
    assert model.evaluate(one, verbose=0)[1] == model.evaluate(few, verbose=0)[1] == model.evaluate(table, verbose=0)[1] == 1
    classifier = trained(table)
    assert classifier.score(few) == classifier.score(one) == 1


def test_the_engine_learns_no_indices_as_numbers():
    table = stars(100)
    model = millrace.Model([{"op": "dense", "units": 1}])
    model.prepare(table, ["y"])
    model.compile("mean_squared_error")
    with pytest.raises(millrace.UsageError, match=r"column 'y' of .* holds the classes 1, 2, 3, 4, 5, and a loss of numbers would learn from 0 in place of 1, .*kind number"):
        model.fit(model.prepared(table), epochs=1)
    with_numbers = millrace.Model([{"op": "dense", "units": 1}])
    numbers = millrace.Table({"x": [1.0, 2, 3, 4] * 20, "y": [1.0, 2, 3, 4] * 20}, target="y", kinds={"y": "number"})
    with_numbers.prepare(numbers, ["y"])
    with_numbers.compile("mean_squared_error")
    with_numbers.fit(with_numbers.prepared(numbers), epochs=1)

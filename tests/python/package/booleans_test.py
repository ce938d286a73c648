# SPDX-License-Identifier: Apache-2.0
"""Booleans and words for yes and no, as inputs and as targets: in memory and in files."""

import numpy as np
import pandas
import polars
import pytest

import millrace
from millrace import keras
from millrace.sklearn import Classifier

ROWS = 120
YES = np.arange(ROWS) % 3 == 0
FRAME = pandas.DataFrame({"member": YES, "age": np.where(np.arange(ROWS) % 7 == 0, np.nan, np.arange(ROWS) * 1.0)})


def classifier():
    return Classifier([8], optimizer="adam:learning_rate=0.05", epochs=40, random_state=1, validation=0)


def network(table, **options):
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
    model.fit(table, epochs=30, shuffle=False, verbose=0, **options)
    return model


@pytest.mark.parametrize("form", [lambda y: y, list, pandas.Series, polars.Series, lambda y: pandas.Series(y, dtype="boolean"), lambda y: y.astype(object),
                                  lambda y: pandas.Series(y).astype("category"), lambda y: pandas.DataFrame({"t": pandas.array(y, "boolean")}),
                                  lambda y: pandas.DataFrame({"t": y})])
def test_a_classifier_gives_back_booleans(form):
    model = classifier().fit(FRAME, form(YES))
    assert model.classes_.tolist() == [False, True] and model.classes_.dtype == bool
    assert model.predict(FRAME).dtype == bool and model.predict(FRAME).tolist() == YES.tolist()


@pytest.mark.parametrize("missing", [False, True])
def test_booleans_of_a_table_are_given_back(missing):
    y = [None if missing and i < 3 else bool(each) for i, each in enumerate(YES)]
    table = millrace.Table({"member": YES, "age": FRAME["age"], "y": y}, target="y")
    if missing:
        with pytest.warns(millrace.DataWarning, match="missing in 3 rows"):
            model = classifier().fit(table)
    else:
        model = classifier().fit(table)
    assert model.predict(FRAME).dtype == bool and model.predict(FRAME).tolist() == YES.tolist()


@pytest.mark.parametrize("no, yes", [("false", "true"), ("False", "True"), ("no", "Yes"), ("f", "T"), ("N", "y"), ("off", "ON")])
def test_classes_of_words_have_one_order(tmp_path, no, yes):
    frame = FRAME.assign(y=np.where(YES, yes, no))
    frame.to_csv(tmp_path / "rows.csv", index=False)
    file, memory = millrace.read_table(tmp_path / "rows.csv", "y"), millrace.Table(frame, target="y")
    assert memory.columns[-1]["levels"] == file.columns[-1]["levels"] == [no, yes]
    first, second = network(file), network(memory)
    np.testing.assert_array_equal(first.predict(FRAME, verbose=0), second.predict(FRAME, verbose=0))
    assert first.predict(FRAME, verbose=0)[0] > 0.5, "the first row says yes"
    assert first.evaluate(memory, verbose=0) == second.evaluate(file, verbose=0)


def test_a_model_of_a_file_takes_booleans_and_words(tmp_path):
    FRAME.assign(y=YES).to_csv(tmp_path / "rows.csv", index=False)
    model = network(millrace.read_table(tmp_path / "rows.csv", "y"))
    wanted = model.predict(FRAME, verbose=0)
    for member in (YES.tolist(), YES.astype(object), pandas.array(YES, dtype="boolean"), np.where(YES, "TRUE", "false"), np.where(YES, " true", "false ")):
        np.testing.assert_array_equal(model.predict(FRAME.assign(member=member), verbose=0), wanted)
    np.testing.assert_array_equal(model.predict(polars.from_pandas(FRAME), verbose=0), wanted)
    rows = [[bool(each), None if age != age else age] for each, age in zip(FRAME["member"], FRAME["age"])]
    np.testing.assert_allclose(model._core.predict_cells(rows), wanted, rtol=1e-6)
    assert model.evaluate(millrace.Table(FRAME.assign(y=YES), target="y"), verbose=0) == model.evaluate(millrace.read_table(tmp_path / "rows.csv", "y"), verbose=0)


def test_texts_that_were_categories_take_booleans():
    model = classifier().fit(FRAME.assign(member=np.where(YES, "True", "False")), YES)
    assert model.predict(FRAME).tolist() == YES.tolist()

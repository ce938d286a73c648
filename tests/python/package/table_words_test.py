# SPDX-License-Identifier: Apache-2.0
"""What Python adds to tables: warnings, columns= of the estimators, the target of a Table, and the keywords of read_table()."""

import re
import warnings

import numpy as np
import pandas
import pytest

import millrace
from millrace import keras
from millrace.sklearn import Classifier, Regressor

ROWS = 120
RANDOM = np.random.default_rng(1)
NOISE = RANDOM.normal(size=ROWS)
YES = (NOISE > 0).astype(int)
ZIP = RANDOM.integers(1, 5, ROWS)
FRAME = pandas.DataFrame({"zip": ZIP, "noise": NOISE})
ODD = np.isin(ZIP, [1, 3]).astype(int)
USELESS = [
    ([f"{each:.4f}" for each in NOISE], "its texts are numbers.*to_numeric.*'kind': 'number'"),
    ([f"{each:.1f}" for each in NOISE], "its texts are numbers"),
    ([f"2020-{i % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(ROWS)], "its texts are dates.*to_datetime.*'kind': 'date'"),
    ([f"${each:.2f}" for each in NOISE ** 2], "expected numbers without marks"),
    ([None] * ROWS, "no training row has a value"), ([np.nan] * ROWS, "no training row has a value"),
    ([f"u{i}" for i in range(ROWS)], "nearly every row has a category of its own"), ([1] * ROWS, "all training rows have the same value")]


def sequential(units=1, activation="sigmoid", loss="binary_crossentropy", first=(), optimizer="adam"):
    model = keras.Sequential([*first, keras.layers.Dense(units, activation=activation)])
    model.compile(optimizer, loss)
    return model


@pytest.mark.parametrize("cells, message", USELESS, ids=[message for _, message in USELESS])
def test_a_column_that_is_of_no_use_is_warned_of(cells, message):
    frame = FRAME.assign(word=pandas.Series(cells, dtype=object if isinstance(cells[0], (str, type(None))) else None))
    frame.loc[0, "zip"] = np.nan
    for fit in (lambda: Classifier([4], epochs=1).fit(frame, YES), lambda: sequential().fit(frame, YES, verbose=0)):
        with pytest.warns(millrace.DataWarning, match=f"column 'word'.*{message}") as caught:
            fit()
        assert all(each.filename == __file__ for each in caught)


@pytest.mark.parametrize("cells", [RANDOM.choice(["1", "2", "3"], ROWS), RANDOM.choice([f"0{i}123" for i in range(30)], ROWS), RANDOM.choice(["red", "blue"], ROWS)])
def test_codes_and_words_are_not(cells):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Classifier([4], epochs=1).fit(FRAME.assign(word=cells), YES)


def test_a_kind_makes_numbers_of_texts():
    frame = pandas.DataFrame({"text": [f"{each:.4f}" for each in NOISE]})
    model = Classifier([8], optimizer="adam:learning_rate=0.05", epochs=60, columns={"text": {"kind": "number"}}, random_state=1).fit(frame, YES)
    assert model.score(frame, YES) > 0.9


# --- columns=
@pytest.mark.parametrize("frame", [FRAME, FRAME.assign(word="a b".split() * (ROWS // 2))], ids=["numbers", "mixed"])
def test_columns_are_prepared_as_told(frame):
    chosen = {"zip": {"kind": "category"}, "noise": {"kind": "ignore"}}
    model = Classifier([], epochs=200, columns=chosen, random_state=1, optimizer="adam:learning_rate=0.05").fit(frame, ODD)
    assert model.score(frame, ODD) == 1 and model.fit(frame, ODD).score(frame, ODD) == 1
    assert [each["name"] for each in model._engine.table_columns()] == [name for name in frame if name != "noise"]
    layer = keras.layers.Columns(columns=chosen)
    network = sequential(first=[layer], optimizer=keras.optimizers.Adam(0.1))
    network.fit(frame, ODD, epochs=60, verbose=0)
    assert ((network.predict(frame, verbose=0)[:, 0] > 0.5) == ODD).all()


@pytest.mark.parametrize("columns, message", [
    ({"zpi": {}}, "columns has 'zpi', expected names of columns: zip, noise.* Did you mean 'zip'"), ({"zip": {"knd": 1}}, "option 'knd', expected one of kind, .* Did you mean 'kind'"),
    ({"zip": {"kind": "text"}}, "kind of column 'zip' is 'text', expected one of number, category"), ({"zip": "category"}, "the options of column 'zip' are 'category'"),
    ([1], r"columns is \[1\]|columns is of type list"), ({"zip": {"scale": "rob"}}, "rob")])
@pytest.mark.parametrize("frame", [FRAME, FRAME.assign(word="a b".split() * (ROWS // 2))], ids=["numbers", "mixed"])
def test_columns_that_are_not_there_are_refused(frame, columns, message):
    for fit in (lambda: Classifier(epochs=1, columns=columns).fit(frame, YES), lambda: Regressor(epochs=1, columns=columns).fit(frame, YES),
                lambda: keras.layers.Columns(columns=columns).adapt(frame)):
        with pytest.raises(millrace.UsageError, match=message):
            fit()


def test_columns_need_names():
    with pytest.raises(millrace.UsageError, match="X has no names of columns, expected a data frame"):
        Classifier(epochs=1, columns={"zip": {"kind": "category"}}).fit(FRAME.to_numpy(), YES)
    with pytest.raises(millrace.UsageError, match="the kind of column 'zip' beside a Table, expected it there"):
        Classifier(epochs=1, columns={"zip": {"kind": "category"}}).fit(millrace.Table(FRAME), YES)


# --- the target of a Table
TARGETS = {"words": np.array(["no", "yes"])[YES], "flags": YES == 1, "numbers": YES, "from one": RANDOM.integers(1, 4, ROWS), "measured": 3 * NOISE}


@pytest.fixture(params=TARGETS)
def target(request, tmp_path):
    """(values, a Table in memory, the same from a file)"""
    values = TARGETS[request.param]
    frame = FRAME.assign(y=values)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    return values, millrace.Table(frame, target="y"), millrace.read_table(tmp_path / "rows.csv", target="y")


def test_estimators_take_the_target_of_a_table(target):
    values, *tables = target
    for table in tables:
        assert table.target == "y" and millrace.select_rows(table, [1, 2]).target == "y"
        estimator = Regressor if values.dtype.kind == "f" else Classifier
        model, plain = (estimator([4], epochs=3, random_state=1) for _ in range(2))
        plain.fit(FRAME, values, sample_weight=np.ones(ROWS))
        found = model.fit(table).predict(table)
        assert found.shape == (ROWS,) and list(model.feature_names_in_) == ["zip", "noise"]
        if estimator is Classifier:
            assert model.classes_.tolist() == sorted(set(values.tolist()))
        np.testing.assert_array_equal(model.predict(FRAME), found)
        assert Classifier([4], epochs=1).fit(table, ODD).predict(table).shape == (ROWS,)


def test_keras_models_take_the_target_of_a_table(target):
    values, *tables = target
    for table in tables:
        kind = {"f": (1, "linear", "mse"), "i": (3, "softmax", "sparse_categorical_crossentropy")}.get(values.dtype.kind, (1, "sigmoid", "binary_crossentropy"))
        model = sequential(*kind)
        history = model.fit(table, epochs=2, validation_split=0.25, verbose=0).history
        assert len(history["val_loss"]) == 2 and len(model.fit(table, validation_data=table, verbose=0).history["val_loss"]) == 1
        assert model.predict(table, verbose=0).shape == (ROWS, kind[0])
        wanted = values if kind[0] == 1 else np.unique(values, return_inverse=True)[1]
        wanted = (wanted == "yes") if wanted.dtype.kind in "UO" else wanted
        assert model.evaluate(table, verbose=0) == pytest.approx(model.evaluate(FRAME, wanted.astype(np.float32), verbose=0), rel=1e-5)
        assert np.isfinite(model.train_on_batch(table))


def test_classes_that_are_numbers_are_numbers_for_a_loss_of_numbers():
    table, model = millrace.Table(FRAME.assign(y=TARGETS["from one"]), target="y"), sequential(1, "linear", "mse")
    model.fit(table, epochs=1, verbose=0)
    assert model.evaluate(table, verbose=0) == pytest.approx(model.evaluate(FRAME, TARGETS["from one"], verbose=0), rel=1e-5)
    with pytest.raises(millrace.UsageError, match="holds the classes no, yes, expected numbers for mean_squared_error, or a loss of classes"):
        sequential(1, "linear", "mse").fit(millrace.Table(FRAME.assign(y=TARGETS["words"]), target="y"), verbose=0)


def test_rows_without_a_target_are_left_out_with_a_warning():
    words = pandas.Series(TARGETS["words"], dtype=object)
    words[3] = None
    table = millrace.Table(FRAME.assign(y=words), target="y")
    with pytest.warns(millrace.DataWarning, match="the target 'y' is missing in 1 row, left out"):
        assert Classifier([4], epochs=1).fit(table).classes_.tolist() == ["no", "yes"]
    with pytest.warns(millrace.DataWarning, match="the target 'y' is missing in 1 row, left out"):
        sequential().fit(table, verbose=0)


@pytest.mark.parametrize("fit", [lambda table: sequential().fit(table, verbose=0), lambda table: Classifier().fit(table), lambda table: Classifier().partial_fit(table)])
def test_a_table_without_a_target_says_how_to_name_it(fit):
    with pytest.raises(millrace.UsageError, match=r"y is missing.*Table\(\.\.\., target="):
        fit(millrace.Table(FRAME))


# --- keywords
@pytest.mark.parametrize("options, message", [
    ({"sep": ";"}, "no argument 'sep', .*use delimiter=';'"), ({"usecols": ["a"]}, "use ignore="), ({"nrows": 3}, "select_rows"), ({"delimter": ";"}, "Did you mean 'delimiter'"),
    ({"na_values": "x"}, "missing_marks="), ({"dtype": str}, "kinds="), ({"foo": 1}, "no argument 'foo', expected one of path"), ({"header": None}, "header is None, expected True or False"),
    ({"header": 0}, "header is 0, expected True or False"), ({"delimiter": 5}, "delimiter is 5, expected a text"), ({"skip_lines": "1"}, "skip_lines is '1', expected a whole number"),
    ({"ignore": "y"}, r"ignore is 'y', expected a list of texts: \['y'\]")])
def test_keywords_of_other_packages_are_answered(tmp_path, options, message):
    FRAME.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(millrace.UsageError, match=message) as caught:
        millrace.read_table(tmp_path / "rows.csv", **options)
    assert "nanobind" not in str(caught.value) and "incompatible" not in str(caught.value)


def test_read_csv_and_table_answer_them_too(tmp_path):
    (tmp_path / "rows.csv").write_text("income,b\n1,2\n")
    assert millrace.read_csv(tmp_path / "rows.csv", "income").targets.tolist() == [[1]]
    with pytest.raises(millrace.ArgumentError, match="no argument 'sep', .*use delimiter=';'"):
        millrace.read_csv(tmp_path / "rows.csv", sep=";")
    with pytest.raises(millrace.ArgumentError, match=r"no argument 'header', .*read_table\(\) has header"):
        millrace.Table(FRAME, header=None)
    with pytest.raises(millrace.UsageError, match="path is of type DataFrame, expected the name of a file; a frame"):
        millrace.read_table(FRAME)


@pytest.mark.parametrize("text, message", [
    ("a;b\n1;2\n", r"\(delimiter=';'\)"), ("# x\na,b\n1,2\n", r"\(comment='#'\)"), ("a,y\n1,\"1,234\"\n2,\"2,345\"\n", "thousands=','"), ("a title of it\nx,1\ny,2\n", r"\(skip_lines=1\)")])
def test_messages_name_keywords_of_python(tmp_path, text, message):
    (tmp_path / "rows.csv").write_text(text)
    try:
        said = str([each["obstacles"] for each in millrace.read_table(tmp_path / "rows.csv", "y" if "y\n" in text else "").columns])
    except millrace.MillraceError as error:
        said = str(error)
    assert re.search(message, said) and "--" not in said


@pytest.mark.parametrize("mask", [[True, False, True, False], np.array([True, False, True, False]), pandas.Series([True, False, True, False], index=[3, 2, 1, 0])])
def test_rows_may_be_chosen_by_true_and_false(mask):
    table, rows = millrace.Table({"a": [1.0, 2.0, 3.0, 4.0]}), millrace.Dataset(np.arange(4, dtype=np.float32).reshape(4, 1))
    part = millrace.select_rows(table, mask)
    assert len(part) == 2 and part.describe()[0]["most"] == 3 and millrace.select_rows(rows, mask).rows == 2
    with pytest.raises(millrace.UsageError, match="True and False for 4 rows, expected it for 2"):
        millrace.select_rows(part, mask)

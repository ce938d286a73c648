# SPDX-License-Identifier: Apache-2.0
"""Frames with text, categories, booleans, dates and missing cells: as Tables, in Keras's words and scikit-learn's, and beside what
the program makes of the same file."""

import copy
import datetime
import decimal
import pickle

import duckdb
import numpy as np
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from running import in_onnx_runtime, python, train
from sklearn.model_selection import GridSearchCV, cross_val_score

import millrace
from millrace import keras
from millrace.sklearn import Classifier, Regressor

ROWS = 300


def passengers():
    random = np.random.default_rng(5)
    sex, berth = random.choice(["male", "female"], ROWS), random.integers(1, 4, ROWS)
    frame = pandas.DataFrame({
        "Survived": ((sex == "female") & (berth < 3) | (random.random(ROWS) < 0.2)).astype(int), "Pclass": berth, "Sex": sex,
        "Age": np.where(random.random(ROWS) < 0.2, np.nan, random.uniform(1, 80, ROWS).round(1)), "SibSp": random.integers(0, 4, ROWS),
        "Ticket": random.choice([f"PC {i}" for i in range(30)], ROWS), "Fare": random.gamma(2, 15, ROWS).round(2),
        "Embarked": random.choice(["S", "C", "Q"], ROWS), "Alone": random.random(ROWS) < 0.5,
        "Boarded": np.datetime64("1912-04-10") + random.integers(0, 5, ROWS)})
    frame.loc[random.random(ROWS) < 0.05, "Embarked"] = None
    return frame


FRAME = passengers()
X, Y = FRAME.drop(columns="Survived"), FRAME["Survived"]


def forms(frame):
    """The same table in every form that is taken."""
    arrow = pyarrow.Table.from_pandas(frame, preserve_index=False)

    class Stream:
        """Something that has an Arrow stream, and nothing else."""

        def __arrow_c_stream__(self, requested_schema=None):
            return arrow.__arrow_c_stream__(requested_schema)

    relation = duckdb.from_arrow(arrow)
    return {"pandas": frame, "categories": frame.astype({"Sex": "category", "Embarked": "category"}), "objects": frame.astype(object),
            "nullable": frame.convert_dtypes(), "polars": polars.from_pandas(frame), "arrow": arrow, "batch": arrow.combine_chunks().to_batches()[0],
            "stream": Stream(), "relation": relation, "result": relation.materialize(),
            "dictionary": {name: frame[name].tolist() for name in frame}, "table": millrace.Table(frame)}


FORMS = tuple(forms(FRAME))


def kinds(table):
    return {each["name"]: each["kind"] for each in table.columns}


@pytest.mark.parametrize("form", FORMS[:-1])
def test_blanks_around_texts_mean_as_little_as_in_a_file(tmp_path, form):
    padded = X.assign(Sex=" " + X["Sex"], Embarked=X["Embarked"].where(X["Embarked"] != "C", "C\t "))
    FRAME.to_csv(tmp_path / "people.csv", index=False)
    table = millrace.read_table(tmp_path / "people.csv", target="Survived")
    model = Classifier([8], epochs=2, random_state=1, validation=0).fit(table)
    np.testing.assert_array_equal(model.predict_proba(forms(padded)[form]), model.predict_proba(table))
    levels = {each["name"]: each["levels"] for each in millrace.Table(forms(padded)[form]).columns}
    assert levels["Sex"] == ["female", "male"] and levels["Embarked"] == ["C", "Q", "S"]


def test_levels_that_a_file_quotes_with_blanks_are_found_without_them(tmp_path):
    (tmp_path / "rows.csv").write_text("colour,y\n" + "\" red\",1\nblue,3\n" * 30)
    model = Regressor([4], epochs=3, random_state=1).fit(millrace.read_table(tmp_path / "rows.csv", "y"))
    frame = pandas.DataFrame({"colour": ["red", " red", "blue"]})
    found = model.predict(frame)
    assert found[0] == found[1] != found[2]
    model.to_onnx(tmp_path / "model.onnx", frame)
    outputs = in_onnx_runtime(tmp_path / "model.onnx", {"colour": np.array([["red"], [" red"], ["blue"]], object)})["output"]
    np.testing.assert_allclose(outputs.reshape(-1), found, rtol=1e-5)


def test_the_program_reads_parquet(tmp_path):
    FRAME.to_csv(tmp_path / "people.csv", index=False)
    FRAME.astype({"Sex": "category"}).to_parquet(tmp_path / "people.parquet")

    def run(*arguments):
        return python("-m", "millrace", *arguments)

    def trained(path):
        done = run("train", "--data", path, "--target", "Survived", "--layers", "8:relu,1:sigmoid", "--epochs", "3", "--seed", "1", "--threads", "1",
                   "--out", tmp_path / f"out-{path.suffix}", "--quiet")
        assert done.returncode == 0, done.stderr
        return millrace.Model.load_onnx(str(tmp_path / f"out-{path.suffix}/model.onnx"))

    text, parquet = trained(tmp_path / "people.csv"), trained(tmp_path / "people.parquet")
    np.testing.assert_array_equal(text.predict(X), parquet.predict(X))
    assert run("schema", f"--data={tmp_path}/people.parquet").returncode == 0
    for path, content, message in (("none.parquet", None, "there is no"), ("bad.parquet", b"PAR1", "cannot be read")):
        if content:
            (tmp_path / path).write_bytes(content)
        done = run("schema", "--data", tmp_path / path)
        assert done.returncode == 3 and message in done.stderr and "Traceback" not in done.stderr
    (tmp_path / "parts.parquet").mkdir()
    for i, part in enumerate((FRAME[:200], FRAME[200:])):
        part.to_parquet(tmp_path / "parts.parquet" / f"{i}.parquet")
    assert str(ROWS) in run("schema", "--data", tmp_path / "parts.parquet").stdout


def test_blanks_in_parquet_do_not_count_for_the_program(tmp_path):
    kinds = [" x", "x", "y\n", "y", "  ", None] * 10
    for name, column in {"text": pandas.Series(kinds), "categories": pandas.Series(kinds).astype("category")}.items():
        pandas.DataFrame({"kind": column, "t": range(60)}).to_parquet(tmp_path / f"{name}.parquet")
        said = python("-m", "millrace", "schema", "--data", tmp_path / f"{name}.parquet").stdout
        assert "2 distinct, 20 missing: 'x', 'y'" in said, said


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_in_parquet_are_seconds_for_the_program_too(tmp_path, unit):
    seconds = [90, None, 3600, 2**33] * 10
    durations = pyarrow.array([None if each is None else datetime.timedelta(seconds=each) for each in seconds]).cast(pyarrow.duration(unit))
    pyarrow.parquet.write_table(pyarrow.table({"wait": durations, "t": list(range(40))}), tmp_path / "waits.parquet")
    said = python("-m", "millrace", "schema", "--data", tmp_path / "waits.parquet").stdout
    assert "3 distinct, 10 missing, 90 to 8589934592" in said, said
    table = millrace.read_parquet(tmp_path / "waits.parquet")
    assert kinds(table)["wait"] == "number" and table.numbers("wait")[[0, 2, 3]].tolist() == [90, 3600, 2**33]


def test_the_program_calls_parquet_files_by_their_names(tmp_path):
    path = tmp_path / "my people.parquet"
    FRAME.to_parquet(path)
    arguments = ("-m", "millrace", "train", f"--data={path}", "--layers", "1", "--epochs", 1, "--out", tmp_path / "out")
    refused = python(*arguments, "--target", "Nobody")
    assert refused.returncode == 2 and str(path) in refused.stderr and "/dev/fd" not in refused.stderr
    trained = python(*arguments, "--target", "Survived")
    assert trained.returncode == 0, trained.stderr
    written = (tmp_path / "out/run.toml").read_text()
    assert str(path) in written and "/dev/fd" not in trained.stdout + trained.stderr + written
    again = python("-m", "millrace", "train", "--config", tmp_path / "out/run.toml", "--out", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again/model.onnx").read_bytes() == (tmp_path / "out/model.onnx").read_bytes()
    (tmp_path / "parts.toml").write_text(f"data = ['{path}', '{path}']\n")
    parts = python("-m", "millrace", "train", "--config", tmp_path / "parts.toml", *arguments[4:], "--target", "Survived", "--overwrite")
    assert parts.returncode == 0, parts.stderr
    over = python("-m", "millrace", "predict", tmp_path / "out/model.onnx", "--data", path, "--out", path)
    assert over.returncode == 2 and len(pandas.read_parquet(path)) == ROWS, over.stderr


def network():
    model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_frame_is_the_same_table(form):
    table = millrace.Table(forms(FRAME)[form])
    wanted = millrace.Table(FRAME)
    assert table.columns == wanted.columns and len(table) == ROWS and table.names == list(FRAME)
    assert kinds(table) == {"Survived": "number", "Pclass": "number", "Sex": "category", "Age": "number", "SibSp": "number", "Ticket": "category",
                            "Fare": "number", "Embarked": "category", "Alone": "boolean", "Boarded": "date"}
    assert table.describe() == wanted.describe()
    assert next(each["missing"] for each in table.columns if each["name"] == "Age") == int(FRAME["Age"].isna().sum())


def in_lower_case(columns):
    """A file keeps its spelling of booleans, True; a frame has none."""
    return [{**each, **{key: [text.lower() for text in each[key]] for key in ("levels", "examples") if key in each}}
            if each["kind"] == "boolean" else each for each in columns]


def test_a_frame_is_the_table_that_its_file_is(tmp_path):
    FRAME.to_csv(tmp_path / "people.csv", index=False)
    FRAME.to_parquet(tmp_path / "people.parquet")
    wanted = millrace.read_table(tmp_path / "people.csv", target="Survived")
    for table in (millrace.Table(FRAME, target="Survived"), millrace.read_parquet(tmp_path / "people.parquet", "Survived")):
        assert in_lower_case(table.columns) == in_lower_case(wanted.columns) and kinds(table)["Survived"] == "label"
        assert in_lower_case(table.describe()) == in_lower_case(wanted.describe())


def test_a_frame_trains_to_the_model_that_the_program_makes_of_its_file(tmp_path):
    FRAME.to_csv(tmp_path / "people.csv", index=False)
    train("--data", tmp_path / "people.csv", "--target", "Survived", "--layers", "16:relu,1:sigmoid", "--loss", "binary_crossentropy", "--batch", 32,
          "--epochs", 6, "--seed", 3, "--threads", 1, "--out", tmp_path / "out")
    theirs = millrace.Model.load_onnx(str(tmp_path / "out/model.onnx"))

    table = millrace.Table(FRAME)  # with layers, the program takes 0 and 1 as they are
    ours = millrace.Model([{"op": "dense", "units": 16, "activation": "relu"}, {"op": "dense", "units": 1, "activation": "sigmoid"}])
    assert ours.prepare(table, ["Survived"]) == []
    rows = ours.prepared(table)
    ours.build(rows, seed=3)
    ours.compile("binary_crossentropy")
    ours.fit(ours.fit_targets(rows), epochs=6, batch_size=32, seed=3, threads=1)
    assert ours.table_columns() == theirs.table_columns() and ours.classes == theirs.classes == []
    for name, _, _ in theirs.parameters():
        np.testing.assert_array_equal(ours.weights(name), theirs.weights(name), err_msg=name)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(millrace.read_table(tmp_path / "people.csv")))


@pytest.mark.parametrize("form", FORMS)
def test_keras_trains_on_a_frame(form):
    keras.utils.set_random_seed(1)
    model = network()
    history = model.fit(forms(X)[form], Y, epochs=40, verbose=0, validation_split=0.2)
    assert history.history["val_accuracy"][-1] > 0.75
    wanted = model.predict(X, verbose=0)
    np.testing.assert_array_equal(model.predict(forms(X)[form], verbose=0), wanted)
    np.testing.assert_array_equal(model.predict(forms(X[["Boarded", *X.columns[:-1]]])[form], verbose=0), wanted)  # by name
    assert model.evaluate(forms(X)[form], Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_keras_learns_the_preparation_from_the_training_rows():
    rows = X.copy()
    rows.loc[240:, "Sex"] = "unknown"
    rows.loc[240:, "Fare"] = 1e6
    model = network()
    model.fit(rows, Y, epochs=1, verbose=0, validation_split=0.2)
    levels = {each["name"]: each["levels"] for each in model._core.table_columns()}
    assert levels["Sex"] == ["female", "male"]
    fares = model._core.prepared(rows[:240]).features[:, model._core.feature_names.index("Fare")]
    assert abs(fares.mean()) < 1e-5 and abs(fares.std() - 1) < 1e-5


def test_keras_says_what_is_left_out():
    with pytest.warns(millrace.DataWarning, match="column 'Name' is left out: nearly every row has a category of its own"):
        network().fit(X.assign(Name=[f"name {i}" for i in range(ROWS)]), Y, verbose=0)


def test_a_keras_model_of_a_frame_is_saved_copied_and_frozen(tmp_path):
    model = network()
    model.fit(X, Y, epochs=3, verbose=0)
    wanted = model.predict(X, verbose=0)
    assert [each.path for each in model.weights][0] == "Ticket_embedding/embeddings" and model.layers[0].count_params() == model.weights[0].numpy().size
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(other.predict(X, verbose=0), wanted)
        assert other.fit(X, Y, verbose=0).history["loss"]
    model.save(tmp_path / "people.onnx")
    loaded = keras.models.load_model(tmp_path / "people.onnx")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), wanted)
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    loaded.fit(X, Y, verbose=0)
    model.layers[0].trainable = False
    model.compile("adam", "binary_crossentropy")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    after = model.get_weights()
    assert (before[0] == after[0]).all() and not (before[1] == after[1]).all()
    again = keras.models.clone_model(model)
    assert not again.built and type(again.layers[0]) is keras.layers.Columns
    for path in ("people.keras", "people.weights.h5"):
        if path.endswith(".keras"):
            with pytest.raises(millrace.UnsupportedError, match="cannot hold how .* prepares the columns of frames, expected .onnx"):
                model.save(tmp_path / path)


def test_a_saved_model_takes_raw_cells_in_onnx_runtime(tmp_path):
    model = network()
    model.fit(X, Y, epochs=3, verbose=0)
    model.save(tmp_path / "people.onnx")
    seconds = X["Boarded"].astype("datetime64[s]").astype("int64")
    text = X.assign(Alone=X["Alone"].map({True: "true", False: "false"}), Boarded=seconds).fillna({"Embarked": ""})
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(string)": object}

    def cells(inputs):
        assert sorted(each.name for each in inputs) == sorted(X)
        return {each.name: text[[each.name]].to_numpy(types[each.type]) for each in inputs}

    np.testing.assert_allclose(in_onnx_runtime(tmp_path / "people.onnx", cells)["output"], model.predict(X, verbose=0), atol=1e-5)


def test_a_file_keeps_the_standardization_of_the_program(tmp_path):
    numbers = FRAME[["Survived", "Pclass", "SibSp", "Fare"]]
    numbers.to_csv(tmp_path / "numbers.csv", index=False)
    train("--data", tmp_path / "numbers.csv", "--target", "Survived", "--layers", "8:relu,1:sigmoid", "--epochs", 3, "--out", tmp_path / "out")
    rows = numbers.drop(columns="Survived").to_numpy(np.float32)
    model = keras.models.load_model(tmp_path / "out/model.onnx")
    theirs = in_onnx_runtime(tmp_path / "out/model.onnx", {"features": rows})["output"]
    np.testing.assert_allclose(model.predict(rows, verbose=0), theirs, atol=1e-6)
    with pytest.raises(millrace.UnsupportedError, match="cannot hold how .* prepares its columns or targets"):
        model.save(tmp_path / "model.keras")


def test_columns_has_the_options_of_the_program():
    columns = keras.layers.Columns(scale="minmax", columns={"Age": {"missing": "mean", "indicator": False}}, kinds={"Pclass": "category"}, ignore=["Ticket"])
    model = keras.Sequential([columns, keras.layers.Dense(4), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(X, Y, verbose=0)
    assert "Ticket" not in [each["name"] for each in model._core.table_columns()] and not columns.weights
    assert next(each for each in model._core.table_columns() if each["name"] == "Pclass")["kind"] == "category"
    model.predict(X.drop(columns="Ticket"), verbose=0)
    adapted = keras.layers.Columns(levels=2)
    adapted.adapt(X)
    functional = keras.Model(inputs := keras.Input((len(X.columns),)), keras.layers.Dense(1)(adapted(inputs)))
    functional.compile("adam", "mse")
    functional.fit(X, Y, verbose=0)
    assert functional.predict(X, verbose=0).shape == (ROWS, 1) and [each.path for each in functional.weights][:2] == ["Ticket_embedding/embeddings", "Embarked_embedding/embeddings"]


@pytest.mark.parametrize("call, kind, message", [
    (lambda: network().fit(X.assign(Bad=[b"x"] * ROWS), Y, verbose=0).model, None, None),
    (lambda: keras.layers.Columns(scal="none"), millrace.ArgumentError, "Did you mean 'scale'"),
    (lambda: keras.layers.Columns(columns=["Age"]), millrace.UsageError, "columns is of type list, expected a dictionary"),
    (lambda: keras.layers.Columns(ignore="Age"), millrace.UsageError, "expected a list of names"),
    (lambda: keras.layers.Columns(columns={"Agee": {}}).adapt(X), millrace.UsageError, "Agee"),
    (lambda: keras.layers.Columns(columns={"Age": {"scal": "none"}}).adapt(X), millrace.UsageError, "scal"),
    (lambda: keras.layers.Columns(encode="onhot").adapt(X), millrace.UsageError, "onhot"),
    (lambda: keras.layers.Columns(kinds={"Sex": "number"}).adapt(X), millrace.DataError, "'(fe)?male' is not a number"),
    (lambda: keras.layers.Columns(kinds={"Sex": "text"}).adapt(X), millrace.UsageError, "kind of a column is 'text', expected number, category"),
    (lambda: keras.layers.Columns(kinds={"Sex": "category"}).adapt(millrace.Table(X)), millrace.UsageError, "expected them in Table"),
    (lambda: keras.layers.Columns()(keras.Input((3,))), millrace.UsageError, r"has not seen a table, expected adapt\(frame\)"),
    (lambda: keras.Sequential([keras.Input((9,)), keras.layers.Dense(1)]).predict(millrace.Table(X), verbose=0), millrace.UsageError,
     "built for arrays, expected a Sequential without an Input"),
    (lambda: keras.Sequential([keras.Input((9,)), keras.layers.Dense(1)]).predict(X, verbose=0), millrace.DataError, "column 'Sex' of x is str"),
    (lambda: millrace.Table([[1, 2]]), millrace.UsageError, "list has no columns with names"),
    (lambda: millrace.Table({}), millrace.UsageError, "no columns"),
    (lambda: millrace.Table(X[:0]), millrace.UsageError, "no rows"),
    (lambda: millrace.Table({"a": [1, 2], "b": [1]}), millrace.UsageError, "'b' has 1"),
    (lambda: millrace.Table({"a": np.ones((2, 2))}), millrace.UsageError, r"'a' has the shape \(2, 2\)"),
    (lambda: millrace.Table({"a": 3}), millrace.UsageError, "'a' is an object of type int"),
    (lambda: millrace.Table(pandas.DataFrame([[1, 2]], columns=["n", "n"])), millrace.UsageError, "n"),
    (lambda: millrace.Table(X, target="Survivd"), millrace.UsageError, "unknown target column"),
    (lambda: millrace.Table(X, kinds=["Sex"]), millrace.UsageError, "expected {column: kind}"),
    (lambda: millrace.read_table("no.csv"), millrace.DataError, "no.csv"),
    (lambda: millrace.read_table(__file__, delimiter=";;"), millrace.UsageError, "delimiter is ';;', expected one character"),
    (lambda: millrace.read_parquet("no.parquet"), millrace.DataError, "there is no no.parquet"),
    (lambda: millrace.read_parquet(__file__), millrace.DataError, "cannot be read"),
    (lambda: millrace.split_rows(millrace.Table(X), way="half"), millrace.UsageError, "way is 'half'"),
])
def test_wrong_calls_say_what_was_expected(call, kind, message):
    if kind is None:
        assert "Bad" not in [each["name"] for each in call()._core.table_columns()]
        return
    with pytest.raises(kind, match=message):
        call()


def test_cells_of_every_type_have_a_kind():
    day = datetime.date(2026, 11, 28)
    table = millrace.Table({
        "n": [1, None, 2.5], "d": [decimal.Decimal("1.5"), None, decimal.Decimal(2)], "b": [True, None, False], "t": ["x", None, float("nan")],
        "day": [day, None, datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.timezone.utc)], "wait": [datetime.timedelta(minutes=1), None, datetime.timedelta(0)],
        "d64": np.array(["2026-11-28", "NaT", "1900-01-01"], "datetime64[D]"), "t64": np.array([1, "NaT", 2], "timedelta64[h]"),
        "masked": np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False]), "mixed": ["x", 1, None], "bytes": [b"x", None, b"y"],
        "complex": np.array([1j, 2, 3]), "huge": [10 ** 400, 1, 2]})
    assert kinds(table) == {"n": "number", "d": "number", "b": "boolean", "t": "category", "day": "date", "wait": "number", "d64": "date", "t64": "number",
                            "masked": "number", "mixed": "ignore", "bytes": "ignore", "complex": "ignore", "huge": "ignore"}
    columns = {each["name"]: each for each in table.columns}
    assert all(each["missing"] == (2 if name == "t" else 1) for name, each in columns.items() if each["kind"] != "ignore")
    reports = {each["name"]: each for each in table.describe()}
    assert reports["day"]["least"] == 1795824000 and reports["day"]["most"] == 1795824000 + 43200 and reports["d64"]["least"] == -2208988800
    assert reports["wait"]["most"] == 60 and reports["t64"]["most"] == 7200
    assert "decode them" in columns["bytes"]["obstacles"][0] and "it holds int, str" in columns["mixed"]["obstacles"][0]
    zone = millrace.Table(pandas.DataFrame({"t": pandas.to_datetime(["2026-11-28 12:00"]).tz_localize("Europe/Paris"), "p": pandas.PeriodIndex(["2026-11"], freq="M")}))
    assert [each["least"] for each in zone.describe()] == [1795824000 + 39600, 1793491200]


@pytest.mark.parametrize("form", ["pandas", "wrapped", "dictionary", "arrow", "polars"])
def test_times_of_the_day_are_those_of_a_file(tmp_path, form):
    times = [datetime.time(hour, 30, 15) if hour != 7 else None for hour in range(24)] * 3
    frame = pandas.DataFrame({"at": times, "size": np.arange(72) % 5, "y": np.arange(72) % 24})
    frame.to_csv(tmp_path / "times.csv", index=False)
    table = millrace.read_table(tmp_path / "times.csv", target="y")
    arrow = pyarrow.table({name: frame[name].tolist() for name in ("at", "size")})
    given = {"pandas": frame, "wrapped": frame.assign(at=frame["at"].astype(pandas.ArrowDtype(pyarrow.time64("us")))),
             "dictionary": {name: frame[name].tolist() for name in ("at", "size")}, "arrow": arrow, "polars": polars.from_arrow(arrow)}[form]
    assert kinds(millrace.Table(given))["at"] == "date"
    model = Regressor([4], epochs=2, random_state=1).fit(table)
    np.testing.assert_array_equal(model.predict(given), model.predict(table))
    zone = millrace.Table({"at": [datetime.time(8, tzinfo=datetime.timezone.utc), None]}).columns[0]
    assert zone["kind"] == "ignore" and "times of a day with a zone" in zone["obstacles"][0]


def test_predictions_from_cells():
    model = network()
    model.fit(X, Y, verbose=0)
    core = model._core
    names = [each["name"] for each in core.table_columns()]
    row = X.iloc[0]
    cells = [row[name].timestamp() if name == "Boarded" else None if pandas.isna(row[name]) else "true" if row[name] is True or row[name] is np.True_ else
             "false" if row[name] is np.False_ else row[name] for name in names]
    np.testing.assert_array_equal(core.predict_cells([cells]), model.predict(X[:1], verbose=0))
    for bad, message in (([cells[:-1]], "8 cells, expected 9"), ([["x"] * 9], "Pclass"), ([[[]] * 9], "a cell is of type list"), (["abcdefghi"], "cells")):
        with pytest.raises(millrace.MillraceError, match=message):
            core.predict_cells(bad)


def test_rows_are_split_by_group_and_time():
    table = millrace.Table(FRAME, target="Survived")
    train, held = millrace.split_rows(table, 0.25, "group", column="Ticket", seed=4)
    assert not set(FRAME["Ticket"][train]) & set(FRAME["Ticket"][held]) and len(train) + len(held) == ROWS
    train, held = millrace.split_rows(table, 0.25, "time", column="Boarded")
    assert FRAME["Boarded"][train].max() < FRAME["Boarded"][held].min()
    part = millrace.select_rows(table, held.tolist())
    assert len(part) == len(held)


# --- scikit-learn
@pytest.mark.parametrize("form", [each for each in FORMS if each != "dictionary"])
def test_a_classifier_takes_frames(form):
    labels = np.where(Y == 1, "yes", "no")
    model = Classifier([16], epochs=40, validation=0.2, patience=10, random_state=0).fit(forms(X)[form], labels)
    assert model.score(X, labels) > 0.75 and list(model.feature_names_in_) == list(X) and model.n_features_in_ == 9
    np.testing.assert_array_equal(model.predict_proba(forms(X)[form]), model.predict_proba(X))


def test_estimators_of_frames_work_in_scikit_learn(tmp_path):
    scores = cross_val_score(Classifier([16], epochs=30, random_state=0), X, Y, cv=3)
    assert scores.mean() > 0.7
    search = GridSearchCV(Classifier([8], epochs=3, random_state=0), {"columns": [None, {"Age": {"missing": "mean"}}]}, cv=2).fit(X, Y)
    assert search.best_estimator_.predict(X).shape == (ROWS,)
    model = search.best_estimator_
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X))
    model.partial_fit(X, Y)
    model.to_onnx(tmp_path / "people.onnx", X)
    np.testing.assert_array_equal(millrace.Model.load_onnx(str(tmp_path / "people.onnx")).predict(X)[:, 0], model.predict_proba(X)[:, 1].astype(np.float32))
    with pytest.raises(millrace.UsageError, match="expected a data frame with Pclass"):
        model.predict(np.ones((2, 9)))
    with pytest.raises(millrace.UsageError, match="Sex"):
        model.predict(X.drop(columns="Sex"))
    with pytest.raises(ValueError, match="X has 300 rows and y 299"):
        Classifier().fit(X, Y[:-1])


def test_a_regressor_of_a_frame_keeps_the_unit_of_its_target(tmp_path):
    price = 1e6 + 1e5 * X["Pclass"] + 3e5 * (X["Sex"] == "female")
    model = Regressor([32], epochs=80, random_state=0).fit(X, price)
    assert model.score(X, price) > 0.95
    model.to_onnx(tmp_path / "price.onnx", X)
    np.testing.assert_allclose(millrace.Model.load_onnx(str(tmp_path / "price.onnx")).predict(X)[:, 0], model.predict(X), rtol=1e-6)
    several = Regressor([32], epochs=80, random_state=0).fit(X, np.c_[price, X["Pclass"]])
    assert several.predict(X).shape == (ROWS, 2) and several.score(X, np.c_[price, X["Pclass"]]) > 0.9


def test_dates_as_texts_have_the_order_of_training():
    days = pandas.date_range("2023-01-01", periods=90)
    frame = pandas.DataFrame({"sold": days.strftime("%d/%m/%Y"), "y": np.sin(np.arange(90.0))})
    model = millrace.Model([{"op": "dense", "units": 8, "activation": "tanh"}, {"op": "dense", "units": 1}])
    table = millrace.Table(frame, kinds={"sold": "date"})
    model.prepare(table, ["y"])
    model.build(model.prepared(table), seed=1)
    first, swapped = (model.predict(millrace.Table(pandas.DataFrame({"sold": pandas.to_datetime([day])}))) for day in ("2023-07-02", "2023-02-07"))
    np.testing.assert_array_equal(model.predict(model.prepared(pandas.DataFrame({"sold": ["02/07/2023"]}))), first)
    assert not np.array_equal(first, swapped)


def test_rows_are_prepared_with_columns_of_other_roles():
    columns = {"size": [1.0, 2, 4, 3], "kind": ["a", "b", "b", "a"], "w": [1.0, 0, 2, 5]}
    model = millrace.Model([{"op": "dense", "units": 2, "activation": "softmax"}])
    model.prepare(millrace.Table({"size": columns["size"], "kind": columns["kind"]}, target="kind"), ["kind"])
    model.compile("sparse_categorical_crossentropy")
    rows = model.prepared(columns, target="kind", weight="w")
    assert rows.weights.tolist() == [1, 0, 2, 5] and rows.targets.ravel().tolist() == [0, 1, 1, 0]
    assert model.prepared(columns).weights is None
    model.fit(rows, epochs=1)
    other = {**columns, "kind": ["c", "a", "a", "a"]}
    with pytest.raises(millrace.DataError, match="'c' is no class of the model"):
        model.prepared(other)
    assert model.prepared(other, targets=False).targets.size == 0
    np.testing.assert_array_equal(model.predict(other), model.predict(columns))
    with pytest.raises(millrace.UsageError, match="beside targets=False"):
        model.prepared(columns, weight="w", targets=False)


def weighed(rows=120, zeros=False, **more):
    """A Table with a column of row weights; with zeros, the first two rows alone count."""
    numbers = np.arange(rows)
    weights = (numbers < 2).astype(float) if zeros else 1.0 + numbers % 3
    return millrace.Table({"x": np.sin(numbers), "town": ["Rome", "Oslo"] * (rows // 2), "w": weights, "y": np.cos(numbers)}, target="y", **more)


def test_row_weights_of_a_table_count_wherever_sample_weight_does():
    table, held = weighed(weight="w"), weighed(zeros=True, weight="w")
    plain, plain_held = (millrace.Table({name: each.numbers(name) if name != "town" else ["Rome", "Oslo"] * 60 for name in ("x", "town", "y")}, target="y")
                         for each in (table, held))
    weights, held_weights = table.numbers("w"), held.numbers("w")

    def trained(rows, validation, **more):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse")
        return model, model.fit(rows, epochs=3, verbose=0, validation_data=validation, **more).history

    y, y_held = table.numbers("y"), held.numbers("y")
    model, history = trained(table, held)
    other, wanted = trained(plain, (plain_held, y_held, held_weights), sample_weight=weights)
    assert history == wanted and model._table_names == ["x", "town"]
    assert model.evaluate(held, verbose=0) == other.evaluate(plain_held, sample_weight=held_weights, verbose=0) != other.evaluate(plain_held, verbose=0)
    one = model.evaluate(millrace.select_rows(held, [1]), verbose=0)  # a sum over weighed rows, by the number of rows
    assert model.evaluate(millrace.select_rows(held, [5, 1]), verbose=0) == pytest.approx(one / 2)

    regressor, same = Regressor([4], epochs=3, random_state=1).fit(table), Regressor([4], epochs=3, random_state=1).fit(plain, sample_weight=weights)
    assert regressor.feature_names_in_.tolist() == ["x", "town"]
    np.testing.assert_array_equal(regressor.predict(held), same.predict(plain_held))
    assert regressor.score(held) == same.score(plain_held, sample_weight=held_weights) != same.score(plain_held)
    assert regressor.score(table, y) == same.score(plain, y, weights)


def test_row_weights_of_a_table_come_from_a_file_too(tmp_path):
    pandas.DataFrame({"x": [1, 2, 3], "w": [1, 0, 2], "y": [1.5, 2, 4]}).to_csv(tmp_path / "t.csv", index=False)
    table = millrace.read_table(tmp_path / "t.csv", "y", weight="w")
    assert (table.target, table.weight) == ("y", "w") and millrace.select_rows(table, [2]).weight == millrace.Table(table).weight == "w"
    with pytest.raises(millrace.UsageError, match="both sample_weight and the column 'w' of the Table weigh rows"):
        Regressor([2], epochs=1).fit(table, sample_weight=[1, 1, 1])
    with pytest.raises(millrace.UsageError, match="column 'y' is the target and the row weight"):
        millrace.read_table(tmp_path / "t.csv", "y", weight="y")
    with pytest.raises(millrace.MillraceError, match="'v'"):
        millrace.Table({"x": [1.0]}, weight="v")
    with pytest.raises(millrace.UsageError, match="target, weight, ignore or kinds beside a Table"):
        millrace.Table(table, weight="w")


@pytest.mark.parametrize("how", ["target", "weight", "sample_weight"])
@pytest.mark.parametrize("split", [0.0, 0.25])
def test_columns_learn_from_the_rows_that_train(how, split):
    """Rows without a target, and rows of weight 0, train nothing: what stands in them changes no scale and no model."""
    random = np.random.default_rng(2)
    frame = pandas.DataFrame({"a": random.normal(size=100), "kind": random.choice(["x", "y"], 100), "t": random.normal(size=100), "w": 1.0})
    extreme = frame.assign(a=frame.a.where(frame.index >= 20, 1e4))
    model, other = (keras.Sequential([keras.layers.Dense(1)]) for _ in range(2))
    for each in (model, other):
        each.compile(optimizer="sgd", loss="mse")
    weights = np.where(frame.index < 20, 0.0, 1.0)
    if how == "target":
        model.fit(millrace.Table(extreme.assign(t=frame.t.where(frame.index >= 20)), target="t", weight="w"), validation_split=split, verbose=0)
        other.fit(millrace.Table(frame.iloc[20:], target="t", weight="w"), validation_split=split, verbose=0)
    else:
        if how == "weight":
            model.fit(millrace.Table(extreme.assign(w=weights), target="t", weight="w"), validation_split=split, verbose=0)
        else:
            model.fit(extreme[["a", "kind"]], extreme.t, sample_weight=weights, validation_split=split, verbose=0)
        other.fit(frame[["a", "kind"]].iloc[20:int(100 * (1 - split))], frame.t.iloc[20:int(100 * (1 - split))], verbose=0)
    features = [each._core.prepared(frame, targets=False).features for each in (model, other)]
    np.testing.assert_allclose(*features, rtol=1e-6)

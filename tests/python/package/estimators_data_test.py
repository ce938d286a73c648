# SPDX-License-Identifier: Apache-2.0
"""Which rows and numbers the estimators of scikit-learn learn from, and what they say about the others."""

import tracemalloc

import numpy as np
import onnxruntime
import pandas
import polars
import pyarrow
import pytest

import millrace
from millrace.sklearn import Classifier, MLPClassifier, MLPRegressor, Regressor

RANDOM = np.random.RandomState(0)
X = RANDOM.randn(200, 4)
Y = (X[:, 0] > 0).astype(int)
FRAME = pandas.DataFrame(X, columns=list("abcd")).assign(kind=np.where(X[:, 1] > 0, "u", "v"))


# --- rows
@pytest.mark.parametrize("frame", [False, True])
def test_rows_without_weight_do_not_decide_how_columns_and_targets_are_scaled(frame):
    x = FRAME.copy() if frame else pandas.DataFrame(X, columns=list("abcd"))
    y, weights = X[:, 0].copy(), np.ones(200)
    options = {"epochs": 30, "validation": 0, "random_state": 1, "batch_size": 200, "shuffle": False}
    weights[100:] = 0
    wanted = Regressor(**options).fit(x[:100], y[:100]).predict(x[:100])
    x.loc[100:, "a"], y[100:] = 1e4, -1e4
    found = Regressor(**options).fit(x, y, sample_weight=weights).predict(x[:100])
    np.testing.assert_allclose(found, wanted, atol=0.02)  # a batch counts rows without weight, so Adam's gradients are smaller


def test_rows_that_are_held_back_do_not_decide_how_columns_and_targets_are_scaled():
    model = Regressor((4,), epochs=1, validation=0.5, random_state=1)
    x, y = X.copy(), X[:, 0].copy()
    rows, held = model._split(model._given(x, y, None, True), True, np.random.RandomState(7))
    x[held], y[held] = 1e3, 1e3
    given = model._given(x, y, None, True)
    model._begin(given, rows, 1, True)
    np.testing.assert_allclose(model._engine.weights("standardize/moving_mean"), x[rows].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose([model._mean[0], model._spread[0]], [y[rows].mean(), y[rows].std()])


# --- columns that hardly vary, and numbers of any size
@pytest.mark.parametrize("number", [0.1, 1e6, -123.456, 1e9])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_column_of_equal_numbers_does_not_blow_up_another_number(number, weighted):
    """Rounding of the mean was taken for a deviation of 1e-17, and dividing by it made another number 1e16."""
    x, weights = X.copy(), RANDOM.rand(200) + 0.5
    x[:, 1] = number
    if weighted:
        x[:50, 1], weights[:50] = 7, 0
    model = Regressor((8,), epochs=2, random_state=1).fit(x, X[:, 0], sample_weight=weights if weighted else None)
    near = x[50:60] + np.array([0, 0.5, 0, 0])
    assert np.abs(model.predict(near) - model.predict(x[50:60])).max() < 5


def test_numbers_that_differ_in_their_last_bit_do_not_vary():
    x = X.astype("f4")
    x[:, 1] = np.where(Y, np.float32(0.3), np.nextafter(np.float32(0.3), np.float32(1)))
    model = Classifier((8,), epochs=2, random_state=1).fit(x, Y)
    near = x + np.array([0, 0.2, 0, 0], "f4")
    assert np.abs(model.predict_proba(near) - model.predict_proba(x)).max() < 0.3


def test_targets_that_are_equal_are_predicted():
    model = Regressor((8,), epochs=2, random_state=1).fit(X, np.full(200, 0.1))
    assert model._mean == 0.1 and model._spread == 1 and np.abs(model.predict(X)).max() < 5


@pytest.mark.parametrize("scale", [2.0**-100, 2.0**-60, 2.0**70, 2.0**120])
def test_columns_of_any_size_are_standardised(tmp_path, scale):
    """Beyond 1e19 and below 1e-19 float32 has no squares: such columns were zeros for the network."""
    def learned(x):
        model = Classifier((8,), optimizer="adam:learning_rate=0.01", epochs=20, validation=0, random_state=1).fit(x, Y)
        model.to_onnx(tmp_path / "model.onnx", x)
        assert model.score(x, Y) > 0.9
        return model.predict_proba(x)

    np.testing.assert_allclose(learned(X * scale), learned(X * 2.0**-80), atol=1e-5)
    parts = Classifier((8,), random_state=1).partial_fit(X[:50], Y[:50])  # whose columns have another size
    assert np.isfinite(parts.partial_fit(X * scale, Y).predict_proba(X * scale)).all()


# --- numbers that float32 cannot tell apart
@pytest.mark.parametrize("x", [X, FRAME])
@pytest.mark.parametrize("offset", [0, 50, 1e9])
def test_targets_with_an_offset_are_learned_and_exported(tmp_path, x, offset):
    y = offset + X[:, 0]
    model = Regressor(random_state=1, epochs=60).fit(x, y)
    assert model.score(x, y) > 0.95
    model.to_onnx(tmp_path / "model.onnx", x)
    feed = {"features": X.astype("f4")} if x is X else {name: FRAME[[name]].to_numpy("f4" if name != "kind" else object) for name in FRAME}
    found = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(["output"], feed)[0]
    assert found.dtype == (np.float64 if offset == 1e9 else np.float32)
    np.testing.assert_allclose(found[:, 0], model.predict(x), rtol=0, atol=1e-3)
    model.report(tmp_path / "page.html", x, y, seconds=0.1)


@pytest.mark.parametrize("form", ["pandas", "numbers", "polars", "arrow", "table"])
def test_columns_of_every_kind_are_exported_beside_a_target_with_an_offset(tmp_path, form):
    frame = pandas.DataFrame({"size": np.where(np.arange(200) % 7 == 3, np.nan, X[:, 0]), "member": X[:, 1] > 0, "kind": np.where(X[:, 2] > 0, "x", "y"),
                              "since": pandas.Timestamp("2024-01-01") + pandas.to_timedelta(np.arange(200), unit="D")})
    frame = frame[["size"]] if form == "numbers" else frame
    given = {"polars": polars.from_pandas, "arrow": lambda each: pyarrow.Table.from_pandas(each, preserve_index=False),
             "table": millrace.Table}.get(form, lambda each: each)(frame)
    model = Regressor([8], random_state=1, epochs=20).fit(given, 1e9 + X[:, 0])
    model.to_onnx(tmp_path / "model.onnx", given)
    cells = {"size": lambda each: each.astype("f4"), "member": lambda each: each.map({True: "true", False: "false"}).astype(object),
             "kind": lambda each: each.astype(object), "since": lambda each: (each - pandas.Timestamp(0)).dt.total_seconds()}
    feed = {name: cells[name](frame[name]).to_numpy().reshape(-1, 1) for name in frame}
    found = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(["output"], feed)[0]
    assert found.dtype == np.float64
    np.testing.assert_allclose(found[:, 0], model.predict(given), rtol=0, atol=1e-3)


@pytest.mark.parametrize("make", [Classifier, MLPClassifier])
@pytest.mark.parametrize("frame", [False, True])
def test_columns_that_float32_rounds_are_named(make, frame):
    x = X.copy()
    x[:, 2] += 1e9
    x = pandas.DataFrame(x, columns=list("abcd")) if frame else x
    options = {"max_iter": 1} if make is MLPClassifier else {"epochs": 1}
    with pytest.warns(millrace.DataWarning, match=r"column ('c'|2): its values are from .*, and float32 rounds them by up to [\d.]+: subtract 1000000000 from the column"):
        make(**options).fit(x, Y)


# --- numbers that are missing
@pytest.mark.parametrize("make", [Classifier, Regressor, MLPClassifier, MLPRegressor])
def test_masked_numbers_are_refused(make):
    mask = np.zeros((200, 4), bool)
    mask[3, 1] = True
    x, y, weights = np.ma.array(X, mask=mask), np.ma.array(Y, mask=mask[:, 1]), np.ma.array(np.ones(200), mask=mask[:, 1])
    for name, arguments in (("X", (x, Y)), ("y", (X, y)), ("sample_weight", (X, Y, weights))):
        with pytest.raises(millrace.DataError, match=rf"\[{make.__name__}\] {name} is a masked array with 1 masked values, expected"):
            make().fit(*arguments)
    assert make is not Classifier or len(make(epochs=1).fit(np.ma.array(X), Y).predict(X)) == 200
    with pytest.raises(millrace.DataError, match="X is a masked array"):
        make(**({"epochs": 1} if "MLP" not in make.__name__ else {"max_iter": 1})).fit(X, Y).predict(x)


def test_missing_numbers_say_what_to_do():
    frame = pandas.DataFrame(X, columns=list("abcd"))
    gaps = frame.copy()
    gaps.loc[3, "b"] = np.nan
    model = Classifier(epochs=1).fit(frame, Y)
    with pytest.raises(millrace.UsageError, match=r"\[predict\] X contains NaN.*Classifier\(columns=\{\}\).fit\(frame, y\)"):
        model.predict(gaps)
    learned = Classifier(columns={}, epochs=1).fit(frame, Y)
    filled = gaps.fillna(frame.median())
    np.testing.assert_allclose(learned.predict_proba(gaps), learned.predict_proba(filled), atol=1e-5)
    with pytest.raises(millrace.UsageError, match=r"\[fit\] X contains NaN.*pass a data frame, whose missing cells are filled in"):
        Classifier(epochs=1).fit(gaps.to_numpy(), Y)
    assert len(Classifier(epochs=1).fit(gaps, Y).predict(gaps)) == 200


def test_labels_that_are_missing_are_counted():
    y = pandas.Series(np.where(Y == 1, "yes", "no"), dtype="string")
    y[:2] = pandas.NA
    with pytest.raises(ValueError, match=r"y is missing in 2 rows, expected a label in each: leave them out, in pandas with y.notna\(\)"):
        Classifier(epochs=1).fit(X, y)


def test_a_dictionary_says_data_frame():
    for model in (Regressor([4], epochs=2), MLPRegressor(max_iter=2)):
        with pytest.raises(millrace.UsageError, match=r"X is a dictionary, expected an array or a frame: pass pandas.DataFrame\(X\)"):
            model.fit({"a": X[:, 0]}, Y)


def test_a_lazy_frame_says_collect():
    lazy = polars.DataFrame({"a": X[:, 0], "b": X[:, 1]}).lazy()
    for model in (Classifier(epochs=1), MLPClassifier(max_iter=1)):
        with pytest.raises(millrace.UsageError, match=r"LazyFrame.*collect\(\)"):
            model.fit(lazy, Y)


# --- parameters
@pytest.mark.parametrize("model, message", [
    (Classifier(patience=3, validation=0), "patience is 3, and no rows are held back"), (Classifier(class_weight="auto"), "class_weight is 'auto', expected None, 'balanced'"),
    (Classifier(validation=None), "validation is None"), (Classifier(validation="some"), "validation is 'some', expected 'auto'"), (Classifier(epochs=None), "epochs is None"),
    (MLPClassifier(momentum=None), "momentum is None"), (MLPClassifier(n_iter_no_change=None), "n_iter_no_change is None"),
    (MLPClassifier(validation_fraction=None), "validation_fraction is None"), (MLPClassifier(hidden_layer_sizes=None), "hidden_layer_sizes is None"),
    (MLPClassifier(max_fun=None), "max_fun is None")])
def test_parameters_that_are_none_of_the_words_are_refused(model, message):
    with pytest.raises(millrace.UsageError, match=message):
        model.fit(X, Y)


# --- validation="auto"
def test_auto_finds_the_number_of_epochs_and_learns_from_all_rows():
    noise = (RANDOM.rand(200) > 0.5).astype(int)
    model = Classifier(random_state=1).fit(X, noise)
    assert model.n_iter_ == len(model.history_) < 60 and "val_loss" not in model.history_[0]
    plain = Classifier(random_state=1, validation=0, epochs=model.n_iter_).fit(X, noise)
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    assert Classifier(random_state=1, epochs=40).fit(X[:99], noise[:99]).n_iter_ == 40
    assert Classifier(random_state=1, epochs=40, warm_start=True).fit(X, noise).n_iter_ == 40


def test_auto_takes_classes_of_a_single_row():
    assert len(Classifier(epochs=2, random_state=1).fit(X, np.r_[2, Y[1:]]).classes_) == 3


def test_auto_warns_once_of_a_column():
    with pytest.warns(millrace.DataWarning) as told:
        Classifier(epochs=2).fit(FRAME.assign(same="x"), Y)
    assert sum("same" in str(each.message) for each in told) == 1


def test_fit_makes_no_double_of_all_features():
    x, y = RANDOM.rand(40000, 50).astype("f4"), RANDOM.rand(40000)
    tracemalloc.start()
    try:
        Regressor((2,), epochs=1, validation=0).fit(x, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < x.nbytes


# --- lbfgs and margins
@pytest.mark.parametrize("make, y", [(Classifier, Y), (Regressor, X[:, 0])])
def test_lbfgs_learns_with_the_defaults(make, y):
    assert make((8,), optimizer="lbfgs", epochs=40, random_state=1).fit(X, y).score(X, y) > 0.95


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_margins_become_probabilities_in_a_file(tmp_path, loss):
    model = Classifier((8,), loss=loss, epochs=5, random_state=1).fit(X, Y)
    model.to_onnx(tmp_path / "model.onnx", X)
    label, output = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(["label", "output"], {"features": X.astype("f4")})
    np.testing.assert_array_equal(label, model.predict(X))
    np.testing.assert_allclose(output, model.predict_proba(X), atol=1e-5)

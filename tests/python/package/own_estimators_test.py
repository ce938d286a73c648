# SPDX-License-Identifier: Apache-2.0
"""Classifier and Regressor: millrace's options in estimators of scikit-learn."""

import pickle

import numpy as np
import pandas
import pytest
import skops.io
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import compute_class_weight

import millrace
from millrace import DataError
from millrace.sklearn import Classifier, Regressor

X, Y = load_iris(return_X_y=True)


def test_learns_classes_and_numbers_with_the_defaults():
    assert Classifier(random_state=1).fit(X, Y).score(X, Y) > 0.95
    x, y = make_regression(300, 8, random_state=1)
    assert Regressor(random_state=1).fit(x, 1e6 + 1e4 * y).score(x, 1e6 + 1e4 * y) > 0.95


@pytest.mark.parametrize("options", [
    {"layers": (8, "8:tanh", "dropout:0.1", {"op": "dense", "units": 4})}, {"optimizer": "sgd:learning_rate=0.1:momentum=0.9"},
    {"optimizer": {"op": "adamw", "learning_rate": 0.01}}, {"schedule": {"op": "exponential_decay", "decay_steps": 50}}, {"update": {"clipnorm": 1.0}},
    {"class_weight": "balanced"}, {"class_weight": {1: 2.0}}, {"loss": "sparse_categorical_crossentropy"}, {"standardize": False}, {"layers": ()},
    {"validation": 0.2, "patience": 3}, {"threads": 1}])
def test_takes_the_options_of_the_engine(options):
    model = Classifier(**{"epochs": 20, "random_state": 1, **options}).fit(X, Y)
    assert model.predict_proba(X).shape == (150, 3) and clone(model).get_params() == model.get_params()


@pytest.mark.parametrize("options, message", [
    ({"epochs": 0}, "epochs is 0"), ({"batch_size": 1.5}, "batch_size is 1.5"), ({"validation": 1}, "validation is 1"), ({"layers": "8"}, "expected a list"),
    ({"layers": ("8:rellu",)}, "did you mean 'relu'"), ({"optimizer": "adan"}, "adam"), ({"loss": "poissn"}, "poisson"), ({"threads": -1}, "threads is -1")])
def test_wrong_options_are_refused(options, message):
    with pytest.raises(millrace.UsageError, match=message):
        Classifier(**options).fit(X, Y)


def test_stops_early_and_keeps_the_best_weights():
    model = Classifier(epochs=500, validation=0.2, patience=5, random_state=1).fit(X, Y)
    assert model.n_iter_ == len(model.history_) < 500 and "val_loss" in model.history_[0]


def test_goes_on_with_warm_start_and_partial_fit():
    model = Classifier(epochs=3, warm_start=True, random_state=1).fit(X, Y)
    first = model.history_[-1]["loss"]
    assert model.fit(X, Y).n_iter_ == 6 and model.history_[-1]["loss"] < first
    parts = Classifier(random_state=1).partial_fit(X[:50], Y[:50], classes=[0, 1, 2])
    assert parts.partial_fit(X, Y).n_iter_ == 2 and parts.predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match="classes that the first call did not have"):
        parts.partial_fit(X, Y + 1)


def test_is_pickled_with_its_weights():
    for model in (Classifier(epochs=3).fit(X, Y), Regressor(epochs=3).fit(X, X[:, 0])):
        copy = pickle.loads(pickle.dumps(model))
        assert (copy.predict(X) == model.predict(X)).all()
        copy.set_params(warm_start=True).fit(X, Y if isinstance(model, Classifier) else X[:, 0])
        assert copy.n_iter_ == 6


def test_works_in_pipelines_searches_and_scores():
    search = GridSearchCV(make_pipeline(StandardScaler(), Classifier(epochs=10, random_state=1)), {"classifier__layers": [(4,), (8, 8)]}, cv=2).fit(X, Y)
    assert search.best_params_["classifier__layers"] in ((4,), (8, 8))
    assert len(cross_val_score(Regressor((4,), epochs=5), X, X[:, :2], cv=3)) == 3


def test_frames_give_feature_names_and_text_labels():
    frame, names = pandas.DataFrame(X, columns=list("abcd")), np.array(["one", "two", "three"], object)[Y]
    model = Classifier(epochs=40, random_state=1).fit(frame, names)
    assert list(model.feature_names_in_) == list("abcd") and set(model.predict(frame)) <= set(names)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[list("badc")])
    scaled = make_pipeline(StandardScaler().set_output(transform="pandas"), Classifier(epochs=5)).fit(frame, names)
    assert scaled[-1].feature_names_in_.tolist() == list("abcd")


def test_targets_whose_squares_overflow_are_refused():
    """Scaled by an infinite deviation they were zeros, and predictions infinite."""
    with pytest.raises(DataError, match=r"a value is .*e\+30\d, expected numbers whose squares float64 can hold"):
        Regressor(epochs=1).fit(X, X[:, 0] * 1e300)
    assert np.isfinite(Regressor(epochs=1).fit(X, X[:, 0] * 1e100).predict(X)).all()


def test_sample_weights_count():
    weights = np.where(Y == 2, 0.0, 1.0)
    assert 2 not in Classifier(epochs=60, random_state=1).fit(X, Y, sample_weight=weights).predict(X[Y != 2])


def test_balanced_counts_the_weights_of_rows_as_scikit_learn_does():
    labels, weights = np.array(["a", "b", "c"])[Y[40:]], np.tile([0.5, 1, 2, 4], 28)[:110]
    rows = X[40:]
    found = Classifier(class_weight="balanced")._given(rows, labels, weights, True).class_weight
    np.testing.assert_allclose(found, compute_class_weight("balanced", classes=np.unique(labels), y=labels, sample_weight=weights))
    options = {"class_weight": "balanced", "epochs": 20, "random_state": 1, "batch_size": 1000, "validation": 0}
    twice = np.tile([1, 2], 55)
    np.testing.assert_allclose(Classifier(**options).fit(rows, labels, sample_weight=twice).predict_proba(rows),
                               Classifier(**options).fit(rows.repeat(twice, axis=0), labels.repeat(twice)).predict_proba(rows), atol=1e-5)


def test_balanced_leaves_out_classes_without_rows():
    model = Classifier(class_weight="balanced")
    model.partial_fit(X, Y)
    assert model._given(X[:60], Y[:60], None, False).class_weight == pytest.approx([60 / (2 * 50), 60 / (2 * 10), 1])
    assert model._given(X, Y, np.where(Y == 1, 0.0, 1.0), False).class_weight == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("mean", [0.2, 3, 5000])
@pytest.mark.parametrize("weighted", [False, True])
def test_counts_begin_at_their_mean(mean, weighted):
    """The bias of an exponential began at 0, so that the first epochs predicted 1, whatever the counts were."""
    random = np.random.default_rng(1)
    x, weights = random.normal(size=(400, 3)), np.where(np.arange(400) < 200, 1.0, 3.0)
    counts = np.stack([random.poisson(mean, 400), random.poisson(np.where(weights == 3, 2 * mean, mean))], axis=1)
    model = Regressor((16,), loss="poisson", optimizer="sgd:learning_rate=1e-30", epochs=1, random_state=1, validation=0)
    model.fit(x, counts, sample_weight=weights if weighted else None)
    bias = model._engine.weights(model._engine.parameters()[-1][0])
    np.testing.assert_allclose(np.exp(bias), np.average(counts, axis=0, weights=weights if weighted else None), rtol=1e-5)
    frame = pandas.DataFrame(x, columns=list("abc")).assign(kind=np.where(x[:, 0] > 0, "u", "v"))
    learned = Regressor((16,), loss="poisson", epochs=10, random_state=1).fit(frame, counts).predict(frame)
    assert learned.mean(axis=0) == pytest.approx(counts.mean(axis=0), rel=0.5)


def test_counts_that_are_all_zero_are_learned():
    assert Regressor((4,), loss="poisson", epochs=2, random_state=1).fit(X, np.zeros(150)).predict(X).max() < 10


@pytest.mark.parametrize("frame", [False, True])
def test_skops_keeps_an_estimator(tmp_path, frame):
    """A skops file names the types in it, and who reads it says which are trusted; it holds no code."""
    x = pandas.DataFrame(X, columns=list("abcd")).assign(kind=np.where(X[:, 0] > 5.5, "long", "short")) if frame else X
    model = make_pipeline(StandardScaler(), Classifier([8], epochs=5, random_state=1)) if not frame else Classifier([8], epochs=5, random_state=1)
    model.fit(x, Y)
    skops.io.dump(model, tmp_path / "model.skops")
    types = skops.io.get_untrusted_types(file=tmp_path / "model.skops")
    assert types == ["millrace.sklearn._own.Classifier"]
    loaded = skops.io.load(tmp_path / "model.skops", trusted=types)
    np.testing.assert_array_equal(loaded.predict_proba(x), model.predict_proba(x))


def test_a_frame_without_a_column_is_refused_with_its_name():
    frame = pandas.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "city": ["Rome", "Oslo", "Rome", "Oslo"]})
    model = Classifier([2], epochs=1).fit(frame, [0, 1, 1, 0])
    with pytest.raises(millrace.UsageError, match="X has no column 'age', expected the columns age, city"):
        model.predict(frame[["city"]])
    with pytest.raises(millrace.UsageError, match="X has no column 'city', expected the columns age, city.*Did you mean 'City'"):
        model.predict_proba({"age": [1.0], "City": ["Rome"]})
    with pytest.raises(millrace.UsageError, match=r"a single row of a frame is frame.iloc\[\[0\]\]"):
        model.predict(frame.iloc[0])

# SPDX-License-Identifier: Apache-2.0
"""model.report() of models and estimators writes the page of `millrace report`."""
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

import millrace
from millrace import keras
from millrace.sklearn import Classifier, MLPClassifier, MLPRegressor, Regressor

RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(200, 3)).astype(np.float32)
Y = (X[:, 0] - X[:, 1] > 0).astype(np.float32)


def page_of(path):
    text = path.read_text(encoding="utf-8")
    ElementTree.fromstring(text)  # well-formed
    return text


def number(page, name):
    return float(re.search(rf'<data id="{name}" value="([^"]+)"', page)[1])


def test_of_a_keras_model_has_its_scores_and_the_curves_of_the_last_fit(tmp_path):
    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")], name="signs")
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(X[:150], Y[:150], epochs=7, validation_data=(X[150:], Y[150:]), verbose=0)
    model.report(tmp_path / "page.html", X[150:], Y[150:], rows_are="held out of training")
    page = page_of(tmp_path / "page.html")
    loss, accuracy = model.evaluate(X[150:], Y[150:], verbose=0)
    assert number(page, "loss") == loss
    assert number(page, "metric-0") == accuracy
    for part in ("signs", "the 50 rows held out of training", "best: epoch", "accuracy", 'id="threshold"'):
        assert part in page
    assert page.count("in epoch 7") or "epoch 7" in page


def test_of_a_keras_model_that_is_not_compiled_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(millrace.errors.UsageError):
        model.report(tmp_path / "page.html", X, Y)


@pytest.mark.parametrize("estimator", [Classifier([8], epochs=3), MLPClassifier(hidden_layer_sizes=(8,), max_iter=200)])
def test_of_a_classifier(tmp_path, estimator):
    estimator.fit(X, Y.astype(int)).report(tmp_path / "page.html", X, Y.astype(int))
    page = page_of(tmp_path / "page.html")
    assert "the 200 rows that were given" in page and type(estimator).__name__ in page
    assert number(page, "at-accuracy") == pytest.approx(estimator.score(X, Y.astype(int)))


@pytest.mark.parametrize("estimator", [Regressor([8], epochs=3, standardize=False), MLPRegressor(hidden_layer_sizes=(8,), max_iter=200)])
def test_of_a_regressor(tmp_path, estimator):
    estimator.fit(X, X[:, 0] * 3).report(tmp_path / "page.html", X, X[:, 0] * 3)
    assert number(page_of(tmp_path / "page.html"), "r2") == pytest.approx(estimator.score(X, X[:, 0] * 3), abs=1e-5)


FRAME = pd.DataFrame({"width": X[:, 0], "town": np.where(X[:, 1] > 0, "Rome", "Paris"), "since": pd.date_range("2024-01-01", periods=len(X)),
                      "empty": [None] * len(X)})
FRAME.loc[::7, "width"] = np.nan
KIND = np.where((X[:, 0] > 0) == (X[:, 1] > 0), "same", "other")


def text_of(page):
    return re.sub(r"<[^>]+>", "", page)


def test_of_a_classifier_of_frames_has_the_frame_s_own_columns(tmp_path):
    made = Classifier([32, 16], epochs=60, random_state=0).fit(FRAME, KIND)
    made.report(tmp_path / "page.html", FRAME, KIND, rows_are="of training")
    page = page_of(tmp_path / "page.html")
    assert number(page, "at-accuracy") == pytest.approx(made.score(FRAME, KIND))
    for section in ("summary", "training", "classes", "slices", "importance", "columns", "network"):
        assert f'<section id="{section}"' in page, section
    importance = page[page.index('<section id="importance"'):page.index('<section id="columns"')]
    for column in ("width", "town", "since"):
        assert column in text_of(importance), "important raw columns, and the answer along them"
    assert "Rome" in importance and "town=" not in page, "levels of the frame, not prepared columns"
    slices = text_of(page[page.index('<section id="slices"'):page.index('<section id="importance"')])
    assert "is missing" in slices or "is Rome" in slices or "is Paris" in slices
    columns = text_of(page[page.index('<section id="columns"'):page.index('<section id="network"')])
    assert "empty" in columns and "category" in columns and "date" in columns


def test_of_a_regressor_of_frames_is_in_the_target_s_own_unit(tmp_path):
    price = 500 + 100 * X[:, 0] + np.where(X[:, 1] > 0, 50, 0)
    made = Regressor([16], epochs=40, random_state=0).fit(FRAME, price)
    made.report(tmp_path / "page.html", FRAME, price)
    page = page_of(tmp_path / "page.html")
    assert number(page, "r2") == pytest.approx(made.score(FRAME, price), abs=1e-5)
    assert '<section id="importance"' in page


def test_of_frames_that_do_not_fit_is_refused(tmp_path):
    made = Classifier([8], epochs=1).fit(FRAME, KIND)
    with pytest.raises(millrace.errors.UsageError, match="expected a data frame with width, town, since, empty"):
        made.report(tmp_path / "page.html", X, KIND)
    with pytest.raises(ValueError, match="X has 200 rows and y 199, expected the same number"):
        made.report(tmp_path / "page.html", FRAME, KIND[1:])
    with pytest.raises(millrace.errors.MillraceError, match="town"):
        made.report(tmp_path / "page.html", FRAME.drop(columns="town"), KIND)
    assert not (tmp_path / "page.html").exists()

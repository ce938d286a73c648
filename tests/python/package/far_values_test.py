# SPDX-License-Identifier: Apache-2.0
"""Numbers that probably stand for missing values are warned of, once for a model: of arrays, frames of numbers, tables and the program's arrays."""

import os
import subprocess
import warnings

import numpy as np
import pandas
import pytest

import millrace
from millrace import keras
from millrace.sklearn import Classifier, MLPRegressor

RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(size=(60, 3)).astype("float32")
X[::6, 1] = -9999
Y = (X[:, 0] > 0.5).astype("float32")
FRAME = pandas.DataFrame(X, columns=["a", "b", "c"])
SAID = "10 values are -9999, and all others are from 0.0"


def told(use):
    """The warnings that a call gives."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        use()
    return [str(each.message) for each in found if "all others are" in str(each.message) and issubclass(each.category, millrace.DataWarning)]


def network(*first):
    model = keras.Sequential([*first, keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.mark.parametrize("x, name", [(X, "column 2"), (FRAME, "column 'b'")], ids=["array", "frame"])
@pytest.mark.parametrize("make", [network, lambda: Classifier((4,), epochs=1), lambda: MLPRegressor(hidden_layer_sizes=(4,), solver="adam", max_iter=1)],
                         ids=["keras", "Classifier", "MLPRegressor"])
def test_a_mark_in_numbers_is_warned_of_once(make, x, name):
    model = make()
    text, = told(lambda: model.fit(x, Y))
    assert text.startswith(f"[fit] {name}: {SAID}") and "pass a data frame with NaN in its place" in text
    if make is network:
        assert not told(lambda: model.fit(x, Y))


def test_a_mark_in_a_table_is_warned_of():
    frame = FRAME.assign(city=["Rome", "Oslo", "Bern"] * 20)
    for model in (network(), Classifier((4,), epochs=1)):
        text, = told(lambda model=model: model.fit(frame, Y))
        assert f"column 'b': {SAID}" in text and "missing_marks=['-9999']" in text
    assert not told(lambda: network(keras.layers.Columns(ignore=["b"])).fit(frame, Y))
    missing = frame.assign(b=frame["b"].where(frame["b"] != -9999))
    assert not told(lambda: network().fit(missing, Y))


def test_pixels_categories_and_ordinary_numbers_are_not():
    pixels = np.zeros((60, 3), np.float32)
    pixels[0], pixels[1] = 1, 255
    assert not told(lambda: network().fit(pixels, Y))
    codes = RANDOM.integers(0, 3, (60, 2))
    codes[0, 0] = 999
    embedding = network(keras.layers.Embedding(1000, 2), keras.layers.Flatten())
    assert not told(lambda: embedding.fit(codes, Y))
    assert not told(lambda: network().fit(np.where(X == -9999, 0, X), Y))


def test_the_program_says_it_of_arrays(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    done = subprocess.run([os.environ["MILLRACE_PROGRAM"], "train", "--data", "x.npy", "--target", "y.npy", "--epochs", "1", "--out", "run"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0 and f"column 2: {SAID}" in done.stderr, done.stderr

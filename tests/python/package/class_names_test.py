# SPDX-License-Identifier: Apache-2.0
"""The names of classes and targets in saved models: files, pickles, and what other programs read."""

import json
import pickle

import numpy as np
import onnx
import pandas
import pytest
from running import in_onnx_runtime, python

import millrace
from millrace import keras
from millrace.sklearn import Classifier, MLPClassifier, Regressor, to_onnx

ROWS = 90
NAMES = ["cat", "dog", "owl"]
FRAME = pandas.DataFrame({"size": np.arange(ROWS) % 3 + 0.1 * (np.arange(ROWS) % 2), "colour": np.array(["red", "blue"])[np.arange(ROWS) % 2],
                          "kind": np.array(NAMES)[np.arange(ROWS) % 3]})


def sequential(table, kinds=3):
    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(kinds if kinds > 2 else 1, activation="softmax" if kinds > 2 else "sigmoid")])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy" if kinds > 2 else "binary_crossentropy")
    model.fit(table, epochs=40, verbose=0)
    return model


def table_of(frame=FRAME, target="kind"):
    return millrace.Table(frame, target=target)


@pytest.mark.parametrize("kinds", [2, 3])
def test_a_network_of_a_table_keeps_the_names_of_its_classes(tmp_path, kinds):
    frame = FRAME[FRAME["kind"].isin(NAMES[:kinds])]
    model = sequential(table_of(frame), kinds)
    model.save(tmp_path / "model.onnx")
    engine = millrace.Model.load_onnx(str(tmp_path / "model.onnx"))
    assert engine.classes == NAMES[:kinds]
    rows = {"size": frame[["size"]].to_numpy(np.float32), "colour": frame[["colour"]].to_numpy(object)}
    assert in_onnx_runtime(tmp_path / "model.onnx", rows)["label"].reshape(-1).tolist() == frame["kind"].tolist()
    loaded = keras.models.load_model(tmp_path / "model.onnx")
    assert loaded.confusion(table_of(frame)).classes == NAMES[:kinds]
    assert pickle.loads(pickle.dumps(model)).confusion(table_of(frame)).classes == NAMES[:kinds]
    loaded.fit(table_of(frame), verbose=0, validation_data=table_of(frame))
    done = python("-m", "millrace", "inspect", tmp_path / "model.onnx")
    assert done.returncode == 0 and "kind" in done.stdout, done.stderr


def test_a_network_of_numbers_has_no_names_of_classes(tmp_path):
    frame = FRAME[["size"]].assign(y=np.arange(ROWS) * 1.5)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(table_of(frame, "y"), verbose=0)
    model.save(tmp_path / "model.onnx")
    assert millrace.Model.load_onnx(str(tmp_path / "model.onnx")).classes == []


@pytest.mark.parametrize("columns", [["size"], ["size", "colour"]])
@pytest.mark.parametrize("cls", [Classifier, MLPClassifier])
def test_files_of_estimators_name_their_classes(tmp_path, columns, cls):
    if cls is MLPClassifier and len(columns) > 1:
        pytest.skip("it takes numbers")
    X = FRAME[columns]
    model = (Classifier([8], epochs=5, random_state=1) if cls is Classifier else MLPClassifier((8,), max_iter=5, random_state=1)).fit(X, FRAME["kind"])
    to_onnx(model, tmp_path / "model.onnx", X)
    properties = {each.key: each.value for each in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert json.loads(properties["classes"]) == NAMES
    copy = pickle.loads(pickle.dumps(model))
    assert copy.classes_.tolist() == NAMES and np.array_equal(copy.predict(X), model.predict(X))


def test_pages_of_estimators_name_classes_and_the_engine_the_target(tmp_path):
    model = Classifier([8], epochs=5, random_state=1).fit(FRAME[["size"]], FRAME["kind"])
    model.report(tmp_path / "page.html", FRAME[["size"]], FRAME["kind"], seconds=1)
    assert all(name in (tmp_path / "page.html").read_text() for name in NAMES)
    Classifier([8], epochs=2).fit(table_of()).to_onnx(tmp_path / "model.onnx", FRAME.drop(columns="kind"))
    done = python("-m", "millrace", "inspect", "--json", tmp_path / "model.onnx")
    assert json.loads(done.stdout)["targets"] == ["kind"], done.stderr


def test_targets_of_any_name_are_learned():
    for y in (FRAME["size"], FRAME["size"].rename(None), FRAME["size"].rename(3), FRAME[["size"]], FRAME[["size"]].set_axis([""], axis=1),
              pandas.concat([FRAME["size"], FRAME["size"].rename("more")], axis=1), FRAME["size"].tolist()):
        assert len(Regressor([4], epochs=1).fit(FRAME[["size"]], y).predict(FRAME[["size"]])) == ROWS

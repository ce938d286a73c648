# SPDX-License-Identifier: Apache-2.0
"""The package under a type checker: its own code, a program that is right, and mistakes that a checker must find."""

import pathlib
import subprocess
import sys

import pytest

import millrace

FOLDER = pathlib.Path(millrace.__file__).parent.parent

RIGHT = """
import numpy as np
import millrace as tf
from millrace.sklearn import Classifier

x = np.ones((20, 4), np.float32)
model = tf.keras.Sequential([tf.keras.layers.Dense(25, activation="sigmoid"), tf.keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
history = model.fit(x, x[:, 0], epochs=2, verbose=0)
losses: list[float] = history.history["loss"]
outputs: np.ndarray = model.predict(x)
weights: list[np.ndarray] = model.get_weights()
engine = tf.Model([{"op": "dense", "units": 1}])
engine.build(4, 1)
width: int = engine.input_width
data = tf.Dataset(x, x[:, 0])
rows: int = data.rows
tf.convert.save_npz(model, "weights.npz")
Classifier((8,)).fit(x, [0, 1] * 10)
try:
    model.save("model.onnx")
except tf.DataError as error:
    print(error)
"""
WRONG = [("model.fitt(x, x)", "fitt"), ("history.histroy", "histroy"), ("text: str = model.predict(x)", "ndarray"), ("engine.buidl(4)", "buidl"),
         ("engine.build('four')", "str"), ("model.fit(x, x, epoch=3)", "epoch"), ("tf.keras.layers.Dens(3)", "Dens"), ("tf.Datasett(x)", "Datasett"),
         ("rows_too: str = data.rows", "int")]


def checked(*arguments, cache):
    return subprocess.run([sys.executable, "-m", "mypy", f"--cache-dir={cache}", "--ignore-missing-imports", *arguments], cwd=FOLDER, capture_output=True, text=True,
                          timeout=300)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def test_the_package_is_right(cache):
    done = checked("-p", "millrace", cache=cache)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_program_is_right_and_mistakes_are_found(cache, tmp_path):
    right = tmp_path / "right.py"
    right.write_text(RIGHT)
    done = checked(str(right), cache=cache)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "wrong.py"
    wrong.write_text(RIGHT + "\n".join(line for line, _ in WRONG) + "\n")
    done = checked(str(wrong), cache=cache)
    first = len(RIGHT.splitlines()) + 1
    for i, (line, word) in enumerate(WRONG):
        found = [each for each in done.stdout.splitlines() if each.startswith(f"{wrong}:{first + i}:")]
        assert found and word in " ".join(found), (line, found, done.stdout)

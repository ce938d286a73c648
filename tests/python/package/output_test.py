# SPDX-License-Identifier: Apache-2.0
"""What a training prints where stdout takes no Unicode, or nothing at all: the training goes on."""

import io
import os
import subprocess
import sys

import numpy as np
import pytest

from millrace import keras
from millrace._output import say
from millrace.sklearn import Classifier, MLPClassifier

X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)

SPEAKS = """
import numpy as np
from millrace import keras
from millrace.sklearn import Classifier

x = np.ones((40, 3), "f4")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="caf\\u00e9")])
model.compile("sgd", "mse")
model.fit(x, x[:, 0], epochs=2, callbacks=[keras.callbacks.EarlyStopping("loss", patience=0, min_delta=99, verbose=1)])
model.evaluate(x, x[:, 0])
model.summary()
Classifier([2], epochs=2, validation=0, verbose=1).fit(x, np.arange(40) % 2)
"""


class Closed(io.StringIO):
    """A pipe that nobody reads."""

    def write(self, text):
        raise BrokenPipeError(32, "Broken pipe")


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("stream", [None, closed(), Closed()], ids=["none", "closed", "pipe"])
def test_nothing_is_printed_where_nobody_listens(stream, monkeypatch):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    monkeypatch.setattr(sys, "stdout", stream)
    for verbose in (1, 2):
        assert len(model.fit(X, Y, epochs=3, verbose=verbose).history["loss"]) == 3
        model.evaluate(X, Y, verbose=verbose)
        model.predict(X, verbose=verbose)
    model.summary()
    Classifier([2], epochs=2, verbose=1).fit(X, Y)
    MLPClassifier([2], max_iter=3, verbose=True).fit(X, Y)


def spoken(**options):
    return subprocess.run([sys.executable, "-c", SPEAKS], capture_output=True, timeout=120, check=True, **options).stdout


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_other_encodings_get_a_bar_of_equals_signs(encoding):
    text = spoken(env={**os.environ, "PYTHONIOENCODING": encoding}).decode(encoding)
    assert "2/2 ==================== 0s" in text and "+----" in text
    assert ("caf\\xe9" if encoding == "ascii" else "café") in text


def test_utf_8_has_the_signs_of_keras():
    text = spoken(env={**os.environ, "PYTHONIOENCODING": "utf-8"}).decode()
    assert "━━━━━━━━━━━━━━━━━━━━" in text and "│ café (Dense) │" in text


def test_a_program_whose_reader_has_left_trains_to_its_end():
    code = SPEAKS + "import os, sys; os.write(2, b'done'); os._exit(0)"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, timeout=120)
    os.close(writing)
    assert done.returncode == 0 and done.stderr.endswith(b"done"), done.stderr


def test_a_stream_need_not_have_flush():
    class Kept(list):
        write = list.append

    kept = Kept()
    say("x", stream=kept)
    assert kept == ["x\n"]


def test_other_errors_of_a_stream_are_the_users():
    class Mine:
        def write(self, text):
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        say("x", stream=Mine())

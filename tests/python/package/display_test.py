# SPDX-License-Identifier: Apache-2.0
"""What notebooks and terminals show: pictures of models, histories and confusion matrices, and lines of progress."""

import html.parser
import io
import sys

import numpy as np
import pytest
from running import printed

import millrace
from millrace import keras

X = np.random.default_rng(1).normal(size=(60, 4)).astype("f4")
Y = (X[:, 0] > 0).astype("f4")


class Structure(html.parser.HTMLParser):
    """The open tags, the text and all tags of a document; fails where tags do not match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.tags = [], "", []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + " "


def trained(**options):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="tanh", name="<b>hidden"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, model.fit(X, Y, **{"epochs": 3, "verbose": 0, "validation_split": 0.2, **options})


def test_a_model_is_a_table():
    shown = Structure(trained()[0]._repr_html_())
    assert shown.tags.count("tr") == 3 and "<b>hidden (Dense)" in shown.text and "Total params: 19" in shown.text and "b" not in shown.tags
    assert "not built" in Structure(keras.Sequential([keras.layers.Dense(1)])._repr_html_()).text


def test_a_history_is_drawn():
    shown = Structure(trained()[1]._repr_html_())
    assert shown.tags.count("svg") == 2 and shown.tags.count("polyline") == 4 and "val_accuracy" in shown.text
    assert "no epochs" in Structure(keras.callbacks.History()._repr_html_()).text


def test_a_curve_with_gaps_is_drawn():
    history = keras.callbacks.History()
    history.epoch, history.history = [0, 1, 2], {"loss": [1.0, float("nan"), 0.5], "other": [float("inf")] * 3}
    assert Structure(history._repr_html_()).tags.count("polyline") == 1


def test_a_confusion_matrix_counts_rows():
    model, _ = trained()
    matrix = model.confusion(X, Y, classes=["no", "<yes>"])
    wanted = np.zeros((2, 2))
    np.add.at(wanted, (Y.astype(int), (model.predict(X, verbose=0)[:, 0] > 0.5).astype(int)), 1)
    assert (np.asarray(matrix) == wanted).all() and matrix[0, 0] == wanted[0, 0]
    assert "<yes>" in Structure(matrix._repr_html_()).text and repr(matrix).splitlines()[1].split()[0] == "no"
    assert repr(model.confusion(X, Y, classes=np.array(["no", "<yes>"]))) == repr(matrix)


def test_plot_needs_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(millrace.UnsupportedError, match="pip install matplotlib"):
        trained()[1].plot()


def test_a_log_has_one_line_an_epoch():
    program = ("import numpy as np, millrace.keras as k\nm = k.Sequential([k.Input((4,)), k.layers.Dense(1)])\nm.compile('sgd', 'mse')\n"
               "m.fit(np.ones((999, 4), 'f4'), np.ones(999, 'f4'), batch_size=1, epochs=2)")
    text = printed(program)
    assert len(text.splitlines()) == 4 and "\r" not in text and "\x1b" not in text, text


def test_a_notebook_has_a_moving_bar(monkeypatch):
    from millrace.keras._progress import Progress

    monkeypatch.setitem(sys.modules, "ipykernel", object())
    screen = io.StringIO()
    bar = Progress(4, 1, screen)
    bar.printed = 0
    bar.update(2, {"loss": 1.0})
    assert screen.getvalue().startswith("\r")

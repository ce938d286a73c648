# SPDX-License-Identifier: Apache-2.0
"""Keras's words: what is documented works, what is not supported says so, and a misspelt word gets the nearest one."""

import io
import inspect
import pathlib
import re
import sys

import numpy as np
import pytest

import millrace
from millrace import keras
from millrace.keras._progress import Progress

layers = keras.layers
PAGE = (pathlib.Path(__file__).resolve().parents[3] / "docs/python.md").read_text(encoding="utf-8")
LISTED = {module: re.findall(r"`(\w+)`", names) for module, names in re.findall(r"^\| `(keras[\w.]*)` \| (.*) \|$", PAGE, re.MULTILINE)}
ALIASES = {"AvgPool2D", "Convolution2D", "GlobalAvgPool2D", "GlobalMaxPool2D", "MaxPool2D", "Layer", "add", "average", "concatenate", "maximum",
           "minimum", "multiply", "subtract"}


def module(name):
    return sys.modules["millrace." + name]


@pytest.mark.parametrize("name", LISTED)
def test_every_name_of_the_page_exists(name):
    assert all(hasattr(module(name), each) for each in LISTED[name])


@pytest.mark.parametrize("name, found", [
    ("keras.layers", set(layers.__all__) - ALIASES),
    ("keras.losses", {each.__name__ for each in keras.losses._CLASSES}),
    ("keras.metrics", {each.__name__ for each in keras.metrics._CLASSES}),
    ("keras.optimizers", {each.__name__ for each in keras.optimizers._CLASSES}),
    ("keras.optimizers.schedules", set(keras.optimizers.schedules._CLASSES)),
    ("keras.initializers", {each.__name__ for each in keras.initializers._CLASSES}),
    ("keras.callbacks", set(keras.callbacks.__all__))])
def test_the_page_lists_every_name(name, found):
    assert set(LISTED[name]) == found


@pytest.mark.parametrize("name", re.findall(r"`(\w+)`", re.search(r"\| methods of a model \| (.*) \|", PAGE)[1]))
def test_a_model_has_every_method_of_the_page(name):
    assert callable(getattr(keras.Sequential, name))


@pytest.mark.parametrize("call, message", [
    (lambda: layers.Dense(3, activaton="relu"), "no argument 'activaton'.*Did you mean 'activation'"),
    (lambda: layers.Dense(), "missing a required argument: 'units'"),
    (lambda: layers.Dense(0), "units is 0, expected a whole number above 0"),
    (lambda: layers.Dense(3, activation="rellu"), "no 'rellu'.*Did you mean 'relu'"),
    (lambda: layers.Dense(3, activation=lambda x: x), "functions of your own are not supported"),
    (lambda: layers.Dense(3, activity_regularizer="l2"), "activity_regularizer='l2' is not supported"),
    (lambda: layers.LSTM, "LSTM is not supported: millrace trains dense"),
    (lambda: layers.Dens, "Did you mean 'Dense'"),
    (lambda: layers.Reshape((5, 2))(keras.Input((6,))), "expected 6 elements"),
    (lambda: layers.Add()([keras.Input((2,)), keras.Input((3,))]), "expected one shape"),
    (lambda: layers.Multiply()([keras.Input((2,)), keras.Input((3,))]), r"\[Multiply\] .*expected one shape"),
    (lambda: layers.Subtract()([keras.Input((2,))] * 3), "3 tensors, expected two"),
    (lambda: layers.Conv2D(2, 9)(keras.Input((4, 4, 1))), "does not fit into an image of 4x4"),
    (lambda: layers.Dense(2)(np.zeros((2, 2))), "calling a layer with a ndarray is not supported"),
    (lambda: keras.Input((None,)), "has an open extent"),
    (lambda: keras.losses.MeanSquaredError(reduction="sum"), "reduction='sum' is not supported"),
    (lambda: keras.losses.get("mean_sqared_error"), "Did you mean 'mean_squared_error'"),
    (lambda: keras.losses.CosineSimilarity, "CosineSimilarity is not supported"),
    (lambda: keras.losses.get(lambda y, p: 0), "functions of your own are not supported"),
    (lambda: keras.optimizers.Adam(lr=0.1), "no argument 'lr', expected one of learning_rate"),
    (lambda: keras.optimizers.Adam(-1), "learning_rate is -1.0, expected 0 or more"),
    (lambda: keras.optimizers.Muon, "Muon is not supported"),
    (lambda: keras.metrics.MeanIoU, "MeanIoU is not supported"),
    (lambda: keras.callbacks.TensorBoard(histogram_freq=1), "histogram_freq=1 is not supported"),
    (lambda: keras.callbacks.TensorBoard(update_freq="day"), "update_freq is 'day'"),
    (lambda: keras.callbacks.BackupAndRestore("backup", save_freq=10), "save_freq=10 is not supported, expected 'epoch'"),
    (lambda: keras.callbacks.EarlyStopping(mode="up"), "mode is 'up', expected auto, min or max"),
    (lambda: keras.ops, "ops is not supported"),
    (lambda: keras.utils.to_categorical([3], 2), "classes from 3 to 3, expected 0 to 1"),
    (lambda: type("Mine", (layers.Layer,), {}), "classes of your own that derive from Layer are not supported"),
    (lambda: type("Mine", (keras.Model,), {}), "classes of your own .Mine."),
    (lambda: keras.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")]), "two layers have the name 'a'"),
    (lambda: keras.Sequential([5]), "got a int, expected a layer"),
])
def test_a_wrong_word_is_refused_with_the_right_one(call, message):
    with pytest.raises((millrace.UsageError, millrace.DataError, AttributeError), match=message):
        call()


def model(**options):
    made = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(2)])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return made


def compiled_without_a_loss():
    made = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    made.compile("adam")
    assert made.predict(X, verbose=0).shape == (8, 2)
    return made


X, Y = np.ones((8, 3), np.float32), np.ones((8, 2), np.float32)


@pytest.mark.parametrize("call, message", [
    (lambda: model().fit(X, Y, epoch=3), "no argument 'epoch'.*Did you mean 'epochs'"),
    (lambda: model().evaluate(X, Y, sample_weigth=Y), "Did you mean 'sample_weight'"),
    (lambda: keras.callbacks.EarlyStopping(patence=3), "Did you mean 'patience'"),
    (lambda: model().fit(X), "y is missing"),
    (lambda: model().fit(X, Y[:5]), "x has 8 rows and y 5"),
    (lambda: model().fit(X[:, :2], Y), r"has the shape \(8, 2\), expected \(rows, 3\)"),
    (lambda: model().fit(X, Y[:, :1]), "target"),
    (lambda: model().fit(X, Y, epochs=-1), "epochs is -1"),
    (lambda: model().fit(X, Y, batch_size=0), "batch_size is 0"),
    (lambda: model().fit(X, Y, verbose=5), "verbose is 5"),
    (lambda: model().fit(X, Y, validation_split=1.5), "validation_split is 1.5"),
    (lambda: model().fit(X, Y, sample_weight=np.ones(3)), "sample_weight 3"),
    (lambda: model().fit(X, Y, class_weight={5: 1.0}), "has the class 5"),
    (lambda: model().fit(X, Y, callbacks=[3]), "a callback is of type int"),
    (lambda: model().fit(X, Y, callbacks=[keras.callbacks.EarlyStopping()]), "monitor is 'val_loss', but the epoch has only loss"),
    (lambda: model().fit(iter([]), epochs=1), "gave no batches"),
    (lambda: model().fit(5), "expected arrays or an iterable"),
    (lambda: model().compile("adam", "mse", loss_weights=[2.0]), "loss_weights"),
    (lambda: compiled_without_a_loss().fit(X, Y), r"\[fit\] the model is compiled without a loss, expected compile"),
    (lambda: compiled_without_a_loss().evaluate(X, Y), r"\[evaluate\] the model is compiled without a loss"),
    (lambda: model(metrics=["mse", keras.metrics.MeanSquaredError(name="mse")]), "two metrics have one name"),
    (lambda: keras.Sequential([layers.Dense(1)]).predict(X) is keras.Sequential([layers.Dense(1)]).fit(X, Y), "not compiled"),
    (lambda: model().set_weights([X]), "1 arrays, expected 4"),
    (lambda: model().get_layer("dens"), "no layer 'dens'"),
    (lambda: model().train_step(X), "train_step is not supported"),
    (lambda: model().sumary, "Did you mean 'summary'"),
    (lambda: keras.Model(keras.Input((2,)), [layers.Dense(1)(keras.Input((2,))), 1]), "an input or output is of type int"),
    (lambda: keras.Model(keras.Input((2,)), layers.Dense(1)(keras.Input((2,)))), "is not among the model's inputs"),
])
def test_a_wrong_call_of_a_model_is_refused(call, message):
    with pytest.raises((millrace.MillraceError, TypeError, AttributeError), match=message):
        call()


@pytest.mark.parametrize("name", ["compile", "fit", "evaluate", "predict", "train_on_batch", "test_on_batch"])
def test_methods_have_the_arguments_of_keras(name):
    expected = {
        "compile": "optimizer loss loss_weights metrics weighted_metrics run_eagerly steps_per_execution jit_compile auto_scale_loss",
        "fit": "x y batch_size epochs verbose callbacks validation_split validation_data shuffle class_weight sample_weight initial_epoch "
               "steps_per_epoch validation_steps validation_batch_size validation_freq cluster slices wire",  # the last three are millrace's
        "evaluate": "x y batch_size verbose sample_weight steps callbacks return_dict",
        "predict": "x batch_size verbose steps callbacks", "train_on_batch": "x y sample_weight class_weight return_dict",
        "test_on_batch": "x y sample_weight return_dict"}[name].split()
    assert list(inspect.signature(getattr(keras.Model, name)).parameters)[1:] == expected


def test_epoch_lines_are_those_of_keras(capsys):
    made = model(metrics=["mae"])
    made.fit(X, Y, epochs=2, verbose=2, validation_data=(X, Y))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2" and len(lines) == 4
    assert re.fullmatch(r"1/1 - 0s - \d+[mu]?s/step - loss: \S+ - mae: \S+ - val_loss: \S+ - val_mae: \S+", lines[1]), lines[1]
    made.fit(X, Y, epochs=1)
    made.evaluate(X, Y)
    made.predict(X)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and all(line.startswith("1/1 ━━━━━━━━━━━━━━━━━━━━ 0s ") for line in lines[1:])
    made.fit(X, Y, verbose=0)
    assert capsys.readouterr().out == ""


def test_the_bar_moves_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    bar = Progress(10, 1, screen)
    bar.printed = 0
    bar.update(5, {"loss": 0.25})
    bar.end(10, {"loss": 0.125, "accuracy": 5e-5})
    assert screen.getvalue().count("\r") == 2 and "loss: 0.1250 - accuracy: 5.0000e-05" in screen.getvalue()


def test_a_summary_shows_layers_shapes_and_parameters(capsys):
    model().summary()
    text = capsys.readouterr().out
    assert "Dense" in text and "(None, 4)" in text and "Total params: 26 (104.00 B)" in text


def test_names_of_layers_are_those_of_keras():
    keras.backend.clear_session()
    made = keras.Sequential([layers.Dense(2), layers.Dense(2), layers.BatchNormalization(), layers.Conv2D(1, 1)])
    assert [each.name for each in made.layers] == ["dense", "dense_1", "batch_normalization", "conv2d"] and made.name == "sequential"


def test_weights_of_a_layer_are_read_and_set():
    made = model()
    kernel, bias = made.layers[0].get_weights()
    assert kernel.shape == (3, 4) and bias.shape == (4,) and [each.name for each in made.layers[0].weights] == ["kernel", "bias"]
    made.layers[0].set_weights([np.zeros((3, 4)), np.arange(4)])
    made.get_layer(index=1).set_weights([np.ones((4, 2)), np.zeros(2)])
    assert (made.predict(X, verbose=0) == 6).all() and made.count_params() == 26


def test_layers_are_added_and_removed_and_keep_their_weights():
    made = model()
    kernel = made.layers[0].get_weights()[0]
    made.add(layers.Dense(5))
    assert made.output_shape == (None, 5) and (made.layers[0].get_weights()[0] == kernel).all()
    made.pop()
    assert made.output_shape == (None, 2) and (made.layers[0].get_weights()[0] == kernel).all()


@pytest.mark.parametrize("initializer, value", [("zeros", 0), (keras.initializers.Constant(0.5), 0.5), (lambda shape, dtype: np.full(shape, 2), 2),
                                                ("ones", 1)])
def test_initializers_of_every_form(initializer, value):
    made = keras.Sequential([keras.Input((3,)), layers.Dense(4, kernel_initializer=initializer)])
    assert (made.get_weights()[0] == value).all()


def test_an_initializer_with_a_seed_draws_the_same_weights():
    def kernel(seed):
        made = keras.Sequential([keras.Input((30,)), layers.Dense(40, kernel_initializer=keras.initializers.HeNormal(seed=seed))])
        return made.get_weights()[0]

    assert (kernel(1) == kernel(1)).all() and (kernel(1) != kernel(2)).any() and abs(kernel(1).std() - (2 / 30) ** 0.5) < 0.02


def test_steps_per_epoch_goes_on_through_the_rows():
    x = np.arange(10, dtype=np.float32).reshape(-1, 1)
    made = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    made.compile(keras.optimizers.SGD(0.0), "mse")
    made.set_weights([np.zeros((1, 1)), np.zeros(1)])
    history = made.fit(x, x, epochs=3, batch_size=2, steps_per_epoch=2, shuffle=False, verbose=0)
    seen = [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 0, 1)]
    np.testing.assert_allclose(history.history["loss"], [np.mean(np.square(each)) for each in seen], rtol=1e-6)


def test_batches_come_from_any_iterable():
    class Indexed:
        def __len__(self):
            return 4

        def __getitem__(self, i):
            return X[2 * i:2 * i + 2], Y[2 * i:2 * i + 2]

    made = model()
    assert len(made.fit(Indexed(), epochs=3, verbose=0, validation_data=Indexed()).history["val_loss"]) == 3
    assert len(made.fit(iter([(X, Y)]), epochs=1, verbose=0).history["loss"]) == 1
    assert made.predict(iter([X[:2], X[2:5]]), verbose=0).shape == (5, 2)
    assert made.evaluate(Indexed(), verbose=0) == pytest.approx(made.evaluate(X, Y, verbose=0))

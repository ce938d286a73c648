# SPDX-License-Identifier: Apache-2.0
"""The real Keras: models and files there and back, and millrace.keras.fit. `make python-others` runs it."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

import millrace as tf
from millrace import convert

X = np.random.RandomState(0).randn(200, 4).astype("f4")
Y = (X.sum(1, keepdims=True) > 0).astype("f4")


def classifier():
    layers = keras.layers
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="tanh", kernel_regularizer="l2"), layers.Dropout(0.1), layers.BatchNormalization(),
                              layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def test_a_keras_model_is_trained_here():
    model = classifier()
    before = model.evaluate(X, Y, verbose=0)[0]
    history = tf.keras.fit(model, X, Y, epochs=30, verbose=0, validation_split=0.2, callbacks=[tf.keras.callbacks.EarlyStopping(patience=30)])
    assert history.history["loss"][-1] < history.history["loss"][0] and model.evaluate(X, Y, verbose=0)[0] < before
    np.testing.assert_allclose(history.model.predict(X, verbose=0), model.predict(X, verbose=0), atol=1e-6)
    with pytest.raises(tf.UnsupportedError, match="keras's own EarlyStopping"):
        tf.keras.fit(model, X, Y, callbacks=[keras.callbacks.EarlyStopping()])


def test_an_error_gives_the_weights_back():
    class Stops(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise LookupError

    model = classifier()
    before = model.get_weights()[0]
    with pytest.raises(LookupError):
        tf.keras.fit(model, X, Y, verbose=0, callbacks=[Stops()])
    assert (model.get_weights()[0] != before).any()


def test_models_go_there_and_back(tmp_path):
    model = classifier()
    ours = convert.from_keras(model)
    theirs = convert.to_keras(ours)
    for each in (ours, theirs):
        np.testing.assert_allclose(each.predict(X, verbose=0), model.predict(X, verbose=0), atol=1e-6)
    assert theirs.compiled and theirs.optimizer.learning_rate == model.optimizer.learning_rate
    ours.save(tmp_path / "ours.keras")
    ours.save_weights(tmp_path / "ours.weights.h5")
    read = keras.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(read.predict(X, verbose=0), model.predict(X, verbose=0), atol=1e-6)
    read.load_weights(tmp_path / "ours.weights.h5")


def test_images_normalization_and_branches_are_read_by_keras(tmp_path):
    layers = tf.keras.layers
    prepared = layers.Normalization()
    prepared.adapt(np.random.RandomState(1).randn(20, 2).astype("f4") + 3)
    picture = tf.keras.Input((6, 6, 2))
    hidden = layers.MaxPooling2D()(layers.PReLU(shared_axes=[1, 2])(layers.Conv2D(3, 3, padding="same", activation=layers.LeakyReLU(0.1))(prepared(picture))))
    a = layers.Dense(4, kernel_constraint=tf.keras.constraints.MaxNorm(2))(layers.Flatten()(hidden))
    model = tf.keras.Model(picture, layers.Add()([a, layers.LayerNormalization()(layers.Dense(4, activation="gelu")(a))]))
    model.compile(tf.keras.optimizers.AdamW(tf.keras.optimizers.schedules.CosineDecay(0.01, 100), clipnorm=1.0), tf.keras.losses.Huber())
    model.save(tmp_path / "model.keras")
    x = np.random.RandomState(2).randn(5, 6, 6, 2).astype("f4")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "model.keras").predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5)


def test_a_model_with_other_layers_is_refused():
    model = keras.Sequential([keras.Input((3, 2)), keras.layers.LSTM(2)])
    with pytest.raises(tf.UnsupportedError, match="LSTM"):
        convert.from_keras(model)
    with pytest.raises(tf.UsageError, match="expected a Sequential or functional model"):
        convert.from_keras(3)


@pytest.mark.parametrize("form", [list, dict])
def test_a_model_with_several_outputs_goes_there_and_back(form, tmp_path):
    layers = keras.layers
    entry = keras.Input((4,))
    trunk = layers.Dense(6, activation="tanh")(entry)
    heads = {"price": layers.Dense(1, name="price")(trunk), "kind": layers.Dense(3, activation="softmax", name="kind")(trunk)}
    model = keras.Model(entry, heads if form is dict else list(heads.values()))
    model.compile("adam", {"price": "mse", "kind": "sparse_categorical_crossentropy"}, loss_weights={"price": 0.5, "kind": 2.0}, metrics={"kind": ["accuracy"]})
    targets = {"price": X[:, 0], "kind": np.argmax(X[:, :3], axis=1)}
    targets = targets if form is dict else list(targets.values())
    ours = convert.from_keras(model)
    expected = model.evaluate(X, targets, verbose=0, return_dict=True)
    assert sorted(expected) == sorted(ours.evaluate(X, targets, verbose=0, return_dict=True))
    for name, value in ours.evaluate(X, targets, verbose=0, return_dict=True).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, err_msg=name)
    ours.save(tmp_path / "ours.keras")
    for theirs in (convert.to_keras(ours), keras.models.load_model(tmp_path / "ours.keras")):
        found = theirs.evaluate(X, targets, verbose=0, return_dict=True)
        np.testing.assert_allclose([found[name] for name in expected], list(expected.values()), rtol=1e-5)
    history = tf.keras.fit(model, X, targets, epochs=20, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0] and model.evaluate(X, targets, verbose=0)[0] < expected["loss"]


def test_inputs_of_a_dictionary_go_there_and_back():
    a, b = keras.Input((1,)), keras.Input((3,))
    model = keras.Model({"z": a, "b": b}, keras.layers.Dense(2)(keras.layers.Concatenate()([a, b])))
    x = {"z": X[:, :1], "b": X[:, 1:]}
    ours = convert.from_keras(model)
    for each in (ours, convert.to_keras(ours)):
        np.testing.assert_allclose(each.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)


def test_weights_without_names_go_to_the_layers_of_branches(tmp_path):
    """A file of weights whose layers have other names is read by their order, which is Keras's."""
    def branches(module):
        a, b = module.Input((2,)), module.Input((2,))
        short, long = module.layers.Dense(2)(a), module.layers.Dense(2)(module.layers.Dense(2)(b))
        return module.Model([a, b], module.layers.Concatenate()([short, long]))

    for _ in range(2):  # the second time, the names differ
        model = branches(keras)
    model.save_weights(tmp_path / "model.weights.h5")
    ours = branches(tf.keras)
    ours.load_weights(tmp_path / "model.weights.h5")
    x = [X[:, :2], X[:, 2:]]
    np.testing.assert_allclose(ours.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)

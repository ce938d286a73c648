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

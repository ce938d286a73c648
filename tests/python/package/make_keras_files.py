# SPDX-License-Identifier: Apache-2.0
"""Writes keras_files/ with the real Keras: models and weights in its file formats, and what they predict (expected.npz), which
keras_files_test.py compares with. The optimizer's state and the files' times make every run's bytes differ.

Usage, in an environment with `pip install keras==3.15.1 jax==0.10.2 h5py==3.16.0`:  make_keras_files.py
"""

import os
import pathlib

os.environ["KERAS_BACKEND"], os.environ["JAX_PLATFORMS"] = "jax", "cpu"

import keras
import numpy as np
import scenarios

layers = keras.layers
folder = pathlib.Path(__file__).with_name("keras_files")
expected = {}


def write(name, model, x, **options):
    model.compile(**options)
    x = x if isinstance(x, list) else [x]
    model.fit(x, scenarios.numbers(9, len(x[0]), model.output_shape[-1]), epochs=2, verbose=0)
    model.save(folder / f"{name}.keras")
    model.save(folder / f"{name}.h5")
    model.save_weights(folder / f"{name}.weights.h5")
    expected[name] = model.predict(x, verbose=0)
    expected.update({f"{name}/{i}": each for i, each in enumerate(x)})


def main():
    folder.mkdir(exist_ok=True)
    keras.utils.set_random_seed(1)
    normalization = layers.Normalization()
    normalization.adapt(2 + 3 * scenarios.numbers(1, 40, 6))
    write("sequence", keras.Sequential([keras.Input((6,)), normalization, layers.Dense(5, activation="gelu", kernel_regularizer="l2"), layers.Dropout(0.2),
                                        layers.BatchNormalization(), layers.PReLU(), layers.Dense(4, activation=layers.LeakyReLU(0.1)),
                                        layers.Dense(3, activation="softmax")]),
          2 + 3 * scenarios.numbers(1, 40, 6), optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="mse", metrics=["mae"])
    a, b = keras.Input((2,), name="a"), keras.Input((4,), name="b")
    h = layers.Concatenate()([a, layers.Dense(3, activation="relu", name="first")(b)])
    h = layers.Add()([h, layers.LayerNormalization()(layers.Dense(5)(h))])
    write("functional", keras.Model([a, b], layers.Dense(2)(h)), [scenarios.numbers(2, 40, 2), scenarios.numbers(3, 40, 4)],
          optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), clipnorm=1.0),
          loss=keras.losses.CategoricalCrossentropy(from_logits=True), metrics=[keras.metrics.TopKCategoricalAccuracy(k=1, name="top")])
    write("image", keras.Sequential([keras.Input((6, 6, 2)), layers.Conv2D(3, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
                                     layers.Conv2D(2, (1, 2), use_bias=False), layers.GlobalAveragePooling2D(), layers.Dense(2)]),
          scenarios.numbers(4, 20, 6, 6, 2), optimizer="rmsprop", loss="huber")
    np.savez_compressed(folder / "expected.npz", **expected)
    lstm = keras.Sequential([keras.Input((3, 2)), layers.LSTM(2)])
    lstm.save(folder / "lstm.keras")


main()

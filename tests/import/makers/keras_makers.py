# SPDX-License-Identifier: Apache-2.0
"""Networks of Keras, exported by tf2onnx and by Keras itself.

Usage:  keras_makers.py [FOLDER]        needs: keras tensorflow tf2onnx onnx
"""
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy
import tensorflow
import tf2onnx
from common import FOLDER, rows, save
from keras import layers

keras.utils.set_random_seed(3)


def shaken(model):
    """Moves every weight away from its start, so that no parameter is 0 or 1."""
    random = numpy.random.default_rng(1)
    for weight in model.weights:
        value = numpy.asarray(weight)
        noise = random.uniform(0.1, 0.5, value.shape)
        weight.assign(value + noise if "variance" in weight.name else value + noise - 0.3)
    return model


def dense():
    x = keras.Input((5,))
    y = layers.Dense(7, activation="gelu")(x)
    y = layers.Dense(6, activation="silu")(y)
    y = layers.Dense(5, activation="leaky_relu")(y)
    y = layers.Dense(4, activation="elu")(y)
    y = layers.Dropout(0.2)(y)
    return keras.Model(x, layers.Dense(3, activation="softmax")(y)), rows((5,))


def convolution():
    x = keras.Input((8, 8, 2))
    y = layers.Conv2D(4, 3, activation="relu", padding="same")(x)
    y = layers.MaxPooling2D(2)(y)
    y = layers.Conv2D(3, 2, strides=2, padding="same", use_bias=False, activation="tanh")(y)
    y = layers.Flatten()(y)
    return keras.Model(x, layers.Dense(2, activation="softmax")(y)), rows((8, 8, 2))


def batch_normalization():
    x = keras.Input((8, 8, 2))
    y = layers.Conv2D(4, 3)(x)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU()(y)
    y = layers.GlobalAveragePooling2D()(y)
    y = layers.Dense(5)(y)
    y = layers.BatchNormalization()(y)
    y = layers.Activation("sigmoid")(y)
    return keras.Model(x, layers.Dense(1, activation="sigmoid")(y)), rows((8, 8, 2))


def layer_normalization():
    x = keras.Input((6,))
    y = layers.Dense(8, activation="softplus")(x)
    y = layers.LayerNormalization()(y)
    return keras.Model(x, layers.Dense(1)(y)), rows((6,))


def embedding():
    x = keras.Input((3,))
    y = layers.Embedding(7, 4)(x)
    y = layers.Flatten()(y)
    return keras.Model(x, layers.Dense(2, activation="softmax")(y)), rows((3,), categories=7)


def residual():
    x = keras.Input((6,))
    y = layers.Dense(6, activation="selu")(x)
    y = layers.Add()([x, y])
    z = layers.Dense(6, activation="mish")(y)
    z = layers.Add()([y, z])
    return keras.Model(x, layers.Dense(1)(z)), rows((6,))


def two_inputs():
    a, b = keras.Input((3,), name="numbers"), keras.Input((2,), name="others")
    y = layers.Dense(4, activation="relu")(a)
    y = layers.Concatenate()([y, b])
    return keras.Model([a, b], layers.Dense(1, activation="sigmoid")(y)), rows((3,), (2,))


def gates():
    x = keras.Input((6,))
    value, gate = layers.Dense(8, activation="tanh")(x), layers.Dense(8, activation="sigmoid")(x)
    y = layers.Maximum()([layers.Multiply()([value, gate]), layers.Minimum()([gate, value])])
    return keras.Model(x, layers.Dense(1)(layers.Subtract()([y, gate]))), rows((6,))


def sequence():
    x = keras.Input((4, 3))
    y = layers.Dense(5, activation="relu")(x)
    y = layers.Dense(4, use_bias=False)(y)
    y = layers.GlobalAveragePooling1D()(y)
    return keras.Model(x, layers.Dense(2)(y)), rows((4, 3))


def lines():
    x = keras.Input((8, 2))
    y = layers.Conv1D(4, 3, padding="same")(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.MaxPooling1D(2)(y)
    y = layers.Conv1D(6, 2, strides=2, activation="tanh")(y)
    y = layers.GlobalAveragePooling1D()(y)
    return keras.Model(x, layers.Dense(2)(y)), rows((8, 2))


for network in (dense, convolution, batch_normalization, layer_normalization, embedding, residual, two_inputs, gates, sequence, lines):
    model, inputs = network()
    outputs = shaken(model).predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    signature = [tensorflow.TensorSpec((None, *values.shape[1:]), name=f"x{i}") for i, values in enumerate(inputs)]

    @tensorflow.function(input_signature=signature)
    def call(*values):
        return model(list(values) if len(values) > 1 else values[0])
    tf2onnx.convert.from_function(call, input_signature=signature, opset=15, output_path=str(FOLDER / f"tf2onnx_{network.__name__}.onnx"))
    save(f"tf2onnx_{network.__name__}", inputs, outputs)
    model.export(str(FOLDER / f"keras_{network.__name__}.onnx"), format="onnx", verbose=False)
    save(f"keras_{network.__name__}", inputs, outputs)

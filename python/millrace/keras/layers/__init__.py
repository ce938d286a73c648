# SPDX-License-Identifier: Apache-2.0
"""Layers, with Keras's names, options and defaults."""

from typing import TYPE_CHECKING

from millrace.keras._operation import unknown_name
from millrace.keras.layers._activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from millrace.keras.layers._categories import CategoryEncoding, Discretization, Hashing, IntegerLookup, StringLookup
from millrace.keras.layers._columns import Columns
from millrace.keras.layers._core import (Add, Average, Concatenate, Dense, Dropout, Embedding, Flatten, Maximum, Minimum, Multiply, Reshape,
                                         Subtract, add, average, concatenate, maximum, minimum, multiply, subtract)
from millrace.keras.layers._image import (AveragePooling2D, AvgPool2D, Conv2D, Convolution2D, GlobalAveragePooling2D, GlobalAvgPool2D,
                                          GlobalMaxPool2D, GlobalMaxPooling2D, MaxPool2D, MaxPooling2D)
from millrace.keras.layers._layer import Input, InputLayer, Layer
from millrace.keras.layers._normalization import BatchNormalization, LayerNormalization, RMSNormalization
from millrace.keras.layers._preprocessing import Normalization

__all__ = ["Activation", "Add", "Average", "AveragePooling2D", "AvgPool2D", "BatchNormalization", "CategoryEncoding", "Columns", "Concatenate", "Conv2D", "Convolution2D", "Dense",
           "Discretization", "Dropout", "ELU", "Embedding", "Flatten", "GlobalAveragePooling2D", "GlobalAvgPool2D", "GlobalMaxPool2D", "GlobalMaxPooling2D",
           "Hashing", "Input", "InputLayer", "IntegerLookup", "Layer", "LayerNormalization", "LeakyReLU", "MaxPool2D", "MaxPooling2D", "Maximum",
           "Minimum", "Multiply", "Normalization", "PReLU", "RMSNormalization", "ReLU",
           "Reshape", "Softmax", "StringLookup", "Subtract", "add", "average", "concatenate", "maximum", "minimum", "multiply", "subtract"]



if not TYPE_CHECKING:  # a checker would take every name for known

    def __getattr__(name):
        raise unknown_name("layers", name, __all__)

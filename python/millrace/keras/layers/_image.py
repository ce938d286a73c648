# SPDX-License-Identifier: Apache-2.0
"""Layers on images: (rows, height, width, channels)."""

import numpy as np

from millrace.errors import UsageError
from millrace.keras import activations
from millrace.keras._operation import REQUIRED
from millrace.keras.layers._core import Weighted
from millrace.keras.layers._layer import Layer


def pair(who, what, value):
    """An extent of two dimensions: 3, or (3, 5)."""
    values = (value, value) if isinstance(value, (int, np.integer)) else tuple(value)
    if len(values) != 2 or any(isinstance(each, bool) or not isinstance(each, (int, np.integer)) or each < 1 for each in values):
        raise UsageError(f"[{who}] {what} is {value!r}, expected a whole number above 0, or two")
    return tuple(int(each) for each in values)


def extent_text(values):
    return "x".join(map(str, values))


def windows(size, window, stride, padding):
    """How many windows fit along an axis."""
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


class _Image(Layer):
    def grid(self, shapes, window, strides, padding):
        who = type(self).__name__
        if len(shapes[0]) != 3:
            raise UsageError(f"[{who}] the input has the shape {(None, *shapes[0])}, expected (rows, height, width, channels)"
                             + (": x[..., None] adds the channel of grey images" if len(shapes[0]) == 2 else ""))
        if padding not in ("valid", "same"):
            raise UsageError(f"[{who}] padding is {padding!r}, expected valid or same")
        sizes = [windows(size, w, s, padding) for size, w, s in zip(shapes[0], window, strides)]
        if min(sizes) < 1:
            raise UsageError(f"[{who}] a window of {extent_text(window)} does not fit into an image of {extent_text(shapes[0][:2])}")
        return sizes


class Conv2D(Weighted, _Image):
    """Images through filters; the kernel is (height, width, channels / groups, filters)."""

    op = "conv2d"
    arguments = {"filters": REQUIRED, "kernel_size": REQUIRED, "strides": (1, 1), "padding": "valid", "data_format": None,
                 "dilation_rate": (1, 1), "groups": 1, "activation": None, "use_bias": True, "kernel_initializer": "glorot_uniform",
                 "bias_initializer": "zeros", "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
                 "kernel_constraint": None, "bias_constraint": None}
    refused = {"data_format": (None, "channels_last"), "activity_regularizer": (None,)}
    hints = {"data_format": "move the channels to the last axis"}
    constrained = (0, 1, 2)

    def _prepare(self, kernel_size, strides, dilation_rate, activation, **config):
        self.kernel_size, self.strides = pair("Conv2D", "kernel_size", kernel_size), pair("Conv2D", "strides", strides)
        self.dilation_rate = pair("Conv2D", "dilation_rate", dilation_rate)
        self.activation = activations.get(activation)
        super()._prepare(**config)

    def record(self):
        return {"op": self.op, "filters": int(self.filters), "kernel_size": extent_text(self.kernel_size), "strides": extent_text(self.strides),
                "padding": self.padding, "dilation_rate": extent_text(self.dilation_rate), "groups": int(self.groups),
                "activation": self.activation.text, "use_bias": bool(self.use_bias), **self.weight_options()}

    def shape_of(self, shapes):
        spans = [(size - 1) * dilation + 1 for size, dilation in zip(self.kernel_size, self.dilation_rate)]
        return (*self.grid(shapes, spans, self.strides, self.padding), self.filters)


class _Pooling(_Image):
    arguments = {"pool_size": (2, 2), "strides": None, "padding": "valid", "data_format": None}
    refused = {"data_format": (None, "channels_last")}

    def _prepare(self, pool_size, strides, **_):
        who = type(self).__name__
        self.pool_size = pair(who, "pool_size", pool_size)
        self.strides = pair(who, "strides", strides) if strides is not None else self.pool_size

    def record(self):
        return {"op": self.op, "pool_size": extent_text(self.pool_size), "strides": extent_text(self.strides), "padding": self.padding}

    def shape_of(self, shapes):
        return (*self.grid(shapes, self.pool_size, self.strides, self.padding), shapes[0][2])


class MaxPooling2D(_Pooling):
    """The largest of every window, by channel."""

    op = "max_pooling2d"


class AveragePooling2D(_Pooling):
    """The mean of every window, by channel."""

    op = "average_pooling2d"


class _GlobalPooling(_Image):
    arguments = {"data_format": None, "keepdims": False}
    refused = {"data_format": (None, "channels_last"), "keepdims": (False,)}

    def record(self):
        return {"op": self.op}

    def shape_of(self, shapes):
        self.grid(shapes, (1, 1), (1, 1), "valid")
        return (shapes[0][2],)


class GlobalMaxPooling2D(_GlobalPooling):
    """The largest of each channel."""

    op = "global_max_pooling2d"


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel."""

    op = "global_average_pooling2d"


MaxPool2D, AvgPool2D, GlobalMaxPool2D, GlobalAvgPool2D = MaxPooling2D, AveragePooling2D, GlobalMaxPooling2D, GlobalAveragePooling2D
Convolution2D = Conv2D

__all__ = ["AveragePooling2D", "AvgPool2D", "Conv2D", "Convolution2D", "GlobalAveragePooling2D", "GlobalAvgPool2D", "GlobalMaxPool2D",
           "GlobalMaxPooling2D", "MaxPool2D", "MaxPooling2D"]

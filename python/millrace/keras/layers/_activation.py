# SPDX-License-Identifier: Apache-2.0
"""Activations as layers."""

import numpy as np

from millrace.errors import UnsupportedError
from millrace.keras import activations, initializers
from millrace.keras._operation import REQUIRED
from millrace.keras.layers._layer import Layer


class Activation(Layer):
    """activation(x), for each element; softmax for each row."""

    op = "activation"
    arguments = {"activation": REQUIRED}

    def _prepare(self, **_):
        self.activation_function()

    def activation_function(self):
        return activations.get(self._config["activation"])

    def record(self):
        return {"op": self.op, "activation": self.activation_function().text}


class ReLU(Activation):
    """max(x, 0); with negative_slope, that times x below zero; with max_value=6, at most 6."""

    arguments = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}
    refused = {"max_value": (None, 6.0, 6), "threshold": (0.0, 0)}
    hints = {"max_value": "pass 6.0, or leave it out"}

    def activation_function(self):
        if self.max_value is not None and self.negative_slope:
            raise UnsupportedError(f"[ReLU] max_value={self.max_value} with negative_slope={self.negative_slope} is not supported: leave one out")
        if self.max_value is not None:
            return activations.relu6
        return activations.leaky_relu.with_options(negative_slope=float(self.negative_slope)) if self.negative_slope else activations.relu


class LeakyReLU(Activation):
    """x above zero, negative_slope x below."""

    arguments = {"negative_slope": 0.3}

    def __init__(self, *args, alpha=None, **kwargs):
        if alpha is not None:  # of older versions; Keras 3 takes it, too
            kwargs["negative_slope"] = alpha
        super().__init__(*args, **kwargs)

    def activation_function(self):
        return activations.leaky_relu.with_options(negative_slope=float(self.negative_slope))


class ELU(Activation):
    """x above zero, alpha (exp(x) - 1) below."""

    arguments = {"alpha": 1.0}

    def activation_function(self):
        return activations.elu.with_options(alpha=float(self.alpha))


class Softmax(Activation):
    """exp(x) over its sum in the row."""

    arguments = {"axis": -1}

    def activation_function(self):
        return activations.softmax

    def shape_of(self, shapes):
        if self.axis not in (-1, len(shapes[0])):
            raise UnsupportedError(f"[Softmax] axis={self.axis} is not supported, expected -1: the last axis")
        return shapes[0]


class PReLU(Layer):
    """x above zero, a trained alpha times x below; one alpha an element, or one along shared_axes, counted from 1."""

    op = "prelu"
    has_weights = True
    arguments = {"alpha_initializer": "zeros", "alpha_regularizer": None, "alpha_constraint": None, "shared_axes": None}
    refused = {"alpha_regularizer": (None,), "alpha_constraint": (None,)}

    def _prepare(self, alpha_initializer, shared_axes, **_):
        self._initializer = initializers.get(alpha_initializer)
        self._axes = [int(each) for each in np.atleast_1d(shared_axes)] if shared_axes is not None else []

    def record(self):
        return {"op": self.op, "alpha_initializer": self._initializer.in_engine() or "zeros", "shared_axes": "x".join(map(str, self._axes))}

    def initializers(self):
        return {"alpha": self._initializer} if self._initializer.in_engine() is None else {}


__all__ = ["Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"]

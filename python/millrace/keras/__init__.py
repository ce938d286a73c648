# SPDX-License-Identifier: Apache-2.0
"""Keras's words for millrace: the part of Keras 3 that trains dense, convolutional and embedding networks.

Names, arguments, defaults, printed lines and the keys of History are Keras's. Whatever is not supported raises an error
that says what to use instead. docs/python.md has the list.
"""

from millrace.keras import (activations, callbacks, constraints, initializers, layers, losses, metrics, models, optimizers, regularizers,
                            saving, utils)
from millrace.keras._operation import forget_names, unknown_name
from millrace.keras.layers import Input, InputLayer, Layer
from millrace.keras.layers._layer import KerasTensor, Variable
from millrace.keras.losses import Loss
from millrace.keras.metrics import Metric
from millrace.keras.models import Model, Sequential
from millrace.keras.optimizers import Optimizer

__all__ = ["Input", "InputLayer", "KerasTensor", "Layer", "Loss", "Metric", "Model", "Optimizer", "Sequential", "Variable", "activations",
           "backend", "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "models", "optimizers", "regularizers", "saving",
           "utils"]


class backend:
    """The part of Keras's backend that has a meaning here."""

    @staticmethod
    def clear_session():
        """Names of layers begin anew: dense, dense_1, ..."""
        forget_names()


_UNSUPPORTED = ("applications", "config", "datasets", "device", "distillation", "distribution", "DTypePolicy", "dtype_policies", "export",
                "FloatDTypePolicy", "Function", "InputSpec", "KerasTensor", "legacy", "mixed_precision", "name_scope", "ops", "Operation",
                "preprocessing", "Quantizer", "quantizers", "random", "RematScope", "remat", "StatelessScope", "SymbolicScope", "tree",
                "visualization", "wrappers")


def __getattr__(name):
    raise unknown_name("keras", name, __all__, _UNSUPPORTED)

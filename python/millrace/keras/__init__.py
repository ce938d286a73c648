# SPDX-License-Identifier: Apache-2.0
"""Keras's words for millrace: the part of Keras 3 that trains dense, convolutional and embedding networks.

Names, arguments, defaults, printed lines and the keys of History are Keras's. Whatever is not supported raises an error
that says what to use instead. docs/python.md has the list.
"""

from typing import TYPE_CHECKING

from millrace import _core, _imports
from millrace.keras import (activations, backend, callbacks, constraints, initializers, layers, losses, metrics, mixed_precision, models, optimizers,
                            regularizers, saving, utils)
from millrace.keras._operation import unknown_name
from millrace.keras.initializers import Initializer
from millrace.keras.layers import Input, InputLayer, Layer
from millrace.keras._weights import Variable
from millrace.keras.mixed_precision import DTypePolicy
from millrace.keras.layers._layer import KerasTensor
from millrace.keras.losses import Loss
from millrace.keras.metrics import Metric
from millrace.keras.models import Model, Sequential
from millrace.keras.optimizers import Optimizer

__version__ = _core.version()  # of millrace; names and numbers are those of Keras 3
__all__ = ["DTypePolicy", "Initializer", "Input", "InputLayer", "KerasTensor", "Layer", "Loss", "Metric", "Model", "Optimizer", "Sequential", "Variable", "activations",
           "backend", "callbacks", "constraints", "fit", "initializers", "layers", "losses", "metrics", "mixed_precision", "models", "optimizers", "regularizers", "saving",
           "utils"]


def fit(model, x=None, y=None, **arguments):
    """Trains a model of the real Keras (version 3) here and gives it the new weights. Returns the History.

        keras_model.compile(optimizer="adam", loss="mse")
        millrace.keras.fit(keras_model, x, y, epochs=100)

    The arguments are those of Model.fit(). A model of this package is trained as by its fit().
    """
    if isinstance(model, Model):
        return model.fit(x, y, **arguments)
    from millrace.convert import fit_keras

    return fit_keras(model, x, y, **arguments)


_imports.explain_imports(activations, backend, constraints, initializers, losses, metrics, mixed_precision, models, regularizers, saving, utils, optimizers.schedules)

if not TYPE_CHECKING:  # a checker would take every name for known

    def __getattr__(name):
        raise unknown_name("keras", name, __all__)

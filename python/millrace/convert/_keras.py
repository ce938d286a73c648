# SPDX-License-Identifier: Apache-2.0
"""Models of the real Keras (version 3) to models of millrace.keras and back, by their configurations and weights."""

import json

from millrace.errors import UnsupportedError, UsageError
from millrace.keras import _config


def from_keras(model, compiled=True):
    """A millrace.keras model with the layers, weights and compile() options of a Keras model.

    Raises UnsupportedError for layers, losses and metrics that millrace does not have; with compiled=False losses and metrics do
    not matter, and the result is not compiled.
    """
    if not hasattr(model, "to_json") or not hasattr(model, "layers"):
        raise UsageError(f"[from_keras] a {type(model).__module__}.{type(model).__name__}, expected a Sequential or functional model of Keras")
    if not model.built:
        raise UsageError(f"[from_keras] '{model.name}' is not built: give it an Input, or call it once")
    config = json.loads(model.to_json())
    config["compile_config"] = json.loads(json.dumps(model.get_compile_config() or {}, default=str)) if compiled and getattr(model, "compiled", False) else {}
    made = _config.model_from_config(config, compiled)
    copy_weights(model, made)
    return made


def to_keras(model):
    """The same model in Keras, which must be installed. Compiled if `model` is."""
    model.refuse_preparation("to_keras", "a model of Keras", "model.save('model.onnx')")
    import keras

    config = _config.model_config(model)
    options = config.pop("compile_config")
    made = keras.models.model_from_json(json.dumps(config))
    if model.built:
        copy_weights(model, made)
    if options:
        made.compile_from_config(options)
    return made


def copy_weights(source, target):
    """Sets the weights of `target`, layer by layer, from those of `source`: models of either package with equal layers."""
    theirs = {layer.name: layer for layer in target.layers}
    for layer in source.layers:
        values = layer.get_weights()
        if not values or type(layer).__name__ == "Dropout":  # Keras's Dropout has the state of its random numbers
            continue
        if layer.name not in theirs:
            raise UsageError(f"[copy_weights] the target has no layer '{layer.name}'")
        theirs[layer.name].set_weights(values)


def fit_keras(model, x=None, y=None, *, callbacks=None, **arguments):
    """Trains a compiled model of the real Keras with millrace, and gives the model its new weights. Returns the History.

    The arguments are those of fit(). Callbacks are those of millrace.keras and see its model. The weights are also given back
    after an error or Ctrl-C. Keras's optimizer keeps its state from before.
    """
    if not getattr(model, "compiled", False):
        raise UsageError("[fit] the model is not compiled, expected compile(optimizer=..., loss=...) before")
    for each in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks] if callbacks is not None else []:
        if type(each).__module__.startswith("keras."):
            raise UnsupportedError(f"[fit] a callback is keras's own {type(each).__name__}, expected millrace.keras.callbacks.{type(each).__name__}")
    if not model.built and x is not None:
        import numpy as np

        model.build((None, *np.shape(x)[1:]))
    ours = from_keras(model)
    before = ours.get_weights()
    try:
        return ours.fit(x, y, callbacks=callbacks, **arguments)
    finally:
        if any((new != old).any() for new, old in zip(ours.get_weights(), before)):
            copy_weights(ours, model)

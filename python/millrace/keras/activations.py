# SPDX-License-Identifier: Apache-2.0
"""Activations by name or as functions: Dense(5, activation="relu") or activation=activations.relu.

A function that is called with a symbolic tensor makes an Activation layer; with an array it computes.
"""

from millrace import _core
from millrace._arrays import numbers
from millrace._words import nearest
from millrace.errors import UnsupportedError, UsageError
from millrace.keras._operation import of_keras, text_of, unknown_name
from millrace.keras._weights import values


class ActivationFunction:
    """One of Keras's activations."""

    def __init__(self, name, op=None, **options):
        self.__name__ = self.name = name
        self.text = text_of(op or name, options)

    def __call__(self, x, **options):
        from millrace.keras.layers import Activation
        from millrace.keras.layers._layer import KerasTensor

        function = self.with_options(**options)
        return Activation(function)(x) if isinstance(x, KerasTensor) else function.of_array(x)

    def of_array(self, x):
        """The values for an array, whose last axis softmax goes along."""
        array = numbers(x, self.name, "x")
        rows = array.reshape(-1, array.shape[-1] if array.ndim else 1)
        model = _core.Model([{"op": "activation", "activation": self.text}])
        model.build(rows.shape[1])
        return values(model.predict(rows).reshape(array.shape))

    def with_options(self, **options):
        if not options:
            return self
        allowed = _OPTIONS.get(self.name, {})
        unknown = [name for name in options if name not in allowed]
        if unknown:
            raise UnsupportedError(f"[{self.name}] {unknown[0]} is not supported, expected {', '.join(allowed) or 'no options'}")
        return ActivationFunction(self.name, self.text.split(":")[0], **{allowed[name]: value for name, value in options.items()})

    def __repr__(self):
        return f"<activation {self.text}>"

    def __eq__(self, other):
        return isinstance(other, ActivationFunction) and self.text == other.text

    def __hash__(self):
        return hash(self.text)


_OPTIONS = {"leaky_relu": {"negative_slope": "alpha"}, "elu": {"alpha": "alpha"}, "gelu": {"approximate": "approximate"}}
_NAMES = ("linear", "relu", "leaky_relu", "elu", "selu", "softplus", "exponential", "sigmoid", "tanh", "softsign", "hard_sigmoid", "hard_tanh", "gelu",
          "silu", "mish", "relu6", "softmax", "log_softmax")
_ALL = {name: ActivationFunction(name) for name in _NAMES}
_ALL |= {"swish": _ALL["silu"], "hard_silu": ActivationFunction("hard_silu", "hard_swish"), "hard_swish": ActivationFunction("hard_swish")}
globals().update(_ALL)
__all__ = ["get", *sorted(_ALL)]


def get(identifier):
    """An activation from its name, None (linear), a function of this module, or a layer such as LeakyReLU(0.1)."""
    if identifier is None:
        return _ALL["linear"]
    if isinstance(identifier, ActivationFunction):
        return identifier
    if hasattr(identifier, "activation_function"):
        return identifier.activation_function()
    if isinstance(identifier, str):
        if identifier in _ALL:
            return _ALL[identifier]
        if of_keras("activations", identifier):
            raise UnsupportedError(f"[activation] '{identifier}' is not supported, expected one of {', '.join(sorted(_ALL))}")
        raise UsageError(f"[activation] no '{identifier}', expected one of {', '.join(sorted(_ALL))}.{nearest(identifier, _ALL)}")
    raise UnsupportedError(f"[activation] functions of your own are not supported ({identifier!r}), expected a name or one of "
                           "millrace.keras.activations")


def __getattr__(name):
    raise unknown_name("activations", name, _ALL)

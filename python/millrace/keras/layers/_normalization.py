# SPDX-License-Identifier: Apache-2.0
"""Normalization over the batch, or over each row."""

from millrace.errors import UnsupportedError
from millrace.keras import initializers
from millrace.keras.layers._layer import Layer


class _Normalization(Layer):
    has_weights = True
    engine_options: tuple = ()
    parts = {"gamma": "ones", "beta": "zeros"}

    def _prepare(self, **config):
        self._drawn = {}
        for part, default in self.parts.items():
            initializer = initializers.get(config.get(f"{part}_initializer", default))
            if initializer.in_engine() != default:
                self._drawn[part] = initializer

    def record(self):
        return {"op": self.op, **{name: self._config[name] for name in self.engine_options}}

    def initializers(self):
        absent = {"gamma": not self._config.get("scale", True), "beta": not self._config.get("center", True)}
        return {part: each for part, each in self._drawn.items() if not absent.get(part, False)}

    def shape_of(self, shapes):
        axis = self._config.get("axis", -1)
        axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
        if axis not in (-1, len(shapes[0])):
            raise UnsupportedError(f"[{type(self).__name__}] axis={axis} is not supported, expected -1: the last axis")
        return shapes[0]


class BatchNormalization(_Normalization):
    """Each column to mean 0 and variance 1 over the batch; with moving averages outside training."""

    op = "batch_normalization"
    engine_options = ("momentum", "epsilon", "center", "scale")
    states = ("moving_mean", "moving_variance")
    parts = {"gamma": "ones", "beta": "zeros", "moving_mean": "zeros", "moving_variance": "ones"}
    arguments = {"axis": -1, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True, "beta_initializer": "zeros",
                 "gamma_initializer": "ones", "moving_mean_initializer": "zeros", "moving_variance_initializer": "ones"}
    refused = {"beta_regularizer": (None,), "gamma_regularizer": (None,), "beta_constraint": (None,), "gamma_constraint": (None,),
               "synchronized": (False,), "renorm": (False,), "renorm_clipping": (None,), "renorm_momentum": (0.99,)}


class LayerNormalization(_Normalization):
    """Each row to mean 0 and variance 1."""

    op = "layer_normalization"
    engine_options = ("epsilon", "center", "scale")
    arguments = {"axis": -1, "epsilon": 0.001, "center": True, "scale": True, "beta_initializer": "zeros", "gamma_initializer": "ones"}
    refused = {"rms_scaling": (False,), "beta_regularizer": (None,), "gamma_regularizer": (None,), "beta_constraint": (None,),
               "gamma_constraint": (None,)}
    hints = {"rms_scaling": "use RMSNormalization"}


class RMSNormalization(_Normalization):
    """Each row to mean square 1."""

    op = "rms_normalization"
    engine_options = ("epsilon",)
    parts = {}
    arguments = {"axis": -1, "epsilon": 1e-6}


__all__ = ["BatchNormalization", "LayerNormalization", "RMSNormalization"]

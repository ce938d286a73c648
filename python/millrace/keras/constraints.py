# SPDX-License-Identifier: Apache-2.0
"""Limits of weights after each step. The engine computes MaxNorm of the weights of units; Python computes the others between two steps."""

import numpy as np

from millrace.errors import UnsupportedError, UsageError
from millrace.keras._operation import Operation, find, is_own, unknown_name

_EPSILON = 1e-7  # Keras's: a unit whose weights are all 0 stays as it is


class Constraint(Operation):
    """Classes of your own have a method __call__(w), which gets the values of a weight after each step and returns those to go on with."""

    instead = None

    def norm_limit(self, axes):
        """The norm that the engine limits the weights of a unit to, for a kernel whose axes except the last are `axes`; None: Python limits them."""
        return None

    def limited(self, values):
        """The values to go on with, of the same shape. Raises UsageError for others."""
        found = np.asarray(self(values), np.float32)
        if found.shape != values.shape:
            raise UsageError(f"[{type(self).__name__}] the constraint returned the shape {found.shape}, expected {values.shape}")
        return found

    def __call__(self, w):
        raise UnsupportedError(f"[{type(self).__name__}] the constraint has no values, expected a method __call__(w) that returns them")


class MaxNorm(Constraint):
    """Scales the weights of each unit down to the norm max_value, if theirs is larger. axis: of the norm."""

    arguments = {"max_value": 2, "axis": 0}

    def norm_limit(self, axes):
        axis = tuple(self.axis) if isinstance(self.axis, (list, tuple)) else (self.axis,)
        return float(self.max_value) if axis == axes and not is_own(type(self)) else None

    def __call__(self, w):
        norms = _norms(w, self.axis)
        return w * (np.clip(norms, 0, self.max_value) / (_EPSILON + norms))


class MinMaxNorm(Constraint):
    """Moves the norm of the weights of each unit by the share `rate` of its way to between min_value and max_value. axis: of the norm."""

    arguments = {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0}

    def __call__(self, w):
        norms = _norms(w, self.axis)
        wanted = self.rate * np.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (wanted / (_EPSILON + norms))


class NonNeg(Constraint):
    """Sets negative weights to 0."""

    def __call__(self, w):
        return np.maximum(w, 0)


class UnitNorm(Constraint):
    """Scales the weights of each unit to the norm 1. axis: of the norm."""

    arguments = {"axis": 0}

    def __call__(self, w):
        return w / (_EPSILON + _norms(w, self.axis))


def _norms(values, axis):
    return np.sqrt(np.sum(np.square(values), axis=tuple(axis) if isinstance(axis, (list, tuple)) else axis, keepdims=True))


_CLASSES = (MaxNorm, MinMaxNorm, NonNeg, UnitNorm)
max_norm, min_max_norm, non_neg, unit_norm = _CLASSES
_BY_NAME = {"max_norm": MaxNorm, "maxnorm": MaxNorm, "min_max_norm": MinMaxNorm, "minmaxnorm": MinMaxNorm, "non_neg": NonNeg, "nonneg": NonNeg,
            "unit_norm": UnitNorm, "unitnorm": UnitNorm}


def get(identifier):
    return None if identifier is None else find("constraint", identifier, _BY_NAME, Constraint)


def __getattr__(name):
    raise unknown_name("constraints", name, [each.__name__ for each in _CLASSES])

# SPDX-License-Identifier: Apache-2.0
"""Limits of weights after each step."""

from millrace.errors import UnsupportedError
from millrace.keras._operation import Operation, find, unknown_name


class Constraint(Operation):
    instead = "expected MaxNorm of millrace.keras.constraints; a callback may call layer.set_weights() in on_train_batch_end()"


class MaxNorm(Constraint):
    """Scales the weights of each unit down to the norm max_value, if theirs is larger."""

    arguments = {"max_value": 2, "axis": 0}

    def limit_for(self, who, axes):
        """The limit, for a kernel whose axes except the last are `axes`."""
        axis = tuple(self.axis) if isinstance(self.axis, (list, tuple)) else (self.axis,)
        if axis != axes:
            raise UnsupportedError(f"[{who}] MaxNorm with axis={self.axis} is not supported, expected axis={list(axes) if len(axes) > 1 else axes[0]}: "
                                   "the norm of all weights of a unit")
        return float(self.max_value)


max_norm = MaxNorm
_BY_NAME = {"max_norm": MaxNorm, "maxnorm": MaxNorm}


def get(identifier):
    return None if identifier is None else find("constraint", identifier, _BY_NAME, Constraint)


def __getattr__(name):
    raise unknown_name("constraints", name, ("MaxNorm",))

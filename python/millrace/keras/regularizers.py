# SPDX-License-Identifier: Apache-2.0
"""Penalties: l1 sum |w| + l2 sum w^2, added to the loss."""

from millrace.errors import UsageError
from millrace.keras._operation import Operation, find, unknown_name


class Regularizer(Operation):
    instead = "expected L1, L2 or L1L2 of millrace.keras.regularizers"

    @property
    def penalty(self):
        """(l1, l2)"""
        return float(self._config.get("l1", 0.0)), float(self._config.get("l2", 0.0))

    def _prepare(self, **config):
        for name, value in config.items():
            if not (isinstance(value, (int, float)) and value >= 0):
                raise UsageError(f"[{type(self).__name__}] {name} is {value!r}, expected a number of 0 or more")


class L1(Regularizer):
    arguments = {"l1": 0.01}


class L2(Regularizer):
    arguments = {"l2": 0.01}


class L1L2(Regularizer):
    arguments = {"l1": 0.0, "l2": 0.0}


def l1_l2(l1=0.01, l2=0.01):
    return L1L2(l1, l2)


l1, l2 = L1, L2
_BY_NAME = {"l1": L1, "l2": L2, "l1_l2": l1_l2, "l1l2": L1L2}


def get(identifier):
    return None if identifier is None else find("regularizer", identifier, _BY_NAME, Regularizer)


def __getattr__(name):
    raise unknown_name("regularizers", name, ("L1", "L2", "L1L2"))

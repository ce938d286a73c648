# SPDX-License-Identifier: Apache-2.0
"""Values of the logs that callbacks compare from epoch to epoch."""

import math

import numpy as np

from millrace.errors import UsageError
from millrace._words import nearest
from millrace.keras.callbacks._callback import Callback


class Monitor:
    """Whether a value of the logs is better than the best so far. Epochs without a validation have no values of one."""

    def __init__(self, who, monitor, mode, min_delta=0.0):
        if mode not in ("auto", "min", "max"):
            raise UsageError(f"[{who}] mode is {mode!r}, expected auto, min or max")
        self.who, self.monitor, self.mode, self.min_delta = who, monitor, mode, abs(min_delta)
        self.larger = mode == "max"
        self.best = None

    def begin(self, model):
        self._validates = model._validates
        self._knows_direction = True
        if self.mode == "auto":
            name = self.monitor.removeprefix("val_")
            known = {"loss": False, **{each.name: each.larger_is_better for each in model.reported}}
            self._knows_direction, self.larger = name in known, known.get(name, False)
        self.best = -math.inf if self.larger else math.inf

    def value(self, logs):
        """The monitored value; None after an epoch without the validation that would give it. Raises UsageError if no epoch has it."""
        if self.monitor not in logs:
            missing = self.monitor.startswith("val_") and not any(name.startswith("val_") for name in logs)
            if missing and self._validates:
                return None
            raise UsageError(f"[{self.who}] monitor is '{self.monitor}', but the epoch has only {', '.join(logs)}"
                             + ("; val_ needs validation_data or validation_split" if missing else f".{self._nearest(logs)}"))
        if not self._knows_direction:
            raise UsageError(f"[{self.who}] monitor is '{self.monitor}', and no metric of compile() has that name, expected mode='max' or mode='min': which "
                             "values are better")
        return logs[self.monitor]

    def _nearest(self, logs):
        longer = [name for name in logs if name.startswith(self.monitor) or self.monitor.startswith(name) and name not in ("loss", "val_loss")]
        return f" Did you mean '{longer[0]}'?" if len(longer) == 1 else nearest(self.monitor, logs)

    def operation(self):
        """The comparison of NumPy that is true for a better value; None before it is known which values are better."""
        if self.mode == "auto" and not getattr(self, "_knows_direction", False):
            return None
        return np.greater if self.larger else np.less

    def better(self, value, reference=None):
        reference = self.best if reference is None else reference
        return value - self.min_delta > reference if self.larger else value + self.min_delta < reference


class Watching(Callback):
    """A callback that compares a value of the logs from epoch to epoch, with Keras's names of what it knows."""

    _watch: Monitor

    @property
    def monitor(self):
        """The name of the value."""
        return self._watch.monitor

    @property
    def mode(self):
        return self._watch.mode

    @property
    def min_delta(self):
        return self._watch.min_delta

    @property
    def best(self):
        """The best value so far; None before a fit()."""
        return self._watch.best

    @property
    def monitor_op(self):
        """The comparison of NumPy that is true for a better value; None before a fit() that finds out which values are better."""
        return self._watch.operation()

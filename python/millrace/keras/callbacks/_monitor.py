# SPDX-License-Identifier: Apache-2.0
"""Values of the logs that callbacks compare from epoch to epoch."""

import math

from millrace.errors import UsageError


class Monitor:
    """Whether a value of the logs is better than the best so far."""

    def __init__(self, who, monitor, mode, min_delta=0.0):
        if mode not in ("auto", "min", "max"):
            raise UsageError(f"[{who}] mode is {mode!r}, expected auto, min or max")
        self.who, self.monitor, self.mode, self.min_delta = who, monitor, mode, abs(min_delta)
        self.larger = mode == "max"
        self.warned = False

    def begin(self, model):
        if self.mode == "auto":
            name = self.monitor.removeprefix("val_")
            known = {each.name: each.larger_is_better for each in model.reported}
            self.larger = known.get(name, False)
        self.best = -math.inf if self.larger else math.inf

    def value(self, logs):
        """The monitored value. Raises UsageError if the logs do not have it."""
        if self.monitor not in logs:
            raise UsageError(f"[{self.who}] monitor is '{self.monitor}', but the epoch has only {', '.join(logs)}"
                             + ("; val_ needs validation_data or validation_split" if self.monitor.startswith("val_") else ""))
        return logs[self.monitor]

    def better(self, value, reference=None):
        reference = self.best if reference is None else reference
        return value - self.min_delta > reference if self.larger else value + self.min_delta < reference

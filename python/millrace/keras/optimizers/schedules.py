# SPDX-License-Identifier: Apache-2.0
"""Learning rates as functions of the number of steps that were made."""

import math

import numpy as np

from millrace.errors import UnsupportedError, UsageError
from millrace.keras._operation import REQUIRED, Operation, is_own, unknown_name


class LearningRateSchedule(Operation):
    """Given to an optimizer as its learning_rate. Called with a step, counted from 0, it returns that step's rate. Classes of your own have a
    method __call__(step), which Python calls before each step."""

    op = ""
    instead = None

    @property
    def in_engine(self):
        """Whether the engine knows the schedule."""
        return bool(self.op) and not is_own(type(self))

    def record(self):
        """The schedule in the engine's words."""
        return {"op": self.op, **{name: value for name, value in self._config.items() if name != "name" and value is not None}}

    def rate(self, step):
        """The rate of a step, as a number. Raises UsageError if __call__() returns another thing."""
        with np.errstate(divide="ignore"):  # 1 / sqrt(0) is infinite, of which a minimum is taken
            found = self(np.int64(step))
        try:
            rate = float(found)
        except (TypeError, ValueError):
            rate = -1.0
        if not 0 <= rate < math.inf:
            raise UsageError(f"[{type(self).__name__}] the rate of step {step} is {found!r}, expected a number of 0 or more")
        return rate

    def __call__(self, step):
        raise UnsupportedError(f"[{type(self).__name__}] the schedule has no rates, expected a method __call__(step) that returns them")


class RateFunction(LearningRateSchedule):
    """A function of the user's without arguments, which returns the rate of the next step."""

    arguments = {"function": REQUIRED}

    def __call__(self, step):
        return self.function()


class ExponentialDecay(LearningRateSchedule):
    op = "exponential_decay"
    arguments = {"initial_learning_rate": REQUIRED, "decay_steps": REQUIRED, "decay_rate": REQUIRED, "staircase": False,
                 "name": "ExponentialDecay"}

    def __call__(self, step):
        decays = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (math.floor(decays) if self.staircase else decays)


class InverseTimeDecay(LearningRateSchedule):
    op = "inverse_time_decay"
    arguments = {**ExponentialDecay.arguments, "name": "InverseTimeDecay"}

    def __call__(self, step):
        decays = step / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (math.floor(decays) if self.staircase else decays))


class PiecewiseConstantDecay(LearningRateSchedule):
    op = "piecewise_constant_decay"
    arguments = {"boundaries": REQUIRED, "values": REQUIRED, "name": "PiecewiseConstant"}

    def _prepare(self, boundaries, values, **_):
        if len(values) != len(boundaries) + 1:
            raise UsageError(f"[PiecewiseConstantDecay] {len(boundaries)} boundaries and {len(values)} values, expected one value more")

    def record(self):
        return {"op": self.op, "boundaries": ",".join(str(int(each)) for each in self.boundaries),
                "values": ",".join(repr(float(each)) for each in self.values)}

    def __call__(self, step):
        return self.values[sum(step > each for each in self.boundaries)]


class PolynomialDecay(LearningRateSchedule):
    op = "polynomial_decay"
    arguments = {"initial_learning_rate": REQUIRED, "decay_steps": REQUIRED, "end_learning_rate": 0.0001, "power": 1.0, "cycle": False,
                 "name": "PolynomialDecay"}

    def __call__(self, step):
        length = self.decay_steps
        if self.cycle:
            length *= max(1, math.ceil(step / length))
        share = 1 - min(step, length) / length
        return (self.initial_learning_rate - self.end_learning_rate) * share ** self.power + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    op = "cosine_decay"
    arguments = {"initial_learning_rate": REQUIRED, "decay_steps": REQUIRED, "alpha": 0.0, "name": "CosineDecay", "warmup_target": None,
                 "warmup_steps": 0}

    def __call__(self, step):
        first = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return first + (self.warmup_target - first) * step / self.warmup_steps
            first, step = self.warmup_target, step - self.warmup_steps
        share = (1 + math.cos(math.pi * min(step, self.decay_steps) / self.decay_steps)) / 2
        return first * ((1 - self.alpha) * share + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    op = "cosine_decay_restarts"
    arguments = {"initial_learning_rate": REQUIRED, "first_decay_steps": REQUIRED, "t_mul": 2.0, "m_mul": 1.0, "alpha": 0.0,
                 "name": "SGDRDecay"}

    def __call__(self, step):
        length, height = self.first_decay_steps, 1.0
        while step >= length:
            step, length, height = step - length, length * self.t_mul, height * self.m_mul
        share = height * (1 + math.cos(math.pi * step / length)) / 2
        return self.initial_learning_rate * ((1 - self.alpha) * share + self.alpha)


_CLASSES = {each.__name__: each for each in (ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay, CosineDecay,
                                             CosineDecayRestarts)}
_BY_OP = {each.op: each for each in _CLASSES.values()}


def from_record(record):
    """A schedule from the engine's words, or None for a constant rate."""
    options = dict(record)
    op = options.pop("op")
    if op not in _BY_OP:
        return None
    if op == "piecewise_constant_decay":
        options = {name: [float(each) for each in (given.split(",") if isinstance(given, str) else given)] for name, given in options.items()}
    if options.get("warmup_target") == -1:
        options["warmup_target"] = None
    return _BY_OP[op](**options)


def __getattr__(name):
    raise unknown_name("optimizers.schedules", name, _CLASSES)

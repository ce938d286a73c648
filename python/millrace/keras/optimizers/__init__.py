# SPDX-License-Identifier: Apache-2.0
"""Optimizers, with Keras's names, options and defaults."""

import numpy as np

from millrace.errors import UsageError
from millrace.keras._instead import INSTEAD
from millrace.keras._operation import Operation, find, snake, unknown_name
from millrace.keras.optimizers import schedules

_UPDATES = {"weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None, "use_ema": False, "ema_momentum": 0.99,
            "ema_overwrite_frequency": None, "loss_scale_factor": None, "gradient_accumulation_steps": None}


class Rate(float):
    """A learning rate: a number, with the methods of a variable of Keras."""

    def __new__(cls, value, optimizer):
        made = super().__new__(cls, value)
        made._optimizer = optimizer
        return made

    def numpy(self):
        return np.float32(self)

    def assign(self, value):
        """Sets the optimizer's rate."""
        self._optimizer.learning_rate = value

    def __reduce__(self):
        return float, (float(self),)


class Count(int):
    """A number of steps, with the method of a variable of Keras."""

    def numpy(self):
        return np.int64(self)


class Optimizer(Operation):
    """An optimizer for compile(). `learning_rate` is a number, which may be set at any time, also by a callback, or a
    schedule. `iterations` counts the steps that were made."""

    op = ""
    instead = "expected one of millrace.keras.optimizers, with its options"
    refused = {"loss_scale_factor": (None,)}
    hints = {"loss_scale_factor": "training is in float32 and needs no scaled loss: leave it out"}

    def _prepare(self, learning_rate, **_):
        self._engine = None  # of the model that it trains, from compile() on
        self._rate, self._iterations = learning_rate, 0
        if callable(learning_rate) and not isinstance(learning_rate, schedules.LearningRateSchedule):
            self._rate = schedules.RateFunction(learning_rate)
        if not self._scheduled:
            self._rate = self._checked(learning_rate)

    @property
    def _scheduled(self):
        return isinstance(self._rate, schedules.LearningRateSchedule)

    def _checked(self, rate):
        try:
            rate = float(rate)
        except (TypeError, ValueError):
            raise UsageError(f"[{type(self).__name__}] learning_rate is {rate!r}, expected a number or a schedule") from None
        if not 0 <= rate < float("inf"):
            raise UsageError(f"[{type(self).__name__}] learning_rate is {rate}, expected 0 or more")
        return rate

    @property
    def learning_rate(self):
        """The rate; of a schedule, that of the next step."""
        return Rate(self._rate.rate(self.iterations) if self._scheduled else self._rate, self)

    @learning_rate.setter
    def learning_rate(self, rate):
        if self._scheduled:
            raise UsageError(f"[{type(self).__name__}] learning_rate is set, but {type(self._rate).__name__} determines it: pass a number "
                             "as learning_rate to set it later")
        self._rate = self._checked(rate)
        if self._engine is not None and self._engine.core is not None:
            self._engine.core.learning_rate = self._rate

    lr = learning_rate

    @property
    def iterations(self):
        """How many steps were made."""
        return Count(self._iterations)

    @iterations.setter
    def iterations(self, count):
        self._iterations = int(count)

    def drive(self, engine):
        """Makes this the optimizer of the engine's model, which begins without moments: a rate that is set later is set there too."""
        self._engine = engine
        self._iterations = 0

    def get_config(self):
        return {**super().get_config(), "learning_rate": self._rate}

    def compile_options(self):
        """Arguments of the engine's compile()."""
        own = {name: value for name, value in self._config.items() if name not in _UPDATES and name not in ("name", "learning_rate")}
        update = {name: value for name in _UPDATES if (value := self._config.get(name)) is not None}
        for name in ("clipnorm", "clipvalue", "global_clipnorm"):
            if name in update and not update[name] > 0:
                raise UsageError(f"[{type(self).__name__}] {name} is {update[name]}, expected a number above 0")
        record = {"op": self.op, **own}
        if self.sets_each_rate:
            return {"optimizer": record, "update": update}
        if self._scheduled:
            return {"optimizer": record, "schedule": self._rate.record(), "update": update}
        return {"optimizer": {**record, "learning_rate": self._rate}, "update": update}

    def __getattr__(self, name):
        if ("optimizer", name) in INSTEAD:
            raise unknown_name("optimizer", name, ())
        return super().__getattr__(name)

    # --- schedules that Python computes
    @property
    def sets_each_rate(self):
        """Whether Python computes the rate of each step."""
        return self._scheduled and not self._rate.in_engine

    def take_rate(self):
        """Takes over the rate that the engine has read from a checkpoint."""
        if not self._scheduled:
            self._rate = self._engine.core.learning_rate

    def set_next_rate(self):
        """Gives the engine the rate of the next step, if Python computes it."""
        if self.sets_each_rate:
            self._engine.core.learning_rate = self._rate.rate(self.iterations)


def _optimizer(name, op, learning_rate, own, **changed):
    arguments = {"learning_rate": learning_rate, **own, **_UPDATES, **changed, "name": op}
    return type(name, (Optimizer,), {"op": op, "arguments": arguments, "__module__": __name__,
                                     "__doc__": f"The engine's {op}; see docs/reference/operations.md."})


_MOMENTS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
SGD = _optimizer("SGD", "sgd", 0.01, {"momentum": 0.0, "nesterov": False})
Adam = _optimizer("Adam", "adam", 0.001, {**_MOMENTS, "amsgrad": False})
AdamW = _optimizer("AdamW", "adamw", 0.001, {"weight_decay": 0.004, **_MOMENTS, "amsgrad": False}, weight_decay=0.004)
Nadam = _optimizer("Nadam", "nadam", 0.001, _MOMENTS)
Adamax = _optimizer("Adamax", "adamax", 0.001, _MOMENTS)
RMSprop = _optimizer("RMSprop", "rmsprop", 0.001, {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False})
Adagrad = _optimizer("Adagrad", "adagrad", 0.001, {"initial_accumulator_value": 0.1, "epsilon": 1e-7})
Adadelta = _optimizer("Adadelta", "adadelta", 0.001, {"rho": 0.95, "epsilon": 1e-7})
Ftrl = _optimizer("Ftrl", "ftrl", 0.001, {"learning_rate_power": -0.5, "initial_accumulator_value": 0.1, "l1_regularization_strength": 0.0,
                                          "l2_regularization_strength": 0.0, "l2_shrinkage_regularization_strength": 0.0, "beta": 0.0})
Lion = _optimizer("Lion", "lion", 0.001, {"beta_1": 0.9, "beta_2": 0.99})
Lamb = _optimizer("Lamb", "lamb", 0.001, _MOMENTS)

_CLASSES = (SGD, Adam, AdamW, Nadam, Adamax, RMSprop, Adagrad, Adadelta, Ftrl, Lion, Lamb)
_BY_NAME = {each.op: each for each in _CLASSES} | {snake(each.__name__): each for each in _CLASSES}


def get(identifier):
    """An optimizer from its name, object, class or dictionary."""
    return find("optimizer", identifier, _BY_NAME, Optimizer)


def from_compiled(compiled):
    """An optimizer from what Model.compiled() returns."""
    options = dict(compiled["optimizer"])
    cls = _BY_NAME[options.pop("op")]
    update = {name: value for name, value in compiled["update"].items()
              if not (name in ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "ema_overwrite_frequency") and value == 0)}
    if update.get("gradient_accumulation_steps") == 1:
        del update["gradient_accumulation_steps"]
    rate = schedules.from_record(compiled["schedule"])
    if rate is not None:
        options["learning_rate"] = rate
    return cls(**{**update, **options})


def __getattr__(name):
    raise unknown_name("optimizers", name, [each.__name__ for each in _CLASSES])

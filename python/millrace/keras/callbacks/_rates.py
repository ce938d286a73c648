# SPDX-License-Identifier: Apache-2.0
"""Callbacks that set the learning rate."""

import numpy as np

from millrace._output import say
from millrace.errors import UsageError
from millrace.keras._operation import names_arguments
from millrace.keras.callbacks._callback import Callback
from millrace.keras.callbacks._monitor import Monitor, Watching


class ReduceLROnPlateau(Watching):
    """Multiplies the learning rate by `factor` when `monitor` did not improve for `patience` epochs."""

    @names_arguments
    def __init__(self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto", min_delta=0.0001, cooldown=0, min_lr=0.0):
        super().__init__()
        if factor >= 1:
            raise UsageError(f"[ReduceLROnPlateau] factor is {factor}, expected less than 1")
        self.factor, self.patience, self.verbose, self.cooldown, self.min_lr = factor, patience, verbose, cooldown, min_lr
        self._watch = Monitor("ReduceLROnPlateau", monitor, mode, min_delta)
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs=None):
        self._watch.begin(self.model)
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self._watch.value(logs)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._watch.better(value):
            self._watch.best = value
            self.wait = 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            rate = self.model.optimizer.learning_rate
            if self.wait >= self.patience and rate > self.min_lr:
                self.model.optimizer.learning_rate = lowered = max(rate * self.factor, self.min_lr)
                if self.verbose:
                    say(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {lowered}.")
                self.cooldown_counter, self.wait = self.cooldown, 0


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch to schedule(epoch, rate)."""

    @names_arguments
    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        rate = float(self.model.optimizer.learning_rate)
        try:
            rate = self.schedule(epoch, rate)
        except TypeError:
            rate = self.schedule(epoch)
        if not isinstance(rate, (int, float, np.floating)):
            raise UsageError(f"[LearningRateScheduler] schedule returned a {type(rate).__name__} for epoch {epoch}, expected a number")
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {float(rate)}.")

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)

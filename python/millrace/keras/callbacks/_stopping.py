# SPDX-License-Identifier: Apache-2.0
"""Callbacks that end a run."""

from millrace._output import say
from millrace.keras._operation import names_arguments
from millrace.keras.callbacks._callback import Callback
from millrace.keras.callbacks._monitor import Monitor, Watching


class EarlyStopping(Watching):
    """Ends the run when `monitor` did not improve by more than min_delta for `patience` epochs."""

    @names_arguments
    def __init__(self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto", baseline=None, restore_best_weights=False,
                 start_from_epoch=0):
        super().__init__()
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self._watch = Monitor("EarlyStopping", monitor, mode, min_delta)
        self.wait = self.stopped_epoch = 0

    def on_train_begin(self, logs=None):
        self._watch.begin(self.model)
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights = None

    def get_monitor_value(self, logs):
        """The monitored value of an epoch, or None."""
        return (logs or {}).get(self.monitor)

    def on_epoch_end(self, epoch, logs=None):
        value = self._watch.value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self._watch.better(value):
            self._watch.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._watch.better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                say(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class TerminateOnNaN(Callback):
    """Ends the run when a loss becomes NaN or infinite; the model has the weights from before the run. Without it, and
    with raise_error, fit() raises NonFiniteError."""

    @names_arguments
    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

# SPDX-License-Identifier: Apache-2.0
"""History: what fit() returns."""

import weakref

from millrace.errors import UnsupportedError, UsageError
from millrace.keras.callbacks._callback import Callback


class History(Callback):
    """What fit() returns: `history` has a list for each loss and metric, `epoch` the numbers of the epochs from 0; `model` was trained."""

    def __init__(self):
        super().__init__()
        self.history, self.epoch = {}, []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def _repr_html_(self):
        from millrace.keras import _html

        return _html.history(self)

    def plot(self, names=None):
        """Draws the losses and metrics by epoch with Matplotlib, which must be installed; returns the axes. names: default all."""
        try:
            from matplotlib import pyplot
        except ImportError:
            raise UnsupportedError("[History] plot() needs Matplotlib, which is not installed: pip install matplotlib") from None
        unknown = [each for each in names or [] if each not in self.history]
        if unknown:
            raise UsageError(f"[History] no '{unknown[0]}', expected {', '.join(self.history)}")
        axes = pyplot.gca()
        for name in names or self.history:
            axes.plot([each + 1 for each in self.epoch], self.history[name], label=name)
        axes.set_xlabel("epoch")
        axes.legend()
        return axes


class LastHistory:
    """The History of a model's last fit(), as the model holds it: the numbers only, since a History holds its model and the two would form a
    reference cycle."""

    def __init__(self, history):
        self._params, self._history, self._epoch = history.params, history.history, history.epoch
        self._made = weakref.ref(history)

    def of(self, model):
        """The History that fit() returned, or another with the same numbers if nobody holds that one."""
        history = self._made() if self._made is not None else None
        if history is None:
            history = History()
            history.set_model(model)
            history.set_params(self._params)
            history.history, history.epoch = self._history, self._epoch
            self._made = weakref.ref(history)
        return history

    def __getstate__(self):
        return {**self.__dict__, "_made": None}

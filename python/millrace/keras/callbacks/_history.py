# SPDX-License-Identifier: Apache-2.0
"""History: what fit() returns."""

from millrace.errors import UnsupportedError, UsageError
from millrace.keras.callbacks._callback import Callback


class History(Callback):
    """What fit() returns: `history` has a list for each loss and metric, `epoch` the numbers of the epochs from 0."""

    def __init__(self):
        super().__init__()
        self.history, self.epoch = {}, []

    def on_train_begin(self, logs=None):
        self.epoch = []

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

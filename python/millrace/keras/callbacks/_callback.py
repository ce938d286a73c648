# SPDX-License-Identifier: Apache-2.0
"""What a callback is, and the calls of several."""

from millrace.errors import UnsupportedError, UsageError

_HOOKS = ("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin", "on_train_batch_end",
          "on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end", "on_predict_begin", "on_predict_end",
          "on_predict_batch_begin", "on_predict_batch_end")


class Callback:
    """Override the methods of the moments that you want to see. Epochs and batches count from 0."""

    def __init__(self):
        self.params = None
        self.model = None

    def set_params(self, params):
        self.params = params

    def set_model(self, model):
        self.model = model

    def on_batch_begin(self, batch, logs=None):
        """As on_train_batch_begin."""

    def on_batch_end(self, batch, logs=None):
        """As on_train_batch_end."""

    def on_train_batch_begin(self, batch, logs=None):
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """logs: "loss", the mean of the epoch so far; with batches from an iterable also the metrics."""
        self.on_batch_end(batch, logs=logs)

    def on_train_begin(self, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_test_begin(self, logs=None):
        pass

    def on_test_end(self, logs=None):
        pass

    def on_test_batch_begin(self, batch, logs=None):
        pass

    def on_test_batch_end(self, batch, logs=None):
        pass

    def on_predict_begin(self, logs=None):
        pass

    def on_predict_end(self, logs=None):
        pass

    def on_predict_batch_begin(self, batch, logs=None):
        pass

    def on_predict_batch_end(self, batch, logs=None):
        pass


def callback_list(callbacks):
    """What fit() got as callbacks, as a list."""
    return [] if callbacks is None else list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


class Listeners:
    """Calls each of several callbacks."""

    def __init__(self, callbacks, model):
        self.callbacks = callback_list(callbacks)
        for each in self.callbacks:
            if isinstance(each, type):
                raise UsageError(f"[callbacks] {each.__name__} is a class, expected an object: {each.__name__}()")
            if not hasattr(each, "on_epoch_end") or not hasattr(each, "set_model"):
                raise UsageError(f"[callbacks] a callback is of type {type(each).__name__}, expected a class that derives from callbacks.Callback")
            for hook in ("on_test_batch_begin", "on_test_batch_end", "on_predict_batch_begin", "on_predict_batch_end"):
                if _overrides(each, hook):
                    raise UnsupportedError(f"[callbacks] {type(each).__name__}.{hook} is not supported: evaluation and prediction have no batches here")
        self.model, self.params = model, {}
        for each in self.callbacks:
            each.set_model(model)

    def watches(self, what):
        """Whether a callback overrides the methods of "train_batch" or "test"."""
        hooks = {"train_batch": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
                 "test": ("on_test_begin", "on_test_end")}[what]
        return any(_overrides(each, hook) and getattr(each, "_every", 1) for each in self.callbacks for hook in hooks)

    def set_params(self, params):
        self.params = params
        for each in self.callbacks:
            each.set_params(params)

    def __getattr__(self, name):
        if name not in _HOOKS:
            raise AttributeError(name)

        def call(*args):
            logs_missing = len(args) < (2 if "epoch" in name or "batch" in name else 1)
            args = (*args, {}) if logs_missing else args
            for each in self.callbacks:
                getattr(each, name)(*args)

        return call


def _overrides(callback, hook):
    return getattr(type(callback), hook, None) is not getattr(Callback, hook) or hook in vars(callback)


class LambdaCallback(Callback):
    """Calls functions that were given under the names of the methods."""

    def __init__(self, on_epoch_begin=None, on_epoch_end=None, on_train_begin=None, on_train_end=None, on_train_batch_begin=None,
                 on_train_batch_end=None, **kwargs):
        super().__init__()
        given = {"on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin, "on_train_end": on_train_end,
                 "on_train_batch_begin": on_train_batch_begin, "on_train_batch_end": on_train_batch_end, **kwargs}
        for name, function in given.items():
            if function is not None:
                setattr(self, name, function)

# SPDX-License-Identifier: Apache-2.0
"""The network of a Classifier or Regressor: how it begins, what it computes, and how it is kept in a pickle."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from millrace import _core
from millrace._reading import target_name
from millrace._tables import column_options, is_array, notes, refuse_missing_columns, row_of_frame
from millrace._warnings import warn
from millrace.errors import DataError, UsageError
from millrace.sklearn._checked import checked


class HasNetwork:
    """A subclass has the parameters of the estimators, and says what the last layer and the loss are."""

    def _begin(self, X, weights, seed):
        """The network with its initial weights. Standardisation is its first layer, which is not trained."""
        first = [{"op": "batch_normalization", "name": "standardize", "inputs": ["features"], "center": False, "scale": False, "epsilon": 1e-30,
                  "trainable": False}] if self.standardize else []
        self._engine = _core.Model([*first, *self._layers()])
        self._engine.build(X.shape[1], seed)
        if self.standardize:
            mean, spread = mean_and_spread(X, weights)
            self._engine.set_weights("standardize/moving_mean", mean)
            self._engine.set_weights("standardize/moving_variance", spread ** 2)
        self._compile()

    def _begin_with_table(self, table, targets, weights, rows, seed):
        """The network with its initial weights, behind the preparation of a table's columns."""
        self._engine = _core.Model(self._layers())
        options, kinds = column_options(type(self).__name__, self.columns, table.names)
        target = [target_name(table)] if target_name(table) else []
        prepared = self._engine.prepare(table, target, all={} if self.standardize else {"scale": "none"}, columns=options,
                                        training=None if isinstance(rows, slice) else rows.tolist())
        data = self._engine.prepared(table)
        self._engine.build(data, seed)
        self._scale_targets_in_engine(data.features, targets, weights, rows)
        self._compile()
        for note in notes(table, prepared, kinds):
            warn(f"[{type(self).__name__}] {note}")

    def _layers(self):
        return [*map(_layer, self.layers), {"op": "dense", "units": self._outputs(), "activation": self._activation()}]

    def _compile(self):
        self._engine.compile(self._loss(), self.optimizer, [], self.schedule, self.update)
        self._check_loss(self._engine.target_kind)

    def _scale_targets(self, targets, weights):
        """Learns how targets are scaled."""

    def _scale_targets_in_engine(self, features, targets, weights, rows):
        """Leaves the scaling of targets to the engine, whose .onnx file then has it."""

    def _scaled(self, targets):
        """Targets as the network learns them."""
        return targets

    def _class_names(self):
        """The classes as the engine knows them."""
        return []

    def _scores(self, X):
        check_is_fitted(self)
        if self._engine.table_columns():
            if is_array(X):
                raise UsageError(f"[predict] X has no names of columns, expected a data frame with {', '.join(self.feature_names_in_)}{row_of_frame(X)}")
            refuse_missing_columns("predict", "X", X, [each["name"] for each in self._engine.table_columns()])
            if target_name(X):  # whose classes may be others than those of y
                rows = self._engine.prepared(X)
                X = _core.Dataset(rows.features, feature_names=rows.feature_names)
            return self._engine.predict(X, int(self.threads))
        X = checked(self, X, dtype=np.float32, reset=False)
        return self._engine.predict(X, int(self.threads))

    # --- files
    def __getstate__(self):
        """Pickles hold the engine's model as bytes: its weights, not the optimizer's state."""
        state = dict(super().__getstate__())
        if "_engine" in state:
            state["_engine"] = state["_engine"].checkpoint_bytes()
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        if hasattr(self, "_engine"):
            self._engine = _core.Model.from_checkpoint_bytes(self._engine)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_engine")

    def to_onnx(self, path, X):
        """Writes the estimator as an ONNX file. X: rows as predict() takes them. See millrace.sklearn.to_onnx."""
        from millrace.sklearn._onnx import to_onnx

        to_onnx(self, path, X)


def mean_and_spread(values, weights):
    """Mean and deviation of each column, in double; 1 for a column without deviation."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.average(values.astype(np.float64), axis=0, weights=weights)
        spread = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights))
    if not np.isfinite(spread).all():
        raise DataError(f"[fit] a value is {np.abs(values).max():.3g}, expected numbers whose squares float64 can hold, below 1e150: divide them by a constant")
    return mean, np.where(spread > 0, spread, 1.0)


def _layer(given):
    """A layer from a number of units, a text or a dictionary."""
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        return {"op": "dense", "units": int(given), "activation": "relu"}
    return given

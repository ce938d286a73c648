# SPDX-License-Identifier: Apache-2.0
"""The network of a Classifier or Regressor: how it begins, what it computes, and how it is kept in a pickle."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from millrace import _core
from millrace._arrays import matrix
from millrace._frames import refuse_lazy
from millrace._reading import target_name, weight_name
from millrace._tables import column_options, is_array, notes, refuse_missing_columns, row_of_frame
from millrace._warnings import warn
from millrace.errors import DataError, UsageError
from millrace.sklearn._checked import checked


class HasNetwork:
    """A subclass has the parameters of the estimators, and says what the last layer and the loss are."""

    def _begin(self, given, rows, seed, warns):
        """The network with its initial weights, whose preparation is learned from those of the `rows` that have a weight. warns: of columns that are
        of no use."""
        weights = None if given.weights is None else given.weights[rows]
        self._scale_targets(given.targets[rows], weights)
        if given.table is None:
            self._engine = self._of_numbers(given.X[rows], weights, seed)
        else:
            self._engine = self._of_table(given, rows, seed, warns)
        self._built = self._fixed()

    def _of_numbers(self, X, weights, seed):
        """Standardisation is the first layer, which is not trained. It has a factor besides the variance only if a column needs one: one more
        parameter would change the initial weights."""
        first = []
        if self.standardize:
            self._moments = moments(X, weights)
            _, spread = mean_and_spread(self._moments, np.float32)
            first = [{"op": "batch_normalization", "name": "standardize", "inputs": ["features"], "center": False, "scale": bool((_variance(spread) != spread ** 2).any()),
                      "epsilon": 1e-30, "trainable": False}]
        engine = _core.Model([*first, *self._layers()])
        engine.build(X.shape[1], seed)
        if self.standardize:
            self._standardize(engine)
        return self._compiled(engine)

    def _standardize(self, engine):
        mean, spread = mean_and_spread(self._moments, np.float32)
        engine.set_weights("standardize/moving_mean", mean)
        engine.set_weights("standardize/moving_variance", _variance(spread))
        if any(name == "standardize/gamma" for name, _, _ in engine.parameters()):
            engine.set_weights("standardize/gamma", np.sqrt(_variance(spread)) / spread)

    def _of_table(self, given, rows, seed, warns):
        """The preparation of a table's columns stands before the network."""
        table, target = given.table, target_name(given.table)
        options, kinds = column_options(type(self).__name__, self.columns, table.names)
        training = np.arange(len(given.targets))[rows]
        if given.weights is not None:
            training = training[given.weights[training] > 0]
        engine = _core.Model(self._layers())
        prepared = engine.prepare(table, [target] if target else [], weight=weight_name(table), all={} if self.standardize else {"scale": "none"}, columns=options,
                                  training=None if len(training) == len(given.targets) else training.tolist())
        engine.build(engine.prepared(table, targets=False), seed)
        for note in notes(table, prepared, kinds) if warns else ():
            warn(f"[{type(self).__name__}] {note}")
        return self._compiled(engine)

    def _go_on(self):
        """The weights go on with the parameters of now, and an optimizer that begins anew. Raises UsageError for another network."""
        for name, (now, text_now) in self._fixed().items():
            was, text = self._built[name]
            if now != was:
                raise UsageError(f"[{type(self).__name__}] {name} is {text_now}, and with warm_start the weights of a network with {name}={text} go on, "
                                 "expected that: or warm_start=False")
        self._engine = self._compiled(self._engine.clone())

    def _fixed(self):
        """{parameter that a network is made of: (text that tells whether it is the same, text for messages)}"""
        *hidden, last = map(str, self._layers())
        same = {"layers": str(hidden), "loss": last, "standardize": str(bool(self.standardize)), "columns": str(self.columns)}
        return {name: (text, repr(getattr(self, name))) for name, text in same.items()}

    def _see(self, given):
        """Takes more rows into the mean and deviation by which numbers are standardised. What the network predicts for targets stays."""
        old = self._mean, self._spread
        self._scale_targets(given.targets, given.weights, more=True)
        if (self._mean != old[0]).any() or (self._spread != old[1]).any():
            kernel, bias = (name for name, _, _ in self._engine.parameters()[-2:])
            self._engine.set_weights(kernel, self._engine.weights(kernel) * (old[1] / self._spread))
            self._engine.set_weights(bias, (self._engine.weights(bias) * old[1] + old[0] - self._mean) / self._spread)
        if given.table is None and self._built["standardize"][0] == "True":
            self._moments = moments(given.X, given.weights, self._moments)
            self._standardize(self._engine)

    def _layers(self):
        return [*map(_layer, self.layers), {"op": "dense", "units": self._outputs(), "activation": self._activation()}]

    def _compiled(self, engine):
        engine.compile(self._loss(), self.optimizer, [], self.schedule, self.update)
        self._check_loss(engine.target_kind)
        return engine

    def _scale_targets(self, targets, weights, more=False):
        """Sets _mean and _spread, by which targets are scaled, in double: float32 cannot hold 1e9 + 1. more: the targets come beside earlier ones."""
        self._mean, self._spread = np.zeros(self._target_width), np.ones(self._target_width)

    def _scaled(self, targets):
        """Targets as the network learns them."""
        return ((targets - self._mean) / self._spread).astype(np.float32)

    @property
    def _needs_double(self):
        """Whether float32 cannot tell targets apart, as near to 1e9 + 1."""
        return bool((np.spacing(np.abs(self._mean).astype(np.float32)) > 2e-5 * self._spread).any())

    def _in_own_unit(self):
        """The engine's model whose outputs are in the unit of the targets, as far as float32 can hold them; a copy if they are scaled."""
        if (self._mean == 0).all() and (self._spread == 1).all():
            return self._engine
        engine = self._engine.clone()
        engine.scale_target(_core.Dataset(np.zeros((2, engine.input_width), np.float32), np.stack([self._mean - self._spread, self._mean + self._spread])))
        return engine

    def _class_names(self):
        """The classes as the engine knows them."""
        return []

    def _scores(self, X):
        check_is_fitted(self)
        refuse_lazy(X, "predict", "X")
        if self._engine.table_columns():
            if is_array(X):
                raise UsageError(f"[predict] X has no names of columns, expected a data frame with {', '.join(self.feature_names_in_)}{row_of_frame(X)}")
            refuse_missing_columns("predict", "X", X, [each["name"] for each in self._engine.table_columns()])
            return self._engine.predict(X, int(self.threads))
        return self._engine.predict(matrix(self._without_gaps("predict", X, dtype=(np.float64, np.float32), reset=False), "predict", "X"), int(self.threads))

    def _without_gaps(self, who, X, *y, **options):
        """checked(). Raises UsageError for missing numbers, with what to do."""
        try:
            return checked(self, X, *y, **options)
        except ValueError as error:
            if "contains NaN" not in str(error) or "y contains" in str(error):
                raise
            had, remedy = "", "pass a data frame, whose missing cells are filled in, or leave these rows out"
            if who != "fit":
                had = "where fit() had none, "
                remedy = f"{type(self).__name__}(columns={{}}).fit(frame, y) also learns what takes the place of missing cells; or fill them"
            raise UsageError(f"[{who}] X contains NaN, a missing number, {had}expected numbers throughout: {remedy}") from None

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


_CELLS = 1 << 18  # that are made doubles at once


def moments(values, weights=None, before=None):
    """(sum of weights, mean, sum of squared deviations) of each column, in double; `before`: those of other rows, which are added (Chan, Golub
    and LeVeque). Raises DataError for numbers whose squares overflow."""
    total, mean, squares = before or (0.0, np.zeros(values.shape[1]), np.zeros(values.shape[1]))
    rows = max(1, _CELLS // max(1, values.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(values), rows):
            block = values[first:first + rows].astype(np.float64)
            weight = np.ones(len(block)) if weights is None else weights[first:first + rows].astype(np.float64)
            if not (added := weight.sum()):
                continue
            near = mean if total else block[np.flatnonzero(weight)[0]]  # so that a column of equal numbers has exactly their mean, and no deviation
            own = near + weight @ (block - near) / added
            squares = squares + weight @ (block - own) ** 2 + (own - mean) ** 2 * (total * added / (total + added))
            total, mean = total + added, mean + (own - mean) * (added / (total + added))
    if not np.isfinite(squares).all():
        raise DataError(f"[fit] a value is {np.abs(values).max():.3g}, expected numbers whose squares float64 can hold, below 1e150: divide them by a constant")
    return total, mean, squares


def mean_and_spread(known, kind):
    """Mean and deviation of each column from its moments(). kind: the type of the columns when they are scaled. A deviation within the
    rounding error of that type becomes at least 1: dividing by it would make any other number huge."""
    total, mean, squares = known
    spread = np.sqrt(squares / total) if total else np.zeros(len(mean))
    return mean, np.where(spread > np.finfo(kind).eps * np.abs(mean), spread, np.maximum(spread, 1.0))


def _variance(spread):
    """The square of a deviation, clipped to what float32 can hold and to well above the layer's epsilon: it cannot hold the squares of 1e-20 and 1e20."""
    return np.clip(spread ** 2, 1e-24, 1e37)


def op_name(given):
    """"poisson" of "poisson" and {"op": "poisson"}, "huber" of "huber:delta=2"."""
    return str(given.get("op") if isinstance(given, dict) else given).partition(":")[0]


def _layer(given):
    """A layer from a number of units, a text or a dictionary."""
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        return {"op": "dense", "units": int(given), "activation": "relu"}
    return given

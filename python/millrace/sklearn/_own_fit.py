# SPDX-License-Identifier: Apache-2.0
"""What Classifier and Regressor share: their parameters, and fit()."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from millrace import _core
from millrace._arrays import matrix, names, warn_of_far_values, warn_of_rounding
from millrace._cluster import ALONE, agreed, is_first, of_first, shared, take_weights_of_first
from millrace._frames import refuse_lazy
from millrace._output import say
from millrace._reading import target_name
from millrace._tables import is_array
from millrace.errors import UsageError
from millrace.sklearn._checked import refuse_masked
from millrace.sklearn._own_network import HasNetwork, op_name
from millrace.sklearn._own_tables import TakesTables
from millrace.sklearn._rows import counted_once


_LEAST_ROWS = 100  # that validation="auto" holds rows back of
_SHARE = 0.2  # of the rows that it holds back
_MOST_ROWS_TWICE = 20_000  # with more, four fifths of them say as much as all
_PATIENCE = 20  # epochs


class _Given(NamedTuple):
    """The arguments of fit(), checked."""

    X: Any  # features as float32, if there is no table
    table: Any  # whose columns the engine prepares, or None
    targets: np.ndarray  # (rows, columns)
    weights: Any  # of rows, or None
    classes: Any  # of rows, which the parts of a split have in the same shares, or None
    class_weight: Any
    names: list  # of the columns of y, kept in files of the model; empty if they are not known


class Own(TakesTables, HasNetwork, BaseEstimator):
    """What both share: the network, the run, the weights.

    layers: the hidden layers: whole numbers (units with relu), texts as on the command line ("64:tanh", "dropout:0.2"), or
        dictionaries {"op": "dense", "units": 64}. The last layer follows from y.
    optimizer, schedule: a name, a text such as "adam:learning_rate=0.01", or a dictionary. update: a dictionary such as
        {"clipnorm": 1.0, "weight_decay": 1e-4}.
    loss: a name; "auto" is a cross-entropy, or the mean squared error. With "poisson" the last layer of a Regressor is exponential and
        begins at the mean of the targets, which are not scaled.
    epochs, batch_size, shuffle: as for Model.fit; L-BFGS takes all rows at once. validation: the fraction of the rows that are held back,
        drawn at random and with the share of each class; 0: none. "auto": of 100 rows or more, a fifth is held back to find the number
        of epochs, at most `epochs`, and a new network learns from all rows in that number; with more than 20 000 rows, the weights of the
        best epoch stay; history_ is that of the network that stays. Nothing is held back with warm_start and in partial_fit. patience: epochs without a better validation loss
        after which the run ends, with the best weights; None: 20 with validation="auto", else never.
    standardize: whether the features get mean 0 and deviation 1, as part of the model; and, of a Regressor, the targets.
    columns: {name: {option: value}}, how columns of a data frame are prepared (docs/tables.md); the option `kind` says what a column is:
        "number", "category", "boolean", "date" or "ignore".
    threads: 0 means as many as pay. precision: "fp32"; "mixed_bfloat16": products of large layers are rounded in training (docs/training.md);
        "auto": where that is faster. warm_start: fit() goes on with the weights it has and the parameters of now; its optimizer begins
        anew, as in scikit-learn. random_state, verbose: as in scikit-learn.
    """

    def fit(self, X, y=None, sample_weight=None, cluster=None, slices=0, wire="fp32"):
        """Trains on X (rows, columns) and y (rows,) or, of a Regressor, (rows, outputs). Returns self.

        X is an array, or a data frame. A frame with text, categories, dates or missing cells is prepared: that becomes part of the
        model, and predict() takes such frames. A Table that names its target needs no y.
        cluster: a communicator of mpi4py, such as MPI.COMM_WORLD. All its processes call fit() with the same rows and parameters, and each
        trains on a part of every batch; all end with the same weights, and each may then predict and score by itself. An error of one is
        raised by all. slices: parts of a batch; with the same number, any number of processes gives the same bits. wire: "fp32", or "bfloat16",
        in which gradients travel in half the bytes and lose precision (docs/cluster.md).
        """
        return self._fit(X, y, sample_weight, fresh=not (self.warm_start and hasattr(self, "_engine")), epochs=self.epochs,
                         shared=shared("fit", cluster, slices, wire))

    def _fit(self, X, y, sample_weight, fresh, epochs, shared):
        cluster = shared["cluster"]
        with agreed(cluster):
            self._check()
            random = check_random_state(self.random_state)
        random = of_first(cluster, random)
        seed = int(random.randint(np.iinfo(np.int32).max))
        with agreed(cluster):
            given = self._given(X, y, sample_weight, fresh)
            rows, held = self._split(given, fresh, random)
        again = held is not None and self.validation == "auto" and len(given.targets) <= _MOST_ROWS_TWICE
        best = of_first(cluster, self._train(given, rows, held, fresh, epochs, seed, shared, warns=not again))
        if again:
            if self.verbose and is_first(cluster):
                say(f"epoch {best} has the least val_loss: a new network learns from all rows in {best} epochs")
            self._train(given, slice(None), None, fresh, best, seed, shared)
        return self

    def _train(self, given, rows, held, fresh, epochs, seed, shared, warns=True):
        """Trains on `rows` of what is given, and returns the number of the best epoch: that with the least loss on the rows `held`, or the last."""
        cluster = shared["cluster"]
        with agreed(cluster):
            if fresh:
                self._begin(given, rows, seed, warns)
                self.history_ = []
            elif hasattr(self, "_partial"):
                self._see(given)
            else:
                self._go_on()
            features = given.X if given.table is None else self._engine.prepared(given.table, targets=False).features
            targets = self._scaled(given.targets)
            training, validation = (None if part is None else self._data(features, targets, given.weights, part, given.names) for part in (rows, held))
        take_weights_of_first(cluster, self._engine)
        patience = _PATIENCE if self.patience is None and self.validation == "auto" else self.patience
        callbacks = [] if patience is None or held is None else [{"op": "early_stopping", "patience": int(patience), "restore_best_weights": True}]
        batch = training.rows if op_name(self.optimizer) == "lbfgs" else int(self.batch_size)
        history = self._engine.fit(training, epochs=int(epochs), batch_size=batch, shuffle=bool(self.shuffle), seed=seed, validation=validation,
                                   class_weight=given.class_weight, threads=int(self.threads), precision=self.precision, callbacks=callbacks,
                                   on_epoch=_show if self.verbose and is_first(cluster) else None, **shared)["epochs"]
        self.history_.extend(history)
        self.n_iter_ = len(self.history_)
        return len(history) if held is None else 1 + min(range(len(history)), key=lambda i: history[i]["val_loss"])

    def _given(self, X, y, sample_weight, fresh):
        """The arguments of fit(), checked."""
        refuse_masked(self, X=X, y=y, sample_weight=sample_weight)
        refuse_lazy(X, type(self).__name__, "X")
        target_names = _names_of_targets(X, y)
        X, y, sample_weight = self._with_target(X, y, sample_weight, "fit")
        self._check_shape(y)
        table = self._new_table(X) if fresh else self._table(X)
        if table is None:
            X, y = self._numbers(X, y, "fit", fresh)
        else:
            X, y = None, self._checked_targets(table, y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, y, dtype=np.float32)
        targets = self._targets(y, fresh)
        class_weight, classes = self._class_weight(targets, weights), self._stratified(y)
        if fresh:
            self._target_width = targets.shape[1]
        elif targets.shape[1] != self._target_width:
            raise ValueError(f"[fit] y has {targets.shape[1]} columns, but the model was trained with {self._target_width}")
        if table is None and not self._holds_back(targets, weights, fresh) and self.batch_size >= len(X) and not hasattr(self, "_partial"):
            X, targets, weights = counted_once(X, targets, weights)
        return _Given(X, table, targets, weights, classes, class_weight, target_names if len(target_names) == targets.shape[1] else [])

    def _numbers(self, X, y, who, fresh):
        """(X in float32, y) of an array or a frame of numbers."""
        X, y = self._without_gaps(who, X, y, multi_output=self._several_outputs, dtype=(np.float64, np.float32), reset=fresh)
        if fresh:
            warn_of_rounding(who, X, getattr(self, "feature_names_in_", ()))
        X = matrix(X, who, "X")
        if fresh:
            warn_of_far_values(who, X, getattr(self, "feature_names_in_", ()))
        return X, y

    def _check_shape(self, y):
        """Raises ValueError for targets of more columns than an estimator learns."""

    def _holds_back(self, targets, weights, fresh):
        """Whether rows are held back."""
        if self.validation != "auto":
            return bool(self.validation) and not hasattr(self, "_partial")
        count = len(targets) if weights is None else np.count_nonzero(weights > 0)
        return fresh and not self.warm_start and not hasattr(self, "_partial") and count >= _LEAST_ROWS

    def _split(self, given, fresh, random):
        """(rows that train, rows that are held back or None)"""
        if not self._holds_back(given.targets, given.weights, fresh):
            return slice(None), None
        if self.validation != "auto":
            return train_test_split(np.arange(len(given.targets)), test_size=self.validation, random_state=random, stratify=given.classes)
        rows = np.arange(len(given.targets)) if given.weights is None else np.flatnonzero(given.weights > 0)
        seed = int(random.randint(np.iinfo(np.int32).max))
        try:
            return train_test_split(rows, test_size=_SHARE, random_state=seed, stratify=None if given.classes is None else given.classes[rows])
        except ValueError:  # a class has too few rows to be in both parts
            return train_test_split(rows, test_size=_SHARE, random_state=seed)

    def _data(self, features, targets, weights, rows, names=()):
        """A Dataset of these rows, with the names of classes and of targets."""
        return _core.Dataset(features[rows], targets[rows], None if weights is None else weights[rows], target_names=list(names),
                             classes=self._class_names())

    def _partial_fit(self, X, y, sample_weight):
        self._partial = True
        try:
            return self._fit(X, y, sample_weight, fresh=not hasattr(self, "_engine"), epochs=1, shared=ALONE)
        finally:
            del self._partial

    def _to_score(self, X, y, sample_weight):
        """The arguments of score(), with the target of a Table as y."""
        X, y, sample_weight = self._with_target(X, y, sample_weight, "score")
        if y is None:
            raise UsageError("[score] y is missing, expected a label or number for each row")
        return X, y, sample_weight

    def report(self, path, X, y=None, sample_weight=None, rows_are="", seconds=30):
        """Writes a page about the model to `path`, measured on these rows: curves, errors, important columns. It is one file that loads
        nothing. rows_are completes "the 114 rows ...", such as "held out of training". X: as predict() takes it; the page of an estimator
        of data frames shows their own columns: their distributions, what the model relies on, where it is worse. A Table that names its target
        needs no y. Targets that float32 cannot tell apart, as near to 1e9 + 1, appear in deviations from their mean."""
        check_is_fitted(self)
        X, y, sample_weight = self._with_target(X, y, sample_weight, "report")
        table = None
        if self._engine.table_columns():
            if is_array(X):
                raise UsageError(f"[report] X has no names of columns, expected a data frame with {', '.join(self.feature_names_in_)}")
            table = self._table(X)
            X, y = self._engine.prepared(table, targets=False).features, self._target_array(table, y, "report")
        else:
            X, y = self._numbers(X, y, "report", False)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, y, dtype=np.float32)
        targets, engine = self._targets(y, False), self._in_own_unit()
        if self._needs_double:
            targets, engine = self._scaled(targets), self._engine
        data = self._data(X, targets.astype(np.float32), weights, slice(None))
        engine.report(path, data, self.history_, title=type(self).__name__, rows_are=rows_are, seconds=float(seconds),
                      threads=int(self.threads), table=table)

    def _check(self):
        """Raises UsageError for a parameter that is not what it is expected to be."""
        who = type(self).__name__
        for name, least in (("epochs", 1), ("batch_size", 1), ("threads", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
                raise UsageError(f"[{who}] {name} is {value!r}, expected a whole number of {least} or more")
        auto = isinstance(self.validation, str) and self.validation == "auto"
        if not auto and (isinstance(self.validation, bool) or not isinstance(self.validation, (int, float, np.number)) or not 0 <= self.validation < 1):
            raise UsageError(f"[{who}] validation is {self.validation!r}, expected 'auto', or 0 or more, and less than 1")
        if self.patience is not None and not auto and not self.validation:
            raise UsageError(f"[{who}] patience is {self.patience!r}, and no rows are held back whose loss it could watch, expected validation=0.2 or "
                             "'auto' beside it")
        for name, kinds, words in (("optimizer", (str, dict), "a name such as 'adam', or {'op': 'adam', 'learning_rate': 0.01}"), ("loss", (str, dict), "a name, or 'auto'"),
                                   ("schedule", (str, dict, type(None)), "None, a name or a dictionary"), ("update", (dict, type(None)), "None or a dictionary"),
                                   ("precision", (str,), "'fp32', 'mixed_bfloat16' or 'auto'"), ("columns", (dict, type(None)), "None, or {name: {option: value}}"),
                                   ("patience", (int, np.integer, type(None)), "None, or a whole number"), ("class_weight", (str, dict, type(None)), "None, 'balanced' or {label: weight}")):
            value = getattr(self, name, None)
            if not isinstance(value, kinds) or name == "class_weight" and isinstance(value, str) and value != "balanced":
                raise UsageError(f"[{who}] {name} is {getattr(self, name)!r}, expected {words}")
        if not isinstance(self.layers, (list, tuple, np.ndarray)):
            raise UsageError(f"[{who}] layers is {self.layers!r}, expected a list such as [64, '32:tanh']")


def _names_of_targets(X, y):
    """The name of a Table's target or of a Series, or the names of a frame's columns; none if a name is missing or occurs twice."""
    if y is None:
        found = [target_name(X)]
    else:
        found = names(y) or [y.name if isinstance(getattr(y, "name", None), str) else ""]
    return found if all(found) and len(set(found)) == len(found) else []


def _show(values):
    say(" ".join(f"{name} {value:.6g}" for name, value in values.items() if name != "seconds"))

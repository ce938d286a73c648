# SPDX-License-Identifier: Apache-2.0
"""What Classifier and Regressor share: their parameters, and fit()."""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from millrace import _core
from millrace._arrays import warn_of_far_values
from millrace._cluster import ALONE, agreed, is_first, of_first, shared, take_weights_of_first
from millrace._tables import is_array
from millrace.errors import UsageError
from millrace.sklearn._checked import checked
from millrace.sklearn._own_network import HasNetwork
from millrace.sklearn._own_tables import TakesTables
from millrace.sklearn._rows import counted_once


class Own(TakesTables, HasNetwork, BaseEstimator):
    """What both share: the network, the run, the weights.

    layers: the hidden layers: whole numbers (units with relu), texts as on the command line ("64:tanh", "dropout:0.2"), or
        dictionaries {"op": "dense", "units": 64}. The last layer follows from y.
    optimizer, schedule: a name, a text such as "adam:learning_rate=0.01", or a dictionary. update: a dictionary such as
        {"clipnorm": 1.0, "weight_decay": 1e-4}.
    loss: a name; "auto" is a cross-entropy, or the mean squared error. With "poisson" the last layer of a Regressor is exponential, and its
        targets are not scaled.
    epochs, batch_size, shuffle: as for Model.fit. validation: the fraction of the rows that are held back, drawn at random and with the
        share of each class; 0: none. patience: epochs without a better validation loss after which the run ends, with the best
        weights; None: never.
    standardize: whether the features get mean 0 and deviation 1, as part of the model; and, of a Regressor, the targets.
    columns: {name: {option: value}}, how columns of a data frame are prepared (docs/tables.md); the option `kind` says what a column is:
        "number", "category", "boolean", "date" or "ignore".
    threads: 0 means as many as pay. precision: "fp32"; "mixed_bfloat16": products of large layers are rounded in training (docs/training.md);
        "auto": where that is faster. warm_start: fit() goes on with the weights it has. random_state, verbose: as in scikit-learn.
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
            training, held, class_weight = self._rows(X, y, sample_weight, fresh, random, seed)
        take_weights_of_first(cluster, self._engine)
        callbacks = [] if self.patience is None or held is None else [{"op": "early_stopping", "patience": int(self.patience), "restore_best_weights": True}]
        history = self._engine.fit(training, epochs=int(epochs), batch_size=int(self.batch_size), shuffle=bool(self.shuffle), seed=seed, validation=held,
                                   class_weight=class_weight, threads=int(self.threads), precision=self.precision, callbacks=callbacks,
                                   on_epoch=_show if self.verbose and is_first(cluster) else None, **shared)
        self.history_ = (self.history_ if not fresh else []) + history["epochs"]
        self.n_iter_ = len(self.history_)
        return self

    def _rows(self, X, y, sample_weight, fresh, random, seed):
        """(rows that train, rows that are held back or None, class weights or None) as the engine takes them. Makes the network if `fresh`."""
        X, y, sample_weight = self._with_target(X, y, sample_weight, "fit")
        self._check_shape(y)
        table = self._new_table(X) if fresh else self._table(X)
        if table is None:
            X, y = checked(self, X, y, multi_output=self._several_outputs, dtype=np.float32, reset=fresh)
            if fresh:
                warn_of_far_values("fit", X, getattr(self, "feature_names_in_", ()))
        else:
            y = self._checked_targets(table, y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, y, dtype=np.float32)
        targets = self._targets(y, fresh)
        class_weight = self._class_weight(y)
        if table is None and not self.validation and self.batch_size >= len(X) and not hasattr(self, "_partial"):
            X, targets, weights = counted_once(X, targets, weights)
        if not fresh and targets.shape[1] != self._target_width:
            raise ValueError(f"[fit] y has {targets.shape[1]} columns, but the model was trained with {self._target_width}")
        rows, held = self._split(len(targets), y, random)
        if fresh:
            self._target_width = targets.shape[1]
            self._scale_targets(targets, weights)
            if table is None:
                self._begin(X, weights, seed)
            else:
                self._begin_with_table(table, targets, weights, rows, seed)
        features = X if table is None else self._engine.prepared(table).features
        targets = self._scaled(targets)
        training, held = (None if part is None else self._data(features, targets, weights, part) for part in (rows, held))
        return training, held, class_weight

    def _check_shape(self, y):
        """Raises ValueError for targets of more columns than an estimator learns."""

    def _split(self, count, y, random):
        """(rows that train, rows that are held back or None)"""
        if not self.validation or hasattr(self, "_partial"):
            return slice(None), None
        return train_test_split(np.arange(count), test_size=self.validation, random_state=random, stratify=self._stratified(y))

    def _data(self, features, targets, weights, rows):
        names = self._class_names() if self._engine.table_columns() else []
        return _core.Dataset(features[rows], targets[rows], None if weights is None else weights[rows], classes=names)

    def _partial_fit(self, X, y, sample_weight):
        """One epoch on these rows."""
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
        needs no y. Targets that were standardised outside the model (a Regressor of arrays) appear in deviations from their mean."""
        check_is_fitted(self)
        X, y, sample_weight = self._with_target(X, y, sample_weight, "report")
        table = None
        if self._engine.table_columns():
            if is_array(X):
                raise UsageError(f"[report] X has no names of columns, expected a data frame with {', '.join(self.feature_names_in_)}")
            table = self._table(X)
            X, y = self._engine.prepared(table).features, self._target_array(table, y, "report")
        else:
            X, y = checked(self, X, y, multi_output=self._several_outputs, dtype=np.float32, reset=False)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, y, dtype=np.float32)
        data = self._data(X, self._scaled(self._targets(y, False)), weights, slice(None))
        self._engine.report(str(path), data, self.history_, title=type(self).__name__, rows_are=rows_are, seconds=float(seconds),
                            threads=int(self.threads), table=table)

    def _check(self):
        """Raises UsageError for a parameter that is not what it is expected to be."""
        who = type(self).__name__
        for name, least in (("epochs", 1), ("batch_size", 1), ("threads", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
                raise UsageError(f"[{who}] {name} is {value!r}, expected a whole number of {least} or more")
        if not isinstance(self.validation, (int, float)) or not 0 <= self.validation < 1:
            raise UsageError(f"[{who}] validation is {self.validation!r}, expected 0 or more, and less than 1")
        for name, kinds, words in (("optimizer", (str, dict), "a name such as 'adam', or {'op': 'adam', 'learning_rate': 0.01}"), ("loss", (str, dict), "a name, or 'auto'"),
                                   ("schedule", (str, dict, type(None)), "None, a name or a dictionary"), ("update", (dict, type(None)), "None or a dictionary"),
                                   ("precision", (str,), "'fp32', 'mixed_bfloat16' or 'auto'"), ("columns", (dict, type(None)), "None, or {name: {option: value}}"),
                                   ("patience", (int, np.integer, type(None)), "None, or a whole number"), ("class_weight", (str, dict, type(None)), "None, 'balanced' or {label: weight}")):
            if not isinstance(getattr(self, name, None), kinds):
                raise UsageError(f"[{who}] {name} is {getattr(self, name)!r}, expected {words}")
        if not isinstance(self.layers, (list, tuple, np.ndarray)):
            raise UsageError(f"[{who}] layers is {self.layers!r}, expected a list such as [64, '32:tanh']")


def _show(values):
    print(" ".join(f"{name} {value:.6g}" for name, value in values.items() if name != "seconds"))

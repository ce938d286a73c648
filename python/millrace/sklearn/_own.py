# SPDX-License-Identifier: Apache-2.0
"""Classifier and Regressor: estimators of scikit-learn with millrace's own options."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_random_state, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d

from millrace import _core
from millrace._cluster import is_first, of_first, of_several, take_weights_of_first
from millrace._frames import settled
from millrace._reading import select_rows, target_name
from millrace._tables import column_options, is_array, notes, target_values, unprepared, with_kinds
from millrace._warnings import warn
from millrace.errors import UsageError
from millrace.sklearn._checked import checked
from millrace.sklearn._rows import counted_once


class _Own(BaseEstimator):
    """What both share: the network, the run, the weights.

    layers: the hidden layers: whole numbers (units with relu), texts as on the command line ("64:tanh", "dropout:0.2"), or
        dictionaries {"op": "dense", "units": 64}. The last layer follows from y.
    optimizer, schedule: a name, a text such as "adam:learning_rate=0.01", or a dictionary. update: a dictionary such as
        {"clipnorm": 1.0, "weight_decay": 1e-4}.
    loss: a name; "auto" is a cross-entropy, or the mean squared error.
    epochs, batch_size, shuffle: as for Model.fit. validation: the fraction of the rows that are held back, drawn at random and with the
        share of each class; 0: none. patience: epochs without a better validation loss after which the run ends, with the best
        weights; None: never.
    standardize: whether the features get mean 0 and deviation 1, as part of the model; and, of a Regressor, the targets.
    columns: {name: {option: value}}, how columns of a data frame are prepared (docs/tables.md); the option `kind` says what a column is:
        "number", "category", "boolean", "date" or "ignore".
    threads: 0 means as many as pay. precision: "fp32"; "mixed_bfloat16": products of large layers are rounded in training (docs/training.md);
        "auto": where that is faster. warm_start: fit() goes on with the weights it has. random_state, verbose: as in scikit-learn.
    """

    def fit(self, X, y=None, sample_weight=None, cluster=None, slices=0):
        """Trains on X (rows, columns) and y (rows,) or, of a Regressor, (rows, outputs). Returns self.

        X is an array, or a data frame. A frame with text, categories, dates or missing cells is prepared: that becomes part of the
        model, and predict() takes such frames. A Table that names its target needs no y.
        cluster: a communicator of mpi4py, such as MPI.COMM_WORLD. All its processes call fit() with the same rows, and each trains on a
        part of every batch; all end with the same weights. slices: parts of a batch; with the same number, any number of processes gives
        the same bits.
        """
        return self._fit(X, y, sample_weight, fresh=not (self.warm_start and hasattr(self, "_engine")), epochs=self.epochs,
                         cluster=of_several("fit", cluster), slices=slices)

    def _fit(self, X, y, sample_weight, fresh, epochs, cluster=None, slices=0):
        self._check()
        if y is None and target_name(X):
            X, y, sample_weight = self._rows_with_target(X, sample_weight)
        elif y is None and isinstance(X, _core.Table):
            raise UsageError("[fit] y is missing, expected a label or number for each row: or name the column, with Table(..., target=...)")
        table = self._new_table(X) if fresh else self._table(X)
        if table is None:
            X, y = checked(self, X, y, multi_output=self._several_outputs, dtype=np.float32, reset=fresh)
        else:
            y = self._checked_targets(table, y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, y, dtype=np.float32)
        targets = self._targets(y, fresh)
        random = of_first(cluster, check_random_state(self.random_state))
        seed = int(random.randint(np.iinfo(np.int32).max))
        balanced = self._class_weight(y)
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
        callbacks = [] if self.patience is None or held is None else [{"op": "early_stopping", "patience": int(self.patience), "restore_best_weights": True}]
        shown = (lambda values: print(" ".join(f"{name} {value:.6g}" for name, value in values.items() if name != "seconds"))) if self.verbose and is_first(cluster) else None
        take_weights_of_first(cluster, self._engine)
        history = self._engine.fit(training, epochs=int(epochs), batch_size=int(self.batch_size), shuffle=bool(self.shuffle), seed=seed, validation=held,
                                   class_weight=balanced, threads=int(self.threads), precision=self.precision, callbacks=callbacks, on_epoch=shown,
                                   slices=slices, cluster=cluster)
        self.history_ = (self.history_ if not fresh else []) + history["epochs"]
        self.n_iter_ = len(self.history_)
        return self

    def partial_fit(self, X, y=None, sample_weight=None, **classes):
        """One epoch on these rows. The first call of a Classifier may name all classes."""
        if classes.get("classes") is not None and not hasattr(self, "classes_"):
            self.classes_ = np.unique(classes["classes"])
        self._partial = True
        try:
            return self._fit(X, y, sample_weight, fresh=not hasattr(self, "_engine"), epochs=1)
        finally:
            del self._partial

    def report(self, path, X, y, sample_weight=None, rows_are="", seconds=30):
        """Writes a page about the model to `path`, measured on these rows: curves, errors, important columns. It is one file that loads
        nothing. rows_are completes "the 114 rows ...", such as "held out of training". X: as predict() takes it; the page of an estimator
        of data frames shows their own columns: their distributions, what the model relies on, where it is worse. Targets that were
        standardised outside the model (a Regressor of arrays) appear in deviations from their mean."""
        check_is_fitted(self)
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

    def _split(self, count, y, random):
        """(rows that train, rows that are held back or None)"""
        if not self.validation or hasattr(self, "_partial"):
            return slice(None), None
        return train_test_split(np.arange(count), test_size=self.validation, random_state=random, stratify=self._stratified(y))

    def _data(self, features, targets, weights, rows):
        names = self._class_names() if self._engine.table_columns() else []
        return _core.Dataset(features[rows], targets[rows], None if weights is None else weights[rows], classes=names)

    def _new_table(self, X):
        """The Table of a frame whose columns are to be prepared, or None."""
        if self.columns is None:
            return unprepared(X)
        if is_array(X):
            raise UsageError(f"[{type(self).__name__}] columns is given, and X has no names of columns, expected a data frame")
        return self._with_kinds(X)

    def _with_kinds(self, X):
        X = settled(X)
        table = _core.Table(X)
        _, kinds = column_options(type(self).__name__, self.columns, table.names)
        return with_kinds(type(self).__name__, X, kinds) if kinds else table

    def _table(self, X):
        """The Table of a frame, if the model takes tables."""
        return self._with_kinds(X) if hasattr(self, "_engine") and self._engine.table_columns() else None

    def _rows_with_target(self, table, weights):
        """(table, y, weights) of the rows of a Table whose target is not missing."""
        y = target_values(table)
        held = np.flatnonzero([each is not None and each == each for each in y.tolist()])
        if len(held) == len(y):
            return table, y, weights
        warn(f"[fit] the target '{target_name(table)}' is missing in {len(y) - len(held)} rows, which are left out")
        y = y[held]
        if y.dtype.kind == "f" and (y == np.floor(y)).all() and table.columns[table.names.index(target_name(table))]["kind"] == "label":
            y = y.astype(int)
        return select_rows(table, held.tolist()), y, None if weights is None else np.asarray(weights)[held]

    def _checked_targets(self, table, y):
        """y as an array with an entry for each row; remembers the names of the columns."""
        y = self._target_array(table, y, "fit")
        self.feature_names_in_ = np.array([name for name in table.names if name != target_name(table)], object)
        self.n_features_in_ = len(self.feature_names_in_)
        return y

    def _target_array(self, table, y, who):
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y") if self._several_outputs else column_or_1d(y, warn=True)
        if len(y) != len(table):
            raise ValueError(f"[{who}] X has {len(table)} rows and y {len(y)}, expected as many each")
        return y

    def _begin_with_table(self, table, targets, weights, rows, seed):
        """The network with its initial weights, behind the preparation of a table's columns."""
        self._engine = _core.Model([*map(_layer, self.layers), {"op": "dense", "units": self._outputs(), "activation": self._activation()}])
        options, kinds = column_options(type(self).__name__, self.columns, table.names)
        target = [target_name(table)] if target_name(table) else []
        prepared = self._engine.prepare(table, target, all={} if self.standardize else {"scale": "none"}, columns=options,
                                        training=None if isinstance(rows, slice) else rows.tolist())
        data = self._engine.prepared(table)
        self._engine.build(data, seed)
        self._scale_targets_in_engine(self._data(data.features, targets, weights, rows))
        self._engine.compile(self._loss(), self.optimizer, [], self.schedule, self.update)
        for note in notes(table, prepared, kinds):
            warn(f"[{type(self).__name__}] {note}")

    def _scale_targets_in_engine(self, data):
        """Leaves the scaling of targets to the engine, whose .onnx file then has it."""

    def _class_names(self):
        """The classes as the engine knows them."""
        return []

    def _begin(self, X, weights, seed):
        """The network with its initial weights. Standardisation is its first layer, which is not trained."""
        first = [{"op": "batch_normalization", "name": "standardize", "inputs": ["features"], "center": False, "scale": False, "epsilon": 1e-30,
                  "trainable": False}] if self.standardize else []
        self._engine = _core.Model([*first, *map(_layer, self.layers), {"op": "dense", "units": self._outputs(), "activation": self._activation()}])
        self._engine.build(X.shape[1], seed)
        if self.standardize:
            mean, spread = mean_and_spread(X, weights)
            self._engine.set_weights("standardize/moving_mean", mean)
            self._engine.set_weights("standardize/moving_variance", spread ** 2)
        self._engine.compile(self._loss(), self.optimizer, [], self.schedule, self.update)

    def _scale_targets(self, targets, weights):
        """Learns how targets are scaled."""

    def _scaled(self, targets):
        """Targets as the network learns them."""
        return targets

    def _scores(self, X):
        check_is_fitted(self)
        if self._engine.table_columns():
            if is_array(X):
                raise UsageError(f"[predict] X has no names of columns, expected a data frame with {', '.join(self.feature_names_in_)}")
            if target_name(X):  # whose classes may be others than those of y
                rows = self._engine.prepared(X)
                X = _core.Dataset(rows.features, feature_names=rows.feature_names)
            return self._engine.predict(X, int(self.threads))
        X = checked(self, X, dtype=np.float32, reset=False)
        return self._engine.predict(X, int(self.threads))

    def _check(self):
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
    mean = np.average(values.astype(np.float64), axis=0, weights=weights)
    spread = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights))
    return mean, np.where(spread > 0, spread, 1.0)


def _layer(given):
    """A layer from a number of units, a text or a dictionary."""
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        return {"op": "dense", "units": int(given), "activation": "relu"}
    return given


class Classifier(ClassifierMixin, _Own):
    __doc__ = f"""A classifier with millrace's options. Labels are numbers or text.

    class_weight: None, "balanced", or {{label: weight}}. The others:
{str(_Own.__doc__).partition(chr(10))[2]}"""

    _several_outputs = False

    def __init__(self, layers=(64, 32), *, optimizer="adam", loss="auto", schedule=None, update=None, epochs=100, batch_size=32, shuffle=True, validation=0.0,
                 patience=None, class_weight=None, standardize=True, columns=None, threads=0, precision="fp32", warm_start=False, random_state=None, verbose=False):
        for name, value in locals().copy().items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    def _targets(self, y, fresh):
        y = column_or_1d(y, warn=True)
        if y.dtype == object and (missing := sum(each is None or each != each for each in y.tolist())):
            raise ValueError(f"[Classifier] y is missing in {missing} rows, expected a label in each: leave them out, in pandas with y.notna()")
        check_classification_targets(y)
        if fresh and not hasattr(self, "_partial") or not hasattr(self, "classes_"):
            self.classes_ = np.unique(y)
            self._warn_of_numbers(y)
        unknown = sorted(set(np.unique(y).tolist()) - set(self.classes_.tolist()))
        if unknown:
            raise ValueError(f"[fit] y has classes that the first call did not have: {unknown}")
        if len(self.classes_) < 2:
            raise ValueError(f"[Classifier] y has one class, {self.classes_[0]!r}; a classifier needs samples of at least 2 classes")
        return np.searchsorted(self.classes_, y).astype(np.float32).reshape(-1, 1)

    def _warn_of_numbers(self, y):
        """Texts such as "1,234" or "$3.50" are classes here; a file's would be noted, too."""
        if y.dtype.kind in "OUT" and all(isinstance(each, str) for each in self.classes_.tolist()):
            for obstacle in _core.Table({"y": y.tolist()}).columns[0]["obstacles"]:
                warn(f"[Classifier] y: {obstacle}")

    def _class_names(self):
        return [str(each) for each in self.classes_.tolist()]

    def _stratified(self, y):
        return y

    def _outputs(self):
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _activation(self):
        return "sigmoid" if len(self.classes_) == 2 else "softmax"

    def _loss(self):
        if self.loss != "auto":
            return self.loss
        return "binary_crossentropy" if len(self.classes_) == 2 else "sparse_categorical_crossentropy"

    def _class_weight(self, y):
        if self.class_weight is None:
            return None
        if self.class_weight == "balanced":
            return [float(each) for each in compute_class_weight("balanced", classes=self.classes_, y=y)] if set(self.classes_) == set(np.unique(y)) else None
        unknown = [each for each in self.class_weight if each not in self.classes_.tolist()] if not hasattr(self, "_partial") else []
        if unknown:
            raise UsageError(f"[Classifier] class_weight has the class {unknown[0]!r}, expected classes of y: {', '.join(map(repr, self.classes_.tolist()))}")
        return [float(self.class_weight.get(each, 1.0)) for each in self.classes_.tolist()]

    def predict_proba(self, X):
        """Probabilities (rows, classes)."""
        scores = self._scores(X)
        return np.column_stack([1 - scores, scores]) if scores.shape[1] == 1 else scores / scores.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X):
        """Logarithms of predict_proba."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """The class of each row."""
        scores = self._scores(X)
        return self.classes_[(scores[:, 0] > 0.5).astype(int) if scores.shape[1] == 1 else scores.argmax(axis=1)]


class Regressor(RegressorMixin, _Own):
    __doc__ = f"""A regressor with millrace's options. y is (rows,) or (rows, outputs).
{str(_Own.__doc__).partition(chr(10))[2]}"""

    _several_outputs = True

    def __init__(self, layers=(64, 32), *, optimizer="adam", loss="auto", schedule=None, update=None, epochs=100, batch_size=32, shuffle=True, validation=0.0,
                 patience=None, standardize=True, columns=None, threads=0, precision="fp32", warm_start=False, random_state=None, verbose=False):
        for name, value in locals().copy().items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    def _targets(self, y, fresh):
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if fresh:
            self._one = y.ndim == 1
        return np.asarray(y, np.float64).reshape(len(y), -1)

    def _scale_targets(self, targets, weights):
        self._mean, self._spread = np.zeros(targets.shape[1]), np.ones(targets.shape[1])
        if self.standardize:
            self._mean, self._spread = mean_and_spread(targets, weights)

    def _scale_targets_in_engine(self, data):
        self._mean, self._spread = np.zeros(self._target_width), np.ones(self._target_width)
        if self.standardize:
            self._engine.scale_target(data)

    def _scaled(self, targets):
        return ((targets - self._mean) / self._spread).astype(np.float32)

    def _stratified(self, y):
        return None

    def _outputs(self):
        return self._target_width

    def _activation(self):
        return "linear"

    def _loss(self):
        return "mean_squared_error" if self.loss == "auto" else self.loss

    def _class_weight(self, y):
        return None

    def predict(self, X):
        """The outputs of each row: (rows,) or (rows, outputs)."""
        outputs = self._scores(X) * self._spread + self._mean
        return outputs[:, 0] if self._one else outputs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

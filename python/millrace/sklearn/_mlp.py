# SPDX-License-Identifier: Apache-2.0
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d

from millrace import _core
from millrace._arrays import matrix, warn_of_far_values, warn_of_rounding
from millrace._cluster import ALONE, agreed, is_first, of_first, shared, take_weights_of_first
from millrace._output import say
from millrace._warnings import warn
from millrace.errors import UnsupportedError, UsageError
from millrace.sklearn._checked import checked, refuse_masked, refuse_times
from millrace.sklearn._rows import counted_once

_ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}


class _MLP(BaseEstimator):
    """What classifier and regressor share: parameters, the network, and the run."""

    # --- fit
    def fit(self, X, y, sample_weight=None, cluster=None, slices=0, wire="fp32"):
        """Trains on X (rows, columns) and y (rows,) or (rows, outputs). Returns self.

        cluster: a communicator of mpi4py, such as MPI.COMM_WORLD. All its processes call fit() with the same rows and parameters, and each
        trains on a part of every batch; all end with the same weights, and each may then predict and score by itself. An error of one is
        raised by all. slices: parts of a batch; with the same number, any number of processes gives the same bits. wire: "fp32", or "bfloat16",
        in which gradients travel in half the bytes and lose precision (docs/cluster.md).
        Raises UsageError for wrong parameters, ValueError for arrays that scikit-learn would refuse.
        """
        return self._fit(X, y, sample_weight, incremental=False, shared=shared("fit", cluster, slices, wire))

    def _fit(self, X, y, sample_weight, incremental, shared):
        cluster = shared["cluster"]
        with agreed(cluster):
            self._check_parameters()
            random = check_random_state(self.random_state)
        random = of_first(cluster, random)
        seed = int(random.randint(np.iinfo(np.int32).max))
        with agreed(cluster):
            training, validation = self._rows(X, y, sample_weight, incremental, random, seed)
        take_weights_of_first(cluster, self._engine)
        self._run(training, validation, seed, incremental, shared)
        return self

    def _rows(self, X, y, sample_weight, incremental, random, seed):
        """(training, validation or None) as tables of the engine. Makes the network of a fit() that begins anew."""
        if incremental and self.solver == "lbfgs":
            raise AttributeError("[partial_fit] the solver lbfgs trains on all rows at once, expected sgd or adam")
        if incremental and self.early_stopping:
            raise ValueError("[partial_fit] early_stopping is True, and one epoch on these rows cannot stop early, expected early_stopping=False")
        fresh = not hasattr(self, "_engine") or not (self.warm_start or incremental)
        refuse_masked(self, X=X, y=y, sample_weight=sample_weight)
        X, y = checked(self, X, y, multi_output=True, dtype=(np.float64, np.float32), reset=fresh)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=np.float32)
        if fresh:
            warn_of_rounding("fit", X, getattr(self, "feature_names_in_", ()))
        X, targets = matrix(X, "fit", "X"), self._targets(y, fresh, incremental)
        if fresh:
            warn_of_far_values("fit", X, getattr(self, "feature_names_in_", ()))
            self._begin(X.shape[1], targets.shape[1], seed)
        elif targets.shape[1] != self._target_width:
            raise ValueError(f"[fit] y has {targets.shape[1]} columns, but the model was trained with {self._target_width}")
        elif not incremental:
            self._go_on()
        return self._split(X, targets, weights, y, random, incremental)

    def _split(self, X, targets, weights, y, random, incremental):
        """(training, validation or None) as tables of the engine."""
        if not self.early_stopping or incremental:
            if not incremental and self._batch_rows(len(X)) == len(X):
                X, targets, weights = counted_once(X, targets, weights)
            return _core.Dataset(X, targets, weights), None
        stratify = y if is_classifier(self) and targets.shape[1] == 1 else None
        rows, held = train_test_split(np.arange(len(X)), test_size=self.validation_fraction, random_state=random, stratify=stratify)
        if is_classifier(self) and len(rows) < self._outputs:
            raise ValueError(f"[fit] {len(rows)} training rows after the split, expected one for each class: lower validation_fraction")
        return (_core.Dataset(X[rows], targets[rows], None if weights is None else weights[rows]),
                _core.Dataset(X[held], targets[held], None if weights is None else weights[held]))

    def _begin(self, columns, target_width, seed):
        self._target_width = target_width
        self._units = self._hidden() + [self._outputs]
        self._engine = self._network()
        self._engine.build(columns, seed)
        self._compile()
        self.n_layers_, self.n_outputs_ = len(self._units) + 1, self._outputs
        self.out_activation_ = {"linear": "identity", "sigmoid": "logistic"}.get(self._last_activation(), "softmax")
        self.loss_curve_, self.loss_, self.t_, self.n_iter_ = [], np.inf, 0, 0
        self.best_loss_ = np.inf
        self.validation_scores_, self.best_validation_score_ = None, None

    def _go_on(self):
        """Gives the weights to a network with the parameters of now, whose optimizer begins anew, as with scikit-learn."""
        if self._hidden() != self._units[:-1]:
            raise UsageError(f"[{type(self).__name__}] hidden_layer_sizes is {self.hidden_layer_sizes!r}, and with warm_start the weights of layers of "
                             f"{', '.join(map(str, self._units[:-1])) or 'no'} units go on, expected these: or warm_start=False")
        trained, self._engine = self._engine, self._network()
        self._engine.build(trained.input_width, 0)
        self._engine.copy_weights(trained)
        self._compile()

    def _hidden(self):
        return [int(each) for each in np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)).tolist()]

    def _compile(self):
        self._engine.compile(self._loss(), self._optimizer(), self._metrics() if self.early_stopping else [])

    def _network(self):
        layer = {"op": "dense", "kernel_l2": float(self.alpha)}
        activations = [_ACTIVATIONS[self.activation]] * (len(self._units) - 1) + [self._last_activation()]
        return _core.Model([{**layer, "units": units, "activation": each} for units, each in zip(self._units, activations)], semantics="sklearn")

    def _optimizer(self):
        if self.solver == "lbfgs":
            return {"op": "lbfgs", "tolerance_gradient": float(self.tol)}
        rate = {"learning_rate": float(self.learning_rate_init)}
        if self.solver == "sgd":
            return {"op": "sgd", **rate, "momentum": float(self.momentum), "nesterov": bool(self.nesterovs_momentum)}
        return {"op": "adam", **rate, "beta_1": float(self.beta_1), "beta_2": float(self.beta_2), "epsilon": float(self.epsilon)}

    def _batch_rows(self, rows):
        return rows if self.solver == "lbfgs" else min(200, rows) if self.batch_size == "auto" else min(int(self.batch_size), rows)

    def _run(self, training, validation, seed, incremental, shared):
        rows = training.rows
        callbacks = [] if incremental or self.solver == "lbfgs" or not np.isfinite(self.n_iter_no_change) else [
            {"op": "early_stopping", "patience": int(self.n_iter_no_change), "min_delta": float(self.tol),
             "adaptive": self.learning_rate == "adaptive" and self.solver == "sgd"}]
        self.n_iter_ = 0
        self.best_loss_ = None if self.early_stopping else np.inf if self.best_loss_ is None else self.best_loss_
        self.validation_scores_ = None if validation is None else self.validation_scores_ or []

        def keep(values):  # epoch by epoch, so that a run that is interrupted leaves numbers that belong to its weights
            self.loss_ = values["loss"]
            self.loss_curve_.append(self.loss_)
            self.n_iter_ += 1
            self.t_ += rows
            if self.best_loss_ is not None:
                self.best_loss_ = min(self.best_loss_, self.loss_)
            if validation is not None:
                self.validation_scores_.append(values[f"val_{self._metrics()[0]}"])
                self.best_validation_score_ = max(self.validation_scores_)
            if self.verbose and is_first(shared["cluster"]):
                say(f"Iteration {values['epoch']}, loss = {values['loss']:.8f}")

        history = self._engine.fit(training, epochs=1 if incremental else self._most_epochs(), batch_size=self._batch_rows(rows), shuffle=bool(self.shuffle),
                                   seed=seed, validation=validation, callbacks=callbacks, on_epoch=keep, **shared)
        if not incremental and not history["stopped"] and self.n_iter_ == self.max_iter:
            warn(f"[fit] max_iter={self.max_iter} epochs were made, and the loss still falls by more than tol: raise max_iter", ConvergenceWarning)

    def _most_epochs(self):
        return int(min(self.max_iter, self.max_fun)) if self.solver == "lbfgs" else int(self.max_iter)

    def report(self, path, X, y, sample_weight=None, rows_are="", seconds=30):
        """Writes a page about the model to `path`, measured on these rows: curves, errors, important columns. It is one file that loads
        nothing. rows_are completes "the 114 rows ...", such as "held out of training"."""
        check_is_fitted(self)
        X, y = checked(self, X, y, multi_output=True, dtype=(np.float64, np.float32), reset=False)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, y, dtype=np.float32)
        data = _core.Dataset(X, self._targets(y, False, False), weights)
        self._engine.report(path, data, [{"loss": each} for each in self.loss_curve_], title=type(self).__name__, rows_are=rows_are,
                            seconds=float(seconds))

    # --- weights
    @property
    def coefs_(self):
        """The kernel of each layer (inputs, units). The arrays are copies that cannot be written to."""
        return self._copies("kernel")

    @property
    def intercepts_(self):
        """The bias of each layer (units). The arrays are copies that cannot be written to."""
        return self._copies("bias")

    def _copies(self, of):
        if not hasattr(self, "_engine"):
            raise AttributeError(f"[{type(self).__name__}] there are no weights yet, expected fit() first")
        copies = [self._engine.weights(name) for name, _, _ in self._engine.parameters() if name.endswith(f"/{of}")]
        for each in copies:
            each.flags.writeable = False
        return copies

    def __getstate__(self):
        """Pickles hold the engine's model as bytes: its weights, not the optimizer's state. partial_fit goes on with a new optimizer."""
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

    def _scores(self, X):
        check_is_fitted(self)
        X = checked(self, X, dtype=(np.float64, np.float32), reset=False)
        return self._engine.predict(X).astype(X.dtype, copy=False)

    # --- parameters
    def _check_parameters(self):
        def expect(name, right, expected):
            if not right:
                raise UsageError(f"[{type(self).__name__}] {name} is {getattr(self, name)!r}, expected {expected}")

        def is_whole(value):
            return isinstance(value, (int, np.integer)) and not isinstance(value, bool)

        def is_number(value):
            return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)

        hidden = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)).tolist()
        expect("hidden_layer_sizes", all(is_whole(each) and each > 0 for each in hidden), "whole numbers above 0")
        expect("activation", self.activation in _ACTIVATIONS, f"one of {', '.join(_ACTIVATIONS)}")
        expect("solver", self.solver in ("adam", "sgd", "lbfgs"), "adam, sgd or lbfgs")
        expect("learning_rate", self.learning_rate in ("constant", "adaptive", "invscaling"), "constant or adaptive")
        if self.learning_rate == "invscaling" and self.solver == "sgd":
            raise UnsupportedError(f"[{type(self).__name__}] learning_rate='invscaling' is not supported, expected constant or adaptive")
        for name, positive in (("alpha", False), ("learning_rate_init", True), ("tol", False), ("epsilon", True), ("n_iter_no_change", True)):
            value = getattr(self, name)
            expect(name, is_number(value) and (value > 0 if positive else value >= 0), "a number " + ("above 0" if positive else "of 0 or more"))
        for name in ("momentum", "beta_1", "beta_2"):
            expect(name, is_number(getattr(self, name)) and 0 <= getattr(self, name) <= 1, "a number from 0 to 1")
        for name in ("max_iter", "max_fun"):
            expect(name, is_whole(getattr(self, name)) and getattr(self, name) > 0, "a whole number above 0")
        expect("batch_size", isinstance(self.batch_size, str) and self.batch_size == "auto" or is_whole(self.batch_size) and self.batch_size > 0, "'auto' or a whole number above 0")
        expect("validation_fraction", is_number(self.validation_fraction) and 0 <= self.validation_fraction < 1, "0 or more, and less than 1")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


class MLPClassifier(ClassifierMixin, _MLP):
    """A classifier; parameters are those of sklearn.neural_network.MLPClassifier.

    Labels are numbers or text, or a 0/1 matrix of several labels a row. Ends in a sigmoid for two classes or several
    labels, else in softmax. learning_rate="invscaling" is not supported. max_fun bounds the iterations of lbfgs, as max_iter does. coefs_ and
    intercepts_ are copies that cannot be written to.
    """

    def __init__(self, hidden_layer_sizes=(100,), activation="relu", *, solver="adam", alpha=0.0001, batch_size="auto", learning_rate="constant",
                 learning_rate_init=0.001, power_t=0.5, max_iter=200, shuffle=True, random_state=None, tol=1e-4, verbose=False, warm_start=False,
                 momentum=0.9, nesterovs_momentum=True, early_stopping=False, validation_fraction=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-8,
                 n_iter_no_change=10, max_fun=15000):
        _keep(self, locals())

    def _targets(self, y, fresh, incremental):
        check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if fresh and not (incremental and hasattr(self, "classes_")):
            self._binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._binarizer.classes_
        elif self.warm_start and not incremental:
            found = unique_labels(y)
            if set(found) - set(self.classes_):
                raise ValueError(f"[fit] with warm_start, y has the classes {found}, but the model was trained with {self.classes_}")
        elif set(unique_labels(y)) - set(self.classes_):
            raise ValueError(f"[partial_fit] y has classes that were not given: {sorted(set(unique_labels(y)) - set(self.classes_))}")
        if type_of_target(y).startswith("multilabel"):
            self._outputs = y.shape[1]
            return np.asarray(y, np.float32)
        self._outputs = 1 if len(self.classes_) <= 2 else len(self.classes_)
        return np.searchsorted(self.classes_, y).astype(np.float32).reshape(-1, 1)

    def _last_activation(self):
        return "sigmoid" if self._outputs == 1 or self._target_width > 1 else "softmax"

    def _loss(self):
        return "binary_crossentropy" if self._last_activation() == "sigmoid" else "sparse_categorical_crossentropy"

    def _metrics(self):
        return ["subset_accuracy" if self._target_width > 1 else "accuracy"]

    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """One epoch on these rows. The first call names all classes."""
        if not hasattr(self, "_engine"):
            if classes is None:
                raise ValueError("[partial_fit] classes is missing, expected all classes at the first call")
            self.classes_ = unique_labels(classes)
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise ValueError(f"[partial_fit] classes is {classes}, but the first call had {self.classes_}")
        return self._fit(X, y, sample_weight, incremental=True, shared=ALONE)

    def predict(self, X):
        """The class of each row."""
        scores = self._scores(X)
        if self._target_width > 1:
            return (scores > 0.5).astype(int)
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(scores))
        return self.classes_[(scores[:, 0] > 0.5).astype(int) if self._outputs == 1 else scores.argmax(axis=1)]

    def predict_proba(self, X):
        """Probabilities (rows, classes)."""
        scores = self._scores(X)
        if self._outputs == 1:
            return np.column_stack([1 - scores, scores])
        return scores if self._target_width > 1 else scores / scores.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X):
        """Logarithms of predict_proba."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressor(RegressorMixin, _MLP):
    """A regressor; parameters are those of sklearn.neural_network.MLPRegressor with the squared error.

    y is (rows,) or (rows, outputs). learning_rate="invscaling" and loss="poisson" are not supported. max_fun bounds the iterations of
    lbfgs, as max_iter does. coefs_ and intercepts_ are copies that cannot be written to.
    """

    def __init__(self, loss="squared_error", hidden_layer_sizes=(100,), activation="relu", *, solver="adam", alpha=0.0001, batch_size="auto",
                 learning_rate="constant", learning_rate_init=0.001, power_t=0.5, max_iter=200, shuffle=True, random_state=None, tol=1e-4,
                 verbose=False, warm_start=False, momentum=0.9, nesterovs_momentum=True, early_stopping=False, validation_fraction=0.1,
                 beta_1=0.9, beta_2=0.999, epsilon=1e-8, n_iter_no_change=10, max_fun=15000):
        _keep(self, locals())

    def _check_parameters(self):
        if self.loss != "squared_error":
            raise UnsupportedError(f"[MLPRegressor] loss={self.loss!r} is not supported, expected squared_error")
        super()._check_parameters()

    def _targets(self, y, fresh, incremental):
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        refuse_times(self, y)
        targets = np.asarray(y, np.float32).reshape(len(y), -1)
        self._outputs = targets.shape[1]
        return targets

    def _last_activation(self):
        return "linear"

    def _loss(self):
        return "mean_squared_error"

    def _metrics(self):
        return ["r2"]

    def partial_fit(self, X, y, sample_weight=None):
        """One epoch on these rows."""
        return self._fit(X, y, sample_weight, incremental=True, shared=ALONE)

    def predict(self, X):
        """The outputs of each row: (rows,) or (rows, outputs)."""
        scores = self._scores(X)
        return scores[:, 0] if self._outputs == 1 else scores

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _keep(self, arguments):
    """Stores the arguments of __init__ as they are, as scikit-learn wants it."""
    for name, value in arguments.items():
        if name not in ("self", "__class__"):
            setattr(self, name, value)

# SPDX-License-Identifier: Apache-2.0
"""Classifier and Regressor: estimators of scikit-learn with millrace's own options."""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from millrace import _core
from millrace._warnings import warn
from millrace.errors import UsageError
from millrace.sklearn._checked import refuse_missing_labels, refuse_times
from millrace.sklearn._instead import says_instead
from millrace.sklearn._own_fit import Own
from millrace.sklearn._own_network import mean_and_spread, moments, op_name


class Classifier(ClassifierMixin, Own):
    __doc__ = f"""A classifier with millrace's options. Labels are numbers or text.

    class_weight: None, "balanced" (rows count by their sample_weight), or {{label: weight}}. The others:
{str(Own.__doc__).partition(chr(10))[2]}"""

    _several_outputs = False

    @says_instead
    def __init__(self, layers=(64, 32), *, optimizer="adam", loss="auto", schedule=None, update=None, epochs=100, batch_size=32, shuffle=True, validation="auto",
                 patience=None, class_weight=None, standardize=True, columns=None, threads=0, precision="fp32", warm_start=False, random_state=None, verbose=False):
        for name, value in locals().copy().items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    def partial_fit(self, X, y=None, sample_weight=None, classes=None):
        """One epoch on these rows. The first call may name all classes. Mean and deviation of features are those of all rows of all calls; of a data
        frame whose columns are prepared, the preparation is that of the first call."""
        if classes is not None and not hasattr(self, "classes_"):
            self.classes_ = np.unique(classes)
        elif classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError(f"[partial_fit] classes is {np.unique(classes).tolist()}, but the first call had {self.classes_.tolist()}, expected the same")
        return self._partial_fit(X, y, sample_weight)

    def score(self, X, y=None, sample_weight=None):
        """The share of rows whose class is predicted. A Table that names its target needs no y."""
        return super().score(*self._to_score(X, y, sample_weight))

    def _check_shape(self, y):
        shape = getattr(y, "shape", ())
        if len(shape) == 2 and shape[1] > 1:
            raise ValueError(f"[Classifier] y should be a 1d array, got an array of shape {shape} instead: MLPClassifier learns several 0/1 labels a row, "
                             "and sklearn.multioutput.MultiOutputClassifier(Classifier()) any labels")

    def _targets(self, y, fresh):
        y = column_or_1d(y, warn=True)
        refuse_missing_labels(self, y)
        kinds = sorted({type(each).__name__ for each in y.tolist()}) if y.dtype == object else []
        if "str" in kinds and len(kinds) > 1:
            raise TypeError(f"[Classifier] y has labels of the types {', '.join(kinds)}, expected one type: in pandas, y.astype(str)")
        check_classification_targets(y)
        if fresh and not hasattr(self, "_partial") or not hasattr(self, "classes_"):
            self.classes_ = np.unique(y)
            self._warn_of_numbers(y)
        unknown = sorted(set(np.unique(y).tolist()) - set(self.classes_.tolist()))
        if unknown:
            raise ValueError(f"[fit] y has classes that the first call did not have: {unknown}")
        if len(self.classes_) < 2:
            raise ValueError(f"[Classifier] y has one class, {self.classes_.tolist()[0]!r}; a classifier needs samples of at least 2 classes")
        return np.searchsorted(self.classes_, y).astype(np.float32).reshape(-1, 1)

    def _warn_of_numbers(self, y):
        """Texts such as "1,234" or "$3.50" are classes here; a file's would be noted, too."""
        if y.dtype.kind in "OUT" and all(isinstance(each, str) for each in self.classes_.tolist()):
            for obstacle in _core.Table({"y": y.tolist()}).columns[0]["obstacles"]:
                warn(f"[Classifier] y: {obstacle}")

    def _check_loss(self, takes):
        """Raises UsageError for a loss that does not take several classes. takes: the engine's word for its targets."""
        if len(self.classes_) > 2 and takes != "classes":
            raise UsageError(f"[Classifier] loss is {self.loss!r}, which takes {'two classes' if takes == 'labels' else 'numbers'}, and y has {len(self.classes_)} "
                             "classes, expected loss='auto', 'sparse_categorical_crossentropy' or 'categorical_focal_crossentropy'; for numbers, use Regressor")

    def _data(self, features, targets, weights, rows, names=()):
        """A Dataset with the index of each row's class, or with a column for each class if the loss takes that."""
        data = super()._data(features, targets, weights, rows, names)
        return data if self._engine.target_width == 1 else self._engine.fit_targets(data)

    def _class_names(self):
        return [str(each) for each in self.classes_.tolist()]

    def _stratified(self, y):
        return y

    def _outputs(self):
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    @property
    def _margins(self):
        """Whether the output of the trained network is a margin from -1 to 1, whose sign is the class, and not a probability."""
        return self._engine.layers()[-1]["activation"] == "tanh"

    def _activation(self):
        if op_name(self.loss) in ("hinge", "squared_hinge"):
            return "tanh"
        return "sigmoid" if len(self.classes_) == 2 else "softmax"

    def _loss(self):
        if self.loss != "auto":
            return self.loss
        return "binary_crossentropy" if len(self.classes_) == 2 else "sparse_categorical_crossentropy"

    def _class_weight(self, targets, weights):
        if self.class_weight is None:
            return None
        if self.class_weight == "balanced":  # a row of weight 2 counts as two rows, as in scikit-learn
            sums = np.bincount(targets[:, 0].astype(int), weights, len(self.classes_)).astype(np.float64)
            there = sums > 0
            return np.divide(sums.sum(), there.sum() * sums, out=np.ones(len(sums)), where=there).tolist()
        unknown = [each for each in self.class_weight if each not in self.classes_.tolist()] if not hasattr(self, "_partial") else []
        if unknown:
            raise UsageError(f"[Classifier] class_weight has the class {unknown[0]!r}, expected classes of y: {', '.join(map(repr, self.classes_.tolist()))}")
        return [float(self.class_weight.get(each, 1.0)) for each in self.classes_.tolist()]

    def predict_proba(self, X):
        """Probabilities (rows, classes). Of a hinge loss, which learns none, (1 + margin) / 2."""
        scores = self._scores(X)
        if self._margins:
            scores = (1 + scores) / 2
        return np.column_stack([1 - scores, scores]) if scores.shape[1] == 1 else scores / scores.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X):
        """Logarithms of predict_proba."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """The class of each row."""
        scores = self._scores(X)
        return self.classes_[(scores[:, 0] > (0 if self._margins else 0.5)).astype(int) if scores.shape[1] == 1 else scores.argmax(axis=1)]


class Regressor(RegressorMixin, Own):
    __doc__ = f"""A regressor with millrace's options. y is (rows,) or (rows, outputs).
{str(Own.__doc__).partition(chr(10))[2]}"""

    _several_outputs = True

    @says_instead
    def __init__(self, layers=(64, 32), *, optimizer="adam", loss="auto", schedule=None, update=None, epochs=100, batch_size=32, shuffle=True, validation="auto",
                 patience=None, standardize=True, columns=None, threads=0, precision="fp32", warm_start=False, random_state=None, verbose=False):
        for name, value in locals().copy().items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    def partial_fit(self, X, y=None, sample_weight=None):
        """One epoch on these rows. Mean and deviation of features and targets are those of all rows of all calls; of a data frame whose columns are
        prepared, the preparation is that of the first call."""
        return self._partial_fit(X, y, sample_weight)

    def score(self, X, y=None, sample_weight=None):
        """R2, the share of the variance of y that is predicted. A Table that names its target needs no y."""
        return super().score(*self._to_score(X, y, sample_weight))

    def _targets(self, y, fresh):
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if fresh:
            self._one = y.ndim == 1
        refuse_times(self, y)
        return np.asarray(y, np.float64).reshape(len(y), -1)

    def _scale_targets(self, targets, weights, more=False):
        super()._scale_targets(targets, weights)
        if self.standardize and not self._counts:
            self._target_moments = moments(targets, weights, self._target_moments if more else None)
            self._mean, self._spread = mean_and_spread(self._target_moments, np.float64)

    def _check_loss(self, takes):
        """Raises UsageError for a loss of classes. takes: the engine's word for its targets."""
        if takes != "numbers":
            raise UsageError(f"[Regressor] loss is {self.loss!r}, which takes classes, expected loss='mean_squared_error', 'mean_absolute_error', 'huber', 'log_cosh' "
                             "or 'poisson'; for classes, use Classifier")

    def _stratified(self, y):
        return None

    def _outputs(self):
        return self._target_width

    @property
    def _counts(self):
        """Whether the targets are counts, whose expected values are above 0 and which are not scaled."""
        return op_name(self.loss) == "poisson"

    def _activation(self):
        return "exponential" if self._counts else "linear"

    def _loss(self):
        return "mean_squared_error" if self.loss == "auto" else self.loss

    def _class_weight(self, targets, weights):
        return None

    def _begin(self, given, rows, seed, warns):
        """Predictions of counts start at the mean: from a bias of 0, which predicts exp(0), it takes hundreds of steps to come near 1000."""
        super()._begin(given, rows, seed, warns)
        if self._counts:
            _, mean, _ = moments(given.targets[rows], None if given.weights is None else given.weights[rows])
            bias, _, _ = self._engine.parameters()[-1]
            self._engine.set_weights(bias, np.log(np.where(mean > 0, mean, 1.0)))

    def predict(self, X):
        """The outputs of each row: (rows,) or (rows, outputs)."""
        outputs = self._scores(X) * self._spread + self._mean
        return outputs[:, 0] if self._one else outputs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

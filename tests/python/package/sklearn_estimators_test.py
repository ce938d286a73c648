# SPDX-License-Identifier: Apache-2.0
"""MLPClassifier and MLPRegressor as estimators of scikit-learn, and beside scikit-learn's own."""

import pickle
import warnings

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification, make_multilabel_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import millrace
from millrace.sklearn import Classifier, MLPClassifier, MLPRegressor, Regressor

X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)


@parametrize_with_checks([MLPClassifier(max_iter=100), MLPRegressor(max_iter=100), Classifier((16,), epochs=40),
                          Regressor((16,), epochs=40)])
def test_is_an_estimator_of_scikit_learn(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        check(estimator)


def test_weights_count_as_repeated_rows():
    options = {"solver": "sgd", "shuffle": False, "max_iter": 30, "batch_size": 300, "random_state": 1, "momentum": 0.0}
    weights = np.arange(150) % 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weighted = MLPRegressor(**options).fit(X, X[:, 0], sample_weight=weights)
        repeated = MLPRegressor(**options).fit(np.repeat(X, weights, axis=0), np.repeat(X[:, 0], weights))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), atol=2e-5)


@pytest.mark.parametrize("ours", [MLPClassifier, MLPRegressor])
def test_has_the_parameters_of_scikit_learn(ours):
    theirs = getattr(sklearn.neural_network, ours.__name__)
    assert ours().get_params() == theirs().get_params()


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_learns_as_well_as_scikit_learn(solver):
    options = {"solver": solver, "max_iter": 300, "random_state": 1, "learning_rate_init": 0.01, "hidden_layer_sizes": (16, 8)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        ours = MLPClassifier(**options).fit(X, Y)
        theirs = sklearn.neural_network.MLPClassifier(**options).fit(X, Y)
    assert ours.score(X, Y) > theirs.score(X, Y) - 0.03
    np.testing.assert_allclose(ours.predict_proba(X).sum(axis=1), 1, rtol=1e-6)


def test_ends_where_scikit_learn_does():
    options = {"solver": "sgd", "shuffle": False, "max_iter": 500, "learning_rate_init": 0.05, "batch_size": 50, "tol": 1e-3}
    theirs = sklearn.neural_network.MLPRegressor(hidden_layer_sizes=(5,), **options)
    kernels = iter(zip(START.coefs_, START.intercepts_))
    theirs._init_coef = lambda fan_in, fan_out, dtype: [each.astype(dtype) for each in next(kernels)]
    theirs.fit(X, X[:, 0])
    ours = pickle.loads(pickle.dumps(START)).set_params(**options, warm_start=True).fit(X, X[:, 0])
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(ours.loss_curve_[1:], theirs.loss_curve_, rtol=1e-4)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-4)


with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    START = MLPRegressor(hidden_layer_sizes=(5,), max_iter=1, learning_rate_init=1e-9, solver="sgd", random_state=4).fit(X, X[:, 0])


def test_works_in_pipelines_searches_and_scores():
    search = GridSearchCV(make_pipeline(StandardScaler(), MLPClassifier(max_iter=50, random_state=1)),
                          {"mlpclassifier__hidden_layer_sizes": [(4,), (8,)]}, cv=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert search.fit(X, Y).best_score_ > 0.4
        assert len(cross_val_score(MLPRegressor(max_iter=20), X, X[:, 0], cv=3)) == 3


def test_is_cloned_and_pickled():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = MLPClassifier(max_iter=20, random_state=1).fit(X, Y)
    copy = pickle.loads(pickle.dumps(model))
    assert (copy.predict_proba(X) == model.predict_proba(X)).all()
    assert not hasattr(clone(model), "coefs_")
    copy.partial_fit(X, Y)
    assert copy.n_iter_ == 1 and len(copy.loss_curve_) == 21


def test_stops_early_by_validation_rows():
    x, y = make_classification(400, random_state=1)
    model = MLPClassifier(early_stopping=True, random_state=1, max_iter=300).fit(x, y)
    assert model.n_iter_ < 300 and model.best_validation_score_ == max(model.validation_scores_)


def test_several_labels_and_several_outputs():
    x, y = make_multilabel_classification(100, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert MLPClassifier(max_iter=100, random_state=1).fit(x, y).predict(x).shape == y.shape
        x, y = make_regression(100, n_targets=3, random_state=1)
        assert MLPRegressor(max_iter=20).fit(x, y).predict(x).shape == y.shape


def test_text_labels_and_sample_weights():
    names = np.array(["setosa", "versicolor", "virginica"])[Y]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = MLPClassifier(max_iter=100, random_state=1, learning_rate_init=0.01).fit(X, names, sample_weight=np.ones(150))
    assert (model.predict(X) == names).mean() > 0.9 and list(model.classes_) == ["setosa", "versicolor", "virginica"]


@pytest.mark.parametrize("options", [{"activation": "gelu"}, {"solver": "lion"}, {"alpha": -1}, {"hidden_layer_sizes": (0,)},
                                     {"max_iter": 0}, {"solver": "sgd", "learning_rate": "invscaling"}, {"batch_size": -3}, {"momentum": 2}])
def test_wrong_parameters_are_refused(options):
    with pytest.raises(millrace.UsageError, match=next(iter(options)) if "solver" not in options or len(options) == 1 else "invscaling"):
        MLPClassifier(**options).fit(X, Y)

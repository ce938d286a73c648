# SPDX-License-Identifier: Apache-2.0
"""Estimators of scikit-learn that learn in several calls: warm_start, partial_fit, pickles between the calls, and runs that end early."""

import pickle
import warnings

import numpy as np
import pandas
import pytest
import sklearn.neural_network
from sklearn.exceptions import ConvergenceWarning

import millrace
from millrace.sklearn import Classifier, MLPClassifier, MLPRegressor, Regressor

RANDOM = np.random.RandomState(0)
X = RANDOM.randn(200, 4)
Y = (X[:, 0] > 0).astype(int)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# --- warm_start
@pytest.mark.parametrize("changed", [{"learning_rate_init": 0.1}, {"alpha": 10.0}, {"solver": "sgd"}, {"solver": "lbfgs"}, {"activation": "tanh"}])
def test_warm_start_takes_the_parameters_of_now(changed):
    same, other = (MLPClassifier((8,), max_iter=3, warm_start=True, random_state=1).fit(X, Y) for _ in range(2))
    assert (same.fit(X, Y).coefs_[0] != other.set_params(**changed).fit(X, Y).coefs_[0]).any()


@pytest.mark.parametrize("changed", [{"optimizer": "sgd"}, {"loss": "binary_focal_crossentropy"}, {"update": {"clipnorm": 1e-6}}, {"schedule": "cosine_decay:decay_steps=1"}])
def test_warm_start_takes_the_options_of_now(changed):
    same, other = (Classifier((8,), epochs=3, warm_start=True, random_state=1).fit(X, Y) for _ in range(2))
    assert (same.fit(X, Y).predict_proba(X) != other.set_params(**changed).fit(X, Y).predict_proba(X)).any()


@pytest.mark.parametrize("changed, name", [({"layers": (9,)}, "layers"), ({"standardize": False}, "standardize"), ({"loss": "hinge"}, "loss")])
def test_warm_start_refuses_another_network(changed, name):
    model = Classifier((8,), epochs=2, warm_start=True, random_state=1).fit(X, Y)
    before = model.predict_proba(X)
    with pytest.raises(millrace.UsageError, match=rf"\[Classifier\] {name} is .*warm_start"):
        model.set_params(**changed).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    with pytest.raises(millrace.UsageError, match=r"hidden_layer_sizes is \(9,\), and with warm_start the weights of layers of 8 units go on"):
        MLPClassifier((8,), max_iter=2, warm_start=True).fit(X, Y).set_params(hidden_layer_sizes=(9,)).fit(X, Y)


def test_margins_belong_to_the_trained_network():
    """A loss that is only set changes no prediction."""
    model = Classifier((8,), loss="hinge", epochs=20, random_state=1).fit(X, Y)
    before = model.predict(X), model.predict_proba(X)
    model.set_params(loss="auto")
    np.testing.assert_array_equal(model.predict(X), before[0])
    np.testing.assert_array_equal(model.predict_proba(X), before[1])


@pytest.mark.parametrize("make", [lambda: MLPClassifier((8,), max_iter=3, warm_start=True, random_state=1), lambda: Classifier((8,), epochs=3, warm_start=True, random_state=1)])
def test_a_pickled_copy_goes_on_as_the_model_itself(make):
    model = make().fit(X, Y)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.fit(X, Y).predict_proba(X), model.fit(X, Y).predict_proba(X))


@pytest.mark.parametrize("make", [MLPClassifier, sklearn.neural_network.MLPClassifier])
def test_epochs_are_counted_for_each_call_as_in_scikit_learn(make):
    model = make((4,), max_iter=3, warm_start=True, random_state=1).fit(X, Y).fit(X, Y)
    assert (model.n_iter_, model.t_, len(model.loss_curve_)) == (3, 1200, 6)
    assert model.partial_fit(X, Y).n_iter_ == 1 and model.best_loss_ == min(model.loss_curve_)


@pytest.mark.parametrize("make", [MLPClassifier, sklearn.neural_network.MLPClassifier])
def test_partial_fit_does_not_stop_early_as_in_scikit_learn(make):
    with pytest.raises(ValueError, match="early_stopping"):
        make(early_stopping=True).partial_fit(X, Y, classes=[0, 1])


def test_max_fun_bounds_lbfgs():
    assert MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", max_fun=2, random_state=1).fit(X, X[:, 0]).n_iter_ <= 2


# --- runs that end early
class Interrupted(Exception):
    pass


def test_a_run_that_is_interrupted_leaves_one_model(monkeypatch):
    """Weights, attributes and pickles are those of the same epoch."""
    model = MLPClassifier((8,), max_iter=50, random_state=1, verbose=True)
    lines = []

    def interrupt(line):
        lines.append(line)
        if len(lines) == 3:
            raise Interrupted

    monkeypatch.setattr("millrace.sklearn._mlp.say", interrupt)
    with pytest.raises(Interrupted):
        model.fit(X, Y)
    monkeypatch.undo()
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(copy.coefs_[0], model.coefs_[0])
    hidden = np.maximum(X.astype("f4") @ model.coefs_[0] + model.intercepts_[0], 0)
    margin = hidden @ model.coefs_[1] + model.intercepts_[1]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1:], 1 / (1 + np.exp(-margin)), rtol=1e-4)
    assert model.n_iter_ == len(model.loss_curve_) == 3 and model.loss_ == model.loss_curve_[-1]


def test_copies_of_weights_cannot_be_written_to():
    model = MLPClassifier((4,), max_iter=2)
    assert not hasattr(model, "coefs_")
    model.fit(X, Y)
    with pytest.raises(ValueError, match="read-only"):
        model.coefs_[0][:] = 0
    with pytest.raises(AttributeError):
        model.intercepts_ = []


# --- partial_fit
def test_partial_fit_standardises_by_all_rows_that_came():
    """The first rows had a constant column and a constant target."""
    x, y = X.copy(), 1000 + 300 * X[:, 1]
    x[:20, 1], y[:20] = 0, 1000
    model = Regressor((16,), random_state=1, optimizer="adam:learning_rate=0.01")
    for _ in range(60):
        for first in range(0, 200, 20):
            model.partial_fit(x[first:first + 20], y[first:first + 20])
    seen = model._engine.weights("standardize/moving_mean"), model._engine.weights("standardize/moving_variance")
    np.testing.assert_allclose(seen[0], x.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(seen[1], x.var(axis=0), rtol=1e-4)
    np.testing.assert_allclose([model._mean[0], model._spread[0]], [y.mean(), y.std()])
    assert model.score(x[20:], y[20:]) > 0.95


def test_another_scale_of_targets_leaves_predictions_as_they_are():
    model = Regressor((16,), random_state=1, optimizer="sgd:learning_rate=1e-12").partial_fit(X, X[:, 0])
    before = model.predict(X)
    model.partial_fit(X, 5 + 10 * X[:, 1])
    assert model._spread[0] > 5
    np.testing.assert_allclose(model.predict(X), before, atol=1e-4)


def test_partial_fit_refuses_other_classes_later():
    model = Classifier((4,)).partial_fit(X, Y, classes=[0, 1, 2])
    model.partial_fit(X, Y, classes=[2, 1, 0])
    with pytest.raises(ValueError, match=r"classes is \[0, 1\], but the first call had \[0, 1, 2\]"):
        model.partial_fit(X, Y, classes=[0, 1])


def test_partial_fit_goes_on_with_a_frame():
    frame = pandas.DataFrame(X, columns=list("abcd")).assign(kind=np.where(X[:, 1] > 0, "u", "v"))
    model = Regressor((8,), random_state=1, optimizer="adam:learning_rate=0.01")
    for _ in range(60):
        model.partial_fit(frame, 1e3 + 10 * X[:, 0])
    assert model.score(frame, 1e3 + 10 * X[:, 0]) > 0.9


def test_a_fit_that_fails_leaves_no_network():
    model = Classifier((4,), optimizer="adan", epochs=1)
    with pytest.raises(millrace.UsageError), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, Y)
    assert model.set_params(optimizer="adam").partial_fit(X, Y).n_iter_ == 1

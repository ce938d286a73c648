# SPDX-License-Identifier: Apache-2.0
"""Schedules and constraints that Python computes between two steps: classes of the user's, and what the engine does not have."""

import pickle

import numpy as np
import pytest

import millrace
from millrace import keras

ROWS = np.random.default_rng(0).normal(size=(90, 5)).astype("float32")
LABELS = (ROWS[:, 0] > 0).astype("float32")
Schedules = keras.optimizers.schedules


def trained(rate=0.5, x=ROWS, rounds=2, **options):
    """A model after two fits and a single step, from the same seed."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="relu", **options), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(rate), "binary_crossentropy")
    for _ in range(rounds):
        model.fit(x, LABELS, batch_size=20, epochs=3, verbose=0)
        model.train_on_batch(x, LABELS)
    return model


def assert_same_weights(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class Halving(Schedules.LearningRateSchedule):
    """As the engine's ExponentialDecay."""

    def __init__(self, first):  # without super(), as in Keras's guide
        self.first, self.steps = first, []

    def __call__(self, step):
        self.steps.append(int(step))
        return self.first * 0.5 ** (step / 10)


class Decayed(Schedules.ExponentialDecay):
    def __call__(self, step):
        return np.float64(super().__call__(step))


def test_a_schedule_gives_each_step_its_rate():
    """The bits of the engine's own schedule, over epochs, fits and single steps."""
    own = Halving(0.5)
    model, wanted = trained(own), trained(Schedules.ExponentialDecay(0.5, 10, 0.5))
    assert_same_weights(model, wanted)
    assert_same_weights(trained(Decayed(0.5, 10, 0.5)), wanted)
    assert sorted(set(own.steps)) == list(range(max(own.steps) + 1)) and model.optimizer.iterations == 2 * (3 * 5 + 1) == wanted.optimizer.iterations
    assert float(model.optimizer.learning_rate) == pytest.approx(float(wanted.optimizer.learning_rate))


def test_a_schedule_counts_batches_of_an_iterable():
    own = Halving(0.5)
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(own), "binary_crossentropy")
    model.fit(((ROWS, LABELS) for _ in range(4)), verbose=0)
    assert own.steps == [0, 1, 2, 3]


def test_a_function_gives_rates():
    rates = iter(np.linspace(0.1, 1, 100))
    keras.utils.set_random_seed(3)
    model = trained(lambda: next(rates), rounds=1)
    assert next(rates) == pytest.approx(0.1 + 0.9 * 17 / 99), "a rate for each of 16 steps, and one for the next"
    with pytest.raises(millrace.UsageError, match="learning_rate is set, but RateFunction determines it"):
        model.optimizer.learning_rate = 0.1


class Transformer(Schedules.LearningRateSchedule):
    """1 / sqrt(0) is infinite, of which the minimum is taken; numpy's warning of it is no concern of the user's."""

    def __call__(self, step):
        return min(step ** -0.5, step * 10 ** -1.5)


@pytest.mark.filterwarnings("error")
def test_a_schedule_may_divide_by_the_first_step():
    trained(Transformer(), rounds=1)


class Wrong(Schedules.LearningRateSchedule):
    def __init__(self, value):
        self.value = value

    def __call__(self, step):
        return self.value


@pytest.mark.parametrize("value", [None, -1, float("nan"), float("inf"), "fast"])
def test_a_rate_that_is_none_is_refused(value):
    with pytest.raises(millrace.UsageError, match=r"\[Wrong\] the rate of step 0 is .*, expected a number of 0 or more"):
        trained(Wrong(value))


def test_a_schedule_without_rates_is_refused():
    with pytest.raises(millrace.UnsupportedError, match=r"expected a method __call__\(step\) that returns them"):
        trained(Schedules.LearningRateSchedule())


def test_a_schedule_of_the_users_is_pickled_and_in_no_file_of_keras(tmp_path):
    model = trained(Halving(0.5))
    copy = pickle.loads(pickle.dumps(model))
    copy.train_on_batch(ROWS, LABELS)
    assert copy.optimizer.iterations == 1 and model.optimizer.iterations > 1
    with pytest.raises(millrace.UnsupportedError, match="cannot be written as Keras's configuration, .* an .onnx file holds the model without it"):
        model.save(tmp_path / "model.keras")
    model.save(tmp_path / "model.onnx")


class Limited(keras.constraints.MaxNorm):
    """The engine limits a MaxNorm by itself, and not this one."""


class Ones(keras.constraints.Constraint):
    def __call__(self, w):
        return np.ones_like(w)


def test_a_constraint_limits_after_each_step():
    own, engine = trained(kernel_constraint=Limited(0.5)), trained(kernel_constraint=keras.constraints.MaxNorm(0.5))
    assert np.linalg.norm(own.get_weights()[0], axis=0).max() <= 0.5001
    for a, b in zip(own.get_weights(), engine.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    for given in (Ones(), Ones):
        model = trained(kernel_constraint=given, bias_constraint=given)
        assert all((each == 1).all() for each in model.layers[0].get_weights())
    assert not (trained().get_weights()[0] >= 0).all() and (trained(kernel_constraint="non_neg").get_weights()[0] >= 0).all()


def test_a_layer_that_is_not_trained_is_not_limited():
    assert not (trained(kernel_constraint=Ones(), trainable=False).get_weights()[0] == 1).any()


@pytest.mark.parametrize("constraint, wanted", [
    (keras.constraints.MaxNorm(1, axis=1), [[0.6, 0.8], [0, 0.5]]), (keras.constraints.UnitNorm(axis=1), [[0.6, 0.8], [0, 1]]),
    (keras.constraints.NonNeg(), [[3, 4], [0, 0.5]]), (keras.constraints.MinMaxNorm(1, 2, rate=0.5, axis=1), [[2.1, 2.8], [0, 0.75]])])
def test_constraints_compute_what_keras_computes(constraint, wanted):
    np.testing.assert_allclose(constraint(np.array([[3, 4], [0, 0.5]], np.float32)), wanted, atol=1e-6)


def test_a_constraint_of_another_shape_or_without_values_is_refused():
    class Flat(keras.constraints.Constraint):
        def __call__(self, w):
            return w.ravel()

    with pytest.raises(millrace.UsageError, match=r"\[Flat\] the constraint returned the shape \(40,\), expected \(5, 8\)"):
        trained(kernel_constraint=Flat())
    with pytest.raises(millrace.UnsupportedError, match=r"expected a method __call__\(w\) that returns them"):
        trained(kernel_constraint=keras.constraints.Constraint())


def test_constraints_are_in_files_of_keras(tmp_path):
    model = trained(kernel_constraint=keras.constraints.MinMaxNorm(0.1, 0.7), bias_constraint="unit_norm")
    model.save(tmp_path / "model.keras")
    layer = keras.models.load_model(tmp_path / "model.keras").layers[0]
    assert repr(layer.kernel_constraint) == "MinMaxNorm(min_value=0.1, max_value=0.7)" and sorted(layer.limits()) == ["bias", "kernel"]

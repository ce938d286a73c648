# SPDX-License-Identifier: Apache-2.0
"""Keras's dtype policies, and the precision of estimators: what they change, what they leave, and what is refused."""

import numpy as np
import pytest

import millrace
from millrace import keras
from millrace.keras import mixed_precision
from millrace.sklearn import Classifier, Regressor

RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(256, 200)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.float32)


@pytest.fixture(autouse=True)
def float32_afterwards():
    yield
    mixed_precision.set_global_policy("float32")


def trained(dtype=None, last=None, seed=1):
    """Weights and history of a network whose second layer is large enough for products of bfloat16 numbers."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((200,)), keras.layers.Dense(200, activation="tanh", dtype=dtype),
                              keras.layers.Dense(1, activation="sigmoid", dtype=last)])
    model.compile("adam", "binary_crossentropy")
    history = model.fit(X, Y, epochs=2, batch_size=64, verbose=0, validation_data=(X, Y)).history
    return model, history


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights()))


def test_a_global_policy_changes_the_training_of_large_layers():
    plain, plain_history = trained()
    mixed_precision.set_global_policy("mixed_bfloat16")
    mixed, history = trained()
    again, _ = trained()
    assert same(mixed, again)
    assert not same(mixed, plain)
    assert history["loss"] == pytest.approx(plain_history["loss"], rel=0.02)
    assert mixed.layers[0].dtype_policy.name == "mixed_bfloat16"
    assert all(weight.dtype == "float32" for weight in mixed.weights)


def test_a_layer_keeps_the_policy_from_its_making():
    mixed, _ = trained(dtype="mixed_bfloat16", last="float32")
    mixed_precision.set_global_policy("mixed_bfloat16")
    assert same(trained()[0], mixed), "a small layer is the same in both"
    plain, _ = trained(dtype="float32", last="float32")
    mixed_precision.set_global_policy("float32")
    assert same(trained()[0], plain)


def test_evaluation_is_float32():
    model, history = trained(dtype="mixed_bfloat16")
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(history["val_loss"][-1], abs=0)
    plain = keras.Sequential([keras.Input((200,)), keras.layers.Dense(200, activation="tanh"), keras.layers.Dense(1, activation="sigmoid")])
    plain.set_weights(model.get_weights())
    assert np.array_equal(plain.predict(X, verbose=0), model.predict(X, verbose=0))


def test_batches_are_trained_in_the_same_precision():
    def steps(dtype):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((200,)), keras.layers.Dense(200, activation="tanh", dtype=dtype), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        for _ in range(2):
            model.train_on_batch(X[:64], Y[:64])
        return model

    assert not same(steps("mixed_bfloat16"), steps("float32"))


def test_policies_survive_files_and_copies(tmp_path):
    model, _ = trained(dtype="mixed_bfloat16")
    entry = keras.models.Sequential.from_config(model.get_config())
    assert [each.dtype_policy.name for each in entry.layers] == ["mixed_bfloat16", "float32"]
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert [each.dtype_policy.name for each in loaded.layers] == ["mixed_bfloat16", "float32"]
    assert np.array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_policies_have_keras_names():
    mixed_precision.set_global_policy(mixed_precision.Policy("mixed_bfloat16"))
    policy = mixed_precision.global_policy()
    assert (policy.name, policy.compute_dtype, policy.variable_dtype) == ("mixed_bfloat16", "bfloat16", "float32")
    assert policy == keras.DTypePolicy("mixed_bfloat16") == mixed_precision.dtype_policy()
    assert policy.from_config(policy.get_config()) == policy
    assert repr(policy) == '<DTypePolicy "mixed_bfloat16">'


@pytest.mark.parametrize("given", [lambda: mixed_precision.set_global_policy("mixed_float16"), lambda: keras.layers.Dense(2, dtype="float16"),
                                   lambda: keras.layers.Dense(2, dtype="bfloat16"), lambda: mixed_precision.Policy("float64"),
                                   lambda: mixed_precision.LossScaleOptimizer])
def test_other_policies_of_keras_are_refused_with_what_to_do(given):
    with pytest.raises(millrace.UnsupportedError, match="mixed_bfloat16|expected float32|leave it out"):
        given()


def test_wrong_words_are_refused():
    with pytest.raises(millrace.UsageError, match="no 'mixed_bf16', expected one of float32, mixed_bfloat16"):
        mixed_precision.set_global_policy("mixed_bf16")
    with pytest.raises(millrace.UsageError, match=r"\[Dense\] dtype: .*no 7"):
        keras.layers.Dense(2, dtype=7)
    with pytest.raises(millrace.UsageError, match="'bfloat16'"):
        Classifier(precision="bfloat16", epochs=1).fit(X, Y)


def test_a_large_float32_layer_in_a_mixed_model_is_refused_by_name():
    model = keras.Sequential([keras.Input((200,)), keras.layers.Dense(200, dtype="mixed_bfloat16"),
                              keras.layers.Dense(200, dtype="float32", name="wide"), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(millrace.UnsupportedError, match="wide .*one dtype for all"):
        model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("estimator", [Classifier, Regressor])
def test_estimators_take_a_precision(estimator):
    def predictions(precision):
        made = estimator([200, 200], epochs=2, batch_size=64, random_state=0, precision=precision).fit(X, Y)
        return made.predict_proba(X) if estimator is Classifier else made.predict(X)

    plain, mixed = predictions("fp32"), predictions("mixed_bfloat16")
    assert not np.array_equal(plain, mixed)
    assert np.allclose(plain, mixed, atol=0.1)
    predictions("auto")

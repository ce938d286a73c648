# SPDX-License-Identifier: Apache-2.0
"""Classes of the user's that derive from those of millrace.keras: they work, or are refused when they are defined. None is ignored."""

import numpy as np
import pytest

import millrace
from millrace import keras

SHAPE = (3, 2)
REFUSED = [
    keras.Loss, keras.losses.MeanSquaredError, keras.losses.SparseCategoricalCrossentropy, keras.Metric, keras.metrics.AUC, keras.metrics.Recall,
    keras.Optimizer, keras.optimizers.SGD, keras.optimizers.AdamW, keras.regularizers.Regularizer, keras.regularizers.L2, keras.layers.Layer,
    keras.layers.Dense, keras.layers.ReLU]


@pytest.mark.parametrize("base", REFUSED, ids=lambda base: base.__name__)
def test_a_class_that_would_be_ignored_is_refused_when_it_is_defined(base):
    with pytest.raises(millrace.UnsupportedError, match=rf"\[Mine\] classes of your own that derive from {base.__name__} are not supported, expected "):
        class Mine(base):
            pass


def kernel(initializer, seed=1):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input(SHAPE[:1]), keras.layers.Dense(SHAPE[1], kernel_initializer=initializer)]).layers[0].get_weights()[0]


class Sevens(keras.initializers.Initializer):
    def __init__(self, value=7):
        self.value = value  # without super(), as in Keras's guide

    def __call__(self, shape, dtype=None, **options):
        return np.full(shape, self.value, dtype)


class Doubled(keras.initializers.GlorotUniform):
    def __call__(self, shape, dtype=None):
        return 2 * super().__call__(shape, dtype)


class Small(keras.initializers.RandomNormal):
    def __init__(self):
        super().__init__(stddev=1e-3)


@pytest.mark.parametrize("given, value", [(Sevens(), 7), (Sevens, 7), (Sevens(3), 3)])
def test_values_of_an_initializer_are_used(given, value):
    assert (kernel(given) == value).all()
    layer = keras.layers.BatchNormalization(gamma_initializer=given)
    keras.Sequential([keras.Input((4,)), layer])
    assert (layer.gamma.numpy() == value).all()
    layer = keras.layers.PReLU(alpha_initializer=given)
    keras.Sequential([keras.Input((4,)), layer])
    assert (layer.get_weights()[0] == value).all()


def test_keras_has_the_base_class_itself():
    assert keras.Initializer is keras.initializers.Initializer


def test_an_initializer_may_use_that_which_it_derives_from():
    assert (kernel(Doubled()) == kernel(Doubled())).all() and (kernel(Doubled()) != kernel(Doubled(), seed=2)).any()
    assert (kernel(Doubled(seed=3)) == 2 * kernel(keras.initializers.GlorotUniform(seed=3))).all()
    assert 0 < np.abs(kernel(Small())).max() < 0.01 and (kernel(Small()) == kernel(keras.initializers.RandomNormal(stddev=1e-3))).all()


def test_an_initializer_without_values_or_of_another_shape_is_refused():
    class Nothing(keras.initializers.Initializer):
        pass

    class Flat(keras.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return np.zeros(int(np.prod(shape)))

    with pytest.raises(millrace.UnsupportedError, match=r"\[Nothing\] .* expected a method __call__\(shape, dtype\)"):
        kernel(Nothing())
    with pytest.raises(millrace.UsageError, match=r"Flat returned the shape \(6,\), expected \(3, 2\)"):
        kernel(Flat())
    with pytest.raises(millrace.UnsupportedError, match="cannot be written as Keras's configuration"):
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer=Sevens())]).get_config()

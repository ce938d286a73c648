# SPDX-License-Identifier: Apache-2.0
"""Weights of rows and classes in metrics of Keras's words, compared with NumPy; what callbacks get; and the names of metrics."""

import numpy as np
import pytest

import millrace as tf

keras = tf.keras
rng = np.random.default_rng(3)
ROWS = 96
X = rng.normal(size=(ROWS, 4)).astype("f4")
Y = (X[:, 0] > 0).astype("f4")
WEIGHTS = (2 * rng.random(ROWS)).astype("f4")
CLASS_WEIGHT = {0: 1.0, 1: 3.0}


def still(*metrics, weighted=()):
    """A network that learns nothing: its errors are those of its first weights."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy", metrics=list(metrics), weighted_metrics=list(weighted))
    return model, (model.predict(X, verbose=0)[:, 0] - Y).astype("f8")


def batches(*arrays, size=16):
    return (tuple(each[first:first + size] for each in arrays) for first in range(0, ROWS, size))


def ran(model, *arguments, **options):
    """The values of the only epoch."""
    return {name: values[0] for name, values in model.fit(*arguments, verbose=0, **options).history.items()}


def test_means_over_batches_weigh_rows():
    model, errors = still("mae", "root_mean_squared_error", weighted=["mse"])
    values = ran(model, batches(X, Y, WEIGHTS))
    assert values["mse"] == pytest.approx(np.average(errors**2, weights=WEIGHTS), rel=1e-5)
    assert values["mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)
    assert values["root_mean_squared_error"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-5)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("of_batches", [False, True])
def test_weighted_metrics_see_class_weights(weights, of_batches):
    model, errors = still("mae", weighted=["mse"])
    given = (X, Y) if weights is None else (X, Y, weights)
    values = ran(model, *([batches(*given)] if of_batches else given[:2]), class_weight=CLASS_WEIGHT,
                 **({} if of_batches else {"sample_weight": weights}))
    each = np.where(Y > 0, 3.0, 1.0) * (1.0 if weights is None else weights)
    assert values["mse"] == pytest.approx(np.average(errors**2, weights=each), rel=1e-5)
    assert values["mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)


def test_class_weights_are_those_of_rows_that_train():
    model, errors = still(weighted=["mse"])
    values = ran(model, X, Y, class_weight=CLASS_WEIGHT, validation_split=0.25)
    held = slice(72, None)
    assert values["val_mse"] == pytest.approx((errors[held] ** 2).mean(), rel=1e-5)
    assert values["mse"] == pytest.approx(np.average(errors[:72] ** 2, weights=np.where(Y[:72] > 0, 3.0, 1.0)), rel=1e-5)


def test_the_loss_is_the_same_with_weighted_metrics():
    def losses(**metrics):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", **metrics)
        return model.fit(X, Y, epochs=3, shuffle=False, class_weight=CLASS_WEIGHT, verbose=0).history["loss"]

    assert losses(weighted_metrics=["mse"]) == pytest.approx(losses(metrics=["mse"]), rel=1e-6)


def test_metrics_have_the_names_of_keras():
    for _ in range(2):  # of a second model, too
        model, _ = still(keras.metrics.RootMeanSquaredError(), keras.metrics.BinaryAccuracy())
        assert list(ran(model, X, Y)) == ["binary_accuracy", "loss", "root_mean_squared_error"]
    assert keras.metrics.AUC(name=None).name != keras.metrics.AUC(name=None).name


@pytest.mark.parametrize("validation", [{"validation_split": 0.25}, {"validation_data": (X[:20], Y[:20])}])
def test_callbacks_see_validation_and_the_last_logs(validation):
    calls = []

    class Watch(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            calls.append("test")

        def on_test_end(self, logs=None):
            calls.append(sorted(logs))

        def on_epoch_end(self, epoch, logs=None):
            calls.append(epoch)

        def on_train_end(self, logs=None):
            calls.append(sorted(logs))

    still("mae")[0].fit(X, Y, epochs=2, verbose=0, callbacks=[Watch()], **validation)
    epoch = ["test", ["loss", "mae"]]
    assert calls == [*epoch, 0, *epoch, 1, ["loss", "mae", "val_loss", "val_mae"]]


def test_a_weight_for_each_class_in_a_focal_loss_is_refused():
    with pytest.raises(tf.UnsupportedError, match="expected one number: weigh classes by fit"):
        keras.losses.CategoricalFocalCrossentropy(alpha=[0.2, 0.3, 0.5])

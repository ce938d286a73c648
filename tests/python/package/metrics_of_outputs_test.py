# SPDX-License-Identifier: Apache-2.0
"""Metrics of several outputs and of images have Keras's values, which scikit-learn or NumPy computes here; what compares the numbers of an image as
classes is refused."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score, roc_auc_score

from millrace import keras
from millrace.errors import UnsupportedError, UsageError

layers, metrics = keras.layers, keras.metrics
DRAWN = np.random.default_rng(0)
X = DRAWN.normal(size=(60, 12)).astype("float32")
LABELS = (X[:, :3] + DRAWN.normal(size=(60, 3)) > 0).astype("float32")
CLASSES = np.eye(3, dtype="float32")[X[:, :3].argmax(axis=1)]


def dense(units, activation, loss, wanted):
    model = keras.Sequential([keras.Input((12,)), layers.Dense(units, activation=activation)])
    model.set_weights([DRAWN.normal(size=each.shape) for each in model.weights])
    model.compile("sgd", loss, metrics=wanted)
    return model


def found(model, y):
    return model.evaluate(X, y, verbose=0, return_dict=True), model.predict(X, verbose=0)


def test_labels_are_counted_one_by_one():
    model = dense(3, "sigmoid", "binary_crossentropy", [
        metrics.Precision(name="precision"), metrics.Recall(0.4, name="recall"), metrics.AUC(name="auc"), metrics.AUC(curve="PR", name="pr"),
        metrics.F1Score(average="macro"), metrics.BinaryCrossentropy()])
    values, scores = found(model, LABELS)
    flat = LABELS.ravel()
    expected = {"precision": precision_score(flat, scores.ravel() > 0.5), "recall": recall_score(flat, scores.ravel() > 0.4),
                "auc": roc_auc_score(flat, scores.ravel()), "pr": average_precision_score(flat, scores.ravel()),
                "f1_score": f1_score(LABELS, scores > 0.5, average="macro"), "binary_crossentropy": values["loss"]}
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-6)


def test_cells_of_softmax_are_counted_above_the_threshold():
    wanted = [metrics.Precision(name="precision"), metrics.AUC(name="auc"), metrics.F1Score(average="macro"), metrics.F1Score("macro", 0.3, name="f1_at")]
    values, scores = found(dense(3, "softmax", "categorical_crossentropy", wanted), CLASSES)
    expected = {"precision": precision_score(CLASSES.ravel(), scores.ravel() > 0.5), "auc": roc_auc_score(CLASSES.ravel(), scores.ravel()),
                "f1_score": f1_score(CLASSES.argmax(axis=1), scores.argmax(axis=1), average="macro"),
                "f1_at": f1_score(CLASSES, scores > 0.3, average="macro")}
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("given", [0.4, [0.4], (0.4,), np.array([0.4]), np.float64(0.4)], ids=repr)
def test_a_single_threshold_may_stand_in_a_list(given):
    values, scores = found(dense(1, "sigmoid", "binary_crossentropy", [metrics.Precision(thresholds=given, name="precision")]), LABELS[:, 0])
    assert values["precision"] == pytest.approx(precision_score(LABELS[:, 0], scores[:, 0] > 0.4), abs=1e-6)


@pytest.mark.parametrize("make", [metrics.Precision, metrics.Recall])
def test_several_thresholds_are_refused_with_a_metric_for_each(make):
    """Keras gives an array of values, which no callback, log or table of numbers here could take."""
    name = make.__name__
    with pytest.raises(UnsupportedError, match=rf"\[{name}\] thresholds=\[0.3, 0.5\] is not supported .* {name}\(thresholds=0.3, name='{name.lower()}_0.3'\), {name}\("):
        make(thresholds=[0.3, 0.5])
    for wrong in (1.5, "0.5", True, [-0.1]):
        with pytest.raises(UsageError, match=rf"\[{name}\] thresholds is .*, expected a number from 0 to 1"):
            make(thresholds=wrong)
    with pytest.raises(UnsupportedError, match=r"F1Score\(average='macro', threshold=0.3, name='f1_score_0.3'\), "):
        metrics.F1Score(average="macro", threshold=[0.3, 0.5])
    with pytest.raises(UnsupportedError, match=r"\[AUC\] thresholds=\[0.5\] is not supported: leave it out, the area is exact"):
        metrics.AUC(thresholds=[0.5])


@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
def test_f1_of_one_output_is_that_of_class_1(average):
    values, scores = found(dense(1, "sigmoid", "binary_crossentropy", [metrics.F1Score(average=average, threshold=0.5)]), LABELS[:, 0])
    assert values["f1_score"] == pytest.approx(f1_score(LABELS[:, 0], scores[:, 0] > 0.5), abs=1e-6)


def test_the_root_is_of_the_mean_over_all_outputs():
    target = X[:, :2] * [1, 10]
    values, predicted = found(dense(2, None, "mse", [metrics.RootMeanSquaredError(), "mae"]), target)
    assert values["root_mean_squared_error"] == pytest.approx(np.sqrt(((predicted - target) ** 2).mean()), rel=1e-5)


def image(channels, activation, loss, wanted=None):
    model = keras.Sequential([keras.Input((12,)), layers.Reshape((2, 2, 3)), layers.Conv2D(channels, 1, activation=activation)])
    model.compile("sgd", loss, metrics=wanted)
    return model


def test_pixels_are_counted_one_by_one():
    masks = (X[:, :4] > 0).reshape(-1, 2, 2, 1).astype("float32")
    values, scores = found(image(1, "sigmoid", "binary_crossentropy", ["accuracy", "crossentropy", metrics.Precision(name="precision"), "AUC"]), masks)
    expected = {"accuracy": (masks == (scores > 0.5)).mean(), "crossentropy": values["loss"],
                "precision": precision_score(masks.ravel(), scores.ravel() > 0.5), "AUC": roc_auc_score(masks.ravel(), scores.ravel())}
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("metric", ["accuracy", "crossentropy", metrics.CategoricalAccuracy(), metrics.TopKCategoricalAccuracy(2), metrics.CategoricalCrossentropy()])
def test_an_image_is_not_one_set_of_classes(metric):
    with pytest.raises(UsageError, match=r"the output is an image of the shape \(2, 2, 3\).*BinaryAccuracy"):
        image(3, "sigmoid", "binary_crossentropy", [metric])


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "kl_divergence", "categorical_hinge", "categorical_focal_crossentropy", "sparse_categorical_crossentropy"])
def test_a_loss_over_classes_refuses_an_image(loss):
    y = X.reshape(-1, 2, 2, 3) > 0 if "sparse" not in loss else X[:, 0] > 0
    with pytest.raises(UsageError, match=r"shape \(2, 2, 3\).*one set of classes.*flatten"):
        image(3, "softmax", loss).fit(X, y, verbose=0)


def test_softmax_as_a_layer_is_over_the_last_axis():
    model = keras.Sequential([keras.Input((12,)), layers.Reshape((2, 2, 3)), layers.Softmax()])
    exponentials = np.exp(X.reshape(-1, 2, 2, 3))
    assert model.predict(X, verbose=0) == pytest.approx(exponentials / exponentials.sum(axis=-1, keepdims=True), abs=1e-6)


@pytest.mark.parametrize("units, activation, loss, y", [
    (3, "sigmoid", "binary_crossentropy", LABELS), (3, "softmax", "categorical_crossentropy", CLASSES), (1, "sigmoid", "binary_crossentropy", LABELS[:, 0]),
    (3, "softmax", "sparse_categorical_crossentropy", CLASSES.argmax(axis=1)), (2, None, "mse", LABELS[:, :2])])
def test_files_keep_them(units, activation, loss, y, tmp_path):
    numbers = [metrics.RootMeanSquaredError(), "mae"]
    wanted = numbers if loss == "mse" else [metrics.Precision(), metrics.AUC(), metrics.AUC(curve="PR"), metrics.F1Score(average="macro"),
                                            metrics.BinaryCrossentropy() if loss.startswith("binary") else "crossentropy"]
    model = dense(units, activation, loss, wanted)
    for name in ("model.onnx", "model.keras"):
        model.save(tmp_path / name)
        again = keras.models.load_model(tmp_path / name)
        assert again.evaluate(X, y, verbose=0) == pytest.approx(model.evaluate(X, y, verbose=0), rel=1e-6)

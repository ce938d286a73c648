# SPDX-License-Identifier: Apache-2.0
"""Pipelines of scikit-learn, exported by skl2onnx.

Usage:  sklearn_makers.py [FOLDER]        needs: scikit-learn skl2onnx
"""
import warnings

import numpy
from common import FOLDER, ROWS, rows, save
from skl2onnx import to_onnx
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

warnings.simplefilter("ignore")
random = numpy.random.default_rng(2)
X = (random.normal(size=(200, 5)) * [1, 20, 0.1, 3, 1] + [0, 50, 0, -1, 2]).astype(numpy.float32)
NUMBER = X @ [1, 0.1, 3, -1, 0.5]
PIPELINES = {
    "mlp_regressor": (make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(6,), max_iter=50)), NUMBER),
    "mlp_binary": (make_pipeline(MinMaxScaler(), MLPClassifier((6, 4), activation="tanh", max_iter=50)), NUMBER > 5),
    "mlp_classes": (make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=50)), numpy.digitize(NUMBER, [4, 7])),
    "mlp_names": (MLPClassifier((5,), activation="logistic", max_iter=50), numpy.where(NUMBER > 5, "yes", "no")),
    "linear_regression": (make_pipeline(StandardScaler(), LinearRegression()), NUMBER),
    "logistic_binary": (make_pipeline(StandardScaler(), LogisticRegression()), NUMBER > 5),
    "logistic_classes": (make_pipeline(StandardScaler(), LogisticRegression()), numpy.digitize(NUMBER, [4, 7])),
}

for name, (model, target) in PIPELINES.items():
    model.fit(X, target)
    inputs = X[:ROWS]
    classifies = hasattr(model, "classes_")
    outputs = model.predict_proba(inputs) if classifies else model.predict(inputs)
    if classifies and outputs.shape[1] == 2:
        outputs = outputs[:, 1]
    exported = to_onnx(model, X[:1], target_opset=17, options={id(model): {"zipmap": False}} if classifies else None)
    (FOLDER / f"skl2onnx_{name}.onnx").write_bytes(exported.SerializeToString())
    save(f"skl2onnx_{name}", [inputs], outputs)

# SPDX-License-Identifier: Apache-2.0
"""Pipelines of scikit-learn, exported by skl2onnx.

Usage:  sklearn_makers.py [FOLDER]        needs: scikit-learn skl2onnx pandas
"""
import warnings

import numpy
import pandas
from common import FOLDER, ROWS, save, save_outputs
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

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

# Tables with columns of several kinds; probabilities are dictionaries, as skl2onnx has them by default.
TABLE = pandas.DataFrame({"age": random.integers(18, 80, 200).astype(numpy.float32),
                          "income": random.normal(30000, 9000, 200).astype(numpy.float32),
                          "town": random.choice(["Oslo", "Rom", "New York"], 200),
                          "grade": random.choice(["low", "mid", "high"], 200), "zone": random.integers(1, 5, 200)})
OLD = numpy.where(TABLE.age + TABLE.income / 1000 > 75, "yes", "no")
TYPES = {"age": FloatTensorType, "income": FloatTensorType, "town": StringTensorType, "grade": StringTensorType,
         "zone": Int64TensorType}
NUMBERS = ["age", "income"]
TABLES = {
    "onehot": (make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), ["town", "grade"])),
               LogisticRegression(), OLD),
    "ordinal": (make_column_transformer((MinMaxScaler(), NUMBERS), (OrdinalEncoder(), ["town", "grade"])),
                MLPClassifier((4,), max_iter=50), OLD),
    "imputer": (make_column_transformer((make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS), (OneHotEncoder(), ["zone"]),
                                        (OneHotEncoder(drop="first"), ["town"])), LinearRegression(), TABLE.income / 1000),
}
for name, (columns, model, target) in TABLES.items():
    pipeline = make_pipeline(columns, model).fit(TABLE, target)
    inputs = TABLE.head(ROWS).copy()
    if name == "onehot":
        inputs.loc[0, "town"] = "Paris"
    if name == "imputer":
        inputs.loc[1, "age"] = numpy.nan
    outputs = pipeline.predict_proba(inputs)[:, 1] if hasattr(model, "classes_") else pipeline.predict(inputs)
    types = [(column, TYPES[column]([None, 1])) for column in TABLE]
    (FOLDER / f"skl2onnx_table_{name}.onnx").write_bytes(to_onnx(pipeline, initial_types=types).SerializeToString())
    inputs.to_csv(FOLDER / f"skl2onnx_table_{name}.csv", index=False)
    save_outputs(f"skl2onnx_table_{name}", outputs)

# SPDX-License-Identifier: Apache-2.0
"""Pipelines as ONNX files: scalers, imputers and encoders in the graph, compared with predict() in ONNX Runtime."""

import numpy as np
import onnx
import pandas
import pytest
from running import in_onnx_runtime
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, OrdinalEncoder, PolynomialFeatures, RobustScaler, StandardScaler

import millrace
from millrace.sklearn import Classifier, MLPClassifier, MLPRegressor, Regressor, to_onnx

RANDOM = np.random.default_rng(1)
FRAME = pandas.DataFrame({"age": RANDOM.uniform(18, 80, 200), "income": RANDOM.uniform(0, 1e5, 200), "kind": RANDOM.choice(["a", "b", "c"], 200),
                          "rooms": RANDOM.integers(1, 5, 200)})
FRAME.loc[::9, "age"] = np.nan
TARGET = np.where((FRAME["income"] > 5e4) & (FRAME["kind"] != "a"), "high", "low")
NUMBERS = RANDOM.normal(size=(200, 4)) * [1, 10, 100, 1000]


def feed(frame):
    return {name: frame[[name]].to_numpy(object if frame[name].dtype.kind not in "if" else np.float32) for name in frame}


@pytest.mark.parametrize("steps", [
    [StandardScaler()], [MinMaxScaler((-1, 1), clip=True)], [MaxAbsScaler()], [RobustScaler()], [SimpleImputer(strategy="median"), StandardScaler(with_mean=False)],
    [FeatureUnion([("a", StandardScaler()), ("b", MaxAbsScaler())])], [make_column_transformer((StandardScaler(), [0, 1]), remainder="passthrough")],
    [make_column_transformer((StandardScaler(), slice(1, 3)), ("drop", [0]))], ["passthrough"], []], ids=str)
@pytest.mark.parametrize("last", [Regressor((8,), epochs=3, random_state=1), MLPRegressor(hidden_layer_sizes=(8,), max_iter=2, random_state=1)], ids=lambda each: type(each).__name__)
def test_numbers_go_through_the_steps(steps, last, tmp_path):
    x = NUMBERS.copy()
    if steps and isinstance(steps[0], SimpleImputer):
        x[::7, 1] = np.nan
    pipeline = make_pipeline(*steps, last).fit(x, 5 + NUMBERS[:, 0])
    to_onnx(pipeline, tmp_path / "model.onnx", x)
    found = in_onnx_runtime(tmp_path / "model.onnx", {"features": x.astype("f4")})
    np.testing.assert_allclose(found["output"][:, 0], pipeline.predict(x), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("last", [Classifier((8,), epochs=5, random_state=1), MLPClassifier((8,), max_iter=5, random_state=1)], ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("encoder", [OneHotEncoder(handle_unknown="ignore"), OneHotEncoder(drop="first"), OrdinalEncoder()], ids=str)
def test_columns_of_all_kinds_go_through_a_column_transformer(encoder, last, tmp_path):
    prepared = ColumnTransformer([("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]), ("kinds", encoder, ["kind", "rooms"])])
    pipeline = make_pipeline(prepared, last).fit(FRAME, TARGET)
    to_onnx(pipeline, tmp_path / "model.onnx", FRAME)
    found = in_onnx_runtime(tmp_path / "model.onnx", feed(FRAME))
    assert (found["label"] == pipeline.predict(FRAME)).all()
    np.testing.assert_allclose(found["output"], pipeline.predict_proba(FRAME), atol=1e-5)


def test_missing_text_is_imputed_and_unknown_text_is_nothing(tmp_path):
    frame = FRAME[["kind", "income"]].copy()
    frame.loc[::5, "kind"] = None
    prepared = make_column_transformer((make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder(handle_unknown="ignore")), ["kind"]),
                                       (StandardScaler(), ["income"]))
    pipeline = make_pipeline(prepared, Classifier((8,), epochs=5, random_state=1)).fit(frame, TARGET)
    to_onnx(pipeline, tmp_path / "model.onnx", frame)
    other = pandas.DataFrame({"kind": ["zz", "a", None], "income": [1.0, 2.0, 3.0]})
    found = in_onnx_runtime(tmp_path / "model.onnx", {"kind": np.array([["zz"], ["a"], [""]], object), "income": other[["income"]].to_numpy("f4")})
    np.testing.assert_allclose(found["output"], pipeline.predict_proba(other), atol=1e-5)


def test_labels_are_numbers_or_text_and_several_outputs_are_scaled(tmp_path):
    numbers = Classifier((4,), epochs=2).fit(NUMBERS, np.arange(200) % 3 + 7)
    numbers.to_onnx(tmp_path / "model.onnx", NUMBERS)
    assert (in_onnx_runtime(tmp_path / "model.onnx", {"features": NUMBERS.astype("f4")})["label"] == numbers.predict(NUMBERS)).all()
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert {each.name for each in graph.initializer} <= {name for node in graph.node for name in node.input}  # ONNX Runtime warns of others
    several = Regressor((4,), epochs=2).fit(NUMBERS, NUMBERS[:, :2])
    several.to_onnx(tmp_path / "model.onnx", NUMBERS)
    np.testing.assert_allclose(in_onnx_runtime(tmp_path / "model.onnx", {"features": NUMBERS.astype("f4")})["output"], several.predict(NUMBERS), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("make, message", [
    (lambda: (make_pipeline(PolynomialFeatures(), Regressor((4,), epochs=1)), NUMBERS), "step PolynomialFeatures is not supported"),
    (lambda: (make_pipeline(SimpleImputer(missing_values=0.0), Regressor((4,), epochs=1)), NUMBERS), "missing_values=0.0"),
    (lambda: (make_pipeline(StandardScaler()), NUMBERS), "the last step is a StandardScaler"),
    (lambda: (make_pipeline(make_column_transformer((SimpleImputer(add_indicator=True), [0])), Regressor((4,), epochs=1)), NUMBERS), "add_indicator"),
])
def test_steps_that_cannot_be_written_are_named(make, message, tmp_path):
    pipeline, x = make()
    pipeline.fit(x, x[:, 0])
    with pytest.raises(millrace.UsageError, match=message):
        to_onnx(pipeline, tmp_path / "model.onnx", x)
    assert not list(tmp_path.iterdir())


def test_a_file_that_differs_does_not_appear(tmp_path, monkeypatch):
    model = Regressor((4,), epochs=2).fit(NUMBERS, NUMBERS[:, 0])
    monkeypatch.setattr(Regressor, "predict", lambda self, x: np.zeros(len(x)) + 99)
    with pytest.raises(millrace.MismatchError, match="differ from those of predict"):
        model.to_onnx(tmp_path / "model.onnx", NUMBERS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("labels", [["no", "yes"], [1, 2], ["high", "low", "none"]], ids=str)
def test_a_model_loads_the_file_of_an_estimator(labels, tmp_path):
    estimator = MLPClassifier((8,), max_iter=3, random_state=1).fit(NUMBERS, np.take(labels, np.arange(200) % len(labels)))
    to_onnx(estimator, tmp_path / "model.onnx", NUMBERS)
    loaded = millrace.Model.load_onnx(tmp_path / "model.onnx")
    assert loaded.classes == [str(each) for each in labels]
    wanted = estimator.predict_proba(NUMBERS)
    np.testing.assert_allclose(loaded.predict(NUMBERS), wanted[:, 1:] if len(labels) == 2 else wanted, atol=1e-6)

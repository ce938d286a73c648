# SPDX-License-Identifier: Apache-2.0
"""Fitted estimators and Pipelines as ONNX files, from raw columns to classes or numbers. Needs the package onnx."""

import json

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from millrace import _core
from millrace._frames import settled
from millrace._paths import path_of
from millrace._tables import column_names
from millrace.errors import MismatchError, UnsupportedError, UsageError
from millrace.sklearn._onnx_steps import Graph, Table

_TOLERANCE = 1e-4
_SCALED = "target/scaled"  # the network's own output in a file of _with_scale()


def to_onnx(estimator, path, X):
    """Writes a fitted estimator of millrace.sklearn, or a Pipeline that ends in one, as an ONNX file.

    X: rows as predict() takes them. An array, or a data frame whose columns are all numbers, becomes one input `features`; a frame
    with other columns becomes one input for each column, with its name, float or text. An estimator that was fitted on such a frame
    itself writes its own preparation of columns. Missing numbers are NaN, missing text is empty.
    Outputs: a classifier's `label` and `output`: the probabilities of predict_proba, a column for each class. Fitted on a frame whose columns
    it prepares, and of two classes, `output` is the network's own: the probability of the second class alone, or its margin from -1 to
    1 if the loss was a hinge. The metadata `classes` is a JSON array of their names. A regressor's `output`: float, or double where float cannot
    tell the targets apart, as near to 1e9 + 1.

    Steps that are written: StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler, SimpleImputer, OneHotEncoder,
    OrdinalEncoder, ColumnTransformer, Pipeline, FeatureUnion and "passthrough". The file appears after ONNX Runtime, or without it
    onnx's own evaluator, has given predict()'s results on X. Raises UnsupportedError for other steps, MismatchError if the results
    differ.
    """
    expected = "a name that ends in .onnx: to_onnx(estimator, 'model.onnx', X)"
    path = path_of("to_onnx", path, expected=expected)
    if not path.endswith(".onnx"):
        raise UsageError(f"[to_onnx] path is {path!r}, expected {expected}")
    if hasattr(estimator, "best_estimator_") or hasattr(estimator, "param_grid") or hasattr(estimator, "param_distributions"):
        raise UsageError(f"[to_onnx] estimator is a {type(estimator).__name__}, expected the estimator that it has found: to_onnx(search.best_estimator_, path, X)")
    if isinstance(estimator, type):
        raise UsageError(f"[to_onnx] estimator is the class {estimator.__name__}, expected a fitted object")
    steps, last = ([step for _, step in estimator.steps[:-1]], estimator.steps[-1][1]) if isinstance(estimator, Pipeline) else ([], estimator)
    if not type(last).__module__.startswith("millrace.sklearn."):
        raise UsageError(f"[to_onnx] the last step is a {type(last).__name__}, expected an estimator of millrace.sklearn")
    check_is_fitted(last)
    _check_rows(estimator, X)
    if last._engine.table_columns():
        if steps:
            raise UnsupportedError(f"[to_onnx] {type(last).__name__} prepares the columns of a frame itself; steps before it are not supported: "
                                   "give it the frame as it is")
        if hasattr(last, "_spread") and last._needs_double:
            onnx = _onnx_package()
            X = settled(X)
            made = _with_scale(onnx, onnx.load_model_from_string(last._engine.onnx_bytes()), last)
            # The engine has compared the columns and the network with its own numbers, on raw cells of every kind.
            _verify(_scale_alone(onnx, made), Table(X, [_SCALED], [last._engine.predict(X, int(last.threads))]), estimator, last)
            _core.write_file(path, [made.SerializeToString()])
        else:
            (last._in_own_unit() if hasattr(last, "_spread") else last._engine).export_onnx(path)
        return
    onnx = _onnx_package()
    graph, table = Graph(onnx), Table.of(X)
    table.declare(graph)
    value = table.value
    for step in steps:
        value = graph.convert(step, value)
    _model(onnx, graph, last, graph.matrix(value))
    made = graph.model(f"millrace {type(last).__name__}")
    _verify(made, table, estimator, last)
    _core.write_file(path, [made.SerializeToString()])


def _check_rows(estimator, X):
    """Raises UsageError for an X that predict() would not take."""
    if X is None or isinstance(X, (str, bytes, int, float)):
        raise UsageError(f"[to_onnx] X is {X!r}, expected rows as predict() takes them: to_onnx(estimator, 'model.onnx', X)")
    names, wanted = column_names(X) if hasattr(X, "columns") or isinstance(X, (dict, _core.Table)) else None, list(getattr(estimator, "feature_names_in_", []))
    if names is not None and wanted and (missing := [name for name in wanted if name not in names]):
        raise UsageError(f"[to_onnx] X has no column {', '.join(map(repr, missing))}, expected the columns of fit(): {', '.join(map(str, wanted))}")
    width, expected = len(names) if names is not None else np.shape(X)[1] if np.ndim(X) == 2 else None, getattr(estimator, "n_features_in_", None)
    if names is None and expected is not None and width != expected:
        raise UsageError(f"[to_onnx] X has the shape {np.shape(X)}, expected (rows, {expected}), as fit() had")


def _onnx_package():
    try:
        import onnx
    except ImportError:
        raise UnsupportedError("[to_onnx] a Pipeline's file needs the package onnx, which is not installed: pip install onnx") from None
    return onnx


def _model(onnx, graph, last, features):
    """Appends the network, and what predict() does with its scores."""
    inner = onnx.load_model_from_string(last._engine.onnx_bytes())
    scores = graph.include(inner, features)
    if hasattr(last, "classes_"):
        _classes(graph, last, scores)
        return
    double = hasattr(last, "_spread") and last._needs_double
    if double:
        scores = graph.node("Cast", [scores], to=onnx.TensorProto.DOUBLE)
    if hasattr(last, "_spread") and (last._spread != 1).any() | (last._mean != 0).any():
        kind = np.float64 if double else np.float32
        scores = graph.node("Add", [graph.node("Mul", [scores, graph.constant(last._spread.astype(kind))]), graph.constant(last._mean.astype(kind))])
    graph.output("output", scores, "double" if double else "float", last._engine.output_width)


def _with_scale(onnx, model, last):
    """The model of a table's estimator with the unit of the targets at its end, in double."""
    graph = model.graph
    output = graph.output[0]
    for node in graph.node:
        for i, name in enumerate(node.output):
            if name == output.name:
                node.output[i] = _SCALED
    graph.initializer.extend([onnx.numpy_helper.from_array(last._spread, "target/spread"), onnx.numpy_helper.from_array(last._mean, "target/mean")])
    make = onnx.helper.make_node
    graph.node.extend([make("Cast", [_SCALED], ["target/double"], "target/double", to=onnx.TensorProto.DOUBLE),
                       make("Mul", ["target/double", "target/spread"], ["target/product"], "target/product"),
                       make("Add", ["target/product", "target/mean"], [output.name], "target/sum")])
    output.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    onnx.checker.check_model(model, full_check=True)
    return model


def _scale_alone(onnx, made):
    """A model with only the nodes that _with_scale() has appended."""
    graph, make = made.graph, onnx.helper
    scores = make.make_tensor_value_info(_SCALED, onnx.TensorProto.FLOAT, ["batch", "outputs"])
    tail = make.make_graph(graph.node[-3:], "scale", [scores], graph.output[:1], graph.initializer[-2:])
    return make.make_model(tail, opset_imports=made.opset_import, ir_version=made.ir_version)


def _classes(graph, last, scores):
    binary = last._engine.output_width == 1
    if getattr(last, "_target_width", 1) > 1:
        raise UnsupportedError("[to_onnx] several labels a row are not supported")
    margins = getattr(last, "_margins", False)
    if binary or margins:  # ONNX Runtime warns about a constant that no node uses
        one = graph.constant(np.float32(1))
    if margins:
        scores = graph.node("Mul", [graph.node("Add", [scores, one]), graph.constant(np.float32(0.5))])
    if binary:
        scores = graph.node("Concat", [graph.node("Sub", [one, scores]), scores], axis=1)
    labels = last.classes_
    if labels.dtype.kind not in "biuU" and labels.dtype != object:
        raise UnsupportedError(f"[to_onnx] labels of the dtype {labels.dtype} are not supported, expected whole numbers or text")
    text = labels.dtype.kind == "U" or labels.dtype == object
    index = graph.node("ArgMax", [scores], axis=1, keepdims=0)
    values = np.array([str(each) for each in labels.tolist()], object) if text else labels.astype(np.int64)
    graph.output("label", graph.node("Gather", [graph.constant(values), index]), "string" if text else "int64", None)
    graph.output("output", scores, "float", len(labels))
    graph.metadata["classes"] = json.dumps([str(each) for each in labels.tolist()], ensure_ascii=False)  # as in files of the engine


def _verify(made, table, estimator, last):
    """Compares the file's outputs on the given rows with the estimator's own."""
    names = [each.name for each in made.graph.output]
    try:
        import onnxruntime

        found = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"]).run(names, table.feed())
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        found = ReferenceEvaluator(made).run(names, table.feed())
    found = dict(zip(names, found))
    wanted = estimator.predict_proba(table.given) if hasattr(last, "classes_") else estimator.predict(table.given).reshape(len(found["output"]), -1)
    # Beside what the outputs vary by, or float32 can tell apart, and not beside their size: predictions from 1e6 to 1e6 + 10 may not differ by 100.
    spread = 1.0 if hasattr(last, "classes_") else getattr(last, "_spread", np.ptp(wanted, axis=0))
    rounding = 8 * np.finfo(found["output"].dtype).eps * np.abs(wanted).max(initial=0)
    worst = float((np.maximum(np.abs(found["output"] - wanted) - rounding, 0) / np.where(spread > 0, spread, 1)).max(initial=0))
    if not worst <= _TOLERANCE:
        raise MismatchError(f"[to_onnx] the file's outputs differ from those of predict by up to {worst:.2g} of their spread, expected {_TOLERANCE:g} at most")

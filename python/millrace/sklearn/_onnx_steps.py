# SPDX-License-Identifier: Apache-2.0
"""Steps of a Pipeline as ONNX nodes. A value on its way through the steps is a list of Parts: matrices of numbers or of text."""

import dataclasses

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler

from millrace.errors import UnsupportedError, UsageError

_OPSET, _ML_OPSET, _IR = 17, 3, 8


@dataclasses.dataclass(frozen=True)
class Part:
    """A matrix (rows, width) of the graph."""

    name: str
    width: int
    text: bool = False


class Table:
    """The rows that a caller gave, as inputs of the graph."""

    def __init__(self, given, names, columns):
        self.given, self.names, self.columns = given, names, columns  # columns: arrays (rows, 1), or one matrix
        self.value = []

    @classmethod
    def of(cls, X):
        if hasattr(X, "columns") and hasattr(X, "to_numpy"):
            names = [str(each) for each in X.columns]
            columns = [_column(X[name]) for name in X.columns]
            if any(each.dtype == object for each in columns):
                return cls(X, names, columns)
            return cls(X, ["features"], [np.concatenate(columns, axis=1)])
        matrix = np.asarray(X)
        if matrix.ndim != 2:
            raise UsageError(f"[to_onnx] X has the shape {matrix.shape}, expected (rows, columns)")
        if matrix.dtype.kind not in "biuf":
            names = [f"x{i}" for i in range(matrix.shape[1])]
            return cls(X, names, [_column(matrix[:, i]) for i in range(matrix.shape[1])])
        return cls(X, ["features"], [matrix.astype(np.float32)])

    def declare(self, graph):
        for name, column in zip(self.names, self.columns):
            graph.input(name, "string" if column.dtype == object else "float", column.shape[1])
            self.value.append(Part(name, column.shape[1], column.dtype == object))

    def feed(self):
        return dict(zip(self.names, self.columns))


def _column(values):
    """One column as float32 (rows, 1), or as text; what is missing becomes NaN, or empty text."""
    array = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
    if array.dtype.kind in "biuf":
        return array.astype(np.float32).reshape(-1, 1)
    if array.dtype == object and all(each is None or isinstance(each, (int, float, np.number)) or each != each for each in array.tolist()):
        return np.array([np.nan if each is None else float(each) for each in array.tolist()], np.float32).reshape(-1, 1)
    if array.dtype.kind in "OUS":
        return np.array(["" if each is None or each != each else str(each) for each in array.tolist()], object).reshape(-1, 1)
    raise UnsupportedError(f"[to_onnx] a column has the dtype {array.dtype}, expected numbers or text")


class Graph:
    """An ONNX graph that grows node by node."""

    def __init__(self, onnx):
        self.onnx, self.nodes, self.inputs, self.outputs, self.initializers = onnx, [], [], [], []
        self.opset = _OPSET
        self.metadata = {}  # {key: text}

    # --- building
    def _unused(self, stem):
        return f"{stem}_{len(self.nodes) + len(self.initializers)}"

    def constant(self, values):
        values = np.asarray(values)
        name = self._unused("constant")
        kind = self.onnx.TensorProto.STRING if values.dtype == object else None
        if kind is not None:
            self.initializers.append(self.onnx.helper.make_tensor(name, kind, values.shape, [each.encode() for each in values.ravel().tolist()]))
        else:
            self.initializers.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(values).reshape(values.shape), name))
        return name

    def node(self, op, inputs, domain="", **attributes):
        name = self._unused(op.lower())
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def input(self, name, kind, width):
        self.inputs.append(self._value(name, kind, ["batch", width]))

    def output(self, name, source, kind, width):
        self.nodes.append(self.onnx.helper.make_node("Identity", [source], [name], name=f"{name}_of_{source}"))
        self.outputs.append(self._value(name, kind, ["batch", width] if width is not None else ["batch"]))

    def _value(self, name, kind, shape):
        types = {"float": self.onnx.TensorProto.FLOAT, "double": self.onnx.TensorProto.DOUBLE, "string": self.onnx.TensorProto.STRING, "int64": self.onnx.TensorProto.INT64}
        return self.onnx.helper.make_tensor_value_info(name, types[kind], shape)

    def include(self, model, features):
        """Appends the nodes of a model with one input; returns the name of its output."""
        inner = self.onnx.compose.add_prefix_graph(model.graph, "network/")
        for node in inner.node:
            for i, each in enumerate(node.input):
                if each == inner.input[0].name:
                    node.input[i] = features
        self.nodes.extend(inner.node)
        self.initializers.extend(inner.initializer)
        self.opset = max(self.opset, *(each.version for each in model.opset_import if each.domain in ("", "ai.onnx")))
        return inner.output[0].name

    def model(self, name):
        helper = self.onnx.helper
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.initializers)
        made = helper.make_model(graph, producer_name="millrace", ir_version=_IR,
                                 opset_imports=[helper.make_opsetid("", self.opset), helper.make_opsetid("ai.onnx.ml", _ML_OPSET)])
        helper.set_model_props(made, self.metadata)
        self.onnx.checker.check_model(made, full_check=True)
        return made

    # --- parts
    def matrix(self, parts):
        """All parts side by side, as numbers."""
        if any(part.text for part in parts):
            raise UnsupportedError("[to_onnx] a column of text reaches the network, expected an encoder before it")
        return parts[0].name if len(parts) == 1 else self.node("Concat", [part.name for part in parts], axis=1)

    def together(self, parts):
        """Parts of one kind as one part; None for mixed ones."""
        if len(parts) == 1:
            return parts[0]
        if len({part.text for part in parts}) > 1:
            return None
        return Part(self.node("Concat", [part.name for part in parts], axis=1), sum(part.width for part in parts), parts[0].text)

    def columns(self, parts, places):
        """The columns at these places, each a part of its own kind."""
        bounds = np.cumsum([0, *(part.width for part in parts)])
        chosen = []
        for place in places:
            at = int(np.searchsorted(bounds, place, side="right")) - 1
            part, column = parts[at], int(place - bounds[at])
            if part.width == 1:
                chosen.append(part)
            else:
                chosen.append(Part(self.node("Gather", [part.name, self.constant(np.array([column], np.int64))], axis=1), 1, part.text))
        return chosen

    # --- steps
    def convert(self, step, parts):
        if step is None or isinstance(step, str) and step == "passthrough":
            return parts
        for kind, write in _STEPS.items():
            if type(step) is kind:
                return write(self, step, parts)
        raise UnsupportedError(f"[to_onnx] the step {type(step).__name__} is not supported, expected {', '.join(kind.__name__ for kind in _STEPS)}")


def _numbers(graph, step, parts):
    part = graph.together(parts)
    if part is None or part.text:
        raise UnsupportedError(f"[to_onnx] {type(step).__name__} gets text, expected numbers")
    return part


def _scaled(graph, part, shift=None, factor=None):
    """(x - shift) / factor, in double: a large mean would lose digits in float."""
    if shift is None and factor is None:
        return [part]
    value = graph.node("Cast", [part.name], to=graph.onnx.TensorProto.DOUBLE)
    if shift is not None:
        value = graph.node("Sub", [value, graph.constant(np.asarray(shift, np.float64))])
    if factor is not None:
        value = graph.node("Div", [value, graph.constant(np.asarray(factor, np.float64))])
    return [Part(graph.node("Cast", [value], to=graph.onnx.TensorProto.FLOAT), part.width)]


def _standard(graph, step, parts):
    return _scaled(graph, _numbers(graph, step, parts), step.mean_ if step.with_mean else None, step.scale_)


def _min_max(graph, step, parts):
    scaled = _scaled(graph, _numbers(graph, step, parts), -step.min_ / step.scale_, 1 / step.scale_)[0]
    if not step.clip:
        return [scaled]
    low, high = (graph.constant(np.float32(each)) for each in step.feature_range)
    return [Part(graph.node("Clip", [scaled.name, low, high]), scaled.width)]


def _max_abs(graph, step, parts):
    return _scaled(graph, _numbers(graph, step, parts), None, step.scale_)


def _robust(graph, step, parts):
    return _scaled(graph, _numbers(graph, step, parts), step.center_ if step.with_centering else None, step.scale_ if step.with_scaling else None)


def _imputed(graph, step, parts):
    missing = step.missing_values
    if missing is not None and missing == missing:
        raise UnsupportedError(f"[to_onnx] SimpleImputer with missing_values={missing!r} is not supported, expected NaN")
    if step.add_indicator:
        raise UnsupportedError("[to_onnx] SimpleImputer with add_indicator is not supported")
    statistics = step.statistics_
    result = []
    width = sum(part.width for part in parts)
    for column, part in enumerate(graph.columns(parts, range(width))) if any(part.text for part in parts) else []:
        if part.text:
            absent = graph.node("LabelEncoder", [part.name], domain="ai.onnx.ml", keys_strings=[""], values_strings=[str(statistics[column])], default_string="\x00")
            known = graph.node("LabelEncoder", [part.name], domain="ai.onnx.ml", keys_strings=[""], values_floats=[1.0], default_float=0.0)
            empty = graph.node("Cast", [known], to=graph.onnx.TensorProto.BOOL)
            result.append(Part(graph.node("Where", [empty, absent, part.name]), 1, True))
        else:
            result.append(_filled(graph, part, np.array([statistics[column]], np.float64)))
    if result:
        return result
    statistics = np.asarray(statistics, np.float64)
    part = _numbers(graph, step, parts)
    kept = np.flatnonzero(~np.isnan(statistics))
    if len(kept) < len(statistics):
        part = Part(graph.node("Gather", [part.name, graph.constant(kept.astype(np.int64))], axis=1), len(kept))
    return [_filled(graph, part, statistics[kept])]


def _filled(graph, part, values):
    return Part(graph.node("Where", [graph.node("IsNaN", [part.name]), graph.constant(values.astype(np.float32)), part.name]), part.width)


def _one_hot(graph, step, parts):
    if getattr(step, "infrequent_categories_", None) is not None and any(each is not None for each in step.infrequent_categories_):
        raise UnsupportedError("[to_onnx] OneHotEncoder with infrequent categories is not supported")
    result = []
    for column, part in enumerate(graph.columns(parts, range(len(step.categories_)))):
        categories, dropped = step.categories_[column], None if step.drop_idx_ is None else step.drop_idx_[column]
        kept = [i for i in range(len(categories)) if i != dropped]
        if not kept:
            continue
        if part.text:
            keys = ["" if each is None or each != each else str(each) for each in categories.tolist()]
            coded = graph.node("LabelEncoder", [part.name], domain="ai.onnx.ml", keys_strings=keys, values_floats=[float(i) for i in range(len(keys))],
                               default_float=-1.0)
            wanted = np.array([kept], np.float32)
        else:
            coded, wanted = part.name, np.asarray(categories, np.float64)[kept].astype(np.float32).reshape(1, -1)
            if np.isnan(wanted).any():
                raise UnsupportedError("[to_onnx] OneHotEncoder with NaN as a category is not supported: impute before")
        hot = graph.node("Cast", [graph.node("Equal", [coded, graph.constant(wanted)])], to=graph.onnx.TensorProto.FLOAT)
        result.append(Part(hot, len(kept)))
    return result


def _ordinal(graph, step, parts):
    unknown = step.unknown_value if step.handle_unknown == "use_encoded_value" else -1.0
    result = []
    for column, part in enumerate(graph.columns(parts, range(len(step.categories_)))):
        categories = step.categories_[column].tolist()
        places = [float(i) for i in range(len(categories))]
        if part.text:
            keys = ["" if each is None or each != each else str(each) for each in categories]
            if "" in keys and isinstance(step.encoded_missing_value, (int, float)):
                places[keys.index("")] = float(step.encoded_missing_value)
            options = {"keys_strings": keys}
        else:
            options = {"keys_floats": [float(each) for each in categories]}
        name = graph.node("LabelEncoder", [part.name], domain="ai.onnx.ml", values_floats=places, default_float=float(unknown), **options)
        result.append(Part(name, 1))
    return result


def _by_column(graph, step, parts):
    names = list(getattr(step, "feature_names_in_", []))
    result = []
    for _, transformer, columns in step.transformers_:
        if isinstance(transformer, str) and transformer == "drop":
            continue
        chosen = graph.columns(parts, _places(columns, names, sum(part.width for part in parts)))
        if chosen:
            result += graph.convert(transformer if not type(transformer).__name__ == "FunctionTransformer" or transformer.func is not None else None, chosen)
    return result


def _places(columns, names, count):
    """The places of a ColumnTransformer's columns: names, numbers, a slice or a mask."""
    if isinstance(columns, slice):
        if isinstance(columns.start, str) or isinstance(columns.stop, str):
            return list(range(names.index(columns.start), names.index(columns.stop) + 1))
        return list(range(count))[columns]
    columns = [columns] if isinstance(columns, (str, int, np.integer)) else list(columns)
    if columns and all(isinstance(each, (bool, np.bool_)) for each in columns):
        return [i for i, each in enumerate(columns) if each]
    return [names.index(each) if isinstance(each, str) else int(each) % count for each in columns]


def _pipeline(graph, step, parts):
    for _, each in step.steps:
        parts = graph.convert(each, parts)
    return parts


def _union(graph, step, parts):
    return [part for _, each in step.transformer_list if each != "drop" for part in graph.convert(each, parts)]


_STEPS = {StandardScaler: _standard, MinMaxScaler: _min_max, MaxAbsScaler: _max_abs, RobustScaler: _robust, SimpleImputer: _imputed,
          OneHotEncoder: _one_hot, OrdinalEncoder: _ordinal, ColumnTransformer: _by_column, Pipeline: _pipeline, FeatureUnion: _union}

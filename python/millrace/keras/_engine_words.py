# SPDX-License-Identifier: Apache-2.0
"""Keras models from models of the engine, as .onnx files and checkpoints hold them."""

import numpy as np

from millrace.errors import UnsupportedError
from millrace.keras import activations, initializers, layers, losses, metrics, models, optimizers, regularizers
from millrace.keras._operation import text_of


def model_of(core, compiled):
    """The Keras model of an engine's model: the same layers, around that engine."""
    records, columns = core.layers(), core.inputs()
    shapes = {name: (_width(core, span),) for name, span in columns.items()}
    tensors, used = {}, set()
    for record in records:
        if record["op"] == "reshape" and len(record["inputs"]) == 1 and record["inputs"][0] == f"{record['name']}_columns":
            shape = tuple(_extents(record["shape"]))
            tensors[record["name"]] = layers.Input(shape, name=record["name"])
            used.add(record["inputs"][0])
    inputs = {name: layers.Input(shape, name=name) for name, shape in shapes.items() if name not in used}
    tensors |= inputs
    for record in records:
        if record["name"] in tensors:
            continue
        given = [tensors[name] for name in record["inputs"]]
        tensors[record["name"]] = layer_of(record, given[0].ndim - 1)(given if len(given) > 1 else given[0])
    ordered = [tensors[name.removesuffix("_columns")] if name in used else tensors[name] for name in columns]
    names = [name for name, _, _ in core.outputs()]
    model = models.Model(ordered, tensors[names[0]] if len(names) == 1 else [tensors[name] for name in names])
    model._scales = _scales(core, model._core)
    model._use_core(core)  # with its preparation of columns
    options = core.compiled()
    if compiled and (options["loss"]["op"] or options["outputs"]):
        model.compile(optimizers.from_compiled(options), **_compiled(options, names))
    return model


def _compiled(options, names):
    """The losses and metrics that an engine's model with these outputs is compiled for, as arguments of compile()."""
    sees = options["weighted_metrics"]
    if not options["outputs"]:
        loss = losses.from_record(options["loss"])
        return {"loss": loss, **_metrics(options["metrics"], sees, loss)}
    words = {"loss": dict.fromkeys(names), "loss_weights": dict.fromkeys(names, 1.0), "metrics": {}, "weighted_metrics": {}}
    for head in options["outputs"]:
        name = head["output"]
        words["loss"][name], words["loss_weights"][name] = losses.from_record(head["loss"]), head["weight"]
        for what, given in _metrics(head["metrics"], sees, words["loss"][name]).items():
            words[what][name] = given
    return words


def _metrics(records, sees_weights, loss):
    weighted = [sees_weights and "weighted=false" not in each["op"] and str(each.get("weighted", True)).lower() == "true" for each in records]
    return {what: [_metric(each, loss) for each, sees in zip(records, weighted) if sees is wanted] for what, wanted in (("metrics", False), ("weighted_metrics", True))}


def _scales(core, plain):
    """Whether a model of arrays standardizes columns or scales targets: whether `plain`, the same network alone, gives other numbers."""
    if core.table_columns():
        return False
    plain.copy_weights(core)
    rows = np.zeros((1, core.input_width), np.float32)  # which every layer takes, Embedding too
    return not np.array_equal(core.predict(rows, 1), plain.predict(rows, 1))


def _width(core, span):
    return core.input_width if span == (0, 0) else span[1] if isinstance(span, tuple) else len(span)


def _metric(record, loss):
    """What compile() takes for a metric in the engine's words, of an output with this loss."""
    options = dict(record)
    options.pop("weighted", None)
    text = text_of(options.pop("op"), options).replace(":weighted=false", "").replace(":weighted=true", "")
    if text == "accuracy":
        return text
    op, _, given = text.partition(":")
    arguments = dict(each.split("=") for each in given.split(":") if "=" in each)
    cls = _metric_class(op, arguments, loss)
    if cls is not None:
        names = {value: name for name, value in cls.engine_options.items()}
        over_cells = {name: str(value).lower() for name, value in cls.over_cells.items()}
        arguments = {name: value for name, value in arguments.items() if over_cells.get(name) != value}
        if all(name in names for name in arguments):
            return cls(**{names[name]: _value(each) for name, each in arguments.items()}, **({"curve": "PR"} if op == "average_precision" else {}))
    raise UnsupportedError(f"[load_model] the metric '{text}' is none of millrace.keras: pass compile=False")


def _metric_class(op, arguments, loss):
    """The class of the engine's metric, or None."""
    if op == "average_precision":
        return metrics.AUC
    if op == "log_loss" and "multilabel" not in arguments and loss.over_classes:
        return metrics.SparseCategoricalCrossentropy if loss.counts_classes else metrics.CategoricalCrossentropy
    return next((cls for cls in metrics._CLASSES if cls.op == op), None)


def _value(text):
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def layer_of(record, axes=1):
    """A layer of this package from the engine's words. axes: the number of axes of a row that it takes."""
    options = {name: value for name, value in record.items() if name not in ("op", "inputs")}
    op = record["op"]
    if op not in _LAYERS:
        raise UnsupportedError(f"[load_model] layer '{record['name']}' is a {op}, which millrace.keras does not have")
    cls = _LAYERS[op]
    for part in ("kernel", "bias", "embeddings"):
        penalty = options.pop(f"{part}_l1", 0.0), options.pop(f"{part}_l2", 0.0)
        if any(penalty):
            options[f"{part}_regularizer"] = regularizers.L1L2(*penalty)
        if f"{part}_initializer" in options:
            options[f"{part}_initializer"] = _initializer(options[f"{part}_initializer"])
    if limit := options.pop("kernel_max_norm", 0):
        from millrace.keras.constraints import MaxNorm

        options["kernel_constraint"] = MaxNorm(limit, axis=0 if op == "dense" else [0, 1, 2])
    for name in ("kernel_size", "strides", "dilation_rate", "pool_size"):
        if options.get(name):
            extents = _extents(options[name])
            options[name] = tuple(extents) if len(extents) == 2 else extents[0]
        elif name in options:
            del options[name]
    if "activation" in options:
        options["activation"] = _activation(options["activation"])
    if op == "reshape":
        options["target_shape"] = tuple(_extents(options.pop("shape")))
    if op == "prelu":
        shared = list(range(1, axes + 1)) if options.pop("shared", False) in (True, "true") else None  # one alpha for all
        options["shared_axes"] = _extents(options.pop("shared_axes", None)) or shared
        options["alpha_initializer"] = _initializer(options["alpha_initializer"])
    allowed = {name: value for name, value in options.items() if name in cls.__signature__.parameters}
    dropped = [name for name, value in options.items() if name not in allowed and value not in (None, False, 0, "", [])]
    if dropped:
        raise UnsupportedError(f"[load_model] layer '{record['name']}' has {', '.join(dropped)}, which millrace.keras does not have")
    return cls(**allowed)


def _extents(value):
    """A list of whole numbers from the engine's form of them: a list, a number, or "3x5"."""
    if isinstance(value, str):
        return [int(each) for each in value.split("x") if each]
    return [] if value is None else [int(value)] if isinstance(value, int) else [int(each) for each in value]


_LAYERS = {each.op: each for each in (layers.Dense, layers.Embedding, layers.Dropout, layers.Flatten, layers.Reshape, layers.Concatenate,
                                      layers.Add, layers.Average, layers.Multiply, layers.Subtract, layers.Maximum, layers.Minimum, layers.BatchNormalization, layers.LayerNormalization, layers.RMSNormalization,
                                      layers.Activation, layers.PReLU, layers.Conv2D, layers.MaxPooling2D, layers.AveragePooling2D,
                                      layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D)}


class _EngineInitializer(initializers.GlorotUniform):
    """An initializer that only the engine has, in its words; Keras's files call it GlorotUniform."""

    text = ""

    def engine_text(self):
        return self.text


def _initializer(text):
    op, *given = text.split(":")
    cls = initializers._BY_NAME.get(op)
    options = dict(_named(given, cls.arguments)) if cls else {}
    if cls is None or not set(options) <= set(cls.arguments):
        function = _EngineInitializer()
        function.text = text
        return function
    return cls(**{name: _value(value) for name, value in options.items()})


def _named(given, names):
    """(name, value) for options such as "alpha=0.5", or "0.5" in the order of the names."""
    return [each.partition("=")[::2] if "=" in each else (name, each) for each, name in zip(given, names)]


def _activation(text):
    op, *given = text.split(":")
    names = {ours: name for name, ours in activations._OPTIONS.get(op, {}).items()}
    words = {"true": True, "false": False}
    return activations.get(op).with_options(**{names[name]: words.get(value, _value(value)) for name, value in _named(given, names)})

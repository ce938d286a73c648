# SPDX-License-Identifier: Apache-2.0
"""Models as the configurations of Keras 3: dictionaries for JSON, which get_config(), to_json(), clone_model() and .keras files use.

An object is {"module": "keras.layers", "class_name": "Dense", "config": {arguments}, "registered_name": None}.
"""

import numpy as np

from millrace.errors import DataError, UnsupportedError
from millrace.keras import activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers
from millrace.keras._operation import Operation, is_own, same
from millrace.keras.layers._layer import InputLayer
from millrace.keras.mixed_precision import dtype_policy
from millrace.keras.optimizers import schedules

_MODULES = {"keras.layers": layers, "keras.initializers": initializers, "keras.regularizers": regularizers, "keras.constraints": constraints,
            "keras.losses": losses, "keras.metrics": metrics, "keras.optimizers": optimizers, "keras.optimizers.schedules": schedules}
# Where an object stands that its configuration names without a module, as files of Keras 2 do.
_MODULE_OF_ARGUMENT = {"initializer": "keras.initializers", "regularizer": "keras.regularizers", "constraint": "keras.constraints",
                       "learning_rate": "keras.optimizers.schedules", "activation": "keras.layers"}


# --- objects to configurations
def serialize(value):
    """An argument in Keras's words, ready for JSON. Raises UnsupportedError for functions of yours."""
    if isinstance(value, layers.Layer):
        return _serialized_layer(value)
    if isinstance(value, Operation) and not is_own(type(value)):
        config = {name: serialize(each) for name, each in value.get_config().items()}
        return _entry(_module_of(value), type(value).__name__, config)
    if isinstance(value, activations.ActivationFunction):
        return _serialized_activation(value)
    if isinstance(value, dict):
        return {name: serialize(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [serialize(each) for each in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise UnsupportedError(f"[get_config] {value!r} cannot be written as Keras's configuration, expected names, numbers and objects of millrace.keras; an .onnx file "
                           "holds the model without it")


def _entry(module, name, config):
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def _module_of(value):
    for name, module in _MODULES.items():
        if type(value).__module__.removeprefix("millrace.").startswith(name) and hasattr(module, type(value).__name__):
            found = name
    return found


def _serialized_activation(function):
    if "=" not in function.text and ":" not in function.text:
        return {"hard_swish": "hard_silu"}.get(function.name, function.name)
    layer = {"leaky_relu": layers.LeakyReLU, "elu": layers.ELU}.get(function.name)
    if layer is not None:
        return _serialized_layer(layer(**{next(iter(layer.arguments)): float(function.text.rpartition("=")[2])}))
    raise UnsupportedError(f"[get_config] the activation {function.text} has no name in Keras: make it an Activation layer")


def _dtype_of(layer):
    """As files of Keras have it: a name, or of another policy than float32 an object."""
    name = layer.dtype_policy.name
    return name if name == "float32" else _entry("keras", "DTypePolicy", {"name": name})


def _serialized_layer(layer):
    given = {name: value for name, value in layer.get_config().items() if name not in ("name", "trainable", "dtype")}
    plain = {name: value for name, value in given.items()
             if name not in layer.refused or not same(value, layer.__signature__.parameters[name].default)}
    config = {"name": layer.name, "trainable": layer.trainable, "dtype": _dtype_of(layer), **{name: serialize(value) for name, value in plain.items()}}
    if isinstance(layer, InputLayer):
        config = {"batch_shape": [None, *layer.row_shape], "dtype": layer.dtype, "sparse": False, "name": layer.name}
    return _entry("keras.layers", type(layer).__name__, config)


def model_config(model):
    """The whole model without its weights, as .keras files have it in config.json."""
    whole = _sequential_config(model) if model.is_sequence else _functional_config(model)
    return {**whole, "compile_config": compile_config(model)}


def _sequential_config(model):
    listed = [*model.input_layers, *model.layers]
    shapes = {layer.name: shape for layer, shape in zip(listed, [None, *_input_shapes(model)])} if model.built else {}
    entries = []
    for layer in listed:
        entry = _serialized_layer(layer)
        if shapes.get(layer.name) is not None:
            entry["build_config"] = {"input_shape": shapes[layer.name]}
        entries.append(entry)
    config = {"name": model.name, "trainable": model.trainable, "dtype": "float32", "layers": entries}
    whole = _entry("keras", "Sequential", config)
    if model.input_layers:
        shape = [None, *model.input_layers[0].row_shape]
        config["build_input_shape"] = shape
        whole["build_config"] = {"input_shape": shape}
    return whole


def _input_shapes(model):
    return [[None, *layer.input_shapes[0]] for layer in model.layers]


def _functional_config(model):
    entries, shapes = [], {}
    for layer, names in model._chain:
        tensors = [{"class_name": "__keras_tensor__", "config": {"shape": [None, *shapes[name]], "dtype": "float32", "keras_history": [name, 0, 0]}}
                   for name in names]
        entry = {**_serialized_layer(layer), "name": layer.name, "inbound_nodes": []}
        if names:
            entry["inbound_nodes"] = [{"args": [tensors if len(tensors) > 1 else tensors[0]], "kwargs": {}}]
            given = [[None, *shapes[name]] for name in names]
            entry["build_config"] = {"input_shape": given if len(given) > 1 else given[0]}
        shapes[layer.name] = layer.row_shape
        entries.append(entry)
    inputs = [[layer.name, 0, 0] for layer in model.input_layers]
    inputs = dict(zip(model._input_keys, inputs)) if model._input_keys else inputs if len(inputs) > 1 else inputs[0]
    config = {"name": model.name, "trainable": model.trainable, "layers": entries, "input_layers": inputs,
              "output_layers": model._formed([[name, 0, 0] for name in model.output_names])}
    return {**_entry("keras.src.models.functional", "Functional", config), "registered_name": "Functional", "build_config": {"input_shape": None}}


def compile_config(model):
    """What compile() got; {} if it was not called."""
    if not model.compiled:
        return {}
    keys, heads = model.output_keys, model._heads.heads
    if len(heads) == 1:
        words = {"loss": heads[0].given_loss, "loss_weights": None, "metrics": heads[0].given(False), "weighted_metrics": heads[0].given(True)}
    else:
        by_name = {head.name: head.given_loss for head in heads}
        words = {"loss": {name: by_name[name] for name in model._heads.order}, "loss_weights": {key: head.weight for key, head in zip(keys, heads)},
                 **{what: {key: head.given(weighted) for key, head in zip(keys, heads) if head.given(weighted)}
                    for what, weighted in (("metrics", False), ("weighted_metrics", True))}}
    words = {name: serialize(_loss_objects(value) if name == "loss" else value) or None for name, value in words.items()}
    return {"optimizer": serialize(model.optimizer), **words, "run_eagerly": False, "steps_per_execution": 1, "jit_compile": False}


def _loss_objects(loss):
    """Losses of compile() with objects in the place of classes."""
    if isinstance(loss, dict) and "class_name" not in loss:
        return {name: _loss_objects(each) for name, each in loss.items()}
    return loss if loss is None or isinstance(loss, str) else losses.get(loss)


# --- configurations to objects
def deserialize(config, module=None):
    """An object of this package from its configuration; plain values as they are. Raises UnsupportedError for other classes."""
    if isinstance(config, (list, tuple)):
        return [deserialize(each, module) for each in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config:
        return {name: deserialize(each, module) for name, each in config.items()}
    name, given = config["class_name"], config.get("config")
    if name == "__numpy__":
        return np.asarray(given["value"], given.get("dtype"))
    if name in ("__tuple__", "__set__"):
        return tuple(deserialize(given))
    if name == "DTypePolicy":
        return given["name"]
    home = _MODULES.get(config.get("module") or "") or _MODULES.get(module or "")
    if home is None or not isinstance(given, dict):
        raise UnsupportedError(f"[deserialize] {config.get('module') or ''} {name} is not supported: classes and functions of yours cannot be read")
    cls = vars(home).get(name)
    if cls is None:
        getattr(home, str(name))  # raises the error that names the nearest
    if not isinstance(cls, type) or not issubclass(cls, Operation):
        raise UnsupportedError(f"[deserialize] {config.get('module') or module} {name} is not supported, expected a class of millrace.keras")
    return _made(cls, given)


def _made(cls, config):
    """An object of `cls` with these arguments. Those that it does not know must be at a value that means nothing."""
    arguments = {}
    for name, value in config.items():
        kind = next((module for word, module in _MODULE_OF_ARGUMENT.items() if name.endswith(word)), None)
        value = deserialize(value, kind)
        if name == "dtype" and value == (dtype_policy().name if issubclass(cls, layers.Layer) else "float32"):
            continue
        if name in cls.__signature__.parameters or name in ("batch_input_shape", "input_shape"):
            arguments[name] = _shortest(value) if name == "learning_rate" else tuple(value) if isinstance(value, list) else value
        elif value not in (None, False, [], {}, 1, 0):
            raise UnsupportedError(f"[deserialize] {cls.__name__} with {name}={value!r} is not supported")
    if cls is InputLayer and "batch_input_shape" in arguments:
        arguments["batch_shape"] = arguments.pop("batch_input_shape")
    return cls(**{name: value for name, value in arguments.items() if name in cls.__signature__.parameters or value is not None})


def _shortest(value):
    """A learning rate as users wrote it: Keras keeps 0.001 as the float32 0.0010000000474974513."""
    return float(str(np.float32(value))) if isinstance(value, float) and float(np.float32(value)) == value else value


def model_from_config(config, compiled=True):
    """A model, without weights, from model_config() or from what Keras has written. Raises UnsupportedError, DataError."""
    try:
        kind, inner = config["class_name"], config["config"]
        if kind == "Sequential":
            model = _sequential(inner)
        elif kind in ("Functional", "Model"):
            model = _functional(inner)
        else:
            raise UnsupportedError(f"[load_model] a model of the class {kind} is not supported, expected Sequential or a functional Model")
        options = config.get("compile_config") or {}
    except (KeyError, TypeError, IndexError, StopIteration) as error:
        raise DataError(f"[load_model] the model's configuration is none of Keras's: {type(error).__name__}: {error}") from None
    if compiled and options.get("loss") is not None:
        compile_from_config(model, options)
    return model


def compile_from_config(model, options):
    """compile() with the words of a compile_config."""
    given = {name: deserialize(options.get(name), module) for name, module in (
        ("optimizer", "keras.optimizers"), ("loss", "keras.losses"), ("metrics", "keras.metrics"), ("weighted_metrics", "keras.metrics"))}
    for name in ("metrics", "weighted_metrics"):
        if isinstance(given[name], list):
            given[name] = [each for each in given[name] if not isinstance(each, str) or each not in ("loss", "compile_metrics")]
    weights = options.get("loss_weights")
    model.compile(given["optimizer"], given["loss"], weights, given["metrics"] or None, given["weighted_metrics"] or None)


def _sequential(config):
    from millrace.keras.models import Sequential

    entries = config["layers"] if isinstance(config, dict) else config
    made = [_layer(each) for each in entries]
    model = Sequential([each.output if isinstance(each, InputLayer) else each for each in made], name=config.get("name") if isinstance(config, dict) else None)
    if not model.built and isinstance(config, dict) and config.get("build_input_shape"):
        model.build(tuple(config["build_input_shape"]))
    return model


def _layer(entry):
    if entry["class_name"] in ("Sequential", "Functional", "Model"):
        raise UnsupportedError(f"[load_model] '{entry.get('name') or entry['config'].get('name')}' is a model as a layer of another, which is not supported")
    return deserialize(entry, "keras.layers")


def _functional(config):
    from millrace.keras.models import Model

    tensors, waiting = {}, [(entry, _layer(entry), _sources(entry)) for entry in config["layers"]]
    while waiting:
        ready = [each for each in waiting if all(name in tensors for name in each[2])]
        if not ready:
            raise DataError(f"[load_model] the layers {', '.join(each[1].name for each in waiting)} need one another")
        for each in ready:
            _, layer, names = each
            given = [tensors[name] for name in names]
            tensors[layer.name] = layer.output if isinstance(layer, InputLayer) else layer(given if len(given) > 1 else given[0])
        waiting = [each for each in waiting if each not in ready]
    return Model(_formed(config["input_layers"], tensors), _formed(config["output_layers"], tensors), name=config.get("name"))


def _formed(listed, tensors):
    """The tensors of "input_layers" or "output_layers": one, a list, or a dictionary."""
    found = [tensors[name] for name in _histories(listed)]
    if isinstance(listed, dict):
        return dict(zip(listed, found))
    return found[0] if listed and isinstance(listed[0], str) else found


def _histories(listed):
    """The names of layers in "input_layers": ["a", 0, 0], a list of such, or a dictionary of them."""
    if isinstance(listed, dict):
        return [name for each in listed.values() for name in _histories(each)]
    if listed and isinstance(listed[0], str):
        if list(listed[1:]) != [0, 0]:
            raise UnsupportedError(f"[load_model] layer '{listed[0]}' is called a second time; sharing weights is not supported")
        return [listed[0]]
    return [name for each in listed for name in _histories(each)]


def _sources(entry):
    """The names of the layers that a layer of a functional model takes, from Keras 3's or Keras 2's "inbound_nodes"."""
    nodes = entry.get("inbound_nodes") or []
    if len(nodes) > 1:
        raise UnsupportedError(f"[load_model] layer '{entry['name']}' is called a second time; sharing weights is not supported")
    if not nodes:
        return []
    if isinstance(nodes[0], dict):
        found = []

        def look(value):
            if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
                found.extend(_histories(value["config"]["keras_history"]))
            elif isinstance(value, (list, tuple)):
                for each in value:
                    look(each)
            elif isinstance(value, dict):
                look(list(value.values()))

        look([nodes[0]["args"], nodes[0].get("kwargs", {})])
        return found
    return [name for each in nodes[0] for name in _histories(each[:3])]

# SPDX-License-Identifier: Apache-2.0
"""Builds a case in Keras (on JAX), trains it, and returns the results."""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import keras
import numpy as np

import common
import generator

LIBRARY = {"name": "keras", "keras": keras.__version__, "backend": "jax", "jax": jax.__version__}
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "nadam": "Nadam", "adamax": "Adamax", "rmsprop": "RMSprop",
              "adagrad": "Adagrad", "adadelta": "Adadelta", "ftrl": "Ftrl", "lion": "Lion", "lamb": "Lamb"}
LAYERS = {"dense": "Dense", "batch_normalization": "BatchNormalization", "layer_normalization": "LayerNormalization",
          "rms_normalization": "RMSNormalization", "embedding": "Embedding", "flatten": "Flatten", "conv2d": "Conv2D",
          "concatenate": "Concatenate", "add": "Add", "activation": "Activation",
          "prelu": "PReLU", "max_pooling2d": "MaxPooling2D", "average_pooling2d": "AveragePooling2D",
          "global_average_pooling2d": "GlobalAveragePooling2D"}


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def use(precision):
    jax.config.update("jax_enable_x64", precision == "float64")
    keras.config.set_floatx(precision)


def activation(text):
    name, value = common.spoken(text)
    function = keras.activations.get(name)
    return function if value is None else lambda x: function(x, value)


def penalty(options, part):
    """Takes kernel_l1 and kernel_l2, or those of another part, out of the options: a Keras regularizer, or None."""
    l1, l2 = options.pop(f"{part}_l1", None), options.pop(f"{part}_l2", None)
    if l1 and l2:
        return keras.regularizers.L1L2(l1, l2)
    return keras.regularizers.L1(l1) if l1 else keras.regularizers.L2(l2) if l2 else None


def make_layer(spec):
    options = {"name": spec["name"], **spec["options"]}
    if "activation" in options:
        options["activation"] = activation(options["activation"])
    if spec["op"] in ("dense", "conv2d"):
        options["kernel_regularizer"] = penalty(options, "kernel")
        options["bias_regularizer"] = penalty(options, "bias")
        limit, axes = options.pop("kernel_max_norm", None), 0 if spec["op"] == "dense" else (0, 1, 2)
        options["kernel_constraint"] = keras.constraints.MaxNorm(limit, axis=axes) if limit else None
    if spec["op"] == "embedding":
        options["embeddings_regularizer"] = penalty(options, "embeddings")
    return getattr(keras.layers, LAYERS[spec["op"]])(**options)


def make_model(case):
    tensors = {}
    for i in case["inputs"]:
        integers = i["fill"]["kind"] == "integers"
        tensors[i["name"]] = keras.Input(i["shape"], name=i["name"], dtype="int32" if integers else None)
    inputs = list(tensors.values())
    for layer in case["layers"]:
        given = [tensors[name] for name in layer["inputs"]]
        tensors[layer["name"]] = make_layer(layer)(given if len(given) > 1 else given[0])
    model = keras.Model(inputs, tensors[case["layers"][-1]["name"]])
    for name, value in generator.initial(case).items():
        variable(model, name).assign(value)
    return model


def variable(model, name):
    layer, attribute = name.split("/")
    return next(w for w in model.get_layer(layer).weights if w.name == attribute)


def make_schedule(spec):
    if spec is None or spec["op"] == "constant":
        return None
    return getattr(keras.optimizers.schedules, camel(spec["op"]))(**spec["options"])


def make_optimizer(case, schedule):
    options = dict(case["optimizer"]["options"])
    if schedule:
        options["learning_rate"] = schedule
    elif "schedule" in case:
        options["learning_rate"] = case["schedule"]["options"]["learning_rate"]
    return getattr(keras.optimizers, OPTIMIZERS[case["optimizer"]["op"]])(**options)


def make_loss(spec):
    names = {"kl_divergence": "KLDivergence"}
    return getattr(keras.losses, names.get(spec["op"], camel(spec["op"])))(**spec["options"])


def run(case):
    """{"loss_curve", "final", "defaults", "learning_rates"?} of a case in the precision chosen by use()."""
    keras.backend.clear_session()
    model, loss, schedule = make_model(case), make_loss(case["loss"]), make_schedule(case.get("schedule"))
    optimizer = make_optimizer(case, schedule)
    model.compile(optimizer=optimizer, loss=loss)
    inputs, y, weights = generator.data(case)
    x = [inputs[i["name"]].astype("int32" if i["fill"]["kind"] == "integers" else keras.config.floatx())
         for i in case["inputs"]]
    class_weight = dict(enumerate(case["class_weight"])) if "class_weight" in case else None
    curve = []
    for rows in generator.batches(case):
        batch = [a[rows] for a in x]
        sample_weight = None if weights is None else weights[rows]
        curve.append(model.train_on_batch(batch if len(batch) > 1 else batch[0], y[rows], sample_weight=sample_weight,
                                          class_weight=class_weight))
    optimizer.finalize_variable_values(model.trainable_weights)  # as fit() does at its end: use_ema
    result = {"loss_curve": np.array(curve), "defaults": defaults(case, optimizer, loss, model),
              "final": {name: np.array(variable(model, name).value) for name in case["initial"]}}
    if "schedule" in case:
        rate = jax.jit(schedule) if schedule else lambda step: optimizer.learning_rate  # compiled, as in the step
        result["learning_rates"] = np.array([rate(step) for step in range(case["steps"])])
    return result


def defaults(case, optimizer, loss, model):
    """What Keras used for the options of optimizer, loss and layers that the case leaves out."""
    ours = ("epsilon", "momentum", "strides", "padding")
    found = {"optimizer": common.given_or(optimizer.get_config(), case["optimizer"]["options"]),
             "loss": common.given_or(loss.get_config(), case["loss"]["options"])}
    for unwanted in ("name", "reduction", "axis", "dtype"):
        for options in found.values():
            options.pop(unwanted, None)
    for layer in case["layers"]:
        made = model.get_layer(layer["name"])
        used = {k: getattr(made, k) for k in ours if hasattr(made, k)}
        used = {k: v[0] if isinstance(v, tuple) else v for k, v in used.items()}
        found[layer["name"]] = common.given_or(used, layer["options"])
    return {name: options for name, options in found.items() if options}

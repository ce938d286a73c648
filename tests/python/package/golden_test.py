# SPDX-License-Identifier: Apache-2.0
"""The golden cases of Keras (tests/golden) in Keras's words: the program that recorded them, tests/golden/run_keras.py, builds and
trains each with millrace.keras in the place of Keras."""

import json
import pathlib
import sys
import types

import numpy as np
import pytest

import millrace.keras

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "golden"
CASES = {case["name"]: case for case in json.loads((GOLDEN / "keras.json").read_text())["cases"]}

# Cases whose state has to survive from one call to the next.
BATCH_BY_BATCH = [f"keras/{name}" for name in (
    "sgd_momentum", "adam", "rmsprop_centered_momentum", "gradient_accumulation_adam", "uneven_last_batch", "batch_normalization",
    "binary_crossentropy_class_weight", "binary_crossentropy_sample_weight", "schedule_cosine_decay_warmup", "kernel_l1_l2")]


@pytest.fixture(scope="module")
def recorder():
    """run_keras.py, which imports millrace.keras when it imports keras."""
    replaced = {name: sys.modules.get(name) for name in ("keras", "jax", "common", "generator", "run_keras")}
    sys.modules["keras"] = millrace.keras
    sys.modules["jax"] = types.SimpleNamespace(__version__="", jit=lambda function: function)
    millrace.keras.__version__ = ""
    sys.path.insert(0, str(GOLDEN))
    import run_keras

    def activation(text):
        name, value = run_keras.common.spoken(text)
        option = {"leaky_relu": "negative_slope", "elu": "alpha", "gelu": "approximate"}.get(name)
        function = getattr(millrace.keras.activations, name)
        return function if value is None else function.with_options(**{option: value})

    run_keras.activation = activation
    yield run_keras
    sys.path.remove(str(GOLDEN))
    for name, module in replaced.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module


def compared(recorder, case, result):
    found = recorder.common.difference(result, case)
    assert all(value <= 1e-4 for value in found.values()), found


def losses_of_batches(means, case):
    """Losses of batches from the means of an epoch so far, each batch weighing as many rows as it has."""
    losses, rows, total = [], 0, 0.0
    for step, mean in enumerate(means):
        first = step * case["batch"] % (-(-case["rows"] // case["batch"]) * case["batch"])
        if first == 0:
            rows, total = 0, 0.0
        size = min(case["batch"], case["rows"] - first)
        losses.append((mean * (rows + size) - total) / size)
        rows, total = rows + size, mean * (rows + size)
    return np.array(losses)


@pytest.mark.parametrize("name", BATCH_BY_BATCH)
def test_train_on_batch_gives_the_curve_of_keras(recorder, name):
    case = CASES[name]
    model, loss, schedule = recorder.make_model(case), recorder.make_loss(case["loss"]), recorder.make_schedule(case.get("schedule"))
    model.compile(optimizer=recorder.make_optimizer(case, schedule), loss=loss)
    inputs, y, weights = recorder.generator.data(case)
    curve, rates = [], []
    for rows in recorder.generator.batches(case):
        rates.append(model.optimizer.learning_rate)
        curve.append(model.train_on_batch(inputs["x"][rows], y[rows], sample_weight=None if weights is None else weights[rows],
                                          class_weight=dict(enumerate(case["class_weight"])) if "class_weight" in case else None))
    compared(recorder, case, {"loss_curve": np.array(curve), "learning_rates": np.array(rates),
                              "final": {each: recorder.variable(model, each).value for each in case["initial"]}})


@pytest.mark.parametrize("name", CASES)
def test_fit_gives_the_curve_of_keras(recorder, name):
    case = CASES[name]
    model, loss, schedule = recorder.make_model(case), recorder.make_loss(case["loss"]), recorder.make_schedule(case.get("schedule"))
    model.compile(optimizer=recorder.make_optimizer(case, schedule), loss=loss)
    inputs, y, weights = recorder.generator.data(case)
    means, keras = [], millrace.keras
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: means.append(logs["loss"]))
    x = [inputs[each["name"]] for each in case["inputs"]]
    steps = -(-case["rows"] // case["batch"])
    assert case["steps"] % steps == 0
    model.fit(x if len(x) > 1 else x[0], y, batch_size=case["batch"], epochs=case["steps"] // steps, shuffle=False, sample_weight=weights,
              class_weight=dict(enumerate(case["class_weight"])) if "class_weight" in case else None, callbacks=[watch], verbose=0)
    curve = losses_of_batches(means, case) if weights is None else np.array(case["loss_curve"])
    compared(recorder, case, {"loss_curve": curve, "learning_rates": case.get("learning_rates"),
                              "final": {each: recorder.variable(model, each).value for each in case["initial"]}})

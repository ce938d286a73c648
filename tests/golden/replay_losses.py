# SPDX-License-Identifier: Apache-2.0
"""Losses in NumPy, written from the formulas, and the gradient of a batch's loss with respect to all parameters.

The gradient comes from complex steps: f(w + ih).imag / h is f'(w) to the last digit for h = 1e-30, so no backward pass is
needed.
"""

import math

import numpy as np

from replay_layers import clip, layer, log_softmax, magnitude, positive, sigmoid, softplus

STEP = 1e-30


def probability(p):
    return clip(p, 1e-7, 1 - 1e-7)


def binary_crossentropy(t, y, o, semantics):
    t = t * (1 - o.get("label_smoothing", 0)) + 0.5 * o.get("label_smoothing", 0)
    if o.get("from_logits"):
        return (o.get("pos_weight", 1) * t * softplus(-y) + (1 - t) * softplus(y)).mean(-1)
    p = probability(y) if semantics == "keras" else y
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(-1)


def categorical_crossentropy(t, y, o, semantics):
    t = t * (1 - o.get("label_smoothing", 0)) + o.get("label_smoothing", 0) / t.shape[-1]
    if o.get("from_logits"):
        return -(t * log_softmax(y)).sum(-1)
    p = probability(y / y.sum(-1, keepdims=True)) if semantics == "keras" else y
    return -(t * np.log(p)).sum(-1)


def sparse_categorical_crossentropy(t, y, o, semantics):
    return categorical_crossentropy(np.eye(y.shape[-1])[t[..., 0].astype(int)], y, o, semantics)


def binary_focal_crossentropy(t, y, o, semantics):
    t = t * (1 - o["label_smoothing"]) + 0.5 * o["label_smoothing"]
    p = sigmoid(y) if o["from_logits"] else y
    cross = -(t * np.log(probability(p)) + (1 - t) * np.log(1 - probability(p)))
    balance = t * o["alpha"] + (1 - t) * (1 - o["alpha"]) if o["apply_class_balancing"] else 1
    return (balance * (1 - (t * p + (1 - t) * (1 - p))) ** o["gamma"] * cross).mean(-1)


def categorical_focal_crossentropy(t, y, o, semantics):
    t = t * (1 - o["label_smoothing"]) + o["label_smoothing"] / t.shape[-1]
    p = np.exp(log_softmax(y)) if o["from_logits"] else y
    p = probability(p / p.sum(-1, keepdims=True))
    return (-o["alpha"] * (1 - p) ** o["gamma"] * t * np.log(p)).sum(-1)


def huber(t, y, o, semantics):
    error, delta = magnitude(y - t), o.get("delta", 1.0)
    return np.where(error.real <= delta, error**2 / 2, delta * error - delta**2 / 2).mean(-1)


def hinge(t, y, power):
    t = 2 * t - 1 if np.isin(t, (0, 1)).all() else t
    return (positive(1 - t * y) ** power).mean(-1)


def categorical_hinge(t, y, o, semantics):
    others = (1 - t) * y
    worst = np.take_along_axis(others, others.real.argmax(-1)[..., None], -1)[..., 0]
    return positive(worst - (t * y).sum(-1) + 1)


def kl_divergence(t, y, o, semantics):
    t = clip(t, 1e-7, 1)
    return (t * np.log(t / clip(y, 1e-7, 1))).sum(-1)


# Each gives one value a row.
LOSSES = {
    "binary_crossentropy": binary_crossentropy,
    "categorical_crossentropy": categorical_crossentropy,
    "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
    "binary_focal_crossentropy": binary_focal_crossentropy,
    "categorical_focal_crossentropy": categorical_focal_crossentropy,
    "mean_squared_error": lambda t, y, o, s: ((y - t) ** 2).mean(-1) * (0.5 if s == "sklearn" else 1),
    "mean_absolute_error": lambda t, y, o, s: magnitude(y - t).mean(-1),
    "huber": huber,
    "smooth_l1": lambda t, y, o, s: huber(t, y, {"delta": o["beta"]}, s) / o["beta"],
    "log_cosh": lambda t, y, o, s: (y - t + softplus(-2 * (y - t)) - math.log(2)).mean(-1),
    "hinge": lambda t, y, o, s: hinge(t, y, 1),
    "squared_hinge": lambda t, y, o, s: hinge(t, y, 2),
    "categorical_hinge": categorical_hinge,
    "poisson": lambda t, y, o, s: (y - t * np.log(y + 1e-7)).mean(-1),
    "kl_divergence": kl_divergence,
}


def options(case, part, given):
    """The options of the loss, the optimizer or a layer: the case's over those the library used where it gives none."""
    return case["defaults"].get(part, {}) | given["options"]


def penalties(case, p, weights):
    """What L1 and L2 add to the loss. scikit-learn divides by the batch's rows, or by their weights' sum."""
    total = 0
    for spec in case["layers"]:
        for norm in [name for name in spec["options"] if name.endswith(("_l1", "_l2"))]:
            part = p[f"{spec['name']}/{norm[:-3]}"]
            values = part.reshape(len(part), -1)
            size = (values**2 if norm.endswith("_l2") else magnitude(values)).sum(1)
            total = total + spec["options"][norm] * size * (0.5 / weights.sum() if case["semantics"] == "sklearn" else 1)
    return total


def row_weights(case, t, given):
    """Weight of each row: sample_weight, or class_weight of the row's class."""
    if given is not None:
        return given.astype(float)
    if "class_weight" not in case:
        return np.ones(len(t))
    classes = t.argmax(-1) if t.shape[-1] > 1 else t[:, 0].astype(int)
    return np.array(case["class_weight"])[classes]


def loss(case, p, inputs, t, weights, moving):
    """The objective [shifts] whose gradient trains, and the loss the library reports. p: [shifts, *shape] by name."""
    tensors = {name: x[None].astype(complex) for name, x in inputs.items()}
    for spec in case["layers"]:
        own = {k.split("/")[1]: v for k, v in p.items() if k.startswith(spec["name"] + "/")}
        o = options(case, spec["name"], spec)
        tensors[spec["name"]] = layer(spec, o, own, [tensors[i] for i in spec["inputs"]], case["semantics"],
                                      moving.get(spec["name"]))
    y, t = tensors[case["layers"][-1]["name"]], t.astype(float)
    w = row_weights(case, t, weights)
    mean = (LOSSES[case["loss"]["op"]](t, y, options(case, "loss", case["loss"]), case["semantics"]) * w).sum(1)
    # Keras divides by the number of rows whatever they weigh, the others by the weights' sum.
    mean = mean / (len(w) if case["semantics"] == "keras" else w.sum())
    # scikit-learn reports a mean over outputs, and follows the gradient of their sum.
    outputs = y.shape[-1] if (case["semantics"], case["loss"]["op"]) == ("sklearn", "mean_squared_error") else 1
    penalty = penalties(case, p, w)
    return mean * outputs + penalty, (mean + penalty)[0].real


def gradients(case, parameters, inputs, t, weights, moving):
    """Loss of a batch and its gradient by name. Updates the moving statistics."""
    flat = np.concatenate([v.ravel() for v in parameters.values()])
    shifted = flat + 1j * STEP * np.eye(len(flat))
    p, at = {}, 0
    for name, value in parameters.items():
        p[name] = shifted[:, at:at + value.size].reshape(-1, *value.shape)
        at += value.size
    objective, reported = loss(case, p, inputs, t, weights, moving)
    slope, at, found = objective.imag / STEP, 0, {}
    for name, value in parameters.items():
        found[name] = slope[at:at + value.size].reshape(value.shape)
        at += value.size
    return reported, found

# SPDX-License-Identifier: Apache-2.0
"""Optimizers and learning-rate schedules in NumPy, written from the formulas and not from any library's code.

update(o, s, w, g, lr, t): options, the tensor's state (a dict, empty at first), weight, gradient, learning rate, number of
the update from 1. Returns the new weight.
"""

import math

import numpy as np


def average(s, name, w, value, rho):
    """Exponential moving average of `value`, kept in the state under `name`, from 0."""
    s[name] = rho * s.get(name, np.zeros_like(w)) + (1 - rho) * value
    return s[name]


def moments(o, s, w, g):
    return average(s, "m", w, g, o["beta_1"]), average(s, "v", w, g * g, o["beta_2"])


def amsgrad(o, s, v):
    if not o.get("amsgrad"):
        return v
    s["largest"] = np.maximum(s.get("largest", 0), v)
    return s["largest"]


def nadam_momentum(o, s, t):
    """This and the next step's momentum, and the products of all up to them."""
    decay = o.get("momentum_decay", 0.004)  # of 0.96 ** (t * 0.004) in PyTorch, 0.96 ** t in Keras
    now, then = (o["beta_1"] * (1 - 0.5 * 0.96 ** (k * decay)) for k in (t, t + 1))
    s["product"] = s.get("product", 1.0) * now
    return now, then, s["product"], s["product"] * then


def nadam(o, s, w, g, lr, t):
    m, v = moments(o, s, w, g)
    now, then, product, next_product = nadam_momentum(o, s, t)
    hat = then * m / (1 - next_product) + (1 - now) * g / (1 - product)
    return w - lr * hat / (np.sqrt(v / (1 - o["beta_2"] ** t)) + o["epsilon"])


class Keras:
    """weight_decay is decoupled for every optimizer and done by the caller, as is clipping."""

    def sgd(o, s, w, g, lr, t):
        if o["momentum"] == 0:
            return w - lr * g
        m = s["m"] = o["momentum"] * s.get("m", 0) - lr * g  # the learning rate is inside
        return w + (o["momentum"] * m - lr * g if o["nesterov"] else m)

    def adam(o, s, w, g, lr, t):
        m, v = moments(o, s, w, g)
        rate = lr * math.sqrt(1 - o["beta_2"] ** t) / (1 - o["beta_1"] ** t)
        return w - rate * m / (np.sqrt(amsgrad(o, s, v)) + o["epsilon"])  # epsilon beside the uncorrected root

    adamw = adam

    def nadam(o, s, w, g, lr, t):
        return nadam({**o, "momentum_decay": 1.0}, s, w, g, lr, t)

    def adamax(o, s, w, g, lr, t):
        m = average(s, "m", w, g, o["beta_1"])
        u = s["u"] = np.maximum(o["beta_2"] * s.get("u", 0), np.abs(g))
        return w - lr / (1 - o["beta_1"] ** t) * m / (u + o["epsilon"])

    def rmsprop(o, s, w, g, lr, t):
        v = average(s, "v", w, g * g, o["rho"])
        if o["centered"]:
            v = v - average(s, "mean", w, g, o["rho"]) ** 2
        step = lr * g / np.sqrt(v + o["epsilon"])  # epsilon under the root
        if o["momentum"] == 0:
            return w - step
        s["m"] = o["momentum"] * s.get("m", 0) + step
        return w - s["m"]

    def adagrad(o, s, w, g, lr, t):
        s["sum"] = s.get("sum", o["initial_accumulator_value"]) + g * g
        return w - lr * g / np.sqrt(s["sum"] + o["epsilon"])  # epsilon under the root

    def adadelta(o, s, w, g, lr, t):
        v = average(s, "v", w, g * g, o["rho"])
        step = np.sqrt(s.get("d", 0) + o["epsilon"]) / np.sqrt(v + o["epsilon"]) * g
        average(s, "d", w, step * step, o["rho"])
        return w - lr * step

    def ftrl(o, s, w, g, lr, t):
        power, n = -o["learning_rate_power"], s.get("n", o["initial_accumulator_value"])
        l1, l2 = o["l1_regularization_strength"], o["l2_regularization_strength"] + o["beta"] / (2 * lr)
        s["n"] = n + g * g  # of the gradient without the shrinkage
        z = s["z"] = (s.get("z", 0) + g + 2 * o["l2_shrinkage_regularization_strength"] * w
                      - (s["n"] ** power - n**power) / lr * w)
        return (np.clip(z, -l1, l1) - z) / (s["n"] ** power / lr + 2 * l2)

    def lion(o, s, w, g, lr, t):
        m = s.get("m", 0)
        s["m"] = o["beta_2"] * m + (1 - o["beta_2"]) * g
        return w - lr * np.sign(o["beta_1"] * m + (1 - o["beta_1"]) * g)

    def lamb(o, s, w, g, lr, t):
        m, v = moments(o, s, w, g)
        step = m / (1 - o["beta_1"] ** t) / (np.sqrt(v / (1 - o["beta_2"] ** t)) + o["epsilon"])
        sizes = np.sqrt((w**2).sum()), np.sqrt((step**2).sum())
        return w - lr * step * (sizes[0] / sizes[1] if min(sizes) > 0 else 1)


class Torch:
    """weight_decay is added to the gradient by the caller, but for adamw."""

    def sgd(o, s, w, g, lr, t):
        if o["momentum"] == 0:
            return w - lr * g
        m = s["m"] = o["momentum"] * s["m"] + g if "m" in s else g  # the learning rate is outside
        return w - lr * (g + o["momentum"] * m if o["nesterov"] else m)

    def adam(o, s, w, g, lr, t):
        m, v = moments(o, s, w, g)
        root = np.sqrt(amsgrad(o, s, v)) / math.sqrt(1 - o["beta_2"] ** t)
        return w - lr / (1 - o["beta_1"] ** t) * m / (root + o["epsilon"])  # epsilon beside the corrected root

    def adamw(o, s, w, g, lr, t):
        return Torch.adam(o, s, w * (1 - lr * o["weight_decay"]), g, lr, t)

    nadam = nadam

    def adamax(o, s, w, g, lr, t):
        m = average(s, "m", w, g, o["beta_1"])
        u = s["u"] = np.maximum(o["beta_2"] * s.get("u", 0), np.abs(g) + o["epsilon"])  # epsilon inside the maximum
        return w - lr / (1 - o["beta_1"] ** t) * m / u

    def rmsprop(o, s, w, g, lr, t):
        v = average(s, "v", w, g * g, o["rho"])
        if o["centered"]:
            v = v - average(s, "mean", w, g, o["rho"]) ** 2
        step = g / (np.sqrt(v) + o["epsilon"])  # epsilon beside the root
        if o["momentum"] == 0:
            return w - lr * step
        s["m"] = o["momentum"] * s.get("m", 0) + step  # the learning rate is outside
        return w - lr * s["m"]

    def adagrad(o, s, w, g, lr, t):
        s["sum"] = s.get("sum", o["initial_accumulator_value"]) + g * g
        return w - lr * g / (np.sqrt(s["sum"]) + o["epsilon"])  # epsilon beside the root

    adadelta = Keras.adadelta


class Sklearn:
    sgd, adam = Keras.sgd, Keras.adam


RULES = {"keras": Keras, "torch": Torch, "sklearn": Sklearn}


# --- schedules: the learning rate of step 0, 1, .. -------------------------------------------------------------------
def exponential_decay(o, step):
    turns = step / o["decay_steps"]
    return o["initial_learning_rate"] * o["decay_rate"] ** (math.floor(turns) if o.get("staircase") else turns)


def piecewise_constant_decay(o, step):
    return o["values"][sum(step > boundary for boundary in o["boundaries"])]  # a boundary belongs to what is before it


def polynomial_decay(o, step):
    start, end, length = o["initial_learning_rate"], o.get("end_learning_rate", 0.0001), o["decay_steps"]
    if o.get("cycle"):
        length *= max(1, math.ceil(step / length))
    return (start - end) * (1 - min(step, length) / length) ** o.get("power", 1) + end


def cosine_decay(o, step):
    start, warm = o["initial_learning_rate"], o.get("warmup_steps", 0)
    if "warmup_target" in o:
        if step < warm:
            return start + (o["warmup_target"] - start) * step / warm
        start, step = o["warmup_target"], step - warm
    alpha = o.get("alpha", 0)
    return start * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * min(step / o["decay_steps"], 1))) + alpha)


def cosine_decay_restarts(o, step):
    length, size, alpha = o["first_decay_steps"], 1.0, o.get("alpha", 0)
    while step >= length:
        step, length, size = step - length, length * o.get("t_mul", 2.0), size * o.get("m_mul", 1.0)
    return o["initial_learning_rate"] * ((1 - alpha) * size * 0.5 * (1 + math.cos(math.pi * step / length)) + alpha)


def along_cycle(o, step, first, top, end):
    """From first to top at the peak of the cycle, and from there to end."""
    last, peak = o["total_steps"] - 1, o.get("pct_start", 0.3) * o["total_steps"] - 1
    ends = (first, top, step / peak) if step <= peak else (top, end, (step - peak) / (last - peak))
    part = ends[2] if o.get("anneal_strategy") == "linear" else 0.5 * (1 - math.cos(math.pi * ends[2]))
    return ends[0] + (ends[1] - ends[0]) * part


def one_cycle(o, step):
    top = o["max_learning_rate"]
    low = top / o.get("div_factor", 25)
    return along_cycle(o, step, low, top, low / o.get("final_div_factor", 1e4))


def cycled_momentum(o, step):
    """The momentum, or beta_1, of a one-cycle schedule; None where it does not cycle it."""
    if not o.get("cycle_momentum", True):
        return None
    most = o.get("max_momentum", 0.95)
    return along_cycle(o, step, most, o.get("base_momentum", 0.85), most)


SCHEDULES = {
    "constant": lambda o, step: o["learning_rate"],
    "exponential_decay": exponential_decay,
    "piecewise_constant_decay": piecewise_constant_decay,
    "polynomial_decay": polynomial_decay,
    "cosine_decay": cosine_decay,
    "cosine_decay_restarts": cosine_decay_restarts,
    "step_decay": lambda o, step: o["initial_learning_rate"] * o["gamma"] ** (step // o["step_size"]),
    "one_cycle": one_cycle,
}

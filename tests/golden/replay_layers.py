# SPDX-License-Identifier: Apache-2.0
"""Layers in NumPy, forward only, written from the formulas, not from a library's code.

replay_losses.py takes gradients by complex steps, so every function here takes complex numbers and decides on their real
parts. Tensors are [shifts, rows, ...]: one leading entry for each parameter that is shifted.
"""

import math

import numpy as np

from common import spoken


# --- activations -----------------------------------------------------------------------------------------------------
def positive(x):
    return np.where(x.real > 0, x, 0)


def magnitude(x):
    return np.where(x.real < 0, -x, x)


def clip(x, low, high):
    return np.where(x.real < low, low, np.where(x.real > high, high, x))


def softplus(x):
    return positive(x) + np.log(1 + np.exp(-magnitude(x)))


def sigmoid(x):
    return np.exp(-softplus(-x))


def log_softmax(x):
    x = x - x.real.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def erf(x):
    return np.vectorize(math.erf)(x.real) + 1j * x.imag * 2 / math.sqrt(math.pi) * np.exp(-x.real**2)


def elu(x, alpha=1.0):
    return np.where(x.real > 0, x, alpha * (np.exp(np.where(x.real > 0, 0, x)) - 1))


def hard_sigmoid(x):
    return clip(x / 6 + 0.5, 0, 1)


def gelu(x, approximate=False):
    if approximate:
        return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + erf(x / math.sqrt(2)))


ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": positive,
    "leaky_relu": lambda x, slope: np.where(x.real > 0, x, slope * x),
    "elu": elu,
    "selu": lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772),
    "gelu": gelu,
    "silu": lambda x: x * sigmoid(x),
    "softplus": softplus,
    "softsign": lambda x: x / (1 + magnitude(x)),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": lambda x: x * hard_sigmoid(x),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "exponential": np.exp,
    "softmax": lambda x: np.exp(log_softmax(x)),
    "log_softmax": log_softmax,
}


def activate(text, x, semantics):
    name, value = spoken(text)
    if name == "leaky_relu" and value is None:
        value = 0.01 if semantics == "torch" else 0.2
    return ACTIVATIONS[name](x) if value is None else ACTIVATIONS[name](x, value)


# --- layers ----------------------------------------------------------------------------------------------------------
def rows_of(vector, x):
    """A [shifts, n] parameter shaped to meet x [shifts, rows, .., n]."""
    return vector.reshape(len(vector), *[1] * (x.ndim - 2), -1)


def windows(x, size, stride, padding, outside):
    """The size x size windows of images [.., height, width, channels]: an array for each place in the window."""
    if padding == "same":
        pads = []
        for length in x.shape[-3:-1]:
            total = max((-(-length // stride) - 1) * stride + size - length, 0)
            pads.append((total // 2, total - total // 2))  # an odd one goes to the end
        x = np.pad(x, [(0, 0)] * (x.ndim - 3) + pads + [(0, 0)], constant_values=outside)
    high, wide = ((length - size) // stride + 1 for length in x.shape[-3:-1])
    return {(r, c): x[..., r:r + (high - 1) * stride + 1:stride, c:c + (wide - 1) * stride + 1:stride, :]
            for r in range(size) for c in range(size)}


def pool(x, o, how):
    size, padding = o["pool_size"], o["padding"]
    stack = np.stack(list(windows(x, size, o["strides"], padding, np.nan).values()))
    if how == "max":
        real = np.where(np.isnan(stack.real), -np.inf, stack.real)
        return np.take_along_axis(stack, real.argmax(0)[None], 0)[0]
    inside = ~np.isnan(stack.real)  # padding does not count
    return np.where(inside, stack, 0).sum(0) / inside.sum(0)


def normalized(x, mean, variance, p, epsilon):
    return (x - mean) / np.sqrt(variance + epsilon) * rows_of(p["gamma"], x) + rows_of(p["beta"], x)


def batch_normalization(x, p, o, semantics, moving):
    axes = tuple(range(1, x.ndim - 1))
    mean, variance = x.mean(axes, keepdims=True), ((x - x.mean(axes, keepdims=True)) ** 2).mean(axes, keepdims=True)
    count = x[0].size / x.shape[-1]
    # Keras keeps the biased variance, PyTorch the unbiased one; both normalise with the biased one.
    kept = variance * count / (count - 1) if semantics == "torch" else variance
    for name, value in (("moving_mean", mean), ("moving_variance", kept)):
        moving[name] = o["momentum"] * moving[name] + (1 - o["momentum"]) * value[0].real.ravel()
    return normalized(x, mean, variance, p, o["epsilon"])


def layer(spec, o, p, xs, semantics, moving):
    x = xs[0]
    match spec["op"]:
        case "dense":
            y = x @ p["kernel"] + (rows_of(p["bias"], x) if "bias" in p else 0)
            return activate(o["activation"], y, semantics)
        case "activation":
            return activate(o["activation"], x, semantics)
        case "prelu":
            return np.where(x.real > 0, x, rows_of(p["alpha"], x) * x)
        case "batch_normalization":
            return batch_normalization(x, p, o, semantics, moving)
        case "layer_normalization":
            mean = x.mean(-1, keepdims=True)
            return normalized(x, mean, ((x - mean) ** 2).mean(-1, keepdims=True), p, o["epsilon"])
        case "rms_normalization":
            return x / np.sqrt((x**2).mean(-1, keepdims=True) + o["epsilon"]) * rows_of(p["scale"], x)
        case "embedding":
            return p["embeddings"][:, x[0].real.astype(int)]
        case "flatten":
            return x.reshape(*x.shape[:2], -1)
        case "concatenate":
            shifts = max(len(a) for a in xs)
            return np.concatenate([np.broadcast_to(a, (shifts, *a.shape[1:])) for a in xs], -1)
        case "add":
            return sum(xs)
        case "conv2d":
            places = windows(x, o["kernel_size"], o["strides"], o["padding"], 0)
            y = sum(part @ p["kernel"][:, r, c][:, None, None] for (r, c), part in places.items())
            return activate(o["activation"], y + rows_of(p["bias"], y), semantics)
        case "max_pooling2d":
            return pool(x, o, "max")
        case "average_pooling2d":
            return pool(x, o, "average")
        case "global_average_pooling2d":
            return x.mean((2, 3))
    raise ValueError(f"[replay] no layer '{spec['op']}'")

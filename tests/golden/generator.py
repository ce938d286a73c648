# SPDX-License-Identifier: Apache-2.0
"""Numbers that any language can repeat bit for bit: a case stores seeds, not arrays.

All arithmetic is on unsigned 64-bit integers, modulo 2^64:

    splitmix64(z):  z += 0x9E3779B97F4A7C15
                    z  = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
                    z  = (z ^ (z >> 27)) * 0x94D049BB133111EB
                    return z ^ (z >> 31)
    bits(seed, index) = splitmix64(seed * 2^32 + index) >> 40          24 random bits; seed, index < 2^32
    unit(seed, index) = bits(seed, index) * 2^-24                      in [0, 1), a double

A fill describes one tensor; `index` counts its elements in row-major order, from 0:

    {"kind": "uniform", "seed": s, "low": a, "high": b}    float32(a + (b - a) * unit(s, index))
    {"kind": "integers", "seed": s, "count": n}            (bits(s, index) * n) >> 24, one of 0 .. n - 1
    {"kind": "constant", "value": v}                       float32(v)

Bounds are multiples of 1/1024 below 16, so a + (b - a) * unit is exact in a double, with or without a fused
multiply-add, and the only rounding is the last one to float32 (to nearest, ties to even).

The target {"rule": r, "columns": k, "seed": s} is a linear function of the inputs. Row r's inputs (all of them, in the
order the case lists them, each row-major) are x[r][0 .. n-1]; with

    c[j][o] = ((bits(s, j * k + o) * 17) >> 24) / 8 - 1                one of -1, -7/8 .. 1
    v[r][o] = sum over j of x[r][j] * c[j][o]                          exact in a double, in any order

the rules give float32 of

    linear    v[r][o]                        k columns
    absolute  |v[r][o]|                      k columns
    share     |v[r][o]| / sum over o |v|     k columns; sum and quotient in double, then rounded to float32
    positive  1 if v[r][o] > 0 else 0        k columns
    sign      1 if v[r][o] > 0 else -1       k columns
    class     the o of the largest v[r][o]   one column (the first such o, if there were two)
    one_hot   1 at that o, 0 elsewhere       k columns
"""

import numpy as np


def bits(seed, count):
    """bits(seed, 0 .. count - 1) as int64."""
    z = np.arange(count, dtype=np.uint64) + np.uint64(seed << 32) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.int64)


def fill(spec, shape):
    """The tensor a fill describes, float32."""
    count = int(np.prod(shape))
    if spec["kind"] == "constant":
        return np.full(shape, spec["value"], np.float32)
    if spec["kind"] == "integers":
        return ((bits(spec["seed"], count) * spec["count"]) >> 24).astype(np.float32).reshape(shape)
    low, high = spec["low"], spec["high"]
    return (low + (high - low) * (bits(spec["seed"], count) * 2.0**-24)).astype(np.float32).reshape(shape)


def target(spec, inputs):
    """The target [rows, columns] for the inputs, float32."""
    x = np.concatenate([a.reshape(len(a), -1) for a in inputs], axis=1).astype(np.float64)
    k = spec["columns"]
    c = ((bits(spec["seed"], x.shape[1] * k) * 17) >> 24).reshape(-1, k) / 8 - 1
    v = x @ c
    best = v.argmax(axis=1)
    values = {
        "linear": lambda: v,
        "absolute": lambda: np.abs(v),
        "share": lambda: np.abs(v) / np.abs(v).sum(axis=1, keepdims=True),
        "positive": lambda: v > 0,
        "sign": lambda: np.where(v > 0, 1, -1),
        "class": lambda: best[:, None],
        "one_hot": lambda: np.eye(k)[best],
    }
    return values[spec["rule"]]().astype(np.float32)


def data(case):
    """Inputs by name, target and row weights (or None) of a case, float32."""
    inputs = {i["name"]: fill(i["fill"], [case["rows"], *i["shape"]]) for i in case["inputs"]}
    y = target(case["target"], list(inputs.values()))
    weights = fill(case["sample_weight"], [case["rows"]]) if "sample_weight" in case else None
    return inputs, y, weights


def initial(case):
    """Initial parameters by name, float32."""
    return {name: fill(p["fill"], p["shape"]) for name, p in case["initial"].items()}


def batches(case):
    """Row slices of the case's steps: file order; the last batch of an epoch holds the rows that are left."""
    slices = []
    while len(slices) < case["steps"]:
        slices += [slice(at, min(at + case["batch"], case["rows"])) for at in range(0, case["rows"], case["batch"])]
    return slices[: case["steps"]]

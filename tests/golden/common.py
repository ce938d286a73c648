# SPDX-License-Identifier: Apache-2.0
"""Shared by the cases of all libraries: names, shapes, and how results are compared and written."""

import json
import zlib

import numpy as np

ROWS, BATCH, STEPS = 64, 16, 100


# --- names used in cases ---------------------------------------------------------------------------------------------
def op(name, **options):
    return {"op": name, "options": options}


def dense(units, activation="linear", **options):
    return op("dense", units=units, activation=activation, **options)


def uniform(low, high):
    return {"kind": "uniform", "low": float(low), "high": float(high)}


def rule(name, columns):
    return {"rule": name, "columns": columns}


def spoken(text):
    """"leaky_relu:0.1" or "gelu:approximate=true" as its name and its option's value, None without one."""
    name, _, value = text.partition(":")
    return name, json.loads(value.rpartition("=")[2]) if value else None


def columns(count, low=-1, high=1, name="x"):
    """An input of `count` numbers a row."""
    return {"name": name, "shape": [count], "fill": uniform(low, high)}


def case(name, layers, loss, optimizer, target, inputs=None, semantics=None, **more):
    """A complete case: layers named, every tensor given a seed of its own, initial weights chosen by shape."""
    seeds = iter(range((zlib.crc32(name.encode()) >> 12) * 64, 1 << 32))

    def seeded(spec):
        return spec if spec.get("kind") == "constant" else {**spec, "seed": next(seeds)}

    inputs = [{**i, "fill": seeded(i["fill"])} for i in inputs or [columns(12)]]
    counts, named = {}, []
    for layer in layers:
        counts[layer["op"]] = counts.get(layer["op"], 0) + 1
        before = [named[-1]["name"] if named else inputs[0]["name"]]
        named.append({"name": layer.get("name", f"{layer['op']}_{counts[layer['op']]}"),
                      "op": layer["op"], "options": layer["options"], "inputs": layer.get("inputs", before)})
    whole = {"name": name, "semantics": semantics or name.split("/")[0], "rows": ROWS, "batch": BATCH, "steps": STEPS,
             "inputs": inputs, "target": seeded(target)}
    if "sample_weight" in more:
        whole["sample_weight"] = seeded(more.pop("sample_weight"))
    whole |= {"layers": named, "loss": loss, "optimizer": optimizer, **more}
    whole["initial"] = {name: {"shape": list(shape), "fill": seeded(start)}
                        for name, (shape, start) in parameters(whole).items()}
    return whole


# --- shapes ----------------------------------------------------------------------------------------------------------
def glorot(fan_in, fan_out):
    """Uniform within the Glorot limit, cut to a multiple of 1/64."""
    limit = int((6 / (fan_in + fan_out)) ** 0.5 * 64) / 64
    return uniform(-limit, limit)


def window(size, kernel, stride, padding):
    """Output length of a convolution or pooling along one axis."""
    return -(-size // stride) if padding == "same" else (size - kernel) // stride + 1


def layer_shape(layer, shapes):
    """Output shape of a layer (without the batch) and its parameters: {name: (shape, fill)}."""
    o, shape = layer["options"], shapes[0]
    bias, one, zero = uniform(-0.125, 0.125), {"kind": "constant", "value": 1.0}, {"kind": "constant", "value": 0.0}
    match layer["op"]:
        case "dense":
            units = o["units"]
            weights = {"kernel": ([shape[-1], units], glorot(shape[-1], units)), "bias": ([units], bias)}
            return [*shape[:-1], units], {k: v for k, v in weights.items() if k == "kernel" or o.get("use_bias", True)}
        case "batch_normalization":
            n = [shape[-1]]
            return shape, {"gamma": (n, uniform(0.75, 1.25)), "beta": (n, bias),
                           "moving_mean": (n, zero), "moving_variance": (n, one)}
        case "layer_normalization":
            return shape, {"gamma": ([shape[-1]], uniform(0.75, 1.25)), "beta": ([shape[-1]], bias)}
        case "rms_normalization":
            return shape, {"scale": ([shape[-1]], uniform(0.75, 1.25))}
        case "prelu":
            return shape, {"alpha": ([1] if o.get("shared") else shape, uniform(0.125, 0.375))}
        case "embedding":
            return [*shape, o["output_dim"]], {"embeddings": ([o["input_dim"], o["output_dim"]], uniform(-0.5, 0.5))}
        case "conv2d":
            k, filters, padding = o["kernel_size"], o["filters"], o.get("padding", "valid")
            grid = [window(size, k, o.get("strides", 1), padding) for size in shape[:2]]
            fan = k * k * shape[2], k * k * filters
            return [*grid, filters], {"kernel": ([k, k, shape[2], filters], glorot(*fan)), "bias": ([filters], bias)}
        case "max_pooling2d" | "average_pooling2d":
            k = o["pool_size"]
            return [*(window(size, k, o.get("strides", k), o.get("padding", "valid")) for size in shape[:2]),
                    shape[2]], {}
        case "global_average_pooling2d":
            return [shape[2]], {}
        case "flatten":
            return [int(np.prod(shape))], {}
        case "concatenate":
            return [*shape[:-1], sum(s[-1] for s in shapes)], {}
        case "add" | "activation":
            return shape, {}
    raise ValueError(f"[golden] no layer '{layer['op']}'")


def parameters(case):
    """{"layer/parameter": (shape, fill without seed)} of all layers, in their order."""
    shapes, found = {i["name"]: i["shape"] for i in case["inputs"]}, {}
    for layer in case["layers"]:
        shapes[layer["name"]], own = layer_shape(layer, [shapes[i] for i in layer["inputs"]])
        found |= {f"{layer['name']}/{name}": value for name, value in own.items()}
    return found


# --- results ---------------------------------------------------------------------------------------------------------
def shortest(array):
    """A flat list of numbers that print as the shortest text that reads back as the same float32."""
    return [float(str(v)) for v in np.asarray(array, np.float32).ravel()]


def given_or(defaults, options):
    """What the library used for options the case does not give: plain values only, to seven digits."""
    plain = {k: v for k, v in defaults.items() if k not in options and isinstance(v, (bool, int, float, str))}
    return {k: float(f"{v:.7g}") if isinstance(v, float) else v for k, v in sorted(plain.items())}


def difference(result, reference):
    """Largest relative differences: of each loss to itself, of each parameter to the largest of its tensor or 1/8 (a
    bias may end near 0), of each learning rate to the largest."""
    def largest(ours, theirs, scale):
        b = np.asarray(theirs, np.float64).ravel()
        return float(np.max(np.abs(np.asarray(ours, np.float64).ravel() - b) / scale(np.abs(b))))

    found = {"loss": largest(result["loss_curve"], reference["loss_curve"], lambda size: size),
             "final": max(largest(result["final"][name], value, lambda size: max(size.max(), 0.125))
                          for name, value in reference["final"].items())}
    if "learning_rates" in reference:
        found["learning_rates"] = largest(result["learning_rates"], reference["learning_rates"], np.max)
    return found


def text_of(library, cases):
    """The file of a library. One key a line, one list a line: small, and a diff shows what changed."""
    def text(value):
        return json.dumps(value, allow_nan=False)

    def block(case):
        rows = []
        for key, value in case.items():
            if key in ("layers", "initial", "final"):
                items = [text(v) for v in value] if isinstance(value, list) else [f"{text(k)}: {text(v)}"
                                                                                  for k, v in value.items()]
                left, right = "[]" if isinstance(value, list) else "{}"
                rows.append(f"  {text(key)}: {left}\n    " + ",\n    ".join(items) + f"\n  {right}")
            else:
                rows.append(f"  {text(key)}: {text(value)}")
        return " {\n" + ",\n".join(rows) + "\n }"

    return (f'{{"format": 1, "library": {text(library)}, "cases": [\n' + ",\n".join(block(c) for c in cases)
            + "\n]}\n")

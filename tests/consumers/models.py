# SPDX-License-Identifier: Apache-2.0
"""Makes the models that consumers are tried with: every layer, every activation, every kind of output.

Usage:  models.py FOLDER        needs: numpy, and the program as MILLRACE_PROGRAM or build/release/millrace

FOLDER gets NAME.onnx for each model, its inputs and expected outputs as .npy files, and models.json, which lists them. The
expected outputs are those of `millrace predict`.
"""
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy

ROOT = pathlib.Path(os.environ.get("MILLRACE_ROOT", pathlib.Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("MILLRACE_PROGRAM", str(ROOT / "build/release/millrace"))
ROWS = 40

SPARSE = "sparse_categorical_crossentropy"
LOGITS = SPARSE + ":from_logits=true"
IMAGE = "reshape:8x8x2,"
IMAGE_END = ",flatten,3:softmax"
ACTIVATIONS = ("linear relu leaky_relu elu selu softplus exponential sigmoid tanh softsign hard_sigmoid gelu silu "
               "hard_swish mish relu6 hard_tanh softmax log_softmax").split()

# Layers of networks on six numbers that predict a number.
DENSE = {
    "gelu_tanh": "6:gelu:true,1",
    "activation_layer": "6,activation:elu,1",
    "prelu": "6,prelu,1",
    "prelu_shared": "6,prelu:true,1",
    "dropout": "6:relu,dropout:0.3,1",
    "batch_normalization": "6,batch_normalization,activation:relu,1",
    "batch_normalization_first": "batch_normalization,4:relu,1",
    "batch_normalization_last": "6:relu,1,batch_normalization",
    "batch_normalization_no_center": "6,batch_normalization:center=false,1",
    "batch_normalization_no_scale": "6,batch_normalization:scale=false,1",
    "layer_normalization": "6:relu,layer_normalization,1",
    "layer_normalization_plain": "6:relu,layer_normalization:center=false:scale=false,1",
    "rms_normalization": "6:relu,rms_normalization,1",
    "flatten": "6:relu,flatten,1",
}
# Ends: layers and loss.
ENDS = {
    "end_sigmoid": ("6:relu,1:sigmoid", "binary_crossentropy"),
    "end_sigmoid_logits": ("6:relu,1", "binary_crossentropy:from_logits=true"),
    "end_softmax": ("6:relu,3:softmax", SPARSE),
    "end_softmax_logits": ("6:relu,3", LOGITS),
    "end_hinge": ("6:relu,1:tanh", "hinge"),
    "end_regression": ("6:relu,1", "mean_squared_error"),
    "end_poisson": ("6:relu,1:exponential", "poisson"),
    "end_several_numbers": ("6:relu,3", "mean_squared_error"),
    "end_several_labels": ("6:relu,3:sigmoid", "binary_crossentropy"),
}
# Layers of networks on images.
IMAGES = {
    "conv2d": IMAGE + "conv2d:4:3:relu" + IMAGE_END,
    "conv2d_no_bias": IMAGE + "conv2d:4:3:relu:use_bias=false" + IMAGE_END,
    "conv2d_groups": IMAGE + "conv2d:4:3,conv2d:4:3:groups=2:padding=same:strides=2" + IMAGE_END,
    "conv2d_dilated": IMAGE + "conv2d:4:2x3:tanh:dilation_rate=2" + IMAGE_END,
    "conv2d_batch_normalization": IMAGE + "conv2d:4:3,batch_normalization,activation:relu" + IMAGE_END,
    "conv2d_prelu": IMAGE + "conv2d:4:3,prelu" + IMAGE_END,
    "max_pooling2d": IMAGE + "conv2d:4:3,max_pooling2d" + IMAGE_END,
    "max_pooling2d_same": IMAGE + "conv2d:4:3,max_pooling2d:3:2:same" + IMAGE_END,
    "average_pooling2d": IMAGE + "conv2d:4:3,average_pooling2d" + IMAGE_END,
    "average_pooling2d_same": IMAGE + "conv2d:4:3,average_pooling2d:2:1:same" + IMAGE_END,
    "global_max_pooling2d": IMAGE + "conv2d:4:3,global_max_pooling2d,3:softmax",
    "global_average_pooling2d": IMAGE + "conv2d:4:3,global_average_pooling2d,3:softmax",
}
# An embedding, two inputs that meet, and a residual connection.
GRAPH = """
loss = "binary_crossentropy"
[inputs.place]
first = 0
count = 2
[inputs.measures]
first = 2
count = 4
[[layers]]
op = "embedding"
input_dim = 5
output_dim = 3
inputs = ["place"]
[[layers]]
name = "where"
op = "flatten"
[[layers]]
name = "both"
op = "concatenate"
inputs = ["where", "measures"]
[[layers]]
name = "hidden"
op = "dense"
units = 10
activation = "relu"
[[layers]]
name = "around"
op = "add"
inputs = ["both", "hidden"]
[[layers]]
op = "dense"
units = 1
activation = "sigmoid"
"""


# Branches that meet in one layer.
BRANCHES = """
loss = "mean_absolute_error"
[[layers]]
name = "value"
op = "dense"
units = 6
activation = "tanh"
inputs = ["features"]
[[layers]]
name = "gate"
op = "dense"
units = 6
activation = "sigmoid"
inputs = ["features"]
[[layers]]
name = "both"
op = "{0}"
inputs = ["value", "gate"]
[[layers]]
op = "dense"
units = 1
"""
JOINS = ("add", "average", "multiply", "subtract", "maximum", "minimum")


def networks():
    """NAME: (layers, loss, features, targets), where features and targets name arrays."""
    found = {}
    for name in ACTIVATIONS:
        found[f"activation_{name}"] = (f"6:{name},1", "mean_absolute_error", "numbers", "number")
        found[f"activation_{name}_no_bias"] = (f"6:{name}:use_bias=false,1:use_bias=false", "mean_absolute_error", "numbers", "number")
        found[f"last_{name}"] = (f"5:tanh,3:{name}", "mean_squared_error", "numbers", "three_numbers")
    for name, layers in DENSE.items():
        found[name] = (layers, "mean_absolute_error", "numbers", "number")
    for name, (layers, loss) in ENDS.items():
        targets = {"binary_crossentropy": "label", "hinge": "sign", SPARSE: "class", "poisson": "count"}
        target = targets.get(loss.split(":")[0], "number")
        if "several" in name:
            target = "three_labels" if "labels" in name else "three_numbers"
        found[name] = (layers, loss, "numbers", target)
    for name, layers in IMAGES.items():
        found[name] = (layers, SPARSE, "images", "class")
    return found


def arrays():
    random = numpy.random.default_rng(7)
    numbers = random.normal(size=(ROWS, 6)) * [1, 10, 0.1, 3, 1, 1] + [0, 5, 0, -3, 1, 0]
    place = random.integers(0, 5, (ROWS, 2))
    number = random.normal(size=ROWS)
    return {name: values.astype(numpy.float32) for name, values in {
        "numbers": numbers,
        "images": random.normal(size=(ROWS, 128)),
        "places": numpy.hstack([place, random.normal(size=(ROWS, 4))]),
        "number": number,
        "three_numbers": random.normal(size=(ROWS, 3)),
        "three_labels": random.integers(0, 2, (ROWS, 3)),
        "label": number > 0,
        "sign": numpy.sign(number),
        "class": numpy.arange(ROWS) % 3,
        "count": random.integers(0, 9, ROWS),
    }.items()}


def millrace(*words):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"millrace {' '.join(map(str, words))}\n{done.stderr}")


def outputs(path, width):
    with open(path, newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    return numpy.array([row[:width] for row in rows], dtype=numpy.float32)


def make(folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    data = arrays()
    for name, values in data.items():
        numpy.save(folder / f"{name}.npy", values)
    (folder / "graph.toml").write_text(GRAPH)
    for join in JOINS:
        (folder / f"{join}.toml").write_text(BRANCHES.format(join))
    listed = []
    every = {name: ("--layers", layers, "--loss", loss, features, target)
             for name, (layers, loss, features, target) in networks().items()}
    every["embedding"] = ("--config", folder / "graph.toml", "places", "label")
    for join in JOINS:
        every[f"join_{join}"] = ("--config", folder / f"{join}.toml", "numbers", "number")
    for name, (*words, features, target) in every.items():
        run = folder / f"{name}.run"
        millrace("train", "--data", folder / f"{features}.npy", "--target", folder / f"{target}.npy", *words,
                 "--scale", "none" if features == "images" else "standard", "--epochs", "1", "--batch", "8",
                 "--seed", "3", "--quiet", "--out", run)
        shutil.move(run / "model.onnx", folder / f"{name}.onnx")
        shutil.rmtree(run)
        millrace("predict", folder / f"{name}.onnx", "--data", folder / f"{features}.npy", "--out", folder / f"{name}.csv")
        with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
            header = next(csv.reader(file))
        width = len(header) - (1 if header[-1] == "prediction" else 0)
        numpy.save(folder / f"{name}.expected.npy", outputs(folder / f"{name}.csv", width))
        inputs = {"features": features + ".npy"}
        if name == "embedding":
            numpy.save(folder / "place.npy", data["places"][:, :2])
            numpy.save(folder / "measures.npy", data["places"][:, 2:])
            inputs = {"place": "place.npy", "measures": "measures.npy"}
        listed.append({"name": name, "inputs": inputs})
    (folder / "models.json").write_text(json.dumps(listed, indent=1))
    return listed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(len(make(sys.argv[1])), "models in", sys.argv[1])

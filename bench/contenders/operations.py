# SPDX-License-Identifier: Apache-2.0
"""A small training step for every operation of `millrace train --help`, in which that operation takes most of the time.

    kind          network                                          rows a step
    activations   16-512-1, the activation after the 512           256
    layers        16-512-1 or 16-1024-1, the layer between them    256
    losses        16-64, or what the loss needs                    256
    optimizers    64-512-512-1: 297 thousand weights               32
    lbfgs         64-64-1, all rows                                1024

Plain SGD moves the weights, except where optimizers are compared. Initializers, schedules, metrics and callbacks take
hardly any time of a step.
"""
import os
from dataclasses import dataclass
from pathlib import Path

KINDS = ("activations", "layers", "losses", "optimizers")

# Each loss with its kind of target, its number of outputs, and the activation before it.
LOSSES = {
    "binary_crossentropy": ("binary", 64, "sigmoid"), "categorical_crossentropy": ("one_hot", 64, "softmax"),
    "sparse_categorical_crossentropy": ("class", 64, "softmax"), "mean_squared_error": ("number", 64, "linear"),
    "mean_absolute_error": ("number", 64, "linear"), "huber": ("number", 64, "linear"),
    "smooth_l1": ("number", 64, "linear"), "log_cosh": ("number", 64, "linear"), "poisson": ("count", 64, "softplus"),
    "hinge": ("sign", 64, "linear"), "squared_hinge": ("sign", 64, "linear"), "categorical_hinge": ("one_hot", 64, "linear"),
    "kl_divergence": ("share", 64, "softmax"), "binary_focal_crossentropy": ("binary", 64, "sigmoid"),
    "categorical_focal_crossentropy": ("one_hot", 64, "softmax"),
}
ACTIVATIONS = ("relu", "leaky_relu", "elu", "selu", "softplus", "exponential", "sigmoid", "tanh", "softsign", "hard_sigmoid",
               "hard_tanh", "relu6", "gelu", "silu", "hard_swish", "mish", "softmax", "log_softmax")
OPTIMIZERS = ("sgd", "adam", "adamw", "nadam", "adamax", "rmsprop", "adagrad", "adadelta", "ftrl", "lion", "lamb", "lbfgs")
ROW_LAYERS = {"dense": "512", "prelu": "prelu", "dropout": "dropout:0.3", "batch_normalization": "batch_normalization",
              "layer_normalization": "layer_normalization", "rms_normalization": "rms_normalization"}
IMAGE_LAYERS = {"conv2d": "conv2d:8:3", "max_pooling2d": "max_pooling2d:2", "average_pooling2d": "average_pooling2d:2",
                "global_max_pooling2d": "global_max_pooling2d", "global_average_pooling2d": "global_average_pooling2d"}
JOINS = ("add", "multiply", "subtract", "maximum", "minimum", "average", "concatenate")
# These take no time beside that of the layers around them.
WITHOUT_ARITHMETIC = {"linear", "activation", "flatten", "reshape"}


@dataclass(frozen=True)
class Operation:
    kind: str
    op: str
    layers: str = ""                     # as in --layers; empty: described in toml
    toml: str = ""
    inputs: int = 16
    outputs: int = 1
    target: str = "number"
    loss: str = "mean_squared_error"
    optimizer: str = "sgd"
    batch: int = 256
    rows: int = 4096
    categories: int = 0

    @property
    def name(self):
        return f"{self.kind}/{self.op}"

    @property
    def steps(self):
        return self.rows // self.batch

    def describe(self):
        return {"layers": self.layers or self.toml, "loss": self.loss, "optimizer": self.optimizer, "rows": self.rows,
                "batch": self.batch}


def join(op):
    """Two layers of 512 units, joined."""
    dense = '[[layers]]\nop = "dense"\nname = "{0}"\nunits = 512\ninputs = ["features"]\n'
    return (dense.format("a") + dense.format("b") + f'[[layers]]\nop = "{op}"\ninputs = ["a", "b"]\n'
            + '[[layers]]\nop = "dense"\nunits = 1\n')


def everything():
    for name in ACTIVATIONS:
        yield Operation("activations", name, f"512:{name},1")
    for name, layer in ROW_LAYERS.items():
        yield Operation("layers", name, f"512,{layer},1")
    for name, layer in IMAGE_LAYERS.items():
        yield Operation("layers", name, f"1024,reshape:16x16x4,{layer},flatten,1")
    for name in JOINS:
        yield Operation("layers", name, toml=join(name))
    yield Operation("layers", "embedding", "embedding:1000:16,flatten,1", categories=1000)
    for name, (target, outputs, activation) in LOSSES.items():
        yield Operation("losses", name, f"{outputs}:{activation}", outputs=outputs, target=target, loss=name)
    for name in OPTIMIZERS:
        if name == "lbfgs":
            yield Operation("optimizers", name, "64:tanh,1", inputs=64, optimizer=name, batch=1024, rows=1024)
        else:
            yield Operation("optimizers", name, "512:relu,512:relu,1", inputs=64, optimizer=name, batch=32, rows=1024)


NAMED = {operation.name: operation for operation in everything()}


def parse(text):
    return NAMED[text]


def chosen(text):
    """The operations named by a list of names and kinds, separated by commas."""
    found = []
    for word in text.split(","):
        some = [o for o in NAMED.values() if word in (o.name, o.kind, o.op)]
        if not some:
            raise ValueError(f"[operations] '{word}' is neither a kind ({', '.join(KINDS)}) nor an operation")
        found += some
    return found


def targets(operation, scores):
    import numpy as np
    scores = scores / np.sqrt(operation.inputs)
    size = np.abs(scores) + 1e-3
    return {"number": lambda: scores, "binary": lambda: scores > 0, "sign": lambda: np.where(scores > 0, 1, -1),
            "class": lambda: scores.argmax(axis=1)[:, None], "count": lambda: np.round(size),
            "one_hot": lambda: np.eye(scores.shape[1])[scores.argmax(axis=1)],
            "share": lambda: size / size.sum(axis=1, keepdims=True)}[operation.target]().astype(np.float32)


def files(operation, folder):
    """The paths of x.npy and y.npy (float32), which are written if they do not exist."""
    folder = Path(folder) / operation.name.replace("/", "-")
    x_file, y_file = folder / "x.npy", folder / "y.npy"
    if not (x_file.exists() and y_file.exists()):
        import numpy as np
        folder.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng(1)
        shape = (operation.rows, operation.inputs)
        x = random.integers(operation.categories, size=shape) if operation.categories else random.standard_normal(shape)
        y = targets(operation, random.standard_normal(shape) @ random.standard_normal((operation.inputs, operation.outputs))
                    if operation.categories else x @ random.standard_normal((operation.inputs, operation.outputs)))
        for path, array in ((x_file, x), (y_file, y)):
            unfinished = path.with_suffix(f".{os.getpid()}.npy")
            np.save(unfinished, array.astype(np.float32))
            unfinished.replace(path)
    return x_file, y_file

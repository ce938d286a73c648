# SPDX-License-Identifier: Apache-2.0
"""The workloads that every speed figure uses: shapes, loss, batch and data, defined once.

    name          rows   widths                    hidden   loss                              batch
    classroom     1000   400-25-15-1               sigmoid  binary_crossentropy               32
    tabular      20000   30-64-32-1                relu     binary_crossentropy               256
    mnist        12800   784-512-256-10            relu     sparse_categorical_crossentropy   128
    wide          4096   1024-2048-2048-1024-10    relu     sparse_categorical_crossentropy   512
    square        4096   784-1024-1024-10          relu     sparse_categorical_crossentropy   256
    matexp       10000   4-32-16-4                 tanh     mean_squared_error                10000

classroom, tabular, mnist and wide are the default. matexp learns the exponential of 2x2 matrices, all rows in each step.
All others: Adam with learning rate 1e-3, fp32, rows shuffled every epoch, standard-normal inputs, labels from a random linear
rule. Other networks are written WIDTHS@BATCH, as in 768-512-256-64@128: relu, and a loss that fits the last width.
"""
import math
import os
from dataclasses import dataclass
from pathlib import Path

LEARNING_RATE = 1e-3
SQUARES_OF_EXPONENTIALS = 1.177  # mean square of the targets of matexp; here, because the program that prints the table has no NumPy


@dataclass(frozen=True)
class Workload:
    name: str
    rows: int
    widths: tuple
    hidden: str
    batch: int
    regression: bool = False

    @property
    def loss(self):
        if self.regression:
            return "mean_squared_error"
        return "binary_crossentropy" if self.widths[-1] == 1 else "sparse_categorical_crossentropy"

    @property
    def output(self):
        if self.regression:
            return "linear"
        return "sigmoid" if self.widths[-1] == 1 else "softmax"

    @property
    def steps(self):
        """Steps of an epoch. The last batch is smaller if the batch size does not divide the rows."""
        return -(-self.rows // self.batch)

    @property
    def parameters(self):
        return sum((a + 1) * b for a, b in zip(self.widths, self.widths[1:]))

    @property
    def flops(self):
        """Floating-point operations of the matmuls of an average step; the first layer needs no input gradient."""
        layers = list(zip(self.widths, self.widths[1:]))
        forward = sum(a * b for a, b in layers)
        return 2 * self.rows / self.steps * (3 * forward - layers[0][0] * layers[0][1])

    def describe(self):
        return {"rows": self.rows, "widths": list(self.widths), "hidden": self.hidden, "loss": self.loss,
                "batch": self.batch, "steps": self.steps, "parameters": self.parameters, "flops": round(self.flops)}


NAMED = {w.name: w for w in (
    Workload("classroom", 1000, (400, 25, 15, 1), "sigmoid", 32),
    Workload("tabular", 20000, (30, 64, 32, 1), "relu", 256),
    Workload("mnist", 12800, (784, 512, 256, 10), "relu", 128),
    Workload("wide", 4096, (1024, 2048, 2048, 1024, 10), "relu", 512),
    Workload("square", 4096, (784, 1024, 1024, 10), "relu", 256),
    Workload("matexp", 10000, (4, 32, 16, 4), "tanh", 10000, regression=True),
)}
DEFAULT = ("classroom", "tabular", "mnist", "wide")
MIXED = ("wide", "mnist", "square")  # networks that are large enough for mixed precision


def parse(text):
    """A workload by name, or from WIDTHS@BATCH."""
    if text in NAMED:
        return NAMED[text]
    widths, _, batch = text.partition("@")
    try:
        widths, batch = tuple(int(w) for w in widths.split("-")), int(batch)
    except ValueError:
        raise ValueError(f"[workload] '{text}' is neither one of {', '.join(NAMED)} nor of the form 30-64-1@256") from None
    if len(widths) < 2 or min(widths) < 1 or batch < 1:
        raise ValueError(f"[workload] '{text}' needs two or more widths and a batch, all of at least 1")
    return Workload(text, max(4096 // batch, 8) * batch, widths, "relu", batch)


def generate(workload, seed=1):
    """x [rows x inputs] float32 and y: [rows] float32 0/1 or the int32 class, from one random linear rule; of a
    regression [rows x outputs] float32, the exponentials of the matrices in x."""
    import numpy as np
    random = np.random.default_rng(seed)
    if workload.regression:
        return exponentials(random.uniform(-1, 1, (workload.rows, 2, 2)))
    x = random.standard_normal((workload.rows, workload.widths[0]), dtype=np.float32)
    rule = random.standard_normal((workload.widths[0], workload.widths[-1]), dtype=np.float32)
    scores = x @ rule
    if workload.widths[-1] == 1:
        return x, (scores[:, 0] > 0).astype(np.float32)
    return x, scores.argmax(axis=1).astype(np.int32)


def exponentials(matrices):
    """2x2 matrices, and their exponentials by the sum of the powers, as rows of four float32."""
    import numpy as np
    total = power = np.broadcast_to(np.eye(2), matrices.shape)
    for k in range(1, 30):
        power = power @ matrices / k
        total = total + power
    return tuple(np.ascontiguousarray(a.reshape(-1, 4), np.float32) for a in (matrices, total))


def files(workload, folder):
    """The paths of the workload's x.npy and y.npy, which are written if they do not exist."""
    folder = Path(folder) / workload.name
    x_file, y_file = folder / "x.npy", folder / "y.npy"
    if not (x_file.exists() and y_file.exists()):
        import numpy as np
        folder.mkdir(parents=True, exist_ok=True)
        for path, array in zip((x_file, y_file), generate(workload)):
            unfinished = path.with_suffix(f".{os.getpid()}.npy")
            np.save(unfinished, array)
            unfinished.replace(path)
    return x_file, y_file


def load(workload, folder):
    import numpy as np
    return tuple(np.load(path) for path in files(workload, folder))


def mean_loss(workload, probabilities, y):
    """The workload's loss of predicted probabilities or numbers [rows x outputs], averaged over rows; each contender is
    checked by it."""
    import numpy as np
    if workload.regression:
        return float(((np.asarray(probabilities, dtype=np.float64) - y) ** 2).mean())
    p = np.asarray(probabilities, dtype=np.float64).reshape(len(y), -1)
    if workload.widths[-1] == 1:
        p = np.concatenate([1 - p, p], axis=1)
    return float(-np.log(np.clip(p[np.arange(len(y)), y.astype(int)], 1e-12, 1)).mean())


def guessing_loss(workload):
    """The loss of guessing: of a regression that of zeros, because all rows in one step make few steps in a short block."""
    if workload.regression:
        return SQUARES_OF_EXPONENTIALS
    return math.log(max(workload.widths[-1], 2))

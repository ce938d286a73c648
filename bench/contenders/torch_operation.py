# SPDX-License-Identifier: Apache-2.0
"""PyTorch's step with an operation (operations.py), eager as in torch_eager.py. Losses take logits where PyTorch offers
that. Losses that PyTorch lacks but can express as a formula (log cosh, hinges, focal) use the formula; other missing
operations are left out."""
import torch
import torch.nn.functional as F
from torch import nn

from job import Job, Skip, fastest_threads, time_epochs
from operations import files, parse  # noqa: F401 (parse: the worker's)

ACTIVATIONS = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "selu": nn.SELU, "softplus": nn.Softplus,
               "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "softsign": nn.Softsign, "hard_sigmoid": nn.Hardsigmoid,
               "hard_tanh": nn.Hardtanh, "relu6": nn.ReLU6,
               "gelu": nn.GELU, "silu": nn.SiLU, "hard_swish": nn.Hardswish, "mish": nn.Mish,
               "softmax": lambda: nn.Softmax(dim=1), "log_softmax": lambda: nn.LogSoftmax(dim=1)}


class Call(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Join(nn.Module):
    def __init__(self, inputs, meet, width):
        super().__init__()
        self.a, self.b, self.meet, self.out = nn.Linear(inputs, 512), nn.Linear(inputs, 512), meet, nn.Linear(width, 1)

    def forward(self, x):
        return self.out(self.meet(self.a(x), self.b(x)))


def activation(name):
    return Call(torch.exp) if name == "exponential" else ACTIVATIONS[name]()


LAYERS = {"dense": lambda: nn.Linear(512, 512), "prelu": lambda: nn.PReLU(512), "dropout": lambda: nn.Dropout(0.3),
          "batch_normalization": lambda: nn.BatchNorm1d(512), "layer_normalization": lambda: nn.LayerNorm(512),
          "rms_normalization": lambda: nn.RMSNorm(512)}
IMAGES = {"conv2d": (lambda: nn.Conv2d(4, 8, 3), 14 * 14 * 8), "max_pooling2d": (lambda: nn.MaxPool2d(2), 256),
          "average_pooling2d": (lambda: nn.AvgPool2d(2), 256), "global_max_pooling2d": (lambda: nn.AdaptiveMaxPool2d(1), 4),
          "global_average_pooling2d": (lambda: nn.AdaptiveAvgPool2d(1), 4)}

SAME_SHAPE = {"add": torch.add, "multiply": torch.mul, "subtract": torch.sub, "maximum": torch.maximum, "minimum": torch.minimum,
              "average": lambda a, b: (a + b) / 2}


def network(o):
    if o.kind == "activations":
        return nn.Sequential(nn.Linear(16, 512), activation(o.op), nn.Linear(512, 1))
    if o.kind == "losses":
        return nn.Linear(o.inputs, o.outputs)
    if o.kind == "optimizers":
        if o.op == "lbfgs":
            return nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
        return nn.Sequential(nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 1))
    if o.op in LAYERS:
        return nn.Sequential(nn.Linear(16, 512), LAYERS[o.op](), nn.Linear(512, 1))
    if o.op in IMAGES:
        make, width = IMAGES[o.op]
        image = Call(lambda x: x.view(-1, 16, 16, 4).permute(0, 3, 1, 2))  # channels-last suits the kernels
        return nn.Sequential(nn.Linear(16, 1024), image, make(), nn.Flatten(), nn.Linear(width, 1))
    if o.op in SAME_SHAPE:
        return Join(16, SAME_SHAPE[o.op], 512)
    if o.op == "concatenate":
        return Join(16, lambda a, b: torch.cat((a, b), dim=1), 1024)
    return nn.Sequential(nn.Embedding(o.categories, 16), nn.Flatten(), nn.Linear(16 * o.inputs, 1))


def binary_focal(z, t):
    cross, p = F.binary_cross_entropy_with_logits(z, t, reduction="none"), torch.sigmoid(z)
    right = p * t + (1 - p) * (1 - t)
    return ((1 - right) ** 2 * cross).mean()


def categorical_focal(z, t):
    log = F.log_softmax(z, dim=1)
    return -(0.25 * t * (1 - log.exp()) ** 2 * log).sum(1).mean()


def log_cosh(y, t):
    d = y - t
    return (d + F.softplus(-2 * d) - 0.6931472).mean()


def categorical_hinge(y, t):
    return torch.relu(1 + ((1 - t) * y).amax(1) - (t * y).sum(1)).mean()


LOSSES = {"binary_crossentropy": F.binary_cross_entropy_with_logits, "categorical_crossentropy": F.cross_entropy,
          "sparse_categorical_crossentropy": F.cross_entropy, "mean_squared_error": F.mse_loss, "mean_absolute_error": F.l1_loss,
          "huber": F.huber_loss, "smooth_l1": F.smooth_l1_loss, "log_cosh": log_cosh,
          "poisson": lambda z, t: F.poisson_nll_loss(F.softplus(z), t, log_input=False),
          "hinge": lambda y, t: torch.relu(1 - t * y).mean(), "squared_hinge": lambda y, t: torch.relu(1 - t * y).square().mean(),
          "categorical_hinge": categorical_hinge,
          "kl_divergence": lambda z, t: F.kl_div(F.log_softmax(z, dim=1), t, reduction="batchmean"),
          "binary_focal_crossentropy": binary_focal, "categorical_focal_crossentropy": categorical_focal}
OPTIMIZERS = {"sgd": lambda p: torch.optim.SGD(p, lr=1e-5, fused=True), "adam": lambda p: torch.optim.Adam(p, lr=1e-5, fused=True),
              "adamw": lambda p: torch.optim.AdamW(p, lr=1e-5, fused=True), "nadam": lambda p: torch.optim.NAdam(p, lr=1e-5),
              "adamax": lambda p: torch.optim.Adamax(p, lr=1e-5), "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-5),
              "adagrad": lambda p: torch.optim.Adagrad(p, lr=1e-5, fused=True),
              "adadelta": lambda p: torch.optim.Adadelta(p, lr=1e-5),
              "lbfgs": lambda p: torch.optim.LBFGS(p, max_iter=1, max_eval=26, history_size=10, line_search_fn="strong_wolfe")}


def prepare(operation, data, threads):
    import numpy as np
    if operation.optimizer not in OPTIMIZERS:
        raise Skip(f"PyTorch has no {operation.optimizer}")
    x, y = (torch.from_numpy(np.load(path)) for path in files(operation, data))
    x = x.long() if operation.categories else x
    y = y[:, 0].long() if operation.target == "class" else y
    criterion, notes = LOSSES[operation.loss], {"threads": threads}
    last = float("nan")

    def train(count, epochs):
        nonlocal last
        torch.set_num_threads(count)
        model = network(operation)
        optimizer = OPTIMIZERS[operation.optimizer](model.parameters())

        def step(rows):
            batch, wanted = x.index_select(0, rows), y.index_select(0, rows)

            def evaluate():
                optimizer.zero_grad(set_to_none=True)
                value = criterion(model(batch), wanted)
                value.backward()
                return value

            if operation.op == "lbfgs":
                return optimizer.step(evaluate)
            value = evaluate()
            optimizer.step()
            return value

        def epoch():
            nonlocal last
            for rows in torch.randperm(operation.rows).split(operation.batch):
                value = step(rows)
            last = value.detach()

        return time_epochs(epoch, epochs)

    def tune():
        notes["threads"] = fastest_threads(threads, lambda count: min(train(count, 5)))

    return Job(operation.steps, lambda epochs: train(notes["threads"], epochs), lambda: float(last), tune, notes)

# SPDX-License-Identifier: Apache-2.0
"""PyTorch, eager: rows picked by index from tensors in memory (no DataLoader), fused Adam, loss on logits.

precision "medium": products of fp32 matrices may be computed in bfloat16; "bf16": autocast to bfloat16.
"""
import contextlib

import torch
import torch.nn.functional as F

from job import Job, fastest_threads, time_epochs
from workloads import LEARNING_RATE, load, mean_loss


def network(workload):
    activation = {"sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[workload.hidden]
    layers = []
    for inputs, units in zip(workload.widths, workload.widths[1:]):
        layers += [torch.nn.Linear(inputs, units), activation()]
    return torch.nn.Sequential(*layers[:-1])


def tensors(workload, data):
    """x, and y in the form of the loss: a float column for two classes, int64 indices for more, numbers of a regression."""
    x, y = (torch.from_numpy(a) for a in load(workload, data))
    if workload.regression:
        return x, y
    return x, y.reshape(-1, 1) if workload.widths[-1] == 1 else y.long()


def loss_function(workload):
    if workload.regression:
        return F.mse_loss
    return F.binary_cross_entropy_with_logits if workload.widths[-1] == 1 else F.cross_entropy


@torch.no_grad()
def loss_now(workload, logits, y):
    if workload.regression:
        return mean_loss(workload, logits.numpy(), y.numpy())
    probabilities = torch.sigmoid(logits) if workload.widths[-1] == 1 else torch.softmax(logits, dim=1)
    return mean_loss(workload, probabilities.numpy(), y.numpy().reshape(-1))


def products_in(precision):
    """Sets the precision of fp32 products, and returns what makes a context for the forward pass."""
    torch.set_float32_matmul_precision("medium" if precision == "medium" else "highest")
    if precision == "bf16":
        return lambda: torch.autocast("cpu", torch.bfloat16)
    return contextlib.nullcontext


def prepare(workload, data, threads, precision="fp32"):
    forward_in = products_in(precision)
    x, y = tensors(workload, data)
    criterion = loss_function(workload)
    notes = {"threads": threads, "cuda": torch.version.cuda or "none"}
    model = None

    def train(count, epochs):
        nonlocal model
        torch.set_num_threads(count)
        model = network(workload)
        adam = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)

        def epoch():
            for rows in torch.randperm(workload.rows).split(workload.batch):
                adam.zero_grad(set_to_none=True)
                with forward_in():
                    loss = criterion(model(x.index_select(0, rows)), y.index_select(0, rows))
                loss.backward()
                adam.step()

        return time_epochs(epoch, epochs)

    def tune():
        notes["threads"] = fastest_threads(threads, lambda count: min(train(count, 2)))

    return Job(workload.steps, lambda epochs: train(notes["threads"], epochs), lambda: loss_now(workload, model(x), y),
               tune, notes)

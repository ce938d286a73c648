# SPDX-License-Identifier: Apache-2.0
"""PyTorch, the whole step in one compiled graph: gather, forward, loss, backward and Adam.

torch.compile around module, loss.backward() and optimizer.step() breaks the graph at backward() and is no faster
than eager; a functional step has no break, and its Adam is fused by the compiler.
"""
import torch
from torch.func import functional_call, grad

from job import Job, time_epochs
from torch_eager import loss_function, loss_now, network, products_in, tensors
from workloads import LEARNING_RATE


def prepare(workload, data, threads, precision="fp32"):
    forward_in = products_in(precision)
    torch.set_num_threads(threads)
    x, y = tensors(workload, data)
    criterion = loss_function(workload)
    shape = network(workload)
    weights = None

    def loss(weights, inputs, targets):
        with forward_in():
            return criterion(functional_call(shape, weights, (inputs,)), targets)

    @torch.compile(fullgraph=True, dynamic=False)  # the last, smaller batch has its own graph
    def step(weights, m, v, count, x, y, rows):
        gradients = grad(loss)(weights, x.index_select(0, rows), y.index_select(0, rows))
        count.add_(1)
        rate = LEARNING_RATE * torch.sqrt(1 - 0.999 ** count) / (1 - 0.9 ** count)
        for name, g in gradients.items():
            m[name].lerp_(g, 0.1)
            v[name].mul_(0.999).addcmul_(g, g, value=0.001)
            weights[name].sub_(rate * m[name] / (v[name].sqrt() + 1e-8))

    def run(epochs):
        nonlocal weights
        weights = {name: p.detach().clone() for name, p in network(workload).named_parameters()}
        m = {name: torch.zeros_like(p) for name, p in weights.items()}
        v = {name: torch.zeros_like(p) for name, p in weights.items()}
        count = torch.zeros(())

        def epoch():
            for rows in torch.randperm(workload.rows).split(workload.batch):
                step(weights, m, v, count, x, y, rows)

        return time_epochs(epoch, epochs)

    return Job(workload.steps, run, lambda: loss_now(workload, functional_call(shape, weights, (x,)).detach(), y),
               notes={"cuda": torch.version.cuda or "none"})

# SPDX-License-Identifier: Apache-2.0
"""Builds a case in PyTorch, trains it, and returns the results."""

import numpy as np
import torch
from torch import nn

import common
import generator

LIBRARY = {"name": "torch", "torch": torch.__version__.split("+")[0]}
ACTIVATIONS = {"linear": nn.Identity, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "leaky_relu": nn.LeakyReLU}
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "nadam": "NAdam", "adamax": "Adamax", "rmsprop": "RMSprop",
              "adagrad": "Adagrad", "adadelta": "Adadelta", "lbfgs": "LBFGS"}
# PyTorch's names for ours. The two betas are one tuple there.
OPTIONS = {"learning_rate": "lr", "epsilon": "eps", "rho": "alpha", "history": "history_size", "iterations": "max_iter",
           "evaluations": "max_eval", "tolerance_gradient": "tolerance_grad"}


def use(precision):
    torch.set_default_dtype(getattr(torch, precision))
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


class Dense(nn.Sequential):
    def __init__(self, shape, units, activation="linear", use_bias=True):
        super().__init__(nn.Linear(shape[-1], units, bias=use_bias), ACTIVATIONS[activation]())


def make_layer(spec, shape):
    """The module of a layer and its parameters by our names."""
    o = dict(spec["options"])
    if "epsilon" in o:
        o["eps"] = o.pop("epsilon")
    n = shape[-1]
    match spec["op"]:
        case "dense":
            layer = Dense(shape, **o)
            return layer, {"kernel": layer[0].weight, "bias": layer[0].bias}
        case "batch_normalization":
            if "momentum" in o:
                o["momentum"] = 1 - o["momentum"]
            layer = nn.BatchNorm1d(n, **o)
            return layer, {"gamma": layer.weight, "beta": layer.bias, "moving_mean": layer.running_mean,
                           "moving_variance": layer.running_var}
        case "layer_normalization":
            layer = nn.LayerNorm(n, **o)
            return layer, {"gamma": layer.weight, "beta": layer.bias}
        case "rms_normalization":
            layer = nn.RMSNorm(n, **o)
            return layer, {"scale": layer.weight}
        case "activation":
            return ACTIVATIONS[o["activation"]](), {}
        case "prelu":
            layer = nn.PReLU(1 if o["shared"] else n)
            return layer, {"alpha": layer.weight}
        case "embedding":
            layer = nn.Embedding(o["input_dim"], o["output_dim"])
            return layer, {"embeddings": layer.weight}
        case "flatten":
            return nn.Flatten(), {}
    raise ValueError(f"[torch] no layer '{spec['op']}'")


class Model:
    def __init__(self, case):
        modules, self.tensors, shape = [], {}, case["inputs"][0]["shape"]
        for spec in case["layers"]:
            module, own = make_layer(spec, shape)
            shape, _ = common.layer_shape(spec, [shape])
            modules.append(module)
            self.tensors |= {f"{spec['name']}/{name}": tensor for name, tensor in own.items() if tensor is not None}
        self.net = nn.Sequential(*modules).train()
        with torch.no_grad():
            for name, value in generator.initial(case).items():
                self.tensors[name].copy_(torch.as_tensor(self.turned(name, value)))

    @staticmethod
    def turned(name, value):
        """Kernels are (in, out) with us and (out, in) in PyTorch."""
        return value.T if name.endswith("/kernel") else value

    def final(self):
        return {name: self.turned(name, tensor.detach().numpy()) for name, tensor in self.tensors.items()}


def make_loss(case):
    o = dict(case["loss"]["options"])
    logits, weight = o.pop("from_logits", False), case.get("class_weight")
    weight = None if weight is None else torch.tensor(weight)
    match case["loss"]["op"]:
        case "binary_crossentropy" if logits:
            return nn.BCEWithLogitsLoss(**{k: torch.tensor(v) for k, v in o.items()})
        case "binary_crossentropy":
            return nn.BCELoss()
        case "sparse_categorical_crossentropy" | "categorical_crossentropy":
            return nn.CrossEntropyLoss(weight=weight, **o)
        case "mean_squared_error":
            return nn.MSELoss()
        case "mean_absolute_error":
            return nn.L1Loss()
        case "huber":
            return nn.HuberLoss(**o)
        case "smooth_l1":
            return nn.SmoothL1Loss(**o)
    raise ValueError(f"[torch] no loss '{case['loss']['op']}'")


def make_optimizer(case, parameters):
    """The optimizer and what clips the gradients before it."""
    o, name = dict(case["optimizer"]["options"]), case["optimizer"]["op"]
    value, norm = o.pop("clipvalue", None), o.pop("global_clipnorm", None)
    words = {k: v for k, v in OPTIONS.items() if not (k == "rho" and name == "adadelta")}
    o = {words.get(k, k): v for k, v in o.items()}
    if "beta_1" in o or "beta_2" in o:
        o["betas"] = (o.pop("beta_1", 0.9), o.pop("beta_2", 0.999))
    if "schedule" in case:
        o["lr"] = case["schedule"]["options"].get("initial_learning_rate", 1.0)

    if name == "lbfgs":
        o["line_search_fn"] = "strong_wolfe"

    def clip():
        if value:
            nn.utils.clip_grad_value_(parameters, value)
        if norm:
            nn.utils.clip_grad_norm_(parameters, norm)

    return getattr(torch.optim, OPTIMIZERS[name])(parameters, **o), clip


def make_schedule(case, optimizer):
    if "schedule" not in case:
        return None
    o, schedulers = dict(case["schedule"]["options"]), torch.optim.lr_scheduler
    match case["schedule"]["op"]:
        case "step_decay":
            return schedulers.StepLR(optimizer, o["step_size"], o["gamma"])
        case "one_cycle":
            return schedulers.OneCycleLR(optimizer, o.pop("max_learning_rate"), **o)
        case "cosine_decay_restarts":
            return schedulers.CosineAnnealingWarmRestarts(optimizer, o["first_decay_steps"], o["t_mul"])
    raise ValueError(f"[torch] no schedule '{case['schedule']['op']}'")


def run(case):
    """{"loss_curve", "final", "defaults", "learning_rates"?} of a case in the precision chosen by use()."""
    model, loss = Model(case), make_loss(case)
    parameters = [p for p in model.net.parameters()]
    optimizer, clip = make_optimizer(case, parameters)
    schedule = make_schedule(case, optimizer)
    inputs, y, _ = generator.data(case)
    integers = case["inputs"][0]["fill"]["kind"] == "integers"
    x = torch.as_tensor(inputs[case["inputs"][0]["name"]]).to(torch.int64 if integers else torch.get_default_dtype())
    classes = case["target"]["rule"] == "class"
    y = torch.as_tensor(y[:, 0]).long() if classes else torch.as_tensor(y).to(torch.get_default_dtype())
    curve, rates = [], []
    for rows in generator.batches(case):
        def evaluate(rows=rows):
            optimizer.zero_grad()
            value = loss(model.net(x[rows]), y[rows])
            value.backward()
            clip()
            return value

        rates.append(optimizer.param_groups[0]["lr"])
        curve.append(optimizer.step(evaluate).item())  # the loss of the first evaluation, the only one but for lbfgs
        if schedule:
            schedule.step()
    result = {"loss_curve": np.array(curve), "final": model.final(), "defaults": defaults(case, optimizer, model.net)}
    return result | ({"learning_rates": np.array(rates)} if schedule else {})


def defaults(case, optimizer, net):
    """What PyTorch used for the options of the optimizer and the layers that the case leaves out, in our words."""
    words = {"lr": "learning_rate", "eps": "epsilon", "history_size": "history", "max_iter": "iterations",
             "max_eval": "evaluations", "tolerance_grad": "tolerance_gradient"}
    if case["optimizer"]["op"] == "rmsprop":
        words["alpha"] = "rho"
    ours = {"learning_rate", "epsilon", "rho", "momentum", "nesterov", "weight_decay", "amsgrad", "centered",
            "initial_accumulator_value", "momentum_decay", "dampening", "lr_decay", "history", "iterations", "evaluations",
            "tolerance_gradient", "tolerance_change"}
    used = {words.get(k, k): v for k, v in optimizer.defaults.items()}
    if "betas" in used:
        used["beta_1"], used["beta_2"] = used["betas"]
    used = {k: v for k, v in used.items() if k in ours or k.startswith("beta_")}
    found = {"optimizer": common.given_or(used, case["optimizer"]["options"])}
    if "schedule" in case:
        found["optimizer"].pop("learning_rate", None)
    for spec, module in zip(case["layers"], net):
        own = {"epsilon": module.eps} if hasattr(module, "eps") else {}
        if spec["op"] == "batch_normalization":
            own["momentum"] = 1 - module.momentum
        found[spec["name"]] = common.given_or(own, spec["options"])
    return {name: options for name, options in found.items() if options}

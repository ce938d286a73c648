# SPDX-License-Identifier: Apache-2.0
"""Replays golden cases in float64 with the file as only input, which shows that the file is complete."""

import json

import numpy as np

import common
import generator
from replay_losses import gradients, options
from replay_lbfgs import Lbfgs
from replay_optimizers import RULES, SCHEDULES, cycled_momentum

TOLERANCE = 1e-4


def clipped(gradient, o, semantics):
    """At most one of the three, before weight decay."""
    norm = {name: np.sqrt((g**2).sum()) for name, g in gradient.items()}
    if "clipnorm" in o:
        return {name: g * o["clipnorm"] / max(norm[name], o["clipnorm"]) for name, g in gradient.items()}
    if "global_clipnorm" in o:
        total = np.sqrt(sum(n**2 for n in norm.values())) + (1e-6 if semantics == "torch" else 0)
        return {name: g * min(1, o["global_clipnorm"] / total) for name, g in gradient.items()}
    if "clipvalue" in o:
        return {name: np.clip(g, -o["clipvalue"], o["clipvalue"]) for name, g in gradient.items()}
    return gradient


def limited(case, weights):
    """Keras's max_norm: columns longer than the limit are scaled to it, 1e-7 short of it."""
    for spec in case["layers"]:
        limit, name = spec["options"].get("kernel_max_norm"), f"{spec['name']}/kernel"
        if limit:
            norm = np.sqrt((weights[name] ** 2).sum(tuple(range(weights[name].ndim - 1))))
            weights[name] = weights[name] * np.minimum(norm, limit) / (norm + 1e-7)


class Training:
    def __init__(self, case):
        self.case, self.semantics, self.o = case, case["semantics"], options(case, "optimizer", case["optimizer"])
        start = {name: value.astype(np.float64) for name, value in generator.initial(case).items()}
        self.moving = {}
        for name in [n for n in start if "/moving_" in n]:
            layer, statistic = name.split("/")
            self.moving.setdefault(layer, {})[statistic] = start.pop(name)
        self.weights, self.state = start, {name: {} for name in start}
        self.sums = {name: 0.0 for name in start}
        self.average = dict(start)

    def update(self, gradient, lr, t):
        """One update of all weights; t counts updates from 1."""
        o = self.o
        gradient, decay = clipped(gradient, o, self.semantics), o.get("weight_decay", 0)
        rule = getattr(RULES[self.semantics], self.case["optimizer"]["op"])
        for name, g in gradient.items():
            w = self.weights[name]
            if self.semantics == "keras":
                w = w - w * decay * lr
            elif self.semantics == "torch" and self.case["optimizer"]["op"] != "adamw":
                g = g + decay * w
            self.weights[name] = rule(o, self.state[name], w, g, lr, t)

    def step(self, gradient, lr, number):
        """What one batch does; number counts batches from 0."""
        o, every = self.o, self.o.get("gradient_accumulation_steps", 1)
        self.sums = {name: self.sums[name] + g for name, g in gradient.items()}
        if (number + 1) % every == 0:
            self.update({name: g / every for name, g in self.sums.items()}, lr, number // every + 1)
            self.sums = {name: 0.0 for name in self.sums}
        if o.get("use_ema"):
            # After every batch, and of the weights before the constraint; the first update starts the average.
            momentum = o["ema_momentum"] if number // every > 0 else 0
            self.average = {name: momentum * self.average[name] + (1 - momentum) * w for name, w in self.weights.items()}
            if "ema_overwrite_frequency" in o and (number // every + 1) % o["ema_overwrite_frequency"] == 0:
                self.weights = dict(self.average)
        limited(self.case, self.weights)

    def final(self):
        weights = self.average if self.o.get("use_ema") else self.weights
        return {name: weights[name] if name in weights else self.moving[name.split("/")[0]][name.split("/")[1]]
                for name in self.case["initial"]}


def flat(tensors):
    return np.concatenate([tensor.ravel() for tensor in tensors.values()])


def shaped(vector, like):
    """The inverse of flat()."""
    ends = np.cumsum([tensor.size for tensor in like.values()])
    return {name: part.reshape(tensor.shape) for (name, tensor), part in zip(like.items(), np.split(vector, ends[:-1]))}


def replay_lbfgs(case):
    training, curve = Training(case), []
    inputs, target, weights = generator.data(case)
    minimizer = Lbfgs(training.o)

    def evaluate(vector):
        value, gradient = gradients(case, shaped(vector, training.weights), inputs, target, weights, training.moving)
        return value, flat({name: gradient[name] for name in training.weights})

    vector = flat(training.weights)
    for _ in range(case["steps"]):
        vector, value = minimizer.step(evaluate, vector, training.o["learning_rate"])
        curve.append(value)
    training.weights = shaped(vector, training.weights)
    return {"loss_curve": curve, "final": training.final()}


def replay(case):
    if case["optimizer"]["op"] == "lbfgs":
        return replay_lbfgs(case)
    training, curve, rates = Training(case), [], []
    inputs, target, weights = generator.data(case)
    for number, rows in enumerate(generator.batches(case)):
        batch = {name: x[rows] for name, x in inputs.items()}
        value, gradient = gradients(case, training.weights, batch, target[rows], None if weights is None else weights[rows],
                                    training.moving)
        curve.append(value)
        if "schedule" in case:
            rates.append(SCHEDULES[case["schedule"]["op"]](case["schedule"]["options"], number))
        if case.get("schedule", {}).get("op") == "one_cycle":
            momentum = cycled_momentum(case["schedule"]["options"], number)
            name = "beta_1" if "beta_1" in training.o else "momentum"
            training.o = training.o | ({} if momentum is None else {name: momentum})
        training.step(gradient, rates[-1] if rates else training.o["learning_rate"], number)
    return {"loss_curve": curve, "final": training.final()} | ({"learning_rates": rates} if rates else {})


def check(path, only=""):
    """Replays the cases of a file. Returns the names of those that differ by more than TOLERANCE."""
    bad = []
    for case in json.loads(path.read_text())["cases"]:
        if only not in case["name"]:
            continue
        found = common.difference(replay(case), case)
        fine = max(found.values()) <= TOLERANCE
        print(f"{case['name']:50} " + "  ".join(f"{k} {v:.1e}" for k, v in found.items()) + ("" if fine else "  BAD"))
        if not fine:
            bad.append(case["name"])
    return bad

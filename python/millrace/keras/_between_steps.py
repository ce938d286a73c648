# SPDX-License-Identifier: Apache-2.0
"""What Python computes between two steps: the rate of a schedule of the user's, and weights that a constraint limits."""


class BetweenSteps:
    """Of one fit(). True if there is anything to compute."""

    def __init__(self, model):
        self.optimizer = model.optimizer
        self.limits = [(getattr(layer, part), limit) for layer in model.layers if not layer.frozen for part, limit in layer.limits().items()]

    def __bool__(self):
        return self.optimizer.sets_each_rate or bool(self.limits)

    def before_step(self):
        self.optimizer.set_next_rate()

    def after_step(self):
        for variable, limit in self.limits:
            variable.assign(limit.limited(variable.numpy()))

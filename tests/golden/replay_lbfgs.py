# SPDX-License-Identifier: Apache-2.0
"""L-BFGS with a line search in NumPy: Nocedal and Wright, Numerical Optimization, algorithms 7.4, 3.5 and 3.6, with the
safeguards and counts of PyTorch's LBFGS(line_search_fn="strong_wolfe")."""

import numpy as np


def cubic(a, b, low, high):
    """Where the cubic through two points (t, f, slope) has its minimum, within the bounds."""
    a, b = sorted((a, b), key=lambda point: point[0])
    d1 = a[2] + b[2] - 3 * (a[1] - b[1]) / (a[0] - b[0])
    if d1**2 < a[2] * b[2]:
        return (low + high) / 2
    d2 = np.sqrt(d1**2 - a[2] * b[2])
    return min(max(b[0] - (b[0] - a[0]) * (b[2] + d2 - d1) / (b[2] - a[2] + 2 * d2), low), high)


def strong_wolfe(at, start, t, most, shortest):
    """at(t) -> (t, f, slope). The best point found, and how many were tried."""
    def falls(p):
        return p[1] <= start[1] + 1e-4 * p[0] * start[2]

    def flat(p):
        return abs(p[2]) <= -0.9 * start[2]

    before, now, more = start, at(t), 0
    while True:
        if not falls(now) or (more > 1 and now[1] >= before[1]):
            break
        if flat(now):
            return now, more + 1
        if now[2] >= 0:
            break
        if more == most:
            before = start
            break
        t = cubic(before, now, now[0] + 0.01 * (now[0] - before[0]), 10 * now[0])
        before, now, more = now, at(t), more + 1
    low, high = sorted((before, now), key=lambda p: p[1]) if falls(now) else (before, now)
    slow = False
    while more < most and abs(high[0] - low[0]) >= shortest:
        left, right = sorted((low[0], high[0]))
        t, margin = cubic(low, high, left, right), 0.1 * (right - left)
        near = min(right - t, t - left) < margin
        if near and (slow or t >= right or t <= left):
            t, slow = (right - margin if abs(t - right) < abs(t - left) else left + margin), False
        else:
            slow = near
        now, more = at(t), more + 1
        if not falls(now) or now[1] >= low[1]:
            high = now
            continue
        if flat(now):
            return now, more + 1
        if now[2] * (high[0] - low[0]) >= 0:
            high = low
        low = now
    return low, more + 1


class Lbfgs:
    """Weights and gradients are flat here. evaluate(w) -> (loss, gradient)."""

    def __init__(self, o):
        self.o, self.pairs = o, []

    def direction(self, g):
        d, shares = -g, []
        for s, y in reversed(self.pairs):
            shares.append(s @ d / (s @ y))
            d = d - shares[-1] * y
        if self.pairs:
            s, y = self.pairs[-1]
            d = d * (s @ y) / (y @ y)
        for (s, y), share in zip(self.pairs, reversed(shares)):
            d = d + (share - y @ d / (s @ y)) * s
        return d

    def step(self, evaluate, w, lr):
        """The weights after the iterations of one step, and the loss before them."""
        first, g = evaluate(w)
        loss, count = first, 1
        for _ in range(self.o["iterations"]):
            if count >= self.o["evaluations"]:
                break
            d = self.direction(g)
            t = lr if self.pairs else lr * min(1, 1 / np.abs(g).sum())
            tried = {}

            def at(t):
                f, gradient = evaluate(w + t * d)
                tried[t] = gradient
                return t, f, gradient @ d

            most = self.o["evaluations"] - count
            best, evaluations = strong_wolfe(at, (0.0, loss, g @ d), t, most, self.o["tolerance_change"] / np.abs(d).max())
            count += evaluations
            self.pairs = [*self.pairs, (best[0] * d, tried[best[0]] - g)][-self.o["history"]:]
            w, loss, g = w + best[0] * d, best[1], tried[best[0]]
        return w, first

# SPDX-License-Identifier: Apache-2.0
"""Linear and logarithmic scales from values to pixels, with ticks at round values."""
from dataclasses import dataclass
from math import ceil, floor, log, log10


@dataclass(frozen=True)
class Scale:
    """Maps low..high to begin..end, in pixels; logarithmic if low is above 0 and `logarithmic` is set."""
    low: float
    high: float
    begin: float
    end: float
    logarithmic: bool = False

    def __call__(self, value):
        if self.logarithmic:
            share = (log(value) - log(self.low)) / (log(self.high) - log(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def ticks(self):
        return log_ticks(self.low, self.high) if self.logarithmic else linear_ticks(self.low, self.high)


def linear_ticks(low, high, wanted=5):
    """Multiples of 1, 2 or 5 times a power of ten, about `wanted` of them."""
    rough = (high - low) / wanted
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    return [round(k * step, 12) for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def log_ticks(low, high):
    """Powers of ten; if there are fewer than three, also 2 and 5 times them."""
    powers = range(floor(log10(low)) - 1, ceil(log10(high)) + 1)
    for factors in ((1,), (1, 2, 5)):
        ticks = [factor * 10.0**power for power in powers for factor in factors if low * 0.999 <= factor * 10.0**power <= high * 1.001]
        if len(ticks) >= 3:
            break
    return ticks


def around(values, logarithmic):
    """The range of an axis that shows all the values: from 0 if linear, to the next 1, 2 or 5 if logarithmic."""
    low, high = min(values), max(values)
    if not logarithmic:
        return min(0.0, low), high * 1.05
    def rounded(value, up):
        candidates = [f * 10.0**p for p in range(floor(log10(value)) - 1, ceil(log10(value)) + 2) for f in (1, 2, 5)]
        return min(c for c in candidates if c >= value * 0.999) if up else max(c for c in candidates if c <= value * 1.001)
    low, high = rounded(low, up=False), rounded(high, up=True)
    return low, high if high > low else 10 * low


def amount(value, unit=""):
    """A tick's text: 0.5, 20, 1 000, 50 000."""
    text = f"{value:,.0f}".replace(",", "\u202f") if value >= 1000 else f"{value:g}"
    return f"{text}{unit}"


def microseconds(value):
    for size, unit in ((1e6, " s"), (1e3, " ms")):
        if value >= size * 0.999:
            return f"{value / size:g}{unit}"
    return f"{value:g} us"

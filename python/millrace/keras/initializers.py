# SPDX-License-Identifier: Apache-2.0
"""Initial weights. The engine draws them from the model's seed; an initializer with a seed of its own, and an array or a
function of yours, is drawn here, with NumPy's generator."""

import numpy as np

from millrace.errors import UnsupportedError, UsageError
from millrace.keras._operation import REQUIRED, Operation, find, is_own, text_of, unknown_name
from millrace.keras.utils import next_seed


class Initializer(Operation):
    """Called with a shape it returns a float32 array; drawn anew at each call if there is no seed. Classes of your own have a method
    __call__(shape, dtype) that returns the values."""

    op = ""
    instead = None

    def engine_text(self):
        """The initializer in the engine's words, or None if the values are drawn here."""
        return None if self._config.get("seed") is not None else text_of(self.op, self.options())

    def in_engine(self):
        """engine_text() of one whose values the engine draws, else None: also of a class of the user's that draws values itself."""
        if is_own(type(self)) and (not self.op or any(is_own(each) and not {"__call__", "draw"}.isdisjoint(vars(each)) for each in type(self).__mro__)):
            return None
        return self.engine_text()

    def options(self):
        return {name: value for name, value in self._config.items() if name != "seed"}

    def values(self, shape):
        """The initial values of a parameter of this shape, as float32."""
        values = np.asarray(self(tuple(shape), dtype="float32"), np.float32)
        if values.shape != tuple(shape):
            raise UsageError(f"[initializer] {self.who()} returned the shape {values.shape}, expected {tuple(shape)}")
        return values

    def who(self):
        return type(self).__name__

    def __call__(self, shape, dtype="float32"):
        seed = self._config.get("seed")
        return self.draw(np.random.default_rng(next_seed() if seed is None else seed), tuple(shape)).astype(dtype or "float32")

    def draw(self, generator, shape):
        raise UnsupportedError(f"[{type(self).__name__}] the initializer has no values, expected a method __call__(shape, dtype) that returns them")


class Zeros(Initializer):
    op = "zeros"

    def draw(self, generator, shape):
        return np.zeros(shape)


class Ones(Initializer):
    op = "ones"

    def draw(self, generator, shape):
        return np.ones(shape)


class Constant(Initializer):
    op = "constant"
    arguments = {"value": 0.0}

    def engine_text(self):
        return text_of(self.op, {"value": float(self.value)}) if np.ndim(self.value) == 0 else None

    def draw(self, generator, shape):
        return np.broadcast_to(np.asarray(self.value, np.float64), shape)


class Identity(Initializer):
    arguments = {"gain": 1.0}

    def engine_text(self):
        return None

    def draw(self, generator, shape):
        if len(shape) != 2:
            raise UsageError(f"[Identity] the shape is {shape}, expected two dimensions")
        return self.gain * np.eye(*shape)


class RandomUniform(Initializer):
    op = "random_uniform"
    arguments = {"minval": -0.05, "maxval": 0.05, "seed": None}

    def draw(self, generator, shape):
        return generator.uniform(self.minval, self.maxval, shape)


class RandomNormal(Initializer):
    op = "random_normal"
    arguments = {"mean": 0.0, "stddev": 0.05, "seed": None}

    def draw(self, generator, shape):
        return generator.normal(self.mean, self.stddev, shape)


class TruncatedNormal(Initializer):
    op = "truncated_normal"
    arguments = {"mean": 0.0, "stddev": 0.05, "seed": None}

    def draw(self, generator, shape):
        return self.mean + self.stddev * truncated(generator, shape)


class VarianceScaling(Initializer):
    op = "variance_scaling"
    arguments = {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal", "seed": None}

    def _prepare(self, scale, mode, distribution, **_):
        if distribution == "untruncated_normal":
            raise UnsupportedError("[VarianceScaling] distribution='untruncated_normal' is not supported, expected truncated_normal or uniform")
        if distribution == "normal":
            self._config["distribution"] = "truncated_normal"

    def draw(self, generator, shape):
        return scaled(generator, shape, self.scale, self.mode, self.distribution)


def _scaling(name, scale, mode, distribution):
    def draw(self, generator, shape):
        return scaled(generator, shape, scale, mode, distribution)

    op = "".join("_" + c.lower() if c.isupper() else c for c in name).strip("_").replace("le_cun", "lecun")
    return type(name, (Initializer,), {"op": op, "arguments": {"seed": None}, "draw": draw, "__module__": __name__,
                                       "__doc__": f"Variance {scale} / {mode}, {distribution}."})


GlorotUniform = _scaling("GlorotUniform", 1.0, "fan_avg", "uniform")
GlorotNormal = _scaling("GlorotNormal", 1.0, "fan_avg", "truncated_normal")
HeUniform = _scaling("HeUniform", 2.0, "fan_in", "uniform")
HeNormal = _scaling("HeNormal", 2.0, "fan_in", "truncated_normal")
LecunUniform = _scaling("LecunUniform", 1.0, "fan_in", "uniform")
LecunNormal = _scaling("LecunNormal", 1.0, "fan_in", "truncated_normal")


class Orthogonal(Initializer):
    op = "orthogonal"
    arguments = {"gain": 1.0, "seed": None}

    def draw(self, generator, shape):
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        q, r = np.linalg.qr(generator.normal(size=(max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


class Values(Initializer):
    """Values that a function of the user's returns for a shape."""

    arguments = {"function": REQUIRED}

    def engine_text(self):
        return None

    def who(self):
        return repr(self.function)

    def __call__(self, shape, dtype="float32"):
        return self.function(tuple(shape), dtype=dtype)


def truncated(generator, shape):
    """Normal numbers within two standard deviations."""
    values = generator.normal(size=shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = generator.normal(size=int(outside.sum()))
    return values


def scaled(generator, shape, scale, mode, distribution):
    fan_in, fan_out = fans(shape)
    variance = scale / max(1.0, {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode])
    if distribution == "uniform":
        return generator.uniform(-np.sqrt(3 * variance), np.sqrt(3 * variance), shape)
    return np.sqrt(variance) / 0.87962566103423978 * truncated(generator, shape)


def fans(shape):
    """Inputs and outputs of one unit of a kernel (..., inputs, outputs)."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = int(np.prod(shape[:-2]))
    return shape[-2] * window, shape[-1] * window


_CLASSES = (Zeros, Ones, Constant, Identity, RandomUniform, RandomNormal, TruncatedNormal, VarianceScaling, GlorotUniform, GlorotNormal,
            HeUniform, HeNormal, LecunUniform, LecunNormal, Orthogonal)
_BY_NAME = {each.op or "identity": each for each in _CLASSES}
_BY_NAME |= {"uniform": RandomUniform, "normal": RandomNormal, "zero": Zeros, "one": Ones, "orthogonal_initializer": Orthogonal}
globals().update({name: each for name, each in _BY_NAME.items() if name not in ("uniform", "normal", "zero", "one")})


def get(identifier):
    """An initializer from its name, object, class or dictionary, or from a function of a shape and a dtype."""
    if callable(identifier) and not isinstance(identifier, (type, Initializer)):
        return Values(identifier)
    return find("initializer", identifier, _BY_NAME, Initializer)


def __getattr__(name):
    raise unknown_name("initializers", name, [each.__name__ for each in _CLASSES])

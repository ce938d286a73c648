# SPDX-License-Identifier: Apache-2.0
"""Keras's dtype policies: in which numbers layers multiply. A layer keeps the policy from its making, as in Keras."""

from millrace.errors import UnsupportedError, UsageError
from millrace.keras._operation import unknown_name

_NAMES = ("float32", "mixed_bfloat16")
# Other words of Keras, and what to do instead.
_HINTS = {"bfloat16": "expected mixed_bfloat16, whose weights stay in float32", "float16": "expected mixed_bfloat16",
          "mixed_float16": "expected mixed_bfloat16, which needs no loss scaling", "float64": "expected float32"}


class DTypePolicy:
    """"float32", or "mixed_bfloat16": large dense layers round their operands to bfloat16 in fit() and add in float32; variables are
    float32, and so are evaluate() and predict().
    """

    def __init__(self, name):
        if name not in _NAMES:
            if name in _HINTS:
                raise UnsupportedError(f"[DTypePolicy] {name!r} is not supported, {_HINTS[name]}")
            raise UsageError(f"[DTypePolicy] no {name!r}, expected one of {', '.join(_NAMES)}")
        self.name = name

    @property
    def compute_dtype(self):
        return "bfloat16" if self.name == "mixed_bfloat16" else "float32"

    @property
    def variable_dtype(self):
        return "float32"

    def get_config(self):
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def __eq__(self, other):
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f'<DTypePolicy "{self.name}">'


Policy = DTypePolicy
_policy = DTypePolicy("float32")


def policy_of(given):
    """The policy that a layer's argument dtype means: None is the global one."""
    if given is None:
        return _policy
    return given if isinstance(given, DTypePolicy) else DTypePolicy(given)


def set_dtype_policy(policy):
    """Sets the policy of the layers that are made from now on: a name, or a DTypePolicy."""
    global _policy
    _policy = policy_of(policy) if policy is not None else DTypePolicy("float32")


def dtype_policy():
    """The policy of layers that are made without dtype."""
    return _policy


set_global_policy, global_policy = set_dtype_policy, dtype_policy

__all__ = ["DTypePolicy", "Policy", "dtype_policy", "global_policy", "set_dtype_policy", "set_global_policy"]


def __getattr__(name):
    if name == "LossScaleOptimizer":
        raise UnsupportedError("[mixed_precision] LossScaleOptimizer is not supported: bfloat16 has the range of float32, so leave it out")
    raise unknown_name("mixed_precision", name, __all__)

# SPDX-License-Identifier: Apache-2.0
"""Weights in NumPy's .npz files: one array for each parameter, named layer/parameter."""

from millrace._paths import path_of
from millrace.errors import UsageError
from millrace.keras import saving


def save_npz(model, path, overwrite=True):
    """Writes the weights of a millrace.keras model."""
    saving.save_weights(model, _checked(path), overwrite=overwrite)


def load_npz(model, path):
    """Reads the weights of a model with the same layers. Raises DataError if the names or shapes differ."""
    saving.load_weights(model, _checked(path))


def _checked(path):
    path = path_of("npz", path)
    if not path.endswith(".npz"):
        raise UsageError(f"[npz] the path is '{path}', expected a name that ends in .npz")
    return path

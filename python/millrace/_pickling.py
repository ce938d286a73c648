# SPDX-License-Identifier: Apache-2.0
"""What pickles of the engine's models call: pickles name functions of modules."""

from millrace._core import Model


def model_from_checkpoint(data: bytes) -> Model:
    """The model of a checkpoint's bytes."""
    return Model.from_checkpoint_bytes(data)

# SPDX-License-Identifier: Apache-2.0
"""Models and weights from elsewhere, and back: Keras, PyTorch, safetensors with PyTorch's names, .npz.

    model = convert.from_keras(keras_model)          # a millrace.keras model with the same layers and weights
    model = convert.from_torch(module, (30,))        # of layers that both have; images lose their channels-first order
    convert.load_safetensors(model, "mlp.safetensors")

Keras's files are read by millrace.keras.models.load_model() and load_weights(). Outputs agree within 1e-6. What millrace does not
have raises UnsupportedError, which names the layer.
"""

from millrace.convert._keras import fit_keras, from_keras, to_keras
from millrace.convert._npz import load_npz, save_npz
from millrace.convert._safetensors import load_safetensors, save_safetensors
from millrace.convert._torch_read import from_torch
from millrace.convert._torch_write import to_torch

__all__ = ["fit_keras", "from_keras", "from_torch", "load_npz", "load_safetensors", "save_npz", "save_safetensors", "to_keras", "to_torch"]

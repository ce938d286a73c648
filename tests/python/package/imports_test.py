# SPDX-License-Identifier: Apache-2.0
"""Imports of names that Keras and TensorFlow have and this package does not: the ImportError says what to use."""

import importlib

import pytest
from running import python

import millrace
from millrace import keras

MISSING = [
    ("from millrace.keras.layers import LSTM", "LSTM is not supported: .*windows"), ("from millrace.keras.layers import Dense, GRUCell", "GRUCell is not supported"),
    ("from millrace.keras.layers import Conv3D", "Conv3D is not supported, expected one of Activation"),
    ("from millrace.keras.layers import Dens", "Did you mean 'Dense'"), ("from millrace.keras.losses import CosineSimilarity", "CosineSimilarity is not supported"),
    ("from millrace.keras.metrics import MeanIoU", "MeanIoU is not supported"), ("from millrace.keras.losses import Hubert", "Did you mean 'Huber'"),
    ("from millrace.keras.datasets import mnist", "datasets is not supported: .*read_table"), ("import millrace.keras.datasets.mnist", "datasets is not supported"),
    ("from millrace.keras import datasets", "datasets is not supported"), ("from millrace.keras.preprocessing.image import ImageDataGenerator", "preprocessing is not"),
    ("from millrace.keras.optimizers.legacy import Adam", "legacy is not supported: the classes of millrace.keras.optimizers"),
    ("from millrace.keras.optimizers.schedules import CosineDecai", "Did you mean 'CosineDecay'"), ("from millrace.keras.utils import plot_model", "summary"),
    ("from millrace.keras import ops", "ops is not supported: .*NumPy"), ("import millrace.keras.ops", "ops is not supported"),
    ("from millrace.keras.applications import VGG16", "no trained networks"),
    ("from millrace import GradientTape", "training loops of your own"), ("from millrace import random", "set_random_seed"), ("import millrace.data", "any iterable of batches")]


@pytest.mark.parametrize("line, message", MISSING, ids=[line for line, _ in MISSING])
def test_a_name_that_is_not_here_says_what_to_use(line, message):
    with pytest.raises(ImportError, match=message):
        exec(line, {})


def test_such_names_are_no_attributes():
    assert not hasattr(keras.layers, "LSTM") and not hasattr(keras, "datasets") and not hasattr(keras.losses, "CTC")
    with pytest.raises(millrace.UnsupportedError):
        keras.layers.LSTM


def test_other_imports_are_as_they_were():
    for line in ("from millrace.keras.layers import *", "from millrace.keras.losses import Huber", "import millrace.keras.optimizers.schedules", "from millrace.keras import utils"):
        exec(line, {})
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_package'"):
        importlib.import_module("no_such_package")


def test_no_private_name_is_suggested():
    done = python("-c", "from millrace import keras\nkeras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).predicted(1)")
    assert done.returncode == 1 and "'predict'" in done.stderr and "'_" not in done.stderr
    done = python("-c", "from millrace import keras\nkeras.layers.Dense(1).settl")
    assert done.returncode == 1 and "'_" not in done.stderr

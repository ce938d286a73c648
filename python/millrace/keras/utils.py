# SPDX-License-Identifier: Apache-2.0
"""Small helpers with Keras's names."""

import random

import numpy as np

from millrace.errors import DataError, UsageError
from millrace.keras._operation import forget_names, unknown_name

_seeds = random.Random()


def set_random_seed(seed):
    """From now on initial weights, the order of rows and dropout follow from `seed`, as do Python's and NumPy's random numbers.

    Without it every model begins with other weights, as in Keras.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2 ** 32:
        raise UsageError(f"[set_random_seed] seed is {seed!r}, expected a whole number from 0 to 2^32 - 1")
    random.seed(int(seed))
    np.random.seed(int(seed))
    _seeds.seed(int(seed))


def next_seed():
    return _seeds.getrandbits(63)


def clear_session(free_memory=True):
    """Names of layers begin anew: dense, dense_1, ..."""
    forget_names()


class PyDataset:
    """Batches by their number. A subclass has __len__ and __getitem__(i), which returns (x, y) or (x, y, sample_weight); on_epoch_end() is
    called after each epoch. The arguments say how Keras reads in other processes; here batches are read one after the other."""

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(index), expected one that returns a batch (x, y)")

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__} has no __len__(), expected one that returns the number of batches")

    @property
    def num_batches(self):
        return len(self)

    def on_epoch_end(self):
        pass


Sequence = PyDataset  # its name in older versions


def to_categorical(x, num_classes=None):
    """Classes (whole numbers from 0) as rows of zeros with a one: (...) becomes (..., num_classes), float64."""
    classes = np.asarray(x)
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes.reshape(classes.shape[:-1])
    if classes.dtype.kind not in "biuf":
        raise DataError(f"[to_categorical] x has the dtype {classes.dtype}, expected classes from 0: numpy.unique(x, return_inverse=True)[1] numbers them")
    if classes.dtype.kind == "f" and not np.array_equal(classes, np.floor(classes)):
        raise DataError("[to_categorical] x has numbers that are not whole, expected classes from 0")
    classes = classes.astype(np.int64)
    count = int(num_classes or (classes.max() + 1 if classes.size else 0))
    if classes.size and (classes.min() < 0 or classes.max() >= count):
        raise DataError(f"[to_categorical] x has classes from {classes.min()} to {classes.max()}, expected 0 to {count - 1}")
    return np.eye(count)[classes]


def __getattr__(name):
    raise unknown_name("utils", name, ("PyDataset", "Sequence", "clear_session", "set_random_seed", "to_categorical"))

# SPDX-License-Identifier: Apache-2.0
"""The weights of layers and models: variables, and the accessors that both have."""

import numpy as np

from millrace.errors import UsageError


class Values(np.ndarray):
    """An array with the method by which users of Keras make arrays of tensors."""

    def numpy(self):
        return self.view(np.ndarray)


def values(array):
    """The array with that method; of a list or a dictionary, each of its arrays."""
    if isinstance(array, dict):
        return {name: values(each) for name, each in array.items()}
    if isinstance(array, (list, tuple)):
        return type(array)(map(values, array))
    return array.view(Values)


class Engine:
    """The engine's model of a network; core is None before it is built.

    A model, its layers, its variables and its optimizer share one. It refers to none of them, so that they form no reference cycle: a model
    that is dropped frees its memory at once, not when Python's cycle collector runs.
    """

    def __init__(self):
        self.core = None
        self.owner = ""  # the model's name


class Variable(np.lib.mixins.NDArrayOperatorsMixin):
    """A parameter of a layer. It reads and sets the values in the model's engine; operators and functions of NumPy take the values."""

    __eq__, __ne__, __hash__ = object.__eq__, object.__ne__, object.__hash__

    def __init__(self, engine, path, shape, trainable):
        self._engine, self.path, self.shape, self.trainable = engine, path, tuple(shape), trainable
        self.name = path.rpartition("/")[2]
        self.dtype = "float32"

    def numpy(self) -> np.ndarray:
        """A copy of the values."""
        return self._engine.core.weights(self.path)

    @property
    def value(self):
        return self.numpy()

    @property
    def ndim(self):
        return len(self.shape)

    def assign(self, values):
        self._engine.core.set_weights(self.path, values)

    def assign_add(self, values):
        self.assign(self.numpy() + np.asarray(values, np.float32))

    def assign_sub(self, values):
        self.assign(self.numpy() - np.asarray(values, np.float32))

    def __getitem__(self, place):
        return self.numpy()[place]

    def __len__(self):
        return len(self.numpy())

    def __array__(self, dtype=None, copy=None):
        values = self.numpy()
        return values if dtype is None else values.astype(dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        return getattr(ufunc, method)(*(np.asarray(each) if isinstance(each, Variable) else each for each in inputs), **options)

    def __repr__(self):
        return f"<Variable path={self.path}, shape={self.shape}>"


class HasWeights:
    """What a layer and a model offer for their weights. A subclass has `name`, `weights` and `_need_weights`."""

    name: str

    @property
    def weights(self):
        """All variables, in the order of the layers; empty before the model is built."""
        raise NotImplementedError

    def _need_weights(self, who):
        """Raises UsageError if the weights do not exist yet."""

    @property
    def variables(self):
        return self.weights

    @property
    def trainable_weights(self):
        """The variables that fit() changes."""
        return [each for each in self.weights if each.trainable]

    @property
    def non_trainable_weights(self):
        return [each for each in self.weights if not each.trainable]

    @property
    def trainable_variables(self):
        return self.trainable_weights

    @property
    def non_trainable_variables(self):
        return self.non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """The values as NumPy arrays, such as [kernel (inputs, units), bias (units)]."""
        return [each.numpy() for each in self.weights]

    def set_weights(self, weights) -> None:
        """Sets all weights. Raises UsageError for another number of arrays or other shapes, or before the model is built."""
        self._need_weights("set_weights")
        variables = self.weights
        if len(weights) != len(variables):
            raise UsageError(f"[{self.name}] {len(weights)} arrays, expected {len(variables)}: {', '.join(each.path for each in variables) or 'none'}")
        for variable, values in zip(variables, weights):
            if np.shape(values) != variable.shape:
                raise UsageError(f"[{self.name}] the array for {variable.path} has the shape {np.shape(values)}, expected {variable.shape}")
        for variable, values in zip(variables, weights):
            variable.assign(values)

    def count_params(self) -> int:
        """The number of weights."""
        self._need_weights("count_params")
        return sum(int(np.prod(each.shape)) for each in self.weights)

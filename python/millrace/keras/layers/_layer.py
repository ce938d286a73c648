# SPDX-License-Identifier: Apache-2.0
"""Layers, and the symbolic tensors that they are called with."""

import weakref

import numpy as np

from millrace.errors import MillraceError, UnsupportedError, UsageError
from millrace.keras._operation import Operation, unique_name, unknown_argument
from millrace.keras._weights import HasWeights
from millrace.keras.mixed_precision import policy_of

_COMMON = {"name": None, "trainable": True, "dtype": None}
_LEGACY = ("input_shape", "input_dim", "batch_input_shape", "activity_regularizer", "autocast")


class KerasTensor:
    """What an input or a layer gives: a shape, whose first entry None is the number of rows, and where it comes from."""

    def __init__(self, shape, layer, inputs=(), dtype="float32"):
        self.shape = (None, *shape)
        self.dtype = dtype
        self.layer, self.inputs = layer, tuple(inputs)

    @property
    def name(self):
        return self.layer.name

    @property
    def ndim(self):
        return len(self.shape)

    def __repr__(self):
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def _joined(self, other, layer, sign):
        if not isinstance(other, KerasTensor):
            raise UnsupportedError(f"[KerasTensor] {sign} {type(other).__name__} is not supported, expected another symbolic tensor")
        from millrace.keras import layers

        return getattr(layers, layer)()([self, other])

    def __add__(self, other):
        return self._joined(other, "Add", "+")

    def __sub__(self, other):
        return self._joined(other, "Subtract", "-")

    def __mul__(self, other):
        return self._joined(other, "Multiply", "*")

    def _refused(self, *_):
        raise UnsupportedError("[KerasTensor] of the operators only +, - and * are supported; expected layers, such as layers.Concatenate()([a, b])")

    __truediv__ = __matmul__ = __neg__ = __getitem__ = __radd__ = __rsub__ = __rmul__ = __iter__ = _refused


class Layer(HasWeights, Operation):
    """A layer. Called with a symbolic tensor, or a list of them, it becomes part of a functional model."""

    op = ""
    instead = "expected the layers of millrace.keras.layers"

    def __init_subclass__(cls, **more):
        own = {**{name: value for name, value in cls.arguments.items() if name not in _COMMON},
               **{name: values[0] for name, values in cls.refused.items() if name not in cls.arguments}}
        cls.arguments = {**own, **_COMMON}
        super().__init_subclass__(**more)

    def __init__(self, *args, **kwargs):
        who = type(self).__name__
        legacy = {name: kwargs.pop(name) for name in _LEGACY if name in kwargs and name not in self.arguments}
        if legacy.pop("activity_regularizer", None) is not None:
            raise UnsupportedError(f"[{who}] activity_regularizer is not supported: penalise weights with kernel_regularizer")
        self.given_shape = _given_shape(who, legacy)
        self.leave_engine()
        self._kept = None  # weights that wait for the model to be built
        self._tensors = None  # those that it was called with
        self._output = None  # a weak reference to its own tensor, which holds the layer
        self.input_shapes = self.row_shape = None  # of what it takes and gives, without the rows, once it is called
        known = [*self.__signature__.parameters, *_LEGACY]
        for name in kwargs:
            if name not in self.__signature__.parameters:
                raise unknown_argument(who, name, known)
        super().__init__(*args, **kwargs)
        try:
            self.dtype_policy = policy_of(self._config["dtype"])
        except MillraceError as error:
            raise type(error)(f"[{who}] dtype: {error}") from None
        self.trainable = self._config["trainable"]

    # --- what a kind of layer says about itself
    def record(self):
        """The layer in the engine's words, without name and inputs."""
        raise NotImplementedError

    def shape_of(self, shapes):
        """The output's shape without the rows, from those of the inputs. Raises UsageError."""
        return shapes[0]

    def initializers(self):
        """{parameter: Initializer} of those that the engine does not draw itself."""
        return {}

    def limits(self):
        """{parameter: Constraint} of those that Python limits after each step."""
        return {}

    # --- shapes
    def __call__(self, inputs, training=None):
        tensors = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        for each in tensors:
            if not isinstance(each, KerasTensor):
                raise UnsupportedError(f"[{self.name}] calling a layer with a {type(each).__name__} is not supported, expected a symbolic tensor "
                                       "from Input(): put the layer into a model and use predict()")
        if self.row_shape is not None:
            raise UnsupportedError(f"[{self.name}] the layer is called a second time; sharing weights is not supported: make another layer")
        if training:
            raise UnsupportedError(f"[{self.name}] training=True is not supported: fit() trains, and predict() does not")
        self.settle([each.shape[1:] for each in tensors])
        self._tensors = tensors
        return self.output

    @property
    def output(self):
        """The symbolic tensor of a layer that was called with one."""
        if self._tensors is None:
            raise UnsupportedError(f"[{self.name}] the layer was not called with a symbolic tensor, so it has no output: make the model with "
                                   "Model(inputs, outputs); an inner layer may be one of several outputs")
        tensor = self._output() if self._output is not None else None
        if tensor is None:
            tensor = KerasTensor(self.row_shape, self, self._tensors, self.dtype or "float32")
            self._output = weakref.ref(tensor)
        return tensor

    def __getstate__(self):
        return {**self.__dict__, "_output": None}

    def settle(self, shapes):
        """Fixes the layer's input shapes; returns the output's."""
        self.input_shapes = [tuple(shape) for shape in shapes]
        self.row_shape = tuple(int(each) for each in self.shape_of(self.input_shapes))
        return self.row_shape

    def compute_output_shape(self, input_shape):
        several = bool(input_shape) and isinstance(input_shape[0], (list, tuple))
        return (None, *self.shape_of([tuple(each)[1:] for each in input_shape] if several else [tuple(input_shape)[1:]]))

    @property
    def input_shape(self):
        shapes = [(None, *shape) for shape in self.input_shapes or []]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        """The shape of what it gives, with None for the rows; None before it is called."""
        return None if self.row_shape is None else (None, *self.row_shape)

    # --- weights
    @property
    def trainable(self):
        """Whether fit() changes the weights. A change acts from the model's next compile() on, as in Keras."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        self._mark_variables()

    def _mark_variables(self):
        for each in self._variables:
            each.trainable = not self.frozen and each.name not in self.states

    has_weights = False
    states: tuple = ()  # the names of variables that are moving averages, not trained
    multiplies = False  # whether its products follow the dtype policy
    on_arrays = False  # whether it computes with NumPy, before the engine

    @property
    def frozen(self):
        """Whether it has weights that fit() leaves as they are."""
        return self.has_weights and not self._trainable

    @property
    def built(self):
        return self._engine is not None

    def use_engine(self, engine, variables):
        """Makes the layer one of a model that is built: its weights are these variables of the model's engine."""
        self._engine, self._variables = engine, variables
        self._mark_variables()

    def leave_engine(self):
        """Makes the layer one of no model that is built."""
        self._engine, self._variables = None, []

    @property
    def weights(self):
        """The layer's variables, in Keras's order; empty before the model is built."""
        return list(self._variables)

    def __getattr__(self, name):
        """A variable by its name: layer.kernel, layer.bias."""
        if not name.startswith("_"):
            for each in self.weights:
                if each.name == name:
                    return each
        return super().__getattr__(name)

    def _need_weights(self, who):
        if self._engine is None and self.has_weights and who == "set_weights":
            raise UsageError(f"[{self.name}] the model is not built, so the layer has no weights yet: give the model an Input, or call build()")

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _given_shape(who, legacy):
    if (shape := legacy.get("input_shape")) is not None:
        return _checked_shape(who, shape)
    if (shape := legacy.get("batch_input_shape")) is not None:
        return _checked_shape(who, tuple(shape)[1:])
    if (columns := legacy.get("input_dim")) is not None:
        return _checked_shape(who, (columns,))
    return None


def _checked_shape(who, shape):
    shape = tuple(shape) if isinstance(shape, (list, tuple)) else (shape,)
    for each in shape:
        if each is None:
            raise UnsupportedError(f"[{who}] the shape {shape} has an open extent, expected whole numbers: only the number of rows may vary")
        if not isinstance(each, (int, np.integer)) or isinstance(each, bool) or each < 1:
            raise UsageError(f"[{who}] the shape is {shape}, expected whole numbers above 0")
    return tuple(int(each) for each in shape)


class InputLayer(Layer):
    """The input of a model: `shape` is that of a row."""

    arguments = {"shape": None, "batch_size": None, "dtype": None, "sparse": None, "batch_shape": None, "name": None}
    refused = {"sparse": (None, False), "ragged": (None, False), "optional": (False,), "input_tensor": (None,)}

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("name", kwargs.get("name"))
        dtype = kwargs.pop("dtype", None)
        text = dtype in ("string", str)
        if dtype is not None and not text and np.dtype(dtype).kind not in "biuf":
            raise UnsupportedError(f"[Input] dtype={dtype!r} is not supported, expected a type of numbers, or 'string'")
        super().__init__(*args, **kwargs)
        if self.given_shape is not None and self._config["shape"] is None:
            self._config["shape"] = self.given_shape
        shape, batch_shape = self._config["shape"], self._config["batch_shape"]
        if (shape is None) == (batch_shape is None):
            raise UsageError(f"[Input] {'no shape' if shape is None else 'shape and batch_shape'}, expected either shape, such as (4,), or batch_shape, such as "
                             "(None, 4)")
        if batch_shape is not None:
            shape = tuple(batch_shape)[1:]
        self.dtype = "string" if text else str(np.dtype(dtype)) if dtype is not None else "float32"
        self.row_shape = _checked_shape("Input", shape) if shape != () else (1,)
        self._tensors = ()


def Input(shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None, name=None, tensor=None, optional=False):
    """A symbolic tensor for a functional model, or the first entry of a Sequential. shape: of one row, without the rows."""
    if tensor is not None:
        raise UnsupportedError("[Input] tensor is not supported: leave it out")
    layer = InputLayer(shape=shape, batch_size=batch_size, dtype=dtype, sparse=sparse, ragged=ragged, batch_shape=batch_shape,
                       name=name or unique_name("input_layer"), optional=optional)
    return layer.output

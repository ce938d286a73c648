# SPDX-License-Identifier: Apache-2.0
"""Sequential and functional models."""

from typing import TYPE_CHECKING

from millrace import _core
from millrace._reading import feature_names
from millrace._tables import unprepared
from millrace._words import nearest
from millrace.errors import DataError, UnsupportedError, UsageError
from millrace.keras._engine_model import EngineModel
from millrace.keras._graph import check_names, ordered
from millrace.keras._instead import INSTEAD
from millrace.keras._operation import attribute_error, of_keras, unique_name, unknown_name
from millrace.keras._outside import Outside
from millrace.keras._trainer import Trainer
from millrace.keras._weights import values
from millrace.keras.layers._columns import Columns
from millrace.keras.layers._layer import InputLayer, KerasTensor, Layer


_ONE_MODEL = "make one model of all the layers, or compute with what predict() returns: keras.activations.softmax(model.predict(x))"


class Model(EngineModel, Outside, Trainer):
    """A network of any form: Model(inputs, outputs), made from symbolic tensors. outputs: one, or a list or a dictionary of several;
    predict() returns arrays in the same form."""

    def __init_subclass__(cls, **more):
        if not cls.__module__.startswith("millrace."):
            raise UnsupportedError(f"[model] classes of your own ({cls.__name__}) that derive from {cls.__mro__[1].__name__} are not supported: "
                                   "make the model with Sequential or with Model(inputs, outputs)")
        super().__init_subclass__(**more)

    def __init__(self, inputs, outputs, name=None, trainable=True):
        super().__init__()
        self.name = name or unique_name("functional")
        self._trainable = True
        if isinstance(outputs, dict):
            outputs = {key: outputs[key] for key in sorted(outputs)}  # as Keras does
        elif isinstance(outputs, (list, tuple)) and len(outputs) == 1:
            outputs = outputs[0]
        self._form = outputs  # a symbolic tensor, or a list, a tuple or a dictionary of such
        self._outputs = list(outputs.values() if isinstance(outputs, dict) else outputs if isinstance(outputs, (list, tuple)) else [outputs])
        if isinstance(inputs, dict):
            inputs = {key: inputs[key] for key in sorted(inputs)}
        self._input_keys = list(inputs) if isinstance(inputs, dict) else None
        inputs = list(inputs.values()) if isinstance(inputs, dict) else list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        for each in [*inputs, *self._outputs]:
            if not isinstance(each, KerasTensor):
                raise UsageError(f"[{self.name}] an input or output is of type {type(each).__name__}, expected symbolic tensors, as Input() makes")
        self._inputs = [each.layer for each in inputs]
        self._check_outputs()
        self._chain = ordered(self.name, self._inputs, self._outputs)
        self._layers = [layer for layer, _ in self._chain]
        check_names(self.name, self._layers)
        if not trainable:
            self.trainable = False
        self._build_core()

    # --- structure
    @property
    def layers(self) -> list[Layer]:
        """The layers in a list of its own: add() and pop() of a Sequential change the model."""
        return list(self._layers)

    def _check_outputs(self):
        if not self._outputs:
            raise UsageError(f"[{self.name}] the model has no outputs, expected at least one")
        names = [each.name for each in self._outputs]
        for each in self._outputs:
            if isinstance(each.layer, InputLayer):
                raise UnsupportedError(f"[{self.name}] the output is the input '{each.name}', which is not supported: put a layer between them")
            if names.count(each.name) > 1:
                raise UnsupportedError(f"[{self.name}] two outputs are the layer '{each.name}', which is not supported, expected it once")
            if len(names) > 1 and len(each.shape) > 2:
                raise UnsupportedError(f"[{self.name}] the output '{each.name}' is an image of the shape {each.shape}, which is not supported among several "
                                       "outputs: put Flatten behind it")

    @property
    def output_layers(self):
        """The layers that are outputs, in their order."""
        return [each.layer for each in self._outputs]

    @property
    def output_names(self):
        return [each.name for each in self._outputs]

    @property
    def _has_keys(self):
        return isinstance(self._form, dict)

    @property
    def output_keys(self):
        """The names that outputs have in dictionaries of targets and losses, and in logs."""
        return list(self._form) if isinstance(self._form, dict) else self.output_names

    def _formed(self, values):
        """Values, one for each output, in the form in which the model got its outputs."""
        if isinstance(self._form, dict):
            return dict(zip(self._form, values))
        return values[0] if isinstance(self._form, KerasTensor) else type(self._form)(values)

    @property
    def input_layers(self):
        return self._inputs

    @property
    def input_keys(self):
        """The names that inputs have in dictionaries of arrays: those of the layers, or the keys of a dictionary of inputs."""
        return self._input_keys or [each.name for each in self._inputs]

    @property
    def inputs(self):
        return [each.output for each in self._inputs]

    @property
    def input(self):
        tensors = self.inputs
        if self._input_keys:
            return dict(zip(self._input_keys, tensors))
        return tensors[0] if len(tensors) == 1 else tensors

    @property
    def output(self):
        return self._form

    @property
    def outputs(self):
        return list(self._outputs)

    @property
    def input_shape(self):
        shapes = [(None, *each.row_shape) for each in self._inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        return self._formed([(None, *each.row_shape) for each in self.output_layers])

    def inputs_of(self, layer):
        """The names of the layers that `layer` takes."""
        return next((names for each, names in self._chain if each is layer), [])

    def get_layer(self, name=None, index=None) -> Layer:
        if (name is None) == (index is None):
            raise UsageError("[get_layer] expected either name or index")
        if index is not None:
            if not -len(self._layers) <= index < len(self._layers):
                raise UsageError(f"[get_layer] index is {index}, but there are {len(self._layers)} layers")
            return self._layers[index]
        for layer in self._layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self._layers]
        raise UsageError(f"[get_layer] no layer '{name}', expected one of {', '.join(names)}.{nearest(name, names)}")

    @property
    def trainable(self):
        """Whether any layer is trained. Setting it sets all layers, from the next compile() on."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for layer in self._layers:
            layer.trainable = value

    # --- weights
    @property
    def weights(self):
        """All variables, in the order of the layers; empty before the model is built."""
        return [each for layer in self._layers for each in layer.weights]

    def _need_weights(self, who):
        self._need_built(who)

    def _need_built(self, who):
        if not self.built:
            raise UsageError(f"[{who}] the model is not built: give it an Input, or call build((None, columns)) or fit()")

    # --- calls
    def __call__(self, inputs, training=None, mask=None):
        """Outputs for an array, as predict(), with a method numpy(); symbolic tensors are refused, because a model cannot be a layer of another."""
        if mask is not None or training:
            raise UnsupportedError(f"[{self.name}] calling the model with training=True or a mask is not supported: use fit() and predict()")
        several = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        if any(isinstance(each, KerasTensor) for each in several):
            raise UnsupportedError(f"[{self.name}] a model as a layer of another is not supported: {_ONE_MODEL}")
        return values(self.predict(inputs, verbose=0))

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if of_keras("Model", name) or ("Model", name) in INSTEAD:
                raise unknown_name("Model", name, ("compile", "fit", "evaluate", "predict", "train_on_batch", "summary", "save"))
            public = [each for each in dir(type(self)) if not each.startswith("_")]
            raise attribute_error(f"'{type(self).__name__}' object has no attribute '{name}'.{nearest(name, public)}", name)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


class Sequential(Model):
    """Layers one after the other. Without an Input, the input's shape follows from the first data."""

    is_sequence = True

    def __init__(self, layers=None, trainable=True, name=None):
        Trainer.__init__(self)
        self.name = name or unique_name("sequential")
        self._inputs, self._input_keys, self._chain, self._layers, self._trainable = [], None, [], [], True
        for layer in layers or []:
            self.add(layer, rebuild=False)
        if not trainable:
            self.trainable = False
        self._rebuild()

    def add(self, layer, rebuild=True):
        """Adds a layer at the end. The weights of the others stay."""
        if isinstance(layer, KerasTensor) and isinstance(layer.layer, InputLayer):
            layer = layer.layer
        if isinstance(layer, Model):
            raise UnsupportedError(f"[{self.name}] a model as a layer of another is not supported: {_ONE_MODEL}")
        if not isinstance(layer, Layer):
            raise UsageError(f"[{self.name}] add() got a {type(layer).__name__}, expected a layer")
        if isinstance(layer, InputLayer):
            if self._layers or self._inputs:
                raise UsageError(f"[{self.name}] the input '{layer.name}' comes after other layers, expected it first")
            self._inputs = [layer]
        else:
            if not self._layers and not self._inputs and layer.given_shape is not None:
                self._inputs = [InputLayer(shape=layer.given_shape, name=unique_name("input_layer"))]
            if any(each is layer for each in self._layers):
                raise UnsupportedError(f"[{self.name}] layer '{layer.name}' is added a second time; sharing weights is not supported: make another")
            check_names(self.name, [*self._layers, layer])
            self._layers.append(layer)
        if rebuild:
            self._rebuild()

    def pop(self, rebuild=True):
        """Removes the last layer and returns it."""
        if not self._layers:
            raise UsageError(f"[{self.name}] the model has no layers")
        layer = self._layers[-1]
        self._keep_weights()
        layer.leave_engine()
        layer.row_shape = None
        self._layers.pop()
        if rebuild:
            self._rebuild()
        return layer

    def build(self, input_shape=None):
        """Fixes the input's shape, (None, columns), and draws the initial weights."""
        if self.built:
            return
        if not self._inputs:
            if input_shape is None:
                raise UsageError(f"[{self.name}] build() without a shape, expected build((None, columns)) or an Input as first entry")
            self._build_for(tuple(input_shape)[1:] or (1,))
        else:
            self._rebuild()

    def _build_for(self, row_shape):
        if not self._layers:
            raise UsageError(f"[{self.name}] the model has no layers, expected add() before")
        self._inputs = [InputLayer(shape=row_shape, name=unique_name("input_layer"))]
        try:
            self._rebuild()
        except Exception:
            self._inputs = []
            raise

    def _table_of(self, x):
        """The Table whose columns the model is to prepare, or None."""
        if self._inputs or not self._layers:
            return None
        if isinstance(self._layers[0], Columns):
            return self._layers[0].table(x)
        return _core.Table(x) if isinstance(x, dict) else unprepared(x)

    def _build_for_table(self, table, rows):
        """Builds the network behind a layer Columns, which learns from these rows."""
        columns = self._layers[0] if isinstance(self._layers[0], Columns) else Columns()
        if not columns.adapted:
            columns.learn(table, rows)
        if columns is not self._layers[0]:
            self._layers.insert(0, columns)
        self._build_for((len(feature_names(table)),))

    def _keep_weights(self):
        if self.built:
            for layer in self._layers:
                if layer._engine is self._engine:
                    layer._kept = layer.get_weights()

    def _rebuild(self):
        self._keep_weights()
        self._engine.core = None
        for layer in self._layers:
            if layer._engine is self._engine:
                layer.leave_engine()
        if not self._inputs or not self._layers or isinstance(self._layers[0], Columns) and not self._layers[0].adapted:
            return
        shape, before = self._inputs[0].row_shape, self._inputs[0]
        self._chain = [(before, [])]
        for layer in self._layers:
            self._chain.append((layer, [before.name]))
            shape, before = layer.settle([shape]), layer
        self._build_core()

    @property
    def output(self):
        self._need_built("output")
        raise UnsupportedError(f"[{self.name}] the symbolic output of a Sequential is not supported: make the model with Model(inputs, outputs)")

    @property
    def output_shape(self):
        self._need_built("output_shape")
        return (None, *self._layers[-1].row_shape)

    @property
    def output_layers(self):
        return self._layers[-1:]

    @property
    def output_names(self):
        return [self._layers[-1].name if self._layers else self.name]

    @property
    def output_keys(self):
        return self.output_names

    _has_keys = False

    @property
    def outputs(self):
        return [self.output]

    def _formed(self, values):
        return values[0]


def clone_model(model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **more):
    """The same layers with fresh weights, not compiled."""
    if input_tensors is not None or clone_function is not None or call_function is not None or recursive or more:
        raise UnsupportedError("[clone_model] arguments besides model are not supported: leave them out")
    return type(model).from_config(model.get_config())


def model_from_json(json_string, custom_objects=None):
    """A model with fresh weights from to_json()."""
    import json

    from millrace.keras import _config

    if custom_objects:
        raise UnsupportedError("[model_from_json] custom_objects is not supported: leave it out")
    try:
        config = json.loads(json_string)
    except (TypeError, ValueError) as error:
        raise DataError(f"[model_from_json] no JSON: {error}") from None
    return _config.model_from_config(config)


if TYPE_CHECKING:
    from millrace.keras.saving import load_model, save_model
else:  # saving imports this module

    def __getattr__(name):
        if name in ("load_model", "save_model"):
            from millrace.keras import saving

            return getattr(saving, name)
        raise unknown_name("models", name, ("Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"))

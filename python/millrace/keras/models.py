# SPDX-License-Identifier: Apache-2.0
"""Sequential and functional models."""

from typing import TYPE_CHECKING

import numpy as np

from millrace import _core
from millrace._tables import unprepared
from millrace.errors import DataError, UnsupportedError, UsageError
from millrace.keras._operation import nearest, of_keras, unique_name, unknown_name
from millrace.keras._summary import summary
from millrace.keras._trainer import Trainer
from millrace.keras._weights import HasWeights, Variable
from millrace.keras.layers._columns import Columns
from millrace.keras.layers._layer import InputLayer, KerasTensor, Layer
from millrace.keras.utils import next_seed



class Model(HasWeights, Trainer):
    """A network of any form: Model(inputs, outputs), made from symbolic tensors; one output."""

    def __init_subclass__(cls, **more):
        if not cls.__module__.startswith("millrace."):
            raise UnsupportedError(f"[model] classes of your own ({cls.__name__}) that derive from {cls.__mro__[1].__name__} are not supported: "
                                   "make the model with Sequential or with Model(inputs, outputs)")
        super().__init_subclass__(**more)

    def __init__(self, inputs, outputs, name=None, trainable=True):
        super().__init__()
        self.name = name or unique_name("functional")
        self._trainable = True
        if isinstance(outputs, (list, tuple)) and len(outputs) != 1 or isinstance(outputs, dict):
            raise UnsupportedError(f"[{self.name}] {len(outputs)} outputs are not supported, expected one: join them with Concatenate")
        self._output = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
        inputs = list(inputs.values()) if isinstance(inputs, dict) else list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        for each in [*inputs, self._output]:
            if not isinstance(each, KerasTensor):
                raise UsageError(f"[{self.name}] an input or output is of type {type(each).__name__}, expected symbolic tensors, as Input() makes")
        self._inputs = [each.layer for each in inputs]
        self._chain = _ordered(self.name, self._inputs, self._output)
        self.layers = [layer for layer, _ in self._chain]
        _check_names(self.name, self.layers)
        if not trainable:
            self.trainable = False
        self._build_core()

    # --- structure
    @property
    def input_layers(self):
        return self._inputs

    @property
    def inputs(self):
        return [each.output for each in self._inputs]

    @property
    def input(self):
        tensors = self.inputs
        return tensors[0] if len(tensors) == 1 else tensors

    @property
    def output(self):
        return self._output

    @property
    def outputs(self):
        return [self.output]

    @property
    def input_shape(self):
        shapes = [(None, *each.row_shape) for each in self._inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        return (None, *self._chain[-1][0].output_shape)

    def inputs_of(self, layer):
        """The names of the layers that `layer` takes."""
        return next((names for each, names in self._chain if each is layer), [])

    def get_layer(self, name=None, index=None) -> Layer:
        if (name is None) == (index is None):
            raise UsageError("[get_layer] expected either name or index")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise UsageError(f"[get_layer] index is {index}, but there are {len(self.layers)} layers")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise UsageError(f"[get_layer] no layer '{name}', expected one of {', '.join(names)}.{nearest(name, names)}")

    @property
    def trainable(self):
        """Whether any layer is trained. Setting it sets all layers, from the next compile() on."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    # --- preprocessing layers, which compute before the engine
    @property
    def array_layers(self):
        """[(layer, the input or layer that it takes)] of the layers that compute with NumPy, in order."""
        return self._array_layers

    @property
    def takes_tables(self):
        """Whether the rows are those of frames, whose columns the engine prepares."""
        return self._takes_tables

    def refuse_preparation(self, who, what, remedy):
        """Raises UnsupportedError if the engine prepares columns in a way that no layer of Keras shows."""
        if self._takes_tables or self._scales:
            raise UnsupportedError(f"[{who}] {what} cannot hold how '{self.name}' prepares {'the columns of frames' if self._takes_tables else 'its columns or targets'}, "
                                   f"expected {remedy}")

    @property
    def engine_inputs(self):
        """The inputs and preprocessing layers whose values the engine reads, in the order of its columns."""
        return self._engine_inputs

    def _split_chain(self):
        by_name = {layer.name: layer for layer, _ in self._chain}
        self._array_layers = [(layer, by_name[names[0]]) for layer, names in self._chain if layer.on_arrays]
        self._columns = next((layer for layer, _ in self._chain if isinstance(layer, Columns)), None)
        if self._columns is not None:
            self._engine_inputs = []
            if len(self._inputs) > 1 or not isinstance(by_name[self.inputs_of(self._columns)[0]], InputLayer):
                raise UnsupportedError(f"[{self.name}] Columns beside other inputs or after other layers is not supported, expected it right after the only "
                                       "Input: one frame has all columns")
            return
        read = {name for layer, names in self._chain if not layer.on_arrays for name in names}
        self._engine_inputs = [layer for layer, _ in self._chain if layer.name in read and (layer.on_arrays or isinstance(layer, InputLayer))]
        for layer in self._engine_inputs:
            if isinstance(layer, InputLayer) and layer.dtype == "string":
                raise UsageError(f"[{self.name}] the input '{layer.name}' is text, expected StringLookup or Hashing right after it")

    # --- the engine's model
    @property
    def built(self):
        return self._core is not None

    def build(self, input_shape=None):
        """Fixes the input's shape, (None, columns), and draws the initial weights."""
        if not self.built:
            self._build_core()

    def _build_core(self):
        for layer in self.layers:
            if layer._owner is not None and layer._owner is not self:
                raise UnsupportedError(f"[{self.name}] layer '{layer.name}' belongs to {layer._owner.name} already; sharing weights is not supported: "
                                       "make another layer, and copy its weights with set_weights()")
        self._use_core(self._new_core(next_seed()))
        for layer in self.layers:
            layer._owner = self
            variables = {each.name: each for each in self.variables_of(layer)}
            for part, initializer in layer.initializers().items():
                variables[part].assign(initializer(variables[part].shape))
            if layer._kept is not None:
                layer.set_weights(layer._kept)
                layer._kept = None
        self._compile_core()

    def _new_core(self, seed):
        """The engine's model of these layers, with weights drawn from the seed."""
        self._split_chain()
        records, first, inputs, renamed = [], 0, {}, {}
        if self._columns is not None:
            inputs, records, renamed[self._columns.name] = self._columns.records()
        front = len(records)
        for layer, names in self._chain:
            if layer in self._engine_inputs:
                count = int(np.prod(layer.output_shape))
                inputs[_column_name(layer)] = (first, count)
                first += count
                if len(layer.output_shape) > 1:
                    records.append({"op": "reshape", "name": layer.name, "inputs": [_column_name(layer)],
                                    "shape": "x".join(map(str, layer.output_shape))})
            elif not isinstance(layer, (InputLayer, Columns)) and not layer.on_arrays:
                names = [renamed.get(name, name) for name in names]
                records.append({**layer.record(), "name": layer.name, "inputs": names, "trainable": not layer.frozen})
        if len(records) == front or isinstance(self._chain[-1][0], InputLayer) or self._chain[-1][0].on_arrays:
            raise UsageError(f"[{self.name}] the model has no layers, expected at least one besides the input")
        core = _core.Model(records, inputs)
        if self._columns is not None:
            self._columns.prepare(core)
        core.build(first if self._columns is None else self._columns.sample(), seed)
        return core

    def _use_core(self, core):
        self._core = core
        self._frozen = self._layers_to_freeze()
        self._takes_tables = bool(core.table_columns())
        variables = [Variable(self, *each) for each in core.parameters()]
        self._variables = {layer.name: [each for each in variables if each.path.rpartition("/")[0] == layer.name] for layer in self.layers}
        if self._columns is not None:  # its vectors belong to layers of the engine that are none of the model's
            self._variables[self._columns.name] = [each for each in variables if each.path.rpartition("/")[0] not in self._variables]

    def _layers_to_freeze(self):
        return [layer.name for layer in self.layers if layer.frozen]

    def _freeze_layers(self):
        """Gives the engine the layers that are trained now. The weights stay."""
        if self._core is None or self._layers_to_freeze() == self._frozen:
            return
        frozen = {layer.name: layer.frozen for layer in self.layers}
        records = [{**each, "trainable": not frozen.get(each["name"], self._columns is not None and self._columns.frozen)} for each in self._core.layers()]
        core = _core.Model(records, self._core.inputs())
        core.copy_preparation(self._core)
        core.build(_core.Dataset(np.zeros((1, self._core.input_width), np.float32), feature_names=self._core.feature_names))
        core.copy_weights(self._core)
        self._use_core(core)

    def variables_of(self, layer):
        return list(self._variables.get(layer.name, []))

    def _table_of(self, x):
        """The Table whose columns the model is to prepare, or None."""
        return None

    # --- weights
    @property
    def weights(self):
        """All variables, in the order of the layers; empty before the model is built."""
        return [each for layer in self.layers for each in layer.weights]

    def _need_weights(self, who):
        self._need_built(who)

    def _need_built(self, who):
        if not self.built:
            raise UsageError(f"[{who}] the model is not built: give it an Input, or call build((None, columns)) or fit()")

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False, layer_range=None) -> None:
        """Prints the layers, their output shapes and numbers of parameters."""
        for name, value in (("positions", positions), ("expand_nested", expand_nested), ("show_trainable", show_trainable),
                            ("layer_range", layer_range)):
            if value:
                raise UnsupportedError(f"[summary] {name} is not supported: leave it out")
        (print_fn or print)(summary(self, line_length))

    def _repr_html_(self):
        from millrace.keras import _html

        return _html.model(self)

    # --- configurations
    is_sequence = False

    def get_config(self):
        """The layers as Keras's configuration, without weights."""
        from millrace.keras import _config

        return _config.model_config(self)["config"]

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model with fresh weights from get_config()."""
        from millrace.keras import _config

        return _config.model_from_config({"class_name": "Sequential" if cls is Sequential else "Functional", "config": config})

    def get_compile_config(self):
        """What compile() got, as Keras's configuration."""
        from millrace.keras import _config

        return _config.compile_config(self)

    def compile_from_config(self, config):
        """compile() with the words of get_compile_config()."""
        from millrace.keras import _config

        _config.compile_from_config(self, config)

    def to_json(self, **options) -> str:
        """The model without weights as JSON, which models.model_from_json() and Keras read. options: those of json.dumps."""
        import json

        from millrace.keras import _config

        return json.dumps(_config.model_config(self), **options)

    # --- files
    def save(self, filepath, overwrite=True, zipped=None, **more) -> None:
        """Writes the model to an .onnx file, which load_model() and ONNX Runtime read, or to a .keras file, which Keras reads."""
        from millrace.keras import saving

        saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **more)

    def export(self, filepath, format="onnx", **more):
        """Writes the model to an .onnx file."""
        if format != "onnx" or more:
            raise UnsupportedError(f"[export] format={format!r}{', ' + ', '.join(more) if more else ''} is not supported, expected format='onnx'")
        self.save(filepath)

    def save_weights(self, filepath, overwrite=True, **more):
        """Writes the weights to an .npz or a .weights.h5 file."""
        from millrace.keras import saving

        saving.save_weights(self, filepath, overwrite=overwrite, **more)

    def load_weights(self, filepath, **more):
        """Reads weights that save_weights() has written."""
        from millrace.keras import saving

        saving.load_weights(self, filepath, **more)

    # --- calls
    def __call__(self, inputs, training=None, mask=None):
        """Outputs for an array, as predict(); symbolic tensors are refused, because a model cannot be a layer of another."""
        if mask is not None or training:
            raise UnsupportedError(f"[{self.name}] calling the model with training=True or a mask is not supported: use fit() and predict()")
        several = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        if any(isinstance(each, KerasTensor) for each in several):
            raise UnsupportedError(f"[{self.name}] a model as a layer of another is not supported: call its layers")
        return self.predict(inputs, verbose=0)

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if of_keras("Model", name):
                raise unknown_name("Model", name, ("compile", "fit", "evaluate", "predict", "train_on_batch", "summary", "save"))
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'.{nearest(name, dir(type(self)))}")

    def __getstate__(self):
        """Pickles and copies have layers, weights and what the model is compiled for, not the optimizer's state."""
        return {name: value for name, value in self.__dict__.items() if name != "_variables"}

    def __setstate__(self, state):
        self.__dict__.update(state)
        if self._core is not None:
            self._use_core(self._core)
            self._compile_core()

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


class Sequential(Model):
    """Layers one after the other. Without an Input, the input's shape follows from the first data."""

    is_sequence = True

    def __init__(self, layers=None, trainable=True, name=None):
        Trainer.__init__(self)
        self.name = name or unique_name("sequential")
        self._inputs, self._chain, self.layers, self._trainable = [], [], [], True
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
            raise UnsupportedError(f"[{self.name}] a model as a layer of another is not supported: add its layers")
        if not isinstance(layer, Layer):
            raise UsageError(f"[{self.name}] add() got a {type(layer).__name__}, expected a layer")
        if isinstance(layer, InputLayer):
            if self.layers or self._inputs:
                raise UsageError(f"[{self.name}] the input '{layer.name}' comes after other layers, expected it first")
            self._inputs = [layer]
        else:
            if not self.layers and not self._inputs and layer.given_shape is not None:
                self._inputs = [InputLayer(shape=layer.given_shape, name=unique_name("input_layer"))]
            if any(each is layer for each in self.layers):
                raise UnsupportedError(f"[{self.name}] layer '{layer.name}' is added a second time; sharing weights is not supported: make another")
            _check_names(self.name, [*self.layers, layer])
            self.layers.append(layer)
        if rebuild:
            self._rebuild()

    def pop(self, rebuild=True):
        """Removes the last layer and returns it."""
        if not self.layers:
            raise UsageError(f"[{self.name}] the model has no layers")
        layer = self.layers[-1]
        self._keep_weights()
        layer._owner = layer.output_shape = None
        self.layers.pop()
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
        if not self.layers:
            raise UsageError(f"[{self.name}] the model has no layers, expected add() before")
        self._inputs = [InputLayer(shape=row_shape, name=unique_name("input_layer"))]
        try:
            self._rebuild()
        except Exception:
            self._inputs = []
            raise

    def _table_of(self, x):
        """The Table whose columns the model is to prepare, or None."""
        if self._inputs or not self.layers:
            return None
        if isinstance(self.layers[0], Columns):
            return self.layers[0].table(x)
        return _core.Table(x) if isinstance(x, dict) else unprepared(x)

    def _build_for_table(self, table, rows, verbose):
        """Builds the network behind a layer Columns, which learns from these rows."""
        columns = self.layers[0] if isinstance(self.layers[0], Columns) else Columns()
        if not columns.adapted:
            columns.learn(table, rows)
        if columns is not self.layers[0]:
            self.layers.insert(0, columns)
        self._build_for((len(table.names),))
        if verbose:
            for note in columns.notes:
                print(f"[{columns.name}] {note}", flush=True)

    def _keep_weights(self):
        if self.built:
            for layer in self.layers:
                if layer._owner is self:
                    layer._kept = layer.get_weights()

    def _rebuild(self):
        self._keep_weights()
        self._core = None
        for layer in self.layers:
            if layer._owner is self:
                layer._owner = None
        if not self._inputs or not self.layers or isinstance(self.layers[0], Columns) and not self.layers[0].adapted:
            return
        shape, before = self._inputs[0].row_shape, self._inputs[0]
        self._chain = [(before, [])]
        for layer in self.layers:
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
        return super().output_shape


def _column_name(layer):
    """The engine's name of an input's columns: an input of several dimensions is a reshape layer of the input's name."""
    return layer.name if len(layer.output_shape) == 1 else f"{layer.name}_columns"



def _check_names(who, layers):
    seen = set()
    for layer in layers:
        if layer.name in seen:
            raise UsageError(f"[{who}] two layers have the name '{layer.name}', expected a name of its own for each")
        seen.add(layer.name)


def _ordered(who, inputs, output):
    """[(layer, names of its inputs)] of everything that `output` needs, each layer behind its inputs."""
    chain, done = [(each, []) for each in inputs], {id(each) for each in inputs}
    stack = [(output, False)]
    while stack:
        tensor, visited = stack.pop()
        if id(tensor.layer) in done:
            continue
        if isinstance(tensor.layer, InputLayer):
            raise UsageError(f"[{who}] the output needs the input '{tensor.name}', which is not among the model's inputs")
        if visited:
            done.add(id(tensor.layer))
            chain.append((tensor.layer, [each.name for each in tensor.inputs]))
        else:
            stack.append((tensor, True))
            stack.extend((each, False) for each in reversed(tensor.inputs))
    needed = {name for _, names in chain for name in names}
    for layer in inputs:
        if layer.name not in needed:
            raise UsageError(f"[{who}] the output does not need the input '{layer.name}'")
    return chain


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

# SPDX-License-Identifier: Apache-2.0
"""The engine's model of a network: which layers it computes, how it is built, its weights, and its state in pickles."""

import numpy as np

from millrace import _core
from millrace.errors import UnsupportedError, UsageError
from millrace.keras._weights import HasWeights, Variable
from millrace.keras.layers._columns import Columns
from millrace.keras.layers._layer import InputLayer
from millrace.keras.utils import next_seed


class EngineModel(HasWeights):
    """What Sequential and functional models share of their engine. A subclass has `layers`, `output_layers`, `_chain`, `_inputs` and the parts
    of Trainer."""

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
    def _reads_numbers(self):
        """Whether the columns of the rows are measured numbers, and no pixels, categories or results of other layers."""
        return len(self._inputs) == 1 and len(self._inputs[0].row_shape) == 1 and not self._takes_tables and not self._array_layers \
            and not any(layer.op == "embedding" for layer in self.layers)

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
        source = dict(self._array_layers)

        def place(layer):  # of the input that it comes from
            while layer in source:
                layer = source[layer]
            return self._inputs.index(layer)

        self._engine_inputs = sorted((layer for layer, _ in self._chain if layer.name in read and (layer.on_arrays or isinstance(layer, InputLayer))), key=place)
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
            if layer._engine is not None and layer._engine is not self._engine:
                raise UnsupportedError(f"[{self.name}] layer '{layer.name}' belongs to {layer._engine.owner} already; sharing weights is not supported: "
                                       "make another layer, and copy its weights with set_weights(). To see what an inner layer gives, make it an output of the "
                                       "model that is trained: Model(inputs, [inner, output]), with the loss None for it")
        self._use_core(self._new_core(next_seed()))
        for layer in self.layers:
            variables = {each.name: each for each in layer.weights}
            for part, initializer in layer.initializers().items():
                variables[part].assign(initializer.values(variables[part].shape))
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
        for layer in self._engine_inputs:
            count = int(np.prod(layer.row_shape))
            inputs[_column_name(layer)] = (first, count)
            first += count
            if len(layer.row_shape) > 1:
                records.append({"op": "reshape", "name": layer.name, "inputs": [_column_name(layer)],
                                "shape": "x".join(map(str, layer.row_shape))})
        for layer, names in self._chain:
            if not isinstance(layer, (InputLayer, Columns)) and not layer.on_arrays:
                names = [renamed.get(name, name) for name in names]
                records.append({**layer.record(), "name": layer.name, "inputs": names, "trainable": not layer.frozen})
        if any(isinstance(each, (InputLayer, Columns)) or each.on_arrays for each in self.output_layers):
            raise UsageError(f"[{self.name}] the model has no layers, expected at least one besides the input")
        core = _core.Model(records, inputs, outputs=self.output_names)
        if self._columns is not None:
            self._columns.prepare(core)
        core.build(first if self._columns is None else self._columns.sample(), seed)
        return core

    def _use_core(self, core):
        self._engine.core, self._engine.owner = core, self.name
        self._frozen = self._layers_to_freeze()
        self._table_names = [each["name"] for each in core.table_columns()]
        self._takes_tables = bool(self._table_names)
        self._plain_output = len(core.outputs()) == 1 and len(self.output_layers[0].row_shape) == 1 and isinstance(self._formed([core]), type(core))
        variables = {}  # by layer of the engine
        for each in core.parameters():
            variables.setdefault(each[0].rpartition("/")[0], []).append(Variable(self._engine, *each))
        for layer in self.layers:
            layer.use_engine(self._engine, variables.pop(layer.name, []))
        if self._columns is not None:  # its vectors belong to layers of the engine that are none of the model's
            self._columns.use_engine(self._engine, [each for several in variables.values() for each in several])

    def _layers_to_freeze(self):
        """The names of the layers that fit() leaves as they are: those that are not trainable, and those that no loss depends on."""
        if self._heads is None or len(self._heads.trained) == len(self._heads.heads):
            return [layer.name for layer in self.layers if layer.frozen]
        needed = {head.layer for head in self._heads.trained}
        for layer, names in reversed(self._chain):
            if layer.name in needed:
                needed.update(names)
        return [layer.name for layer in self.layers if layer.frozen or layer.has_weights and layer.name not in needed]

    def _freeze_layers(self):
        """Gives the engine the layers that are trained now. The weights stay."""
        if self._core is None or self._layers_to_freeze() == self._frozen:
            return
        frozen, own = set(self._layers_to_freeze()), {layer.name for layer in self.layers}
        vectors = self._columns.name if self._columns is not None else None  # layers of the engine that are none of the model's
        records = [{**each, "trainable": (each["name"] if each["name"] in own else vectors) not in frozen} for each in self._core.layers()]
        core = _core.Model(records, self._core.inputs(), outputs=self.output_names)
        core.copy_preparation(self._core)
        core.build(_core.Dataset(np.zeros((1, self._core.input_width), np.float32), feature_names=self._core.feature_names))
        core.copy_weights(self._core)
        self._use_core(core)

    def table_of(self, x):
        """The Table of rows whose columns the model prepares."""
        if self._columns is not None:
            return self._columns.table(x)
        return x if isinstance(x, _core.Table) else _core.Table(x)

    def _table_of(self, x):
        """The Table whose columns the model is to prepare, or None."""
        return None

    def __setstate__(self, state):
        """Pickles and copies have layers, weights and what the model is compiled for, not the optimizer's state."""
        self.__dict__.update(state)
        if self._core is not None:
            self._use_core(self._core)
            self._compile_core()


def _column_name(layer):
    """The engine's name of an input's columns: an input of several dimensions is a reshape layer of the input's name."""
    return layer.name if len(layer.row_shape) == 1 else f"{layer.name}_columns"

# SPDX-License-Identifier: Apache-2.0
"""Columns: the layer with which a model takes tables, whose columns are numbers, categories, booleans and dates."""

import numpy as np

from millrace import _core
from millrace._reading import Table, target_name, weight_name
from millrace._tables import column_options, notes, with_kinds
from millrace._warnings import warn
from millrace.errors import UsageError
from millrace.keras.layers._layer import Layer

_OPTIONS = {"missing": "median", "indicator": True, "scale": "standard", "clip": None, "encode": "auto", "levels": 9, "dimension": None,
            "buckets": 4096, "rare": 3}


class Columns(Layer):
    """Prepares the columns of a data frame: fills in what is missing, scales numbers, encodes categories and dates.

    The first layer of a model; a Sequential without an Input gets one by itself when fit() is given a frame that has more than numbers.
    adapt(frame) learns from the rows of a frame; fit() calls it with the training rows. It becomes part of an .onnx file, which then has
    an input for each column. Categories with many levels have a learned vector each: the weights of this layer.

    The options are those of `millrace train` (docs/tables.md) for all columns; columns: {name: {option: value}} in their place.
    kinds: {name: "number", "category", "boolean", "date" or "ignore"} instead of what the types say, as the option `kind` in columns.
    ignore: names of columns to leave out.
    """

    has_weights = True
    arguments = {**_OPTIONS, "columns": None, "kinds": None, "ignore": None}

    def _prepare(self, columns, kinds, ignore, **_):
        for name, value in (("columns", columns), ("kinds", kinds)):
            if value is not None and not isinstance(value, dict):
                raise UsageError(f"[Columns] {name} is of type {type(value).__name__}, expected a dictionary by names of columns")
        if isinstance(ignore, str):
            raise UsageError(f"[Columns] ignore is {ignore!r}, expected a list of names")
        self._front = None
        self.notes = []  # what a user should know of the table, such as columns that are left out

    @property
    def adapted(self):
        return self._front is not None

    def table(self, data):
        """The data as this layer reads them."""
        if isinstance(data, _core.Table) and (self._config["kinds"] or self._config["ignore"]):
            raise UsageError(f"[{self.name}] kinds and ignore beside a Table, expected them in Table(...), or the frame that it was made of")
        if isinstance(data, _core.Table):
            self._column_options(data)
            return data
        ignored = list(self._config["ignore"] or [])
        table = _core.Table(data, kinds=self._config["kinds"], ignore=ignored)
        _, kinds = self._column_options(table)
        return _core.Table(data, kinds={**(self._config["kinds"] or {}), **kinds}, ignore=ignored) if kinds else table

    def _column_options(self, table):
        """({name: options}, {name: kind}) of `columns`, for this table."""
        options, kinds = column_options("Columns", self._config["columns"], table.names)
        with_kinds("Columns", table, kinds if isinstance(table, Table) else {})
        return options, kinds

    def adapt(self, data, batch_size=None, steps=None, rows=None):
        """Learns medians, scales and levels from all rows of a frame or a Table, or from the rows with the numbers `rows`."""
        if self._engine is not None:
            raise UsageError(f"[{self.name}] the model is built, expected adapt() before")
        self.learn(self.table(data), rows)

    def learn(self, table, rows=None):
        """adapt() for a Table."""
        options = {name: self._config[name] for name in _OPTIONS}
        front = _core.Model([{"op": "dense", "units": 1}], {self.name: (0, 0)})
        own, kinds = self._column_options(table)
        target = [target_name(table)] if target_name(table) else []
        prepared = front.prepare(table, target, weight=weight_name(table), all=options, columns=own, training=rows)
        self.notes = notes(table, prepared, {**kinds, **(self._config["kinds"] or {})})
        for note in self.notes:
            warn(f"[{self.name}] {note}")
        front.build(front.prepared(table, targets=False))
        self._front = front

    # --- what the model needs
    def records(self):
        """(the engine's inputs, its layers up to the network, the name of what the network takes)."""
        layers = self._front.layers()
        embeddings = [{**each, "trainable": self.trainable} if each["op"] == "embedding" else each for each in layers[:-1]]
        return self._front.inputs(), embeddings, layers[-1]["inputs"][0]

    def prepare(self, core):
        """Gives a model of the engine this preparation."""
        core.copy_preparation(self._front)

    def sample(self):
        """A Dataset with the prepared columns, for building."""
        return _core.Dataset(np.zeros((1, self._front.input_width), np.float32), feature_names=self._front.feature_names)

    def shape_of(self, shapes):
        if not self.adapted:
            raise UsageError(f"[{self.name}] Columns has not seen a table, expected adapt(frame) before, or fit() on a Sequential without an Input")
        width = next(shape[0] for name, shape, _ in self._front.parameters() if name.endswith("/kernel"))
        return (width,)


__all__ = ["Columns"]

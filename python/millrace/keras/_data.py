# SPDX-License-Identifier: Apache-2.0
"""What users pass as x, y and weights, as the engine's tables; and iterables of batches."""

import numpy as np

from millrace._arrays import matrix, names, numbers, vector
from millrace._core import Dataset, Table, select_rows
from millrace._frames import is_frame, is_named
from millrace._reading import target_name, weights_of
from millrace._tables import is_array, present, refuse_missing_columns, row_of_frame, target_column, target_values
from millrace._warnings import warn
from millrace._words import counted
from millrace.errors import UsageError
from millrace.keras._heads import one_weight_for_each_row
from millrace.keras.layers._preprocessing import cells


def is_arrays(x):
    """Whether x is data in memory, and not an iterable of batches."""
    if isinstance(x, (dict, list, tuple, Table)):
        return True
    return is_frame(x) or hasattr(x, "__array__") or hasattr(x, "__dlpack__") or hasattr(x, "shape") and hasattr(x, "dtype") and not hasattr(x, "__next__")


def features(who, model, x):
    """The features as one float32 array (rows, columns): of one input without a copy, of several side by side.

    x: an array, a list with one for each input of the model, or a dictionary or a frame by their names; of a model that takes tables, a
    frame or a Table. Preprocessing layers compute here.
    """
    if model.takes_tables:
        return _prepared(who, model, x).features
    if isinstance(x, Table):
        raise UsageError(f"[{who}] x is a Table, and the model was built for arrays, expected a Sequential without an Input, or one that begins with "
                         "layers.Columns()")
    inputs = model.input_layers
    if len(inputs) == 1 and is_named(x):
        _check_order(who, model, names(x))
    if len(inputs) > 1 and is_named(x):
        x = {str(name): x[name] for name in x.columns} if not hasattr(x, "column_names") else {name: x.column(name) for name in x.column_names}
    if isinstance(x, dict):
        known, by_layer = model.input_keys, [each.name for each in inputs]
        known = by_layer if set(x) == set(by_layer) else known
        unknown = [name for name in x if name not in known]
        if unknown or len(x) != len(known):
            raise UsageError(f"[{who}] x has the names {', '.join(map(str, x))}, expected {', '.join(known)}")
        x = [x[name] for name in known]
    elif len(inputs) == 1 or not isinstance(x, (list, tuple)):
        x = x if isinstance(x, (list, tuple)) and len(x) == 1 and np.ndim(x[0]) == len(inputs[0].row_shape) + 1 else [x]
    if len(x) != len(inputs):
        raise UsageError(f"[{who}] x has {len(x)} arrays, expected {len(inputs)}: {', '.join(model.input_keys)}")
    read = model.engine_inputs
    values = {each: _one_input(who, each, array, each in read) for each, array in zip(inputs, x)}
    for layer, source in model.array_layers:
        values[layer] = layer.transform(values[source])
    arrays = [matrix(values[each], who, "x") for each in read]
    if len({len(each) for each in arrays}) > 1:
        raise UsageError(f"[{who}] the arrays of x have {', '.join(str(len(each)) for each in arrays)} rows, expected the same number")
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)


def _check_order(who, model, found):
    """Raises UsageError for a frame with the columns of fit() in another order: as an array it would give wrong numbers."""
    if "_frame_columns" not in model.__dict__:
        model._frame_columns = (list(model._core.feature_names) if model.built else []) or found
    known = model._frame_columns
    if found != known and sorted(found) == sorted(known):
        raise UsageError(f"[{who}] x has the columns {', '.join(found)}, expected the order of the first frame: pass x[{known!r}]")


def _names_for_engine(model, x, rows):
    """The names of the columns of the first frame, which files of the model keep; of other rows none, because the engine would compare them."""
    found = names(x) if is_named(x) and len(model.input_layers) == 1 else []
    usable = len(found) == rows.shape[1] and all(found) and len(set(found)) == len(found)
    return found if usable and found == model.__dict__.get("_frame_columns") else []


def _prepared(who, model, x, targets=False):
    """A Dataset of the prepared columns of a frame. targets: with a Table's target, as the indices of the model's classes."""
    if is_array(x):
        raise UsageError(f"[{who}] x has no names of columns, expected a frame, a Table or a dictionary with the columns {', '.join(model._table_names)}"
                         f"{row_of_frame(x)}")
    refuse_missing_columns(who, "x", x, model._table_names)
    return model._core.prepared(x, targets=targets)


def _one_input(who, layer, given, of_numbers):
    array = numbers(given, who, "x") if of_numbers else cells(layer.name, given)
    expected = layer.row_shape
    if array.ndim == 1 and expected == (1,):
        array = array.reshape(-1, 1)
    if array.shape[1:] != expected:
        one_row = array.shape == expected
        raise UsageError(f"[{who}] x for '{layer.name}' has the shape {array.shape}, expected {shape_text(expected)}"
                         + (row_of_frame(given) or ": a single row is x[None], or x.reshape(1, -1)" if one_row else ""))
    return array


def shape_text(row_shape):
    return f"({', '.join(['rows', *map(str, row_shape)])}{',' if not row_shape else ''})"


def table(who, model, x, y=None, sample_weight=None):
    """A Dataset of the engine."""
    sample_weight = weights_of(who, x, sample_weight)
    own_target = bool(y is None and target_name(x) and model.compiled)
    prepared = _prepared(who, model, x, own_target and bool(head_of_classes(model._heads.heads[0]))) if model.takes_tables else None
    rows = features(who, model, x) if prepared is None else prepared.features
    feature_names = _names_for_engine(model, x, rows) if prepared is None else prepared.feature_names
    if y is None and not own_target:
        return Dataset(rows, feature_names=feature_names)
    if y is None:
        return _with_target_of_table(who, model, x, prepared, sample_weight)
    targets = model._targets(who, y, len(rows))
    if sample_weight is not None:
        sample_weight = one_weight_for_each_row(who, sample_weight, model.output_keys)
    if sample_weight is not None:
        sample_weight = vector(sample_weight, who, "sample_weight")
        if len(sample_weight) != len(rows):
            raise UsageError(f"[{who}] x has {len(rows)} rows and sample_weight {len(sample_weight)}, expected the same number")
    return Dataset(rows, targets, sample_weight, feature_names=feature_names)


def _with_target_of_table(who, model, x, prepared, sample_weight):
    """A Dataset of the rows that have a target, with the values of the Table's own. Classes are their indices for a loss of classes."""
    heads = model._heads.heads
    if len(heads) > 1:
        raise UsageError(f"[{who}] y is missing, and the table has one target, expected y for each output: {', '.join(head.name for head in heads)}")
    if np.size(prepared.targets):
        targets, classes = np.asarray(prepared.targets).reshape(-1), prepared.classes
    else:  # numbers, as the table has them; or the model was adapted to a table without the target
        targets, classes = target_values(x), []
        if targets.dtype.kind not in "biuf" and head_of_classes(heads[0]):
            raise UsageError(f"[{who}] the target '{target_name(x)}' holds texts, which the model has not seen, expected fit() with a table with that target")
        if targets.dtype.kind not in "biuf":
            raise UsageError(f"[{who}] the target '{target_name(x)}' holds the classes {', '.join(target_column(x)['levels'])}, expected numbers for "
                             f"{heads[0].loss.op}, or a loss of classes")
    held = np.flatnonzero(~np.isnan(targets.astype(np.float64)))
    if len(held) < len(targets):
        warn(f"[{who}] the target '{target_name(x)}' is missing in {counted(len(targets) - len(held), 'row')}, left out")
    weights = None if sample_weight is None else vector(sample_weight, who, "sample_weight")
    if weights is not None and len(weights) != len(targets):
        raise UsageError(f"[{who}] x has {len(targets)} rows and sample_weight {len(weights)}, expected the same number")
    known = model._targets(who, targets[held].astype(np.float32), len(held))
    return Dataset(prepared.features[held], known, None if weights is None else weights[held], feature_names=prepared.feature_names,
                   target_names=[target_name(x)], classes=classes)


def rows_that_train(who, x, y, sample_weight, share=0.0):
    """The numbers of the rows of a frame or a Table that have a target and a weight above 0, except for the last `share` of those with a target,
    which validate; None: all."""
    count = len(x) if isinstance(x, Table) else count_of_rows(y)
    given = weights_of(who, x, sample_weight)
    weights = one_weight_for_each_row(who, given, list(given) if isinstance(given, dict) else ["output"])
    if y is None and target_name(x):
        rows = np.array(present(target_values(x)), np.int64)
    else:
        rows = np.arange(count or 0)
    rows = rows[:int(len(rows) * (1 - share))]
    if weights is not None and len(weights := vector(weights, who, "sample_weight")) == count:
        rows = rows[weights[rows] > 0]
    return rows.tolist() if 0 < len(rows) != count else None


def raw_rows(model, x, y):
    """The Table of the rows that table() gives, with their own columns; None of a model of arrays."""
    if not model.takes_tables:
        return None
    raw = model.table_of(x)
    if y is not None:
        return raw
    held = present(target_values(x))
    return raw if len(held) == len(raw) else select_rows(raw, held)


def head_of_classes(head):
    """Whether the loss of an output takes numbers of classes."""
    return "crossentropy" in head.loss.op or "hinge" in head.loss.op


def no_target(x):
    """What to add to a message about missing targets: of a Table, how to name its target; of targets beside rows, how to give them."""
    if isinstance(x, tuple) and len(x) in (2, 3):
        return ": x is a tuple, pass its arrays as x, y and sample_weight"
    if isinstance(x, list) and x and isinstance(x[0], tuple):
        return ": a list is one of inputs; pass iter(x) if its entries are batches"
    return ": name the column, with Table(..., target=...) or read_table(..., target=...)" if isinstance(x, Table) else ""


def unpack(who, batch):
    """(x, y, sample_weight) of a batch or of validation_data; those that are not there are None."""
    if isinstance(batch, (tuple, list)) and 1 <= len(batch) <= 3:
        return (*batch, None, None)[:3]
    if isinstance(batch, (tuple, list)):
        raise UsageError(f"[{who}] {len(batch)} entries, expected (x, y) or (x, y, sample_weight)")
    return batch, None, None


class Batches:
    """Batches of an epoch after the other, from an iterable, a generator, an indexed sequence such as Keras's PyDataset, or arrays.

    An epoch has `steps` batches, or ends with the iterable. An iterable that ends within `steps` begins anew if it can. anew: each epoch
    does, if it can.
    """

    def __init__(self, who, source, steps=None, anew=False):
        self.who, self.source, self.steps, self.anew = who, source, steps, anew or steps is None
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        if not self.indexed and not hasattr(source, "__iter__"):
            raise UsageError(f"[{who}] x is of type {type(source).__name__}, expected arrays or an iterable of batches (x, y)")
        self.once = hasattr(source, "__next__")
        self.iterator = None

    def epoch(self):
        """The batches of the next epoch."""
        if self.iterator is None or self.anew and not self.once:
            self.iterator = self._fresh()
        count = 0
        while self.steps is None or count < self.steps:
            batch = next(self.iterator, None)
            if batch is None and self.steps is not None and not self.once and count < self.steps:
                self.iterator = self._fresh()
                batch = next(self.iterator, None)
            if batch is None:
                break
            count += 1
            yield unpack(self.who, batch)
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()

    def length(self):
        """How many batches an epoch has, or None if that is not known yet."""
        if self.steps is not None:
            return self.steps
        return len(self.source) if hasattr(self.source, "__len__") else None

    def _fresh(self):
        return (self.source[i] for i in range(len(self.source))) if self.indexed else iter(self.source)


class ArrayBatches:
    """Batches cut from arrays, for fit() with steps_per_epoch: each pass over the rows in another order if `shuffle`."""

    def __init__(self, rows, targets, weights, batch_size, shuffle, generator):
        self.arrays = [rows, targets, weights]
        self.batch_size, self.shuffle, self.generator = batch_size, shuffle, generator

    def __len__(self):
        return -(-len(self.arrays[0]) // self.batch_size)

    def __iter__(self):
        count = len(self.arrays[0])
        order = self.generator.permutation(count) if self.shuffle else np.arange(count)
        for first in range(0, count, self.batch_size):
            rows = order[first:first + self.batch_size]
            yield tuple(None if each is None else each[rows] for each in self.arrays)


def first(x):
    """The array that shows the shape of a row: x, or the first of a dictionary."""
    return next(iter(x.values())) if isinstance(x, dict) and x else x


def count_of_rows(y):
    """The rows of y, which may be a list or a dictionary of arrays; None if that cannot be told."""
    y = first(y)
    if isinstance(y, (list, tuple)) and y and np.ndim(y[0]):
        y = y[0]
    return np.shape(y)[0] if np.ndim(y) else None


def joined(values):
    """Arrays of several batches put together, or lists or dictionaries of such; None if there are none."""
    if values[0] is None:
        return None
    if isinstance(values[0], dict):
        return {name: joined([each[name] for each in values]) for name in values[0]}
    if isinstance(values[0], (list, tuple)):
        return type(values[0])(joined(each) for each in zip(*values))
    return np.concatenate([np.asarray(each) for each in values])


def joined_batches(who, parts):
    """Batches (x, y, weights) put together."""
    x, y, weights = zip(*parts)
    if any(each is None for each in y):
        raise UsageError(f"[{who}] a batch has no targets, expected (x, y) or (x, y, sample_weight)")
    return joined(x), joined(y), joined(weights)


def checked_batch_size(batch_size, name="batch_size"):
    if batch_size is None:
        return 32
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise UsageError(f"[fit] {name} is {batch_size!r}, expected a whole number above 0")
    return int(batch_size)


def checked_steps(name, steps):
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1):
        raise UsageError(f"[fit] {name} is {steps!r}, expected a whole number above 0")
    return steps

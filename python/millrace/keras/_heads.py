# SPDX-License-Identifier: Apache-2.0
"""What each output of a model is trained for, in Keras's words and in the engine's; and how its targets are given."""

import numpy as np

from millrace._arrays import matrix
from millrace.errors import UnsupportedError, UsageError
from millrace.keras import losses as losses_module
from millrace.keras import metrics as metrics_module
from millrace._words import nearest
from millrace.keras._operation import Operation


class Head:
    """What one output is trained for. name: in dictionaries and in logs; layer: the engine's name of it. `metrics` do not see sample
    weights where `weighted` has False."""

    def __init__(self, name, layer, loss, weight, plain, weighted):
        self.name, self.layer, self.given_loss, self.weight = name, layer, loss, weight
        self.loss = None if loss is None else losses_module.get(loss)
        self.shape = None  # of a row of the output, once the model is built
        self.metrics, self.weighted = [*plain, *weighted], [False] * len(plain) + [True] * len(weighted)
        for names in ([each.name for each in plain], [each.name for each in weighted]):
            if len(set(names)) < len(names):
                raise UsageError(f"[compile] two metrics have one name ({', '.join(names)}), expected different ones: set name=")

    def labels(self):
        """The names of the metrics in logs. One that is also there without weights is called as Keras calls it."""
        names = [each.name for each in self.metrics]
        return [f"weighted_{name}" if weighted and names.count(name) > 1 else name for name, weighted in zip(names, self.weighted)]

    def given(self, weighted):
        """The metrics as compile() got them: those that see sample weights, or the others."""
        return [each.given for each, sees in zip(self.metrics, self.weighted) if sees is weighted]


class Reported:
    """A loss of an output, or a metric: its name in logs, its name in the engine's results, which direction is better, whether it sees
    weights of rows, and whether it is the root of a mean."""

    def __init__(self, name, engine, larger_is_better=False, weighted=False, is_root=False):
        self.name, self.engine, self.larger_is_better, self.weighted, self.is_root = name, engine, larger_is_better, weighted, is_root

    @classmethod
    def metric(cls, name, engine, metric, weighted):
        return cls(name, engine, metric.larger_is_better, weighted, metric.is_root)


class Heads:
    """The heads of all outputs. Keras prefixes their names in logs with that of the output if there are several. order: the names of
    outputs in the order in which evaluate() lists their losses."""

    def __init__(self, heads, order):
        self.heads, self.order = heads, order
        self.several = len(heads) > 1
        self.metrics = [metric for head in heads for metric in head.metrics]
        weighted = {each for head in heads for each in head.weighted}
        self._mixed, self._see_weights = len(weighted) > 1, True in weighted or not weighted
        self.trained = [head for head in heads if head.loss is not None]
        if not self.trained:
            raise UsageError("[compile] no output has a loss, expected a name such as 'mse', or an object of millrace.keras.losses")
        for head in heads:
            if head.loss is None and head.metrics:
                raise UsageError(f"[compile] output '{head.name}' has metrics and no loss, expected a loss: without it, there are no targets to compare with")
        self.reported = self._reported()
        self.weighs_metrics = True in weighted  # whether a metric sees weights

    def _texts(self, head):
        """The metrics of a head in the engine's words, which are their names in its results."""
        texts = [each.text(head.loss, head.shape) for each in head.metrics]
        return [f"{text}:weighted=false" if self._mixed and not weighted else text for text, weighted in zip(texts, head.weighted)]

    def settle(self, shapes):
        """Puts the metrics into the engine's words for outputs whose rows have these shapes. Raises UsageError for one that does not fit."""
        for head, shape in zip(self.heads, shapes):
            head.shape = shape
        self.reported = self._reported()

    def _reported(self):
        """In the order in which evaluate() lists them, behind the loss."""
        if not self.several:
            head, = self.heads
            return [Reported.metric(*each) for each in zip(head.labels(), self._texts(head), head.metrics, head.weighted)]
        ordered = sorted(self.trained, key=lambda head: self.order.index(head.name))
        losses = [Reported(f"{head.name}_loss", f"{head.layer}_loss") for head in ordered] if len(ordered) > 1 else []
        metrics = [Reported.metric(f"{head.name}_{label}", f"{head.layer}_{text}", metric, weighted)
                   for head in self.heads for label, text, metric, weighted in zip(head.labels(), self._texts(head), head.metrics, head.weighted)]
        return [*losses, *sorted(metrics, key=lambda each: each.name)]

    def engine_options(self):
        """Arguments of the engine's compile()."""
        if not self.several:
            head, = self.heads
            return {"loss": head.loss.record(), "metrics": self._texts(head), "weighted_metrics": self._see_weights}
        return {"outputs": [{"output": head.layer, "loss": head.loss.record(), "weight": head.weight, "metrics": self._texts(head)} for head in self.trained],
                "weighted_metrics": self._see_weights}

    # --- targets
    def targets(self, who, given, rows, widths):
        """The targets of all outputs side by side, as the engine takes them: an array (rows, columns).

        given: one array; for several outputs, an array for each in a list or a dictionary. widths: how many values each output has.
        """
        if not self.several:
            return self._checked(who, _only(who, given, self.heads[0].name), rows, self.heads[0], widths[0], "y")
        wanted = [(head, width) for head, width in zip(self.heads, widths) if head.loss is not None]
        parts = [self._checked(who, array, rows, head, width, f"y for '{head.name}'") for (head, width), array in zip(wanted, _each(who, given, self.heads))]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    @staticmethod
    def _checked(who, given, rows, head, width, what):
        """The targets of one output. Raises UsageError if rows or columns do not fit, with what to type instead."""
        targets = matrix(given, who, what)
        if len(targets) != rows:
            raise UsageError(f"[{who}] x has {rows} rows and {what} {len(targets)}, expected the same number")
        columns, expected = targets.shape[1], 1 if head.loss.counts_classes else width
        if columns == expected:
            return targets
        hint = ""
        if head.loss.counts_classes and columns == width:
            hint = ": for targets with a column for each class, use the loss categorical_crossentropy, or pass numpy.argmax(y, axis=1)"
        elif head.loss.op.startswith("categorical_") and columns == 1:
            other = "use the loss sparse_categorical_crossentropy, or " if head.loss.op == "categorical_crossentropy" else ""
            hint = f": for numbers of classes, {other}pass keras.utils.to_categorical(y)"
        elif columns == 1:
            hint = ": end the model with Dense(1), or pass a target for each unit"
        units = f"{width} unit{'s' if width > 1 else ''}"
        raise UsageError(f"[{who}] {what} has {columns} column{'s' if columns > 1 else ''}, expected {expected} for {head.loss.op} with {units}{hint}")


def _only(who, given, name):
    """The array of the only output, which may stand in a list or a dictionary, as Keras allows."""
    if isinstance(given, dict):
        if list(given) != [name]:
            raise UsageError(f"[{who}] y has the names {', '.join(map(str, given))}, expected {name}")
        return given[name]
    if isinstance(given, (list, tuple)) and len(given) == 1 and hasattr(given[0], "shape") and len(given[0].shape):
        return given[0]
    return given


def _each(who, given, heads):
    """The arrays of the outputs that have a loss. Those of the others may be there or not."""
    names, trained = [head.name for head in heads], [head.name for head in heads if head.loss is not None]
    if isinstance(given, dict):
        unknown = [str(name) for name in given if name not in names]
        missing = [name for name in trained if name not in given]
        if unknown or missing:
            raise UsageError(f"[{who}] y has the names {', '.join(map(str, given)) or 'of no output'}, expected {', '.join(trained)}")
        return [given[name] for name in trained]
    if not isinstance(given, (list, tuple)):
        raise UsageError(f"[{who}] y is of type {type(given).__name__}, expected a list or a dictionary with an array for each output: {', '.join(trained)}")
    if len(given) == len(names):
        return [array for array, head in zip(given, heads) if head.loss is not None]
    if len(given) == len(trained):
        return list(given)
    raise UsageError(f"[{who}] y has {len(given)} arrays, expected {len(trained)}: {', '.join(trained)}")


def one_weight_for_each_row(who, given, names):
    """The sample weights as one array. Keras also takes one for each output; here they must be equal."""
    if not isinstance(given, (list, tuple, dict)) or isinstance(given, (list, tuple)) and not any(np.ndim(each) for each in given if each is not None):
        return given
    arrays = list(given.values()) if isinstance(given, dict) else list(given)
    if len(arrays) != len(names) or isinstance(given, dict) and set(given) != set(names):
        raise UsageError(f"[{who}] sample_weight has {len(arrays)} arrays, expected one number for each row")
    if all(each is None for each in arrays):
        return None
    if any(each is None or not np.array_equal(each, arrays[0]) for each in arrays):
        raise UnsupportedError(f"[{who}] other sample weights for each output are not supported: pass one array, with one number for each row, and weigh "
                               "outputs with loss_weights in compile()")
    return arrays[0]


# --- the words of compile()
def heads_of(names, layers, loss, loss_weights, metrics, weighted_metrics, keyed=False):
    """The Heads of a model with these outputs. names: as dictionaries have them; layers: the engine's; keyed: the outputs are a dictionary."""
    losses, weights = _losses(names, loss), _weights(names, loss_weights)
    plain, weighted = (_metrics(what, names, given) for what, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)))
    if len(names) == 1 and weights != [1.0]:
        raise UnsupportedError("[compile] loss_weights is not supported for one output: scale the learning rate")
    order = list(loss) if keyed and isinstance(loss, dict) and "class_name" not in loss else names
    return Heads([Head(*each) for each in zip(names, layers, losses, weights, plain, weighted)], order)


def _by_output(what, names, given, complete):
    """A dictionary {name: value} as a list, one value for each output; None where there is none."""
    for name in given:
        if name not in names:
            raise UsageError(f"[compile] {what} has '{name}', expected {', '.join(names)}.{nearest(name, names)}")
    missing = [name for name in names if name not in given]
    if complete and missing:
        raise UsageError(f"[compile] {what} has nothing for {', '.join(missing)}, expected an entry for each output{'; None trains none' if what == 'loss' else ''}")
    return [given.get(name) for name in names]


def _losses(names, loss):
    if isinstance(loss, dict) and "class_name" not in loss:
        return _by_output("loss", names, loss, complete=True)
    if isinstance(loss, (list, tuple)):
        if len(loss) != len(names):
            raise UsageError(f"[compile] {len(loss)} losses, expected {len(names)}: one for each output, {', '.join(names)}")
        return list(loss)
    return [loss] * len(names)


def _weights(names, weights):
    if weights is None:
        return [1.0] * len(names)
    if isinstance(weights, dict):
        weights = _by_output("loss_weights", names, weights, complete=True)
    elif len(names) == 1 and not isinstance(weights, (list, tuple)):
        weights = [weights]
    are_metrics = isinstance(weights, (list, tuple)) and any(isinstance(each, (str, Operation)) for each in weights)
    hint = "; the metrics are the argument after it: metrics=[...]" if are_metrics else ""
    if not isinstance(weights, (list, tuple)) or len(weights) != len(names):
        raise UsageError(f"[compile] loss_weights is {weights!r}, expected a list or a dictionary with a number for each output: {', '.join(names)}{hint}")
    for each in weights:
        if isinstance(each, bool) or not isinstance(each, (int, float, np.integer, np.floating)) or not np.isfinite(each) or each < 0:
            raise UsageError(f"[compile] loss_weights has {each!r}, expected numbers of 0 or more{hint}")
    return [float(each) for each in weights]


def _metrics(what, names, given):
    """For each output, the list of its NamedMetrics."""
    if given is None:
        return [[] for _ in names]
    if isinstance(given, dict):
        given = _by_output(what, names, given, complete=False)
    elif len(names) == 1:
        given = list(given) if isinstance(given, (list, tuple)) else [given]
        given = given if len(given) == 1 and isinstance(given[0], (list, tuple)) else [given]
    elif not isinstance(given, (list, tuple)) or len(given) != len(names):
        raise UsageError(f"[compile] {what} is {given!r}, expected a dictionary, or a list with the metrics of each output: {', '.join(names)}")
    lists = [[] if each is None else each if isinstance(each, (list, tuple)) else [each] for each in given]
    return [[metrics_module.named(each) for each in metrics if each is not None] for metrics in lists]

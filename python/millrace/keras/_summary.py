# SPDX-License-Identifier: Apache-2.0
"""The table that Model.summary() prints."""

import math

_HEAD = ("Layer (type)", "Output Shape", "Param #")


def head_and_rows(model):
    """The cells of the table: one row for each layer, and a fourth column if a layer takes several."""
    rows = [(f"{layer.name} ({type(layer).__name__})", _shape(layer), _count(layer)) for layer in model.layers]
    if any(len(model.inputs_of(layer)) > 1 for layer in model.layers):
        rows = [(*row, ", ".join(model.inputs_of(layer))) for row, layer in zip(rows, model.layers)]
    return (*_HEAD, "Connected to")[:len(rows[0])] if rows else _HEAD, rows


def totals(model):
    """The lines below the table."""
    if not model.built:
        return [" The model is not built: call fit() or build()"]
    trained = sum(math.prod(each.shape) for each in model.trainable_weights)
    kept = sum(math.prod(each.shape) for each in model.non_trainable_weights)
    return [f" Total params: {trained + kept:,} ({_bytes(trained + kept)})", f" Trainable params: {trained:,} ({_bytes(trained)})",
            f" Non-trainable params: {kept:,} ({_bytes(kept)})"]


def summary(model, line_length=None):
    head, rows = head_and_rows(model)
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    if line_length:
        widths[0] = max(widths[0], line_length - sum(widths[1:]) - 3 * len(widths) - 1)

    def line(cells):
        return "│ " + " │ ".join(cell.rjust(w) if i == 2 else cell.ljust(w) for i, (cell, w) in enumerate(zip(cells, widths))) + " │"

    def rule(left, middle, right):
        return left + middle.join("─" * (w + 2) for w in widths) + right

    return "\n".join([f'Model: "{model.name}"', rule("┌", "┬", "┐"), line(head), rule("├", "┼", "┤"), *map(line, rows),
                      rule("└", "┴", "┘"), *totals(model)])


def _shape(layer):
    return "?" if layer.row_shape is None else str((None, *layer.row_shape))


def _count(layer):
    return f"{layer.count_params():,}" if layer.built or not layer.has_weights else "?"


def _bytes(count):
    size = 4.0 * count
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.2f} {unit}"
        size /= 1024

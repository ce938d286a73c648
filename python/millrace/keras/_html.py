# SPDX-License-Identifier: Apache-2.0
"""What a notebook shows for models, histories and confusion matrices: tables and small drawings as HTML."""

import html
import math

_CELL = 'style="text-align:right;padding:0.1em 0.6em"'
_COLOURS = ("#1f77b4", "#d95f02", "#2ca02c", "#9467bd", "#8c564b", "#7f7f7f")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 360, 180, 56, 24


def table(head, rows, caption=""):
    def line(kind, cells):
        return "<tr>" + "".join(f"<{kind} {_CELL}>{html.escape(str(each))}</{kind}>" for each in cells) + "</tr>"

    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead>{line('th', head)}</thead><tbody>{''.join(line('td', each) for each in rows)}</tbody></table>"


def model(shown):
    """The layers, their output shapes and numbers of parameters."""
    from millrace.keras._summary import head_and_rows, totals

    head, rows = head_and_rows(shown)
    return table(head, rows, f"{type(shown).__name__} “{shown.name}”") + "".join(f"<div>{html.escape(each.strip())}</div>" for each in totals(shown))


def history(shown):
    """A drawing for each loss or metric, with its value on the validation rows beside it, and the values of the last epoch."""
    values = shown.history
    names = [name for name in values if not name.startswith("val_") and name != "learning_rate"]
    drawings = "".join(_drawing(name, shown.epoch, {each: values[each] for each in (name, f"val_{name}") if each in values}) for name in names)
    last = table(["epoch", *values], [[shown.epoch[-1] + 1, *(f"{each[-1]:.6g}" for each in values.values())]]) if shown.epoch else "<div>no epochs</div>"
    return f"<div>{drawings}</div>{last}"


def _drawing(name, epochs, curves):
    finite = [each for curve in curves.values() for each in curve if math.isfinite(each)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    spread = (high - low) or abs(high) or 1.0

    def place(i, value):
        x = _LEFT + (_WIDTH - _LEFT - 8) * (i / max(len(epochs) - 1, 1))
        return f"{x:.1f},{8 + (_HEIGHT - _BOTTOM - 16) * (high - value) / spread:.1f}"

    parts = []
    for i, (label, curve) in enumerate(curves.items()):
        points = " ".join(place(at, value) for at, value in enumerate(curve) if math.isfinite(value))
        parts.append(f'<polyline fill="none" stroke="{_COLOURS[i]}" stroke-width="1.5" points="{points}"/>'
                     f'<text x="{_LEFT + 8 + 120 * i}" y="{_HEIGHT - 6}" font-size="11" fill="{_COLOURS[i]}">{html.escape(label)}</text>')
    axis = "".join(f'<text x="{_LEFT - 6}" y="{y}" font-size="11" text-anchor="end" fill="currentColor">{value:.3g}</text>'
                   for y, value in ((12, high), (_HEIGHT - _BOTTOM - 4, low)))
    return (f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{html.escape(name)} by epoch">'
            f'<rect x="{_LEFT}" y="4" width="{_WIDTH - _LEFT - 4}" height="{_HEIGHT - _BOTTOM - 8}" fill="none" stroke="currentColor" stroke-opacity="0.3"/>'
            f'{axis}{"".join(parts)}</svg>')


def confusion(shown):
    """Counts by actual class (rows) and predicted class (columns); the darker, the larger its share of the row."""
    counts, names = shown.counts, shown.classes
    rows = []
    for name, row in zip(names, counts):
        total = float(row.sum()) or 1.0
        cells = "".join(f'<td style="text-align:right;padding:0.1em 0.6em;background:rgba(31,119,180,{value / total:.2f})">{value:g}</td>' for value in row)
        rows.append(f"<tr><th>{html.escape(str(name))}</th>{cells}</tr>")
    head = "".join(f"<th {_CELL}>{html.escape(str(each))}</th>" for each in names)
    return f"<table><caption>actual class by row, predicted class by column</caption><tr><th></th>{head}</tr>{''.join(rows)}</table>"

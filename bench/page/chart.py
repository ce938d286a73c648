# SPDX-License-Identifier: Apache-2.0
"""The kinds of chart of the pages: lines over a logarithmic or linear axis, small ones side by side, and horizontal bars in panels."""
from dataclasses import dataclass

from .axis import Scale, amount, around
from .svg import FONT, Drawing, text_width

WIDTH, HEIGHT = 760, 400
TOP, LEFT, RIGHT, BOTTOM = 72, 76, 24, 52
ROW = 22  # of a legend


@dataclass(frozen=True)
class Look:
    hue: str
    dashed: bool = False   # also: a lighter bar
    strong: bool = False


def legend(drawing, looks, y):
    """Draws names from left to right, in several rows if needed; returns the height of the further rows."""
    x, first = LEFT, y
    for name, look in looks.items():
        width = 28 + text_width(name)
        if x > LEFT and x + width > WIDTH - RIGHT:
            x, y = LEFT, y + ROW
        drawing.polyline([(x, y - 4), (x + 22, y - 4)], look.hue, 3 if look.strong else 2, look.dashed)
        drawing.text(x + 28, y, name)
        x += width + 14
    return y - first


def lines(title, description, series, looks, x_label, y_label, log_x=True, log_y=True, x_ticks=None, y_text=amount, x_text=amount, y_range=None):
    """{name: [(x, y)]} as lines with dots; `x_ticks` are the places to label, otherwise round ones."""
    drawing = Drawing(WIDTH, HEIGHT, title, description)
    points = [point for line in series.values() for point in line]
    places = [p[0] for p in points] + list(x_ticks or ())
    x_low, x_high = min(places), max(places)
    x = Scale(x_low, x_high if x_high > x_low else x_low + 1, LEFT + 12, WIDTH - RIGHT - 12, log_x)
    drawing.text(LEFT, 24, title, kind="title")
    top = TOP + legend(drawing, {name: looks[name] for name in series}, 50)
    y = Scale(*(y_range or around([p[1] for p in points], log_y)), HEIGHT - BOTTOM, top, log_y)
    for tick in y.ticks():
        drawing.line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid")
        drawing.text(LEFT - 8, y(tick) + FONT / 3, y_text(tick), "end", "faint")
    for tick in x_ticks if x_ticks is not None else x.ticks():
        drawing.line(x(tick), HEIGHT - BOTTOM, x(tick), HEIGHT - BOTTOM + 5, "axis")
        drawing.text(x(tick), HEIGHT - BOTTOM + 20, x_text(tick), "middle", "faint")
    drawing.line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis")
    drawing.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, "middle", "faint")
    drawing.text(WIDTH - RIGHT, 24, y_label, "end", "faint")
    for name, line in series.items():
        look, places = looks[name], [(x(a), y(b)) for a, b in sorted(line)]
        drawing.polyline(places, look.hue, 3 if look.strong else 1.8, look.dashed)
        for place in places:
            drawing.dot(*place, look.hue, 4.5 if look.strong else 3.5)
    return drawing.render()


def small_lines(title, description, panels, looks, x_label, columns=3):
    """Panels of lines over linear axes of their own: {heading: {name: [(x, y)]}}, `columns` of them beside each other."""
    gap, head, foot, height = 20, 26, 42, 220
    labels = 48
    width = (WIDTH - 32 - (columns - 1) * gap) / columns
    drawing = Drawing(WIDTH, 64 + height * -(-len(panels) // columns), title, description)
    drawing.text(16, 24, title, kind="title")
    drawing.text(WIDTH - 16, 24, x_label, "end", "faint")
    legend(drawing, {name: looks[name] for name in next(iter(panels.values()))}, 50)
    for number, (heading, series) in enumerate(panels.items()):
        left, top = 16 + (number % columns) * (width + gap), 64 + (number // columns) * height
        bottom = top + height - foot
        points = [point for line in series.values() for point in line]
        margin = 0.05 * (max(y for _, y in points) - min(y for _, y in points)) or 1
        x = Scale(min(x for x, _ in points), max(x for x, _ in points), left + labels, left + width - 12)
        y = Scale(min(y for _, y in points) - margin, max(y for _, y in points) + margin, bottom, top + head)
        drawing.text(left, top + 14, heading)
        for tick in y.ticks():
            drawing.line(left + labels, y(tick), left + width, y(tick), "grid")
            drawing.text(left + labels - 6, y(tick) + FONT / 3, amount(tick), "end", "faint")
        for tick in x.ticks():
            drawing.text(x(tick), bottom + 18, amount(tick), "middle", "faint")
        drawing.line(left + labels, bottom, left + width, bottom, "axis")
        for name, line in series.items():
            look = looks[name]
            drawing.polyline([(x(a), y(b)) for a, b in sorted(line)], look.hue, 3 if look.strong else 1.8, look.dashed)
    return drawing.render()


def nothing(name):
    """The placeholder for a drawing without data."""
    drawing = Drawing(WIDTH, 60, name, "No figures were saved for this drawing")
    drawing.text(16, 36, f"{name}: not measured yet on this processor; bench/performance does it", kind="faint")
    return drawing.render()


def bars(title, description, panels, looks, columns=1):
    """Panels of horizontal bars: [(heading, {name: value}, text of a value)], `columns` of them beside each other.

    Each panel has its own axis, which begins at 0.
    """
    row, gap, head = 24, 22, 26
    names = max(text_width(name) for _, values, _ in panels for name in values) + 12
    width = (WIDTH - 32 - (columns - 1) * gap) / columns
    height = max(len(values) for _, values, _ in panels) * row + head + gap
    drawing = Drawing(WIDTH, round(44 + height * -(-len(panels) // columns)), title, description)
    drawing.text(16, 24, title, kind="title")
    for number, (heading, values, say) in enumerate(panels):
        left, top = 16 + (number % columns) * (width + gap), 44 + (number // columns) * height
        drawing.text(left, top + 14, heading, kind="faint")
        room = width - names - max(text_width(say(v)) for v in values.values()) - 8
        scale = Scale(0, max(values.values()), 0, room)
        for place, (name, value) in enumerate(values.items()):
            y = top + head + place * row
            drawing.text(left + names - 8, y + 14, name, "end")
            drawing.bar(left + names, y + 3, max(1, scale(value)), row - 9, looks[name].hue, looks[name].dashed)
            drawing.text(left + names + scale(value) + 6, y + 14, say(value))
    return drawing.render()

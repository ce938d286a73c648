# SPDX-License-Identifier: Apache-2.0
"""Each drawing of the page, committed or made from awkward data, is well-formed, stays in its frame, and puts no text on other text."""
import re
import unittest
import xml.etree.ElementTree as xml
from dataclasses import dataclass

import benchmarks
from page import axis, chart, svg
from page.chart import Look

NAMESPACE = "{http://www.w3.org/2000/svg}"
LOOKS = {"millrace": Look("orange", strong=True), "torch-compile": Look("violet", dashed=True), "sklearn": Look("grey"),
         "a contender with a name that is long": Look("blue"), "another one, hardly shorter than that": Look("green")}


@dataclass
class Box:
    left: float
    top: float
    right: float
    bottom: float
    what: str

    def overlaps(self, other):
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def inside(self, other):
        return other.left <= self.left and self.right <= other.right and other.top <= self.top and self.bottom <= other.bottom


def text_box(element):
    width, x, y = svg.text_width(element.text), float(element.get("x")), float(element.get("y"))
    left = x - {"start": 0, "middle": width / 2, "end": width}[element.get("text-anchor")]
    return Box(left, y - 0.75 * svg.FONT, left + width, y + 0.25 * svg.FONT, element.text)


def shape_box(element):
    number = lambda name: float(element.get(name, 0))  # noqa: E731
    kind = element.tag.removeprefix(NAMESPACE)
    if kind == "rect":
        return Box(number("x"), number("y"), number("x") + number("width"), number("y") + number("height"), kind)
    if kind == "circle":
        return Box(number("cx") - number("r"), number("cy") - number("r"), number("cx") + number("r"), number("cy") + number("r"), kind)
    if kind == "line":
        xs, ys = sorted((number("x1"), number("x2"))), sorted((number("y1"), number("y2")))
    else:
        places = [tuple(map(float, place.split(","))) for place in element.get("points").split()]
        xs, ys = sorted(p[0] for p in places), sorted(p[1] for p in places)
    return Box(xs[0], ys[0], xs[-1], ys[-1], kind)


def faults(text):
    """The faults of a drawing."""
    root = xml.fromstring(text)
    frame = Box(*map(float, root.get("viewBox").split()), "frame")
    texts = [text_box(e) for e in root.iter(NAMESPACE + "text")]
    shapes = [shape_box(e) for kind in ("rect", "circle", "line", "polyline") for e in root.iter(NAMESPACE + kind)]
    wrong = [f"{box} leaves the frame" for box in texts + shapes if not box.inside(frame)]
    wrong += [f"'{a.what}' lies on '{b.what}'" for i, a in enumerate(texts) for b in texts[:i] if a.overlaps(b)]
    bars = [box for box, e in zip(shapes, root.iter(NAMESPACE + "rect")) if e.get("class") != "paper"]
    wrong += [f"'{a.what}' lies on a bar" for a in texts for b in bars if a.overlaps(b)]
    known = set(re.findall(r"\.([a-z]+)\{", root.find(NAMESPACE + "style").text))
    used = {name for e in root.iter() for name in e.get("class", "").split()}
    return wrong + [f"class {name} has no style" for name in sorted(used - known)]


class Drawings(unittest.TestCase):
    def check(self, text):
        self.assertEqual(faults(text), [])
        self.assertIn("prefers-color-scheme:dark", text)

    def test_committed_ones(self):
        files = sorted((benchmarks.ROOT / "docs" / "performance").glob("*.svg"))
        self.assertGreaterEqual(len(files), 6)
        page = (benchmarks.ROOT / "docs" / "performance.md").read_text()
        for file in files:
            with self.subTest(file.name):
                self.check(file.read_text())
                self.assertIn(f"(performance/{file.name})", page)
        self.check((benchmarks.ROOT / "docs" / "pictures" / "precision.svg").read_text())

    def test_lines(self):
        series = {name: [(2**k, 3.7 * 10 ** (k % 5)) for k in range(3, 11)] for name in LOOKS}
        self.check(chart.lines("A title", "words", series, LOOKS, "rows", "time", y_text=axis.microseconds))
        self.check(chart.lines("One point", "words", {"sklearn": [(7, 1.0)]}, LOOKS, "rows", "time"))
        self.check(chart.lines("Linear", "words", {"sklearn": [(0, 0.97), (1, 1.02)]}, LOOKS, "x", "y", log_x=False, log_y=False))

    def test_small_lines(self):
        series = {name: [(epoch, factor / epoch) for epoch in range(1, 21)] for name, factor in (("millrace", 2.3), ("sklearn", 0.02))}
        constant = {name: [(1, 0.25), (2, 0.25)] for name in series}
        for columns in (1, 2, 3):
            self.check(chart.small_lines("A title", "words", {"one": series, "another": constant, "third": series, "last": series}, LOOKS, "epoch", columns))

    def test_bars(self):
        values = {name: 10.0**place for place, name in enumerate(list(LOOKS)[:3])}
        panels = [("first", values, lambda v: f"{v:g} x"), ("second", {"millrace": 1.0}, lambda v: f"{v:.2f} times as long"), ("third", values, str)]
        for columns in (1, 2):
            self.check(chart.bars("Bars", "words", panels, LOOKS, columns))

    def test_nothing(self):
        self.check(chart.nothing("threads"))

    def test_words_are_escaped(self):
        self.check(chart.lines("a < b & \"c\"", "d > e", {"sklearn": [(1, 1.0), (2, 2.0)]}, LOOKS, "<x>", "&"))

    def test_faults_are_found(self):
        drawing = svg.Drawing(100, 50, "t", "d")
        drawing.text(10, 20, "first")
        drawing.text(30, 22, "second")
        drawing.text(80, 40, "outside")
        drawing.dot(99, 10, "purple")
        drawing.bar(10, 15, 20, 5, "blue")
        found = "\n".join(faults(drawing.render()))
        for fault in ("'second' lies on 'first'", "what='outside') leaves the frame", "what='circle') leaves the frame", "class purple has no style",
                      "'first' lies on a bar"):
            self.assertIn(fault, found)


class Axes(unittest.TestCase):
    def test_linear_ticks_are_round(self):
        self.assertEqual(axis.linear_ticks(0, 1.25), [0.0, 0.5, 1.0])
        self.assertEqual(axis.linear_ticks(0, 23), [0, 5, 10, 15, 20])

    def test_log_ticks(self):
        self.assertEqual(axis.log_ticks(1, 1000), [1, 10, 100, 1000])
        self.assertEqual(axis.log_ticks(20, 200), [20, 50, 100, 200])

    def test_a_range_holds_all_values(self):
        self.assertEqual(axis.around([34, 1720], True), (20, 2000))
        self.assertEqual(axis.around([5, 5], True), (5, 50))
        self.assertEqual(axis.around([2, 4], False), (0, 4.2))

    def test_scale(self):
        self.assertEqual(axis.Scale(1, 100, 0, 200, True)(10), 100)
        self.assertEqual(axis.Scale(0, 10, 200, 0)(2.5), 150)

    def test_texts(self):
        self.assertEqual([axis.microseconds(v) for v in (5, 200, 1000, 5e4, 1e6)], ["5 us", "200 us", "1 ms", "50 ms", "1 s"])
        self.assertEqual([axis.amount(v) for v in (0.5, 20, 12345)], ["0.5", "20", "12\u202f345"])


if __name__ == "__main__":
    unittest.main()

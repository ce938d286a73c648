# SPDX-License-Identifier: Apache-2.0
"""A drawing as SVG text: a few shapes with classes, and one style sheet for light and dark.

The drawing has a background of its own, so it is readable on any page. Lengths are in pixels, y goes down.
"""
from xml.sax.saxutils import escape

FONT = 13          # pixels
LETTER = 0.6       # average width of a letter relative to the font size, enough for every sans-serif font
HUES = {           # of a series: on white, on black
    "orange": ("#c2410c", "#fb923c"), "blue": ("#1d4ed8", "#7aa2ff"), "violet": ("#7e22ce", "#c58bf9"),
    "green": ("#047857", "#4ade9f"), "grey": ("#57606a", "#b1bac4"),
}
PAPER, INK, FAINT, GRID = ("#ffffff", "#0d1117"), ("#1f2328", "#e6edf3"), ("#59636e", "#9198a1"), ("#d1d9e0", "#30363d")


def style():
    def sheet(mode):
        rules = [f".paper{{fill:{PAPER[mode]}}}", f"text{{fill:{INK[mode]}}}", f".faint{{fill:{FAINT[mode]}}}", f".grid{{stroke:{GRID[mode]}}}",
                 f".axis{{stroke:{FAINT[mode]}}}"]
        rules += [f".{name}{{fill:{hue[mode]};stroke:{hue[mode]}}}" for name, hue in HUES.items()]
        return "".join(rules)
    common = f"text{{font:{FONT}px system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}}.title{{font-weight:600}}.line{{fill:none}}"
    return common + sheet(0) + "@media(prefers-color-scheme:dark){" + sheet(1) + "}"


def number(value):
    return f"{value:.1f}".removesuffix(".0")


def text_width(text):
    return LETTER * FONT * len(text)


class Drawing:
    """Shapes in the order in which they were added; `description` is for screen readers."""

    def __init__(self, width, height, title, description):
        self.width, self.height = width, height
        self.parts = [f"<title>{escape(title)}</title>", f"<desc>{escape(description)}</desc>", f"<style>{style()}</style>",
                      f'<rect class="paper" width="{width}" height="{height}"/>']

    def line(self, x1, y1, x2, y2, kind):
        self.parts.append(f'<line class="{kind}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>')

    def polyline(self, points, kind, width=1.5, dashed=False):
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        places = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self.parts.append(f'<polyline class="{kind} line" style="fill:none" stroke-width="{width}"{dash} points="{places}"/>')

    def dot(self, x, y, kind, radius=3.5, hollow=False):
        look = ' stroke-width="1.5" style="fill:none"' if hollow else ""
        self.parts.append(f'<circle class="{kind}" cx="{number(x)}" cy="{number(y)}" r="{radius}"{look}/>')

    def bar(self, x, y, width, height, kind, hollow=False):
        look = ' style="fill-opacity:.35"' if hollow else ""
        self.parts.append(f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"{look}/>')

    def text(self, x, y, text, anchor="start", kind=""):
        """The baseline begins, has its middle or ends at x, y."""
        name = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text{name} x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(text)}</text>')

    def render(self):
        opening = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
                   f'height="{self.height}" role="img">')
        return "\n".join([opening, *self.parts, "</svg>"]) + "\n"

# SPDX-License-Identifier: Apache-2.0
"""Pictures of pages, and how they differ from references.

A picture is kept as the mean colour of each square of 8 pixels, in 32 steps for red, green and blue: enough to see a line in
another colour, small enough for the repository. Steps and the smoothing of letters are within the tolerance.
"""
import io
import pathlib

from PIL import Image, ImageChops, ImageOps

REFERENCES = pathlib.Path(__file__).parent / "references"
SQUARE, STEP, TOLERANCE = 8, 8, 12
FONT = "DejaVu Sans"
# Times differ between runs, and versions between systems. The rest of a page is the same everywhere.
STEADY = f"""
const style = document.createElement("style");
style.textContent = `* {{ font-family: "{FONT}" !important; caret-color: transparent !important; }} #time, footer {{ display: none; }}`;
document.head.append(style);
if (document.querySelector("#time")) document.querySelector("#settings").style.display = "none";
for (const row of document.querySelectorAll("tr"))
  if (row.querySelector("th")?.textContent === "seconds") row.style.display = "none";
"""


def take(page):
    """The picture of a whole page, which is made steady first."""
    page.evaluate(f"() => {{ {STEADY} }}")
    page.evaluate("() => document.fonts.ready")
    return small(Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled"))))


def small(picture):
    return picture.convert("RGB").reduce(SQUARE)


def keep(picture, name):
    """Makes the picture the reference of this name."""
    kept = ImageOps.posterize(picture, 5)
    if (colours := kept.getcolors(256)) is not None:
        kept = kept.quantize(len(colours), dither=Image.Dither.NONE)
    kept.save(REFERENCES / f"{name}.png", optimize=True)


def reference(name):
    with Image.open(REFERENCES / f"{name}.png") as kept:
        return kept.convert("RGB").point(lambda value: (value & ~(STEP - 1)) + STEP // 2)


def difference(picture, expected):
    """Where a picture differs from another: a box in pixels of the page, or None."""
    if picture.size != expected.size:
        return f"the page has {picture.height * SQUARE} pixels in height, expected {expected.height * SQUARE}"
    channels = ImageChops.difference(picture, expected).split()
    most = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    box = most.point(lambda value: 255 if value > TOLERANCE else 0).getbbox()
    return None if box is None else tuple(SQUARE * edge for edge in box)

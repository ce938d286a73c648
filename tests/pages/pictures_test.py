# SPDX-License-Identifier: Apache-2.0
"""Compares pictures of pages with those in tests/pages/references, at the width of a phone and of a desk, light and dark.

After an intended change of how a page looks, `scripts/pages.sh --renew` takes the references anew: look at them, and at the
pictures in build/pages/pictures, before the commit.
"""
import functools
import random
import sys
import unittest

import pictures
from browser import DESK, PHONE, SCHEMES, WORK, BrowserTest, millrace

MOST_BYTES = 500_000  # of all references


def write_table(path, target):
    """300 rows with columns of several kinds and missing cells; always the same ones."""
    draw = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"length,weight,colour,washed,bought,{target}\n")
        for _ in range(300):
            length, weight = draw.gauss(30, 8), draw.expovariate(0.1)
            colour, washed = draw.choice(["red", "green", "blue"]), draw.random() < 0.3
            score = 0.2 * (length - 30) + (2 if colour == "red" else 0) - 0.1 * weight + draw.gauss(0, 1)
            answer = {"broken": "yes" if score > 0 else "no", "grade": "ABC"[min(2, max(0, int(score / 2 + 1.5)))],
                      "price": f"{50 + 9 * score:.2f}"}[target]
            cells = [f"{length:.1f}", "" if draw.random() < 0.1 else f"{weight:.2f}", colour, str(washed).lower(),
                     f"2024-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}", answer]
            file.write(",".join(cells) + "\n")


def report(target, *words):
    """The page of a run that has the same bits on every processor, measured without a limit of time."""
    table, folder = WORK / f"pictures-{target}.csv", WORK / "runs" / f"pictures-{target}{len(words)}"
    write_table(table, target)
    millrace("train", "--data", table, "--target", target, "--out", folder, "--overwrite", "--quiet", "--kernels", "portable",
             "--members", 1, "--layer-log", "--validation", 0.3, "--split", "random", "--epochs", 40, *words)
    millrace("report", folder, "--data", table, "--seconds", 600)
    return folder


@functools.cache
def pages():
    (WORK / "runs").mkdir(parents=True, exist_ok=True)
    (WORK / "pictures").mkdir(parents=True, exist_ok=True)
    two, other, three, numbers = report("broken"), report("broken", "--learning-rate", 0.02), report("grade"), report("price")
    millrace("compare", two, other, "--page", WORK / "pictures-compare.html")
    return {"two-classes": two / "report.html", "three-classes": three / "report.html", "numbers": numbers / "report.html",
            "compare": WORK / "pictures-compare.html"}


def variants():
    return [(name, path, width, scheme, f"{name}-{width}-{scheme}")
            for name, path in pages().items() for width in (PHONE, DESK) for scheme in SCHEMES]


class Pictures(BrowserTest):
    def test_pages_look_as_their_references(self):
        for _, path, width, scheme, name in variants():
            with self.subTest(name):
                page = self.open(path, width, scheme)
                picture = pictures.take(page)
                page.screenshot(path=WORK / "pictures" / f"reference-{name}.png", full_page=True)
                found = pictures.difference(picture, pictures.reference(name))
                self.assertIsNone(found, f"look at build/pages/pictures/reference-{name}.png; after an intended change run "
                                         "scripts/pages.sh --renew")

    def test_references_are_small_and_of_pages(self):
        kept = list(pictures.REFERENCES.glob("*.png"))
        self.assertEqual({path.stem for path in kept}, {name for *_, name in variants()})
        self.assertLess(sum(path.stat().st_size for path in kept), MOST_BYTES)

    def test_a_fault_shows(self):
        faults = {
            "a chart is missing": "document.querySelector('#training figure svg.picture').style.visibility = 'hidden'",
            "a line has another colour": "document.querySelector('#training .line.c1').style.stroke = 'var(--c2)'",
            "a label lies on another": "document.querySelector('#training svg.picture text').style.translate = '30px 12px'",
            "a table is wider": "document.querySelector('#columns td').style.paddingRight = '40px'",
            "text has no contrast": "document.querySelector('.words p').style.color = 'var(--rule)'",
            "a tile is empty": "document.querySelector('.tiles dd').style.visibility = 'hidden'",
            "the dark colours are gone": "document.documentElement.style.setProperty('--page', '#ffffff')",
        }
        for width in (PHONE, DESK):
            for what, script in faults.items():
                with self.subTest(fault=what, width=width):
                    page = self.open(pages()["two-classes"], width, "dark")
                    page.evaluate(script)
                    expected = pictures.reference(f"two-classes-{width}-dark")
                    self.assertIsNotNone(pictures.difference(pictures.take(page), expected))


def renew():
    for path in pictures.REFERENCES.glob("*.png"):
        path.unlink()
    test = Pictures()
    Pictures.setUpClass()
    try:
        for _, path, width, scheme, name in variants():
            pictures.keep(pictures.take(test.open(path, width, scheme)), name)
    finally:
        test.doCleanups()
        Pictures.doClassCleanups()


if __name__ == "__main__":
    if sys.argv[1:] == ["--renew"]:
        renew()
    else:
        unittest.main()

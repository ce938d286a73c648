# SPDX-License-Identifier: Apache-2.0
"""Reads the pages of millrace report with an XML parser and an HTML parser, as a checker of accessibility would."""
import html.parser
import unittest
import xml.etree.ElementTree as ElementTree

from program import DATA, ProgramTest


class Tags(html.parser.HTMLParser):
    """All start tags of a page, and the text in it."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    handle_startendtag = handle_starttag

    def of(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]


class Report(ProgramTest):
    def page_of(self, table, target, *words):
        self.train("--data", DATA / table, "--target", target, "--epochs", 6, "--report", *words)
        return (self.folder / "model" / "report.html").read_text(encoding="utf-8")

    def check(self, page):
        root = ElementTree.fromstring(page)  # well-formed
        tags = Tags(page)
        self.assertEqual(root.get("lang"), "en")
        ids = [attributes["id"] for _, attributes in tags.tags if "id" in attributes]
        self.assertEqual(len(ids), len(set(ids)), "an id is there once")
        for link in tags.of("a"):
            self.assertTrue(link["href"].startswith("#"), link)
            self.assertIn(link["href"][1:], ids)
        for tag, attributes in tags.tags:
            for name in ("src", "srcset", "action", "background", "xlink:href"):
                self.assertNotIn(name, attributes, tag)
        self.assertFalse(tags.of("link", "img", "iframe", "object", "embed", "form"))
        # A text for every picture, a label for every control, a heading for every section and table.
        for picture in tags.of("svg"):
            self.assertTrue(picture.get("aria-label") or picture.get("aria-hidden") == "true", picture)
        labelled = {label["for"] for label in tags.of("label")}
        for control in tags.of("input"):
            self.assertIn(control["id"], labelled)
        for section in tags.of("section"):
            self.assertIn(section["aria-labelledby"], ids)
        for table in root.iter("table"):
            self.assertTrue("".join(table.find("caption").itertext()).strip())
            for heading in table.iter("th"):
                self.assertIn(heading.get("scope"), ("row", "col"))
        for figure in root.iter("figure"):
            words = "".join(figure.find("div[@class='says']").itertext()).strip()
            self.assertGreater(len(words), 10, "the numbers of a picture are in the text")
        levels = [int(tag[1]) for tag, _ in tags.tags if tag in ("h1", "h2", "h3")]
        self.assertEqual(levels[0], 1)
        self.assertTrue(all(b - a <= 1 for a, b in zip(levels, levels[1:])), "no level of headings is left out")
        for number in root.iter("data"):
            float(number.get("value"))
        for shape in root.iter("path"):
            self.assertNotIn("nan", shape.get("d"))

    def test_two_classes(self):
        page = self.page_of("breast_cancer.csv", "diagnosis", "--validation", "0.3")
        self.check(page)
        self.assertIn('id="threshold"', page)

    def test_many_classes(self):
        self.check(self.page_of("digits.csv", "digit", "--validation", "0.3"))

    def test_numbers(self):
        self.check(self.page_of("breast_cancer.csv", "mean_area", "--task", "regression", "--profile"))

    def test_comparison(self):
        for seed in (1, 2):
            self.millrace("train", "--data", DATA / "digits.csv", "--target", "digit", "--epochs", 2, "--seed", seed, "--out", self.folder / str(seed), "--quiet")
        page = self.folder / "compare.html"
        self.millrace("compare", self.folder / "1", self.folder / "2", "--page", page)
        self.check(page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Opens the pages that millrace writes, and those of the documentation, in a browser, as `make pages` does.

Each page is opened at the width of a phone and of a desk, those of the documentation also between them, in light and dark
colours. It must say nothing on the console, be no wider than the window, and pass axe-core, a checker of accessibility that
also measures contrast. A report must load nothing and open fast. Pictures of reports are in build/pages/pictures, to be
looked at.
"""
import functools
import html.parser
import re
import shutil
import unittest
import urllib.parse

from axe_playwright_python.sync_playwright import Axe

from browser import DATA, DESK, PHONE, ROOT, SCHEMES, WORK, BrowserTest, millrace

SITE = ROOT / "build/docs/site"
TABLET = 820
# A page within these opens within a second; the times themselves are printed, because a busy machine takes longer.
MOST_BYTES, MOST_ELEMENTS = 2_000_000, 8_000
LOOKS = 3  # of which the fastest is printed: other programs run, too


def train(name, table, target, *words):
    """The folder of a run with a report."""
    folder = WORK / "runs" / name
    millrace("train", "--data", table, "--target", target, "--out", folder, "--overwrite", "--quiet", "--report", *words)
    return folder


def write_wide_table(path, columns=1000, classes=100):
    """Numbers in many columns, and many classes: each has three rows, near each other."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join([*(f"column {c}" for c in range(columns)), "kind"]) + "\n")
        for row in range(3 * classes):
            kind = row % classes
            numbers = ((kind * 7919 + c * 104729) % 1009 / 1009 + row // classes / 100 for c in range(columns))
            file.write(",".join(f"{number:.4f}" for number in numbers) + f",kind {kind}\n")


HOSTILE = ["<script>alert(1)</script>", "\u202eright to left \u05e9\u05dc\u05d5\u05dd", 'a"b\'c&amp;', "empty", "x" * 300]


def write_hostile_table(path):
    """Names and levels that a page must not take for markup, and a column without any cell."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(['"' + name.replace('"', '""') + '"' for name in HOSTILE] + ["kind"]) + "\n")
        for row in range(240):
            level = "<b>bold</b>" if row % 3 else "\u05d0\u05d1\u05d2"
            kind = "</svg><img src=x onerror=alert(2)>" if (row * 7) % 11 < 5 else "]]>"
            file.write(f"{(row * 7) % 11},{level},{row % 5},,{row % 13},{kind}\n")


@functools.cache
def pages():
    """The reports by name. Runs of some seconds; the large one takes a minute."""
    for old in ("large", "two-classes", "two-classes-faster", "ten-classes", "numbers", "hostile"):
        shutil.rmtree(WORK / "runs" / old, ignore_errors=True)
    for folder in ("runs", "pictures"):
        (WORK / folder).mkdir(parents=True, exist_ok=True)
    two = train("two-classes", DATA / "breast_cancer.csv", "diagnosis", "--profile")
    other = train("two-classes-faster", DATA / "breast_cancer.csv", "diagnosis", "--learning-rate", "0.01")
    many = train("ten-classes", DATA / "digits.csv", "digit", "--epochs", 20)
    numbers = train("numbers", DATA / "breast_cancer.csv", "mean_area", "--task", "regression", "--epochs", 20)
    millrace("compare", two, other, "--page", WORK / "runs/compare.html")
    write_hostile_table(WORK / "runs/hostile.csv")
    hostile = train("hostile", WORK / "runs/hostile.csv", "kind", "--epochs", 10)
    write_wide_table(WORK / "runs/wide.csv")
    large = train("large", WORK / "runs/wide.csv", "kind", "--layers", "100:softmax", "--loss", "sparse_categorical_crossentropy",
                  "--validation", 0.3, "--split", "random", "--batch", 256, "--epochs", 10_000)
    return {**{folder.name: folder / "report.html" for folder in (two, many, numbers, hostile, large)},
            "compare": WORK / "runs/compare.html"}


class Links(html.parser.HTMLParser):
    """The targets of links and pictures of a page, and the names of its places."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.places = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.targets += [attributes[name] for name in ("href", "src") if attributes.get(name)]
        self.places.update(attributes[name] for name in ("id", "name") if attributes.get(name))


class Pages(BrowserTest):
    @staticmethod
    def seconds_to_open(page, path):
        page.goto(path.as_uri())
        return page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd / 1000")

    def look_at(self, path, width, scheme, looks=LOOKS, picture=None, reads=True):
        """What the page loads besides itself, and the seconds until it is there. reads: whether the checker reads it."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        said, loaded = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: loaded.append(request.url))
        seconds = min(self.seconds_to_open(page, path) for _ in range(looks))
        widest = page.evaluate("document.documentElement.scrollWidth")
        if picture:
            page.screenshot(path=WORK / "pictures" / f"{picture}-{width}-{scheme}.png", full_page=picture != "large")
        # The checker adds a script, which a report itself forbids: it is evaluated instead. It must not load style sheets
        # again, which a browser refuses for a page from disk.
        found = Axe().run(page, options={"preload": False}).response["violations"] if reads else []
        context.close()
        own = sorted({url for url in loaded if url != path.as_uri()})
        self.assertEqual(said, [])
        self.assertLessEqual(widest, width, "the page is wider than the window")
        self.assertEqual([(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in found], [])
        return own, seconds

    def test_reports(self):
        for name, path in pages().items():
            for width in (PHONE, DESK):
                for scheme in SCHEMES:
                    with self.subTest(page=name, width=width, scheme=scheme):
                        own, seconds = self.look_at(path, width, scheme, picture=name)
                        self.assertEqual(own, [], "the page loads nothing")
                        self.assertLess(path.stat().st_size, MOST_BYTES)
                        self.assertLess(len(re.findall("<[a-z]", path.read_text(encoding="utf-8"))), MOST_ELEMENTS)
                        print(f"{name} {width} {scheme}: {path.stat().st_size / 1e6:.2f} MB, {seconds * 1000:.0f} ms")

    def test_documentation(self):
        found = sorted(path for path in SITE.rglob("*.html") if "sources" not in path.parts and "_static" not in path.parts)
        self.assertGreater(len(found), 15)
        for path in found:
            for width, scheme, reads in ((PHONE, "light", True), (TABLET, "light", False), (DESK, "dark", True)):
                with self.subTest(page=path.relative_to(SITE), width=width, scheme=scheme):
                    own, _ = self.look_at(path, width, scheme, looks=1, reads=reads)
                    self.assertEqual([url for url in own if not url.startswith(SITE.as_uri())], [], "a server is needed")

    def test_links_of_the_documentation_lead_somewhere(self):
        found = {path: Links(path) for path in SITE.rglob("*.html")}
        count = 0
        for path, links in found.items():
            for target in links.targets:
                address = urllib.parse.urlsplit(target)
                if address.scheme or address.netloc:
                    continue
                count += 1
                to = (path.parent / urllib.parse.unquote(address.path)).resolve() if address.path else path
                with self.subTest(page=path.relative_to(SITE), link=target):
                    self.assertTrue(to.is_file(), "there is no such file")
                    place = urllib.parse.unquote(address.fragment)
                    self.assertTrue(not place or to not in found or place in found[to].places, "the page has no such place")
        self.assertGreater(count, 500)

    def test_search_finds_a_page(self):
        page = self.open(SITE / "index.html", DESK)
        page.goto((SITE / "search.html").as_uri() + "?q=dropout")
        page.wait_for_selector("ul.search li a")
        self.assertGreater(page.locator("ul.search li a").count(), 0)

    def test_hostile_names_are_shown_as_text(self):
        page = self.open(pages()["hostile"], DESK)
        self.assertEqual(page.locator("b").filter(has_text="bold").count(), 0)
        self.assertEqual(page.locator("img").count(), 0)
        text = page.locator("body").inner_text()
        for name in ("<script>alert(1)</script>", "a\"b'c&amp;", "<b>bold</b>", "</svg><img src=x onerror=alert(2)>", "]]>"):
            self.assertIn(name, text)

    def test_the_threshold_moves_by_the_keyboard(self):
        page = self.open(pages()["two-classes"], DESK)
        slider = page.locator("#threshold")
        before = page.locator("#true-positives").inner_text(), slider.get_attribute("aria-valuetext")
        slider.focus()
        for _ in range(15):
            page.keyboard.press("ArrowLeft")
        self.assertNotEqual((page.locator("#true-positives").inner_text(), slider.get_attribute("aria-valuetext")), before)
        page.locator("#threshold-reset").click()
        self.assertEqual((page.locator("#true-positives").inner_text(), slider.get_attribute("aria-valuetext")), before)

    def test_prints_on_paper(self):
        page = self.open(pages()["two-classes"], DESK, "dark")
        page.emulate_media(media="print")
        self.assertEqual(page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        self.assertFalse(page.locator("nav").is_visible())
        self.assertGreater(len(page.pdf(path=WORK / "pictures/two-classes.pdf", format="A4")), 10_000)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Opens the pages that millrace writes, and one of the documentation, in a browser, as `make pages` does.

Each page is opened at the width of a phone and of a desk, in light and dark colours. It must say nothing on the console,
load nothing, be no wider than the window, and pass axe-core, a checker of accessibility that also measures contrast.
Pictures of all of them are in build/pages/pictures, to be looked at.
"""
import functools
import pathlib
import shutil
import subprocess
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
MILLRACE, DATA, WORK = ROOT / "build/release/millrace", ROOT / "examples/data", ROOT / "build/pages"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS, SCHEMES = (390, 1280), ("light", "dark")
MOST_BYTES, MOST_SECONDS = 2_000_000, 1
LOOKS = 3  # of which the fastest counts: other programs run, too


def millrace(*words):
    result = subprocess.run([MILLRACE, *map(str, words)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


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


@functools.cache
def pages():
    """The pages by name. Runs of some seconds; the large one takes a minute."""
    shutil.rmtree(WORK / "runs", ignore_errors=True)
    (WORK / "runs").mkdir(parents=True)
    two = train("two-classes", DATA / "breast_cancer.csv", "diagnosis", "--profile")
    other = train("two-classes-faster", DATA / "breast_cancer.csv", "diagnosis", "--learning-rate", "0.01")
    many = train("ten-classes", DATA / "digits.csv", "digit", "--epochs", 20)
    numbers = train("numbers", DATA / "breast_cancer.csv", "mean_area", "--task", "regression", "--epochs", 20)
    millrace("compare", two, other, "--page", WORK / "runs/compare.html")
    write_wide_table(WORK / "runs/wide.csv")
    large = train("large", WORK / "runs/wide.csv", "kind", "--layers", "100:softmax", "--loss", "sparse_categorical_crossentropy",
                  "--validation", 0.3, "--split", "random", "--batch", 256, "--epochs", 10_000)
    return {**{folder.name: folder / "report.html" for folder in (two, many, numbers, large)},
            "compare": WORK / "runs/compare.html", "docs": ROOT / "build/docs/site/reports.html"}


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        browser = next(filter(None, map(shutil.which, BROWSERS)), None)
        assert browser, f"none of {BROWSERS} is installed, expected one: scripts/packages.sh pages"
        driver = sync_playwright().start()
        cls.addClassCleanup(driver.stop)
        cls.browser = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        cls.addClassCleanup(cls.browser.close)
        (WORK / "pictures").mkdir(parents=True, exist_ok=True)

    @staticmethod
    def seconds_to_open(page, path):
        page.goto(path.as_uri())
        return page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd / 1000")

    def look_at(self, name, path, width, scheme):
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.addCleanup(context.close)
        page = context.new_page()
        said, loaded = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: loaded.append(request.url))
        seconds = min(self.seconds_to_open(page, path) for _ in range(LOOKS))
        widest = page.evaluate("document.documentElement.scrollWidth")
        page.screenshot(path=WORK / "pictures" / f"{name}-{width}-{scheme}.png", full_page=name != "large")
        own = sorted({url for url in loaded if url != path.as_uri()})
        self.assertEqual(said, [])
        self.assertLessEqual(widest, width, "the page is wider than the window")
        # The checker adds a script, which the page itself forbids: it is evaluated instead.
        found = Axe().run(page).response["violations"]
        self.assertEqual([(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in found], [])
        return own, seconds

    def test_pages(self):
        for name, path in pages().items():
            for width in WIDTHS:
                for scheme in SCHEMES:
                    with self.subTest(page=name, width=width, scheme=scheme):
                        own, seconds = self.look_at(name, path, width, scheme)
                        if name == "docs":
                            continue
                        self.assertEqual(own, [], "the page loads nothing")
                        self.assertLess(path.stat().st_size, MOST_BYTES)
                        self.assertLess(seconds, MOST_SECONDS)
                        print(f"{name} {width} {scheme}: {path.stat().st_size / 1e6:.2f} MB, {seconds * 1000:.0f} ms")

    def test_the_threshold_moves_by_the_keyboard(self):
        page = self.browser.new_page()
        self.addCleanup(page.close)
        page.goto(pages()["two-classes"].as_uri())
        slider = page.locator("#threshold")
        before = page.locator("#true-positives").inner_text(), slider.get_attribute("aria-valuetext")
        slider.focus()
        for _ in range(15):
            page.keyboard.press("ArrowLeft")
        self.assertNotEqual((page.locator("#true-positives").inner_text(), slider.get_attribute("aria-valuetext")), before)
        page.locator("#threshold-reset").click()
        self.assertEqual((page.locator("#true-positives").inner_text(), slider.get_attribute("aria-valuetext")), before)


if __name__ == "__main__":
    unittest.main()

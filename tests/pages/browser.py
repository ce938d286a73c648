# SPDX-License-Identifier: Apache-2.0
"""Starts the browser that is installed, and runs of millrace whose pages it opens."""
import pathlib
import shutil
import subprocess
import unittest

from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
MILLRACE, DATA, WORK = ROOT / "build/release/millrace", ROOT / "examples/data", ROOT / "build/pages"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PHONE, DESK = 390, 1280
SCHEMES = ("light", "dark")
# Letters look the same on every machine: no hints of its display, no colours at their edges.
FLAGS = ["--no-sandbox", "--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb"]


def millrace(*words):
    result = subprocess.run([MILLRACE, *map(str, words)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


class BrowserTest(unittest.TestCase):
    """Tests with a browser, `self.browser`."""

    @classmethod
    def setUpClass(cls):
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        assert path, f"none of {BROWSERS} is installed, expected one: scripts/packages.sh pages"
        driver = sync_playwright().start()
        cls.addClassCleanup(driver.stop)
        cls.browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        cls.addClassCleanup(cls.browser.close)

    def open(self, path, width, scheme="light"):
        """The page of a file, in a window of this width."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.addCleanup(context.close)
        page = context.new_page()
        page.goto(path.as_uri())
        return page

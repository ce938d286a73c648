# SPDX-License-Identifier: Apache-2.0
# Settings of Sphinx for the site that `make docs` builds of the pages that pages.py lays out.
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

project = "millrace"
release = re.search(r"project\(millrace VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
extensions = ["myst_parser"]
myst_heading_anchors = 6  # the anchors of headings that GitHub gives them, which the pages' links use

html_theme = "furo"
html_title = f"millrace {release}"
html_static_path = [str(ROOT / "docs/site/site.css")]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = html_show_copyright = html_use_index = False
html_show_search_summary = False  # a summary is fetched, which browsers refuse for a page opened from disk
html_theme_options = {
    "light_css_variables": {"font-stack": "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"},
}
pygments_style, pygments_dark_style = "friendly", "native"

# What the theme leaves out and people who do not see the page need: levels of headings, names of landmarks, and code that
# the keyboard can scroll.
ACCESSIBLE = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    "<pre>": '<pre tabindex="0">',
}


def make_accessible(app, error):
    for path in [] if error else pathlib.Path(app.outdir).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for found, better in ACCESSIBLE.items():
            text = text.replace(found, better)
        path.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", make_accessible)

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
# Reports of the examples, if scripts/docs.sh could make them.
REPORTS = ROOT / "build/docs/reports"
html_extra_path = [str(REPORTS)] if REPORTS.is_dir() else []
html_copy_source = html_show_sourcelink = html_show_copyright = html_use_index = False
html_show_search_summary = False  # a summary is fetched, which browsers refuse for a page opened from disk
html_theme_options = {
    "light_css_variables": {"font-stack": "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"},
}
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"

# What the theme leaves out and people who do not see the page need: levels of headings, names of landmarks, code and tables
# that the keyboard can scroll, and no heading of a column without a word.
EMPTY_HEADING = r'<th class="head">(?:<p></p>)?</th>'
ACCESSIBLE = {
    r'<p class="caption" role="heading">': r'<p class="caption" role="heading" aria-level="2">',
    r'<aside class="sidebar-drawer">': r'<aside class="sidebar-drawer" aria-label="Pages">',
    r'<aside class="toc-drawer': r'<aside aria-label="On this page" class="toc-drawer',
    r"<pre>": r'<pre tabindex="0">',
    r'<div class="table-wrapper': r'<div tabindex="0" class="table-wrapper',
    rf"<thead>\s*<tr[^>]*>(?:\s*{EMPTY_HEADING})+\s*</tr>\s*</thead>": r"",
    EMPTY_HEADING: r"<td></td>",
    r'<div id="search-results">': r'<h1>Search</h1><div id="search-results">',
}


def make_accessible(app, error):
    site = pathlib.Path(app.outdir)
    for path in [] if error else set(site.rglob("*.html")) - set((site / "examples").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        for found, better in ACCESSIBLE.items():
            text = re.sub(found, better, text)
        path.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", make_accessible)

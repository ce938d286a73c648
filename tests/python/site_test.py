# SPDX-License-Identifier: Apache-2.0
"""Shows that docs/site/pages.py puts every page for users into the site, and that the links of its pages lead to pages."""
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "docs/site"), str(ROOT / "tests/lint")]
import lint
import pages


class SiteTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        pages.Site(ROOT, cls.folder / "site").write()
        cls.texts = {str(path.relative_to(cls.folder / "site")): path.read_text(encoding="utf-8")
                     for path in (cls.folder / "site").rglob("*.md")}

    def laid_out(self, files):
        """The page `index` of a site whose README.md, and whose other files, have these texts."""
        root = self.folder / "root"
        for file, text in (dict.fromkeys(pages.PAGES.values(), "# Title\n") | files).items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text, encoding="utf-8")
        pages.Site(root, self.folder / "small").write()
        return (self.folder / "small/index.md").read_text(encoding="utf-8")

    def test_every_page_of_docs_is_in_the_navigation(self):
        found = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")}
        self.assertEqual(found - set(pages.PAGES.values()), set())
        for page in pages.PAGES:
            self.assertTrue(page == "index" or f"<{page}>\n" in self.texts["index.md"], page)

    def test_links_lead_to_pages_and_headings(self):
        count = 0
        for name, text in self.texts.items():
            for found in pages.LINK.finditer("".join(pages.FENCE.split(text)[::2])):
                target, anchor = found["target"], found["anchor"]
                if "://" in target or f"\n({target})=\n" in "\n".join(self.texts.values()):
                    continue
                path = (self.folder / "site" / name).parent / target if target else self.folder / "site" / name
                count += 1
                with self.subTest(page=name, link=found[0]):
                    self.assertTrue(path.is_file())
                    self.assertTrue(not anchor or anchor[1:] in lint.anchors_of(path))
        self.assertGreater(count, 100)

    def test_code_stays_as_it_is(self):
        for page, file in pages.PAGES.items():
            code = pages.FENCE.split((ROOT / file).read_text(encoding="utf-8"))[1::2]
            self.assertTrue(all(block in self.texts[f"{page}.md"] for block in code), page)

    def test_a_link_is_named_by_the_title_of_its_page_if_its_text_is_the_file(self):
        text = self.laid_out({"README.md": "# m\n[docs/cpp.md](docs/cpp.md) [words](docs/cpp.md#a)", "docs/cpp.md": "# Using it\n## a\n"})
        self.assertIn("[Using it](cpp.md) [words](cpp.md#a)", text)

    def test_a_mark_is_linked_by_its_name(self):
        text = self.laid_out({"README.md": "# m\n[why](DECISIONS.md#d1)", "DECISIONS.md": '# Title\n\n<a id="d1"></a>**1.** So.\n'})
        self.assertIn("[why](d1)", text)
        self.assertIn("\n(d1)=\n**1.** So.", (self.folder / "small/design/decisions.md").read_text(encoding="utf-8"))

    def test_a_source_file_becomes_a_page_and_a_folder_plain_text(self):
        text = self.laid_out({"README.md": "# m\n[that](src/a.cpp) and [these](src)", "src/a.cpp": "int a;\n"})
        self.assertIn("[that](sources/src/a.cpp.md) and these", text)
        self.assertIn("````cpp\nint a;\n````", (self.folder / "small/sources/src/a.cpp.md").read_text(encoding="utf-8"))

    def test_reports_of_examples_are_linked_if_there_are_any(self):
        reports = self.folder / "reports"
        (reports / "examples").mkdir(parents=True)
        (reports / "examples/digits.html").write_text("<html/>", encoding="utf-8")
        pages.Site(ROOT, self.folder / "with", reports).write()
        link = '<a href="examples/digits.html">examples/demo/digits.toml</a>'
        self.assertIn(link, (self.folder / "with/reports.md").read_text(encoding="utf-8"))
        pages.Site(ROOT, self.folder / "without", self.folder / "nothing").write()
        self.assertNotIn("Reports of the examples", (self.folder / "without/reports.md").read_text(encoding="utf-8"))

    def test_pictures_are_copied(self):
        for file in ("docs/pictures/report.png", "docs/performance/against.svg"):
            self.assertEqual((self.folder / "site" / file).read_bytes(), (ROOT / file).read_bytes())

    def test_a_notebook_becomes_text_and_code(self):
        page = self.texts["sources/examples/notebooks/from_keras.ipynb.md"]
        self.assertIn("\n# If you know Keras\n", page)
        self.assertIn("````python\ntf.keras.utils.set_random_seed(1)\n", page)
        self.assertNotIn('"cell_type"', page)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Lays the Markdown pages of the repository out as the source of a Sphinx site.

Usage:  pages.py ROOT FOLDER [REPORTS]      writes FOLDER/index.md and the other pages; REPORTS: a folder that the site gets
                                            as it is, whose pages examples/*.html are linked

The pages stay where they are and read well on their own, with links between files. In the site they have other places, so
their links are rewritten. A linked source file becomes a page of the site, too; a link to a folder becomes plain text.
"""
import json
import os
import pathlib
import re
import shutil
import sys

# {part of the navigation: {title: (page of the site, file of the repository)}}. The first page of all is README.md.
NAVIGATION = {
    "Start in five minutes": {
        "From Keras": ("start/keras", "docs/start/keras.md"),
        "From scikit-learn": ("start/sklearn", "docs/start/sklearn.md"),
        "From C++": ("start/cpp", "docs/start/cpp.md"),
    },
    "Guides": {
        "Training": ("training", "docs/training.md"),
        "Tables": ("tables", "docs/tables.md"),
        "Serving and ONNX": ("onnx", "docs/onnx.md"),
        "Reports": ("reports", "docs/reports.md"),
        "Reliability": ("reliability", "docs/reliability.md"),
        "Performance": ("performance", "docs/performance.md"),
        "Scaling": ("scaling", "docs/scaling.md"),
        "Several machines": ("cluster", "docs/cluster.md"),
        "Whole jobs": ("jobs", "docs/jobs.md"),
        "Python": ("python", "docs/python.md"),
        "C++": ("cpp", "docs/cpp.md"),
    },
    "Reference": {
        "Command line": ("command-line", "docs/command-line.md"),
        "Operations": ("reference/operations", "docs/reference/operations.md"),
        "C++ declarations": ("reference/cpp", "docs/reference/cpp.md"),
        "Files that are read": ("data", "docs/data.md"),
        "Files that are written": ("files", "docs/files.md"),
        "Changelog": ("changelog", "CHANGELOG.md"),
    },
    "Design": {
        "The engine": ("design/engine", "src/README.md"),
        "Decisions": ("design/decisions", "DECISIONS.md"),
        "Measurements": ("design/measurements", "docs/measurements.md"),
        "Golden curves": ("design/golden", "tests/golden/README.md"),
        "Benchmarks": ("design/benchmarks", "bench/README.md"),
        "Contenders": ("design/contenders", "bench/contenders/README.md"),
        "The gate": ("design/gate", "bench/regression/README.md"),
    },
    "Taking part": {
        "Contributing": ("contributing", "CONTRIBUTING.md"),
        "Working on millrace": ("hacking", "HACKING.md"),
        "Security": ("security", "SECURITY.md"),
        "Example tables": ("example-tables", "examples/data/README.md"),
    },
}
PAGES = {"index": "README.md"} | dict(page for part in NAVIGATION.values() for page in part.values())
PAGE_OF = {file: page for page, file in PAGES.items()}

FENCE = re.compile(r"^( *```.*?^ *```[^\n]*$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^]]*)\]\((?P<target>[^)#\s]*)(?P<anchor>#[^)\s]+)?\)")
MARK = re.compile(r'^<a id="([^"]+)"></a>', re.MULTILINE)
LANGUAGES = {".cpp": "cpp", ".hpp": "cpp", ".cs": "csharp", ".py": "python", ".toml": "toml"}


def title_of(text):
    return re.search(r"^# (.+)$", text, re.MULTILINE)[1]


class Site:
    def __init__(self, root, folder, reports=None):
        self.root, self.folder, self.reports = pathlib.Path(root), pathlib.Path(folder), reports and pathlib.Path(reports)

    def write(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for page, file in PAGES.items():
            self.put(f"{page}.md", self.rewritten(page, file))
        examples = sorted((self.reports / "examples").glob("*.html")) if self.reports else []
        if examples:
            with (self.folder / "reports.md").open("a", encoding="utf-8") as page:
                page.write("\n## Reports of the examples\n")
                page.writelines(f'- <a href="examples/{path.name}">examples/demo/{path.stem}.toml</a>\n' for path in examples)
        with (self.folder / "index.md").open("a", encoding="utf-8") as index:
            for part, pages in NAVIGATION.items():
                lines = "\n".join(f"{title} <{page}>" for title, (page, file) in pages.items())
                index.write(f"\n```{{toctree}}\n:hidden:\n:caption: {part}\n\n{lines}\n```\n")

    def put(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def text_of(self, file):
        return (self.root / file).read_text(encoding="utf-8")

    def rewritten(self, page, file):
        """The text of a file of the repository, with links that are right in the site."""
        parts = FENCE.split(self.text_of(file))  # text and code by turns
        for number in range(0, len(parts), 2):
            parts[number] = LINK.sub(lambda found: self.link(page, file, found), MARK.sub(r"(\1)=\n", parts[number]))
        return "".join(parts)

    def link(self, page, file, found):
        text, target, anchor = found["text"], found["target"], found["anchor"] or ""
        linked = os.path.normpath(os.path.join(os.path.dirname(file), target)) if target else file
        if "://" in target or not (self.root / linked).exists():
            return found[0]  # Sphinx says which links lead nowhere
        if found["image"]:
            (self.folder / linked).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / linked, self.folder / linked)
            return f"![{text}]({self.relative(page, linked)})"
        if (self.root / linked).is_dir():
            return text
        if anchor and f'<a id="{anchor[1:]}">' in self.text_of(linked):
            return f"[{text}]({anchor[1:]})"  # a mark, whose name is unique in the site
        if linked in PAGE_OF:
            if text.endswith(os.path.basename(target)) and target:
                text = title_of(self.text_of(linked))
            return f"[{text}]({self.relative(page, PAGE_OF[linked] + '.md')}{anchor})"
        self.put(f"sources/{linked}.md", self.source_page(linked))
        return f"[{text}]({self.relative(page, f'sources/{linked}.md')})"

    @staticmethod
    def relative(page, target):
        return os.path.relpath(target, os.path.dirname(page) or ".")

    def source_page(self, file):
        """A page that shows a file: a notebook as text and code, any other file as code."""
        if file.endswith(".ipynb"):
            cells = json.loads(self.text_of(file))["cells"]
            shown = ["".join(each["source"]) if each["cell_type"] == "markdown" else code("python", "".join(each["source"])) for each in cells]
        else:
            shown = [f"# {file}", code(LANGUAGES.get(pathlib.Path(file).suffix, "text"), self.text_of(file))]
        return "---\norphan: true\n---\n" + "\n\n".join(shown)


def code(language, text):
    return f"````{language}\n{text.rstrip()}\n````\n"


if __name__ == "__main__":
    Site(*sys.argv[1:]).write()

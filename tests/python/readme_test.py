# SPDX-License-Identifier: Apache-2.0
"""Shows that what README.md and the pages in docs/ tell users to type works: commands and TOML files run, and C++ and CMake
code stands in files that are built."""
import re
import shlex
import unittest

from program import ROOT, ProgramTest

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/start").glob("*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def squeezed(text):
    """The text without blanks and line breaks, which the formatter may change."""
    return re.sub(r"\s+", "", text)


class Readme(ProgramTest):
    def test_commands_run(self):
        for page in PAGES:
            commands = [line for block in blocks(page, "sh") for line in block.replace("\\\n", " ").splitlines()
                        if line.startswith("build/release/millrace ")]
            if page.name in ("README.md", "training.md", "command-line.md"):
                self.assertGreaterEqual(len(commands), 3)
            for command in commands:
                words = shlex.split(re.sub(r"\bbuild/(?!release/)", f"{self.folder}/{page.stem}-", command), comments=True)
                with self.subTest(page=page.name, command=command):
                    self.millrace(*words[1:])

    def test_config_files_train(self):
        found = [block for page in PAGES for block in blocks(page, "toml")]
        self.assertTrue(found)
        for block in found:
            with self.subTest(file=block):
                path = self.folder / "run.toml"
                path.write_text(block, encoding="utf-8")
                self.millrace("train", "--config", path, "--out", self.folder / "run", "--overwrite")

    def test_code_stands_in_files_that_are_built(self):
        built = {
            "cpp": [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.cpp")],
            "cmake": [(ROOT / "tests/install/outside/CMakeLists.txt").read_text(encoding="utf-8")],
        }
        for language, files in built.items():
            found = [block for page in PAGES for block in blocks(page, language)]
            self.assertTrue(found)
            for block in found:
                for part in block.strip().splitlines() if language == "cmake" else [block]:
                    with self.subTest(part=part):
                        self.assertTrue(any(squeezed(part) in squeezed(file) for file in files))


if __name__ == "__main__":
    unittest.main()

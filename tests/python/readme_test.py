# SPDX-License-Identifier: Apache-2.0
"""What README shows is what works: its commands run, its C++ and CMake stand in files that are built."""
import re
import shlex
import subprocess
import unittest

from program import PROGRAM, ROOT, ProgramTest

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def squeezed(text):
    """Without blanks: line breaks are the formatter's business."""
    return re.sub(r"\s+", "", text)


class Readme(ProgramTest):
    def test_commands_run(self):
        commands = [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines() if line.startswith("build/release/millrace ")]
        self.assertGreaterEqual(len(commands), 5)
        for command in commands:
            words = shlex.split(command.replace("build/digits", str(self.folder)))
            with self.subTest(command=command):
                done = subprocess.run([PROGRAM, *words[1:]], cwd=ROOT, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_code_stands_in_files_that_are_built(self):
        built = {
            "cpp": [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.cpp")],
            "cmake": [(ROOT / "tests/install/outside/CMakeLists.txt").read_text(encoding="utf-8")],
        }
        for language, files in built.items():
            self.assertTrue(blocks(language))
            for block in blocks(language):
                for part in block.strip().splitlines() if language == "cmake" else [block]:
                    with self.subTest(part=part):
                        self.assertTrue(any(squeezed(part) in squeezed(file) for file in files))


if __name__ == "__main__":
    unittest.main()

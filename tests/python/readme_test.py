# SPDX-License-Identifier: Apache-2.0
"""Shows that what README.md and the pages in docs/ tell users to type works: commands, Python and TOML files run, and C++ and
CMake code stands in files that are built."""
import os
import pathlib
import random
import re
import shlex
import subprocess
import unittest

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from program import PROGRAM, ROOT, ProgramTest

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/start").glob("*.md"))]
# Other tests run the Python of these pages (package/package_test.py), in one process for each page; cluster_test.py has its own.
PACKAGE = {"README.md", "python.md", "keras.md", "sklearn.md"}
# Building and installing: `make check` in an empty system, tests/install, `make wheel`, and tests/python/others, which has the
# real Keras. Nothing here has Slurm or two laptops, as docs/cluster.md says.
ELSEWHERE = ("make ", "cmake ", "pip install ", "python3 -m venv ", "srun ")
TEXTS = ("import keras, millrace\n", "millrace train --data /home/me/")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(page):
    return [line.strip() for block in blocks(page, "sh") for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def squeezed(text):
    """The text without blanks and line breaks, which the formatter may change."""
    return re.sub(r"\s+", "", text)


class Readme(ProgramTest):
    def test_commands_run(self):
        for page in PAGES:
            found = [line for line in commands(page) if line.startswith("build/release/millrace ")]
            if page.name in ("README.md", "training.md", "command-line.md"):
                self.assertGreaterEqual(len(found), 3)
            for command in found:
                words = shlex.split(re.sub(r"\bbuild/(?!release/)", f"{self.folder}/{page.stem}-", command), comments=True)
                with self.subTest(page=page.name, command=command):
                    self.millrace(*words[1:])

    def test_a_session_prints_what_the_page_says(self):
        """The same words; numbers differ between processors, and times between runs."""
        session, = blocks(ROOT / "README.md", "console")
        command, *expected = session.splitlines()
        self.assertTrue(command.startswith("$ build/release/millrace "))
        words = shlex.split(command.replace(" build/cancer", f" {self.folder}/cancer"))
        printed = self.millrace(*words[2:], "--overwrite").replace(str(self.folder), "build").strip().splitlines()
        number = re.compile(r"\d+(?:\.\d+)?(?:ms|s)?")
        self.assertEqual([number.sub("N", line) for line in printed], [number.sub("N", line) for line in expected])
        accuracy = [float(re.search(r"accuracy (\S+)", lines[2])[1]) for lines in (printed, expected)]
        self.assertAlmostEqual(*accuracy, delta=0.02)

    def test_nothing_to_type_is_left_out(self):
        for page in PAGES:
            for line in commands(page):
                runs = line.startswith(("build/release/millrace ", "millrace ", "mpirun ", *ELSEWHERE)) or line.startswith("#")
                self.assertTrue(runs, f"{page.name}: no test runs '{line}'")
            if page.name not in PACKAGE | {"tables.md", "cluster.md"}:
                self.assertEqual(blocks(page, "python"), [], f"{page.name}: no test runs its Python")
            for language in re.findall(r"^```(.*)\n(?:.*\n)*?```$", page.read_text(encoding="utf-8"), re.MULTILINE):
                self.assertIn(language, ("sh", "console", "toml", "python", "cpp", "cmake", "text"), page.name)
            self.assertEqual([block for block in blocks(page, "text") if not block.startswith(TEXTS)], [], page.name)

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


class Files(ProgramTest):
    """What pages say about files of a user, in a folder that has such files."""

    def setUp(self):
        super().setUp()
        draw = random.Random(1)
        (self.folder / "examples").symlink_to(ROOT / "examples")
        self.write("people.csv", "id,age,country,income", [
            f"{i},{age},{country},{1000 + 20 * age + (300 if country == 'Chile' else 0) + draw.random() * 50:.0f}"
            for i in range(200) for age, country in [(20 + draw.randrange(50), draw.choice(["Chile", "Peru", "Togo"]))]])
        self.write("today.csv", "id,date,age,country", ["1,2026-11-29,33,Chile", "2,2026-11-29,,Peru", "3,2026-11-29,x,Togo"])
        self.write("table.csv", "a,b,price,label", [
            f"{a:.3f},{b:.3f},{a + b:.3f},{int(a > b)}" for _ in range(300) for a, b in [(draw.random(), draw.random())]])
        for name in ("2023/1.csv", "2023/2.csv", "2024/january.csv"):
            self.write(name, "a,b,y", [f"{a:.3f},{b:.3f},{a - b:.3f}" for _ in range(40) for a, b in [(draw.random(), draw.random())]])
        subprocess.run(["gzip", self.folder / "2024/january.csv"], check=True)
        images = numpy.random.default_rng(1)
        numpy.savez(self.folder / "mnist.npz", x_train=images.random((200, 28, 28), "float32"), y_train=numpy.arange(200) % 10,
                    x_test=images.random((50, 28, 28), "float32"), y_test=numpy.arange(50) % 10)

    def write(self, name, header, rows):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def run_here(self, command):
        environment = {**os.environ, "PATH": f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}"}
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")

    def run_page(self, page):
        found = [line for line in commands(ROOT / "docs" / page) if line.startswith("millrace ")]
        for command in found:
            with self.subTest(page=page, command=command):
                self.run_here(shlex.split(command, comments=True))
        return len(found)

    def foreign(self, name, producer, activation=None):
        """A network of three columns that another program wrote."""
        weights = numpy_helper.from_array(numpy.ones((3, 1), numpy.float32) / 3, "weights")
        nodes = [helper.make_node("MatMul", ["x", "weights"], ["z" if activation else "y"])]
        if activation:
            nodes.append(helper.make_node(activation, ["z"], ["y"]))
        graph = helper.make_graph(nodes, "graph", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])], [weights])
        model = helper.make_model(graph, producer_name=producer, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.save(model, self.folder / name)

    def test_tables(self):
        schema, = [block for block in blocks(ROOT / "docs/tables.md", "toml")]
        (self.folder / "people.toml").write_text(schema, encoding="utf-8")
        self.run_here(["millrace", "schema", "--data", "people.csv", "--target", "income"])
        self.assertEqual(self.run_page("tables.md"), 5)
        self.assertEqual((self.folder / "scores.csv").read_text(encoding="utf-8").splitlines()[0].split(",")[:2], ["id", "date"])
        self.assertEqual(len((self.folder / "unread.csv").read_text(encoding="utf-8").splitlines()), 2, "the age x")
        code, = blocks(ROOT / "docs/tables.md", "python")
        names = {}
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            exec(compile(code, "tables.md", "exec"), names)
        finally:
            os.chdir(before)

    def test_onnx(self):
        self.run_here(["millrace", "train", "--data", "table.csv", "--target", "label", "--out", "out", "--epochs", "20"])
        (self.folder / "out/model.onnx").rename(self.folder / "model.onnx")
        self.foreign("keras.onnx", "keras")
        self.foreign("torch.onnx", "pytorch", "Sigmoid")
        self.assertEqual(self.run_page("onnx.md"), 5)

    def test_cluster(self):
        """With mpirun if the program was built with MPI; the command of one process always."""
        mpi = any(pathlib.Path(PROGRAM).parent.glob("libmillrace-openmpi.so"))
        started = ("mpirun ", "millrace ") if mpi else ("millrace ",)
        found = [line for line in commands(ROOT / "docs/cluster.md") if line.startswith(started) and (mpi or "--hosts" not in line)]
        self.assertEqual(len(found), 5 if mpi else 1)
        for command in found:
            words = shlex.split(command.replace("a,b,c,d", "localhost:4"))
            # As root, and with fewer processors than ranks, Open MPI wants to be told so.
            more = ["--oversubscribe", *(["--allow-run-as-root"] if os.geteuid() == 0 else [])] if words[0] == "mpirun" else []
            self.run_here([words[0].replace("mpirun", "mpirun.openmpi"), *more, *words[1:]])
        models = {path.read_bytes() for path in self.folder.glob("*/model.onnx")}
        self.assertEqual(len(models), 1)

    def test_no_other_page_has_commands_for_files_of_a_user(self):
        found = {page.name for page in PAGES if any(line.startswith("millrace ") for line in commands(page))}
        self.assertEqual(found, {"tables.md", "onnx.md", "cluster.md"})

    def test_config_files_train(self):
        found = [(page, block) for page in PAGES for block in blocks(page, "toml")]
        self.assertGreaterEqual(len(found), 3)
        for page, block in found:
            with self.subTest(page=page.name, file=block):
                (self.folder / "run.toml").write_text(block, encoding="utf-8")
                words = {"tables.md": ["--data", "people.csv", "--target", "income"], "data.md": ["--target", "y"]}
                self.run_here(["millrace", "train", "--config", "run.toml", "--out", "run", "--overwrite", *words.get(page.name, [])])


if __name__ == "__main__":
    unittest.main()

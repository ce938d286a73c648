# SPDX-License-Identifier: Apache-2.0
"""Builds millrace_bench of a git revision or of the working tree.

Each commit gets build/gate/COMMIT/ with its files and its build tree, and is built once. The folder of the working tree has a name of the
same length, because the length of a program's path moves its stack, which alone can change its speed.
"""
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import ROOT, GateError
from .blocks import Program

HOME = ROOT / "build" / "gate"
TARGET = "millrace_bench"
WORKING_TREE = "working-tree"
SETTINGS = ("-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DMILLRACE_TESTS=OFF", "-DMILLRACE_BENCHMARKS=ON")


def git(*words, root=ROOT):
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise GateError(GateError.USAGE, f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


def name_of(revision, root=ROOT):
    """The name of the revision's folder: its commit, as long as the name of the working tree's folder."""
    if revision == ".":
        return WORKING_TREE
    return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", root=root)[:len(WORKING_TREE)]


def files(name, home=HOME, root=ROOT):
    """The folder with the revision's files. Those of a commit are unpacked from git, all or none."""
    if name == WORKING_TREE:
        return root
    source = home / name / "source"
    if not source.exists():
        unfinished = source.with_suffix(f".{os.getpid()}")
        unfinished.mkdir(parents=True)
        archive = subprocess.Popen(["git", "-C", str(root), "archive", name], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", unfinished], stdin=archive.stdout, check=True)
        archive.stdout.close()
        if archive.wait() != 0:
            shutil.rmtree(unfinished)
            raise GateError(GateError.BUILD, f"git archive {name} ended with {archive.returncode}")
        unfinished.replace(source)
    return source


def step(words, log):
    """Runs one command of a build and appends its output to the log."""
    with open(log, "a") as output:
        done = subprocess.run(words, stdout=output, stderr=output)
    if done.returncode != 0:
        last = "\n".join(Path(log).read_text(errors="replace").splitlines()[-15:])
        raise GateError(GateError.BUILD, f"{' '.join(map(str, words))}\nended with {done.returncode}; the end of {log}:\n{last}")


def build(revision, say=lambda text: None, home=HOME, root=ROOT):
    """Builds the revision's program; does nothing for a commit that was built before."""
    name = name_of(revision, root)
    tree, log = home / name / "build", home / name / "build.log"
    program = Program(revision if name.startswith(revision) or revision == "." else f"{revision} ({name})", tree / TARGET)
    built = home / name / "built"
    if name == WORKING_TREE or not built.exists():
        source = files(name, home, root)
        if not re.search(rf"\b{TARGET}\b", (source / "bench" / "CMakeLists.txt").read_text()):
            raise GateError(GateError.BUILD, f"{revision} ({name}) has no {TARGET}: it is older than the benchmarks")
        say(f"building {program.label}")
        tree.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        step(["cmake", "-S", source, "-B", tree, *SETTINGS], log)
        step(["cmake", "--build", tree, "--target", TARGET], log)
        built.touch()
    return program


def program(word, say=lambda text: None):
    """The program that an argument names: a file, or a revision, which is built."""
    path = Path(word)
    return Program(word, path.resolve()) if path.is_file() and os.access(path, os.X_OK) else build(word, say)

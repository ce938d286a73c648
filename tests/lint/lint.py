# SPDX-License-Identifier: Apache-2.0
"""The house rules that a program can check.

Usage:  lint.py [ROOT]

Prints how often each room includes each other one, then "file:line: what is wrong" for every breach, and exits with 1
if there is one. tests/lint/lint_test.py shows that each rule finds its breach.
"""
import collections
import pathlib
import re
import sys

FOLDERS = ("include", "src", "export", "tests", "bench", "examples", "scripts", "cmake", "docs")
ROOT_FILES = ("CMakeLists.txt", "Makefile", "CMakePresets.json", "packages.txt", "README.md", "HACKING.md", "DECISIONS.md")
SOURCES = (".cpp", ".hpp", ".py", ".sh", ".cmake", "CMakeLists.txt", "Makefile")

# The rooms in their order: a room may include itself, include/millrace and the rooms before it (src/README.md).
ROOMS = ("base", "threads", "kernels", "table", "store", "ops", "prepare", "network", "export", "step", "run", "model", "cli")

# Each library underneath has one door: a header of it is included in these places only.
DOORS = (
    (r"(oneapi/)?dnnl", ("src/kernels/",), "oneDNN belongs to src/kernels"),
    (r"omp\.h", ("src/threads/",), "OpenMP belongs to src/threads"),
    (r"(oneapi/)?tbb", ("src/threads/tasks.cpp",), "oneTBB belongs to src/threads/tasks.cpp"),
    (r"google/protobuf|onnx/", ("export/",), "protobuf and ONNX belong to export/"),
    (r"cblas|openblas", ("src/kernels/",), "OpenBLAS belongs to src/kernels"),
    (r"CLI/|toml\+\+", ("src/cli/",), "CLI11 and toml++ belong to src/cli"),
)

# What library sources do not say, and where they may. Tests and tools are free to.
FORBIDDEN = (
    (r"\bstd::(jthread|thread\b(?!::)|async)|\bpthread_create", "only the crew knows threads", ("src/threads/crew.cpp",)),
    (r"\bthread_local\b", "state belongs to a shard or a tile, never to a thread", ()),
    (r"\bstd::(cout|cerr|clog)\b|(?<![\w:])f?printf\s*\(|\bputs\s*\(", "the library never prints", ()),
    (r"\b(std::)?(abort|exit|_Exit|quick_exit|terminate)\s*\(", "the library never ends the process", ()),
    (r"\b(std::)?(rand|srand)\s*\(|\bstd::(mt19937|random_device)", "random numbers come from base/random.hpp", ()),
)

STD_HEADER = re.compile(r"[a-z_0-9]+(\.h)?")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


class Lint:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.breaches = []
        self.includes = collections.Counter()  # (room, room that it includes): how many include lines

    def run(self):
        for path in sorted(self.files()):
            name = path.relative_to(self.root).as_posix()
            text = path.read_text(encoding="utf-8", errors="replace")
            lines = text.splitlines()
            if name.endswith(SOURCES):
                self.check_licence(name, lines)
            self.check_words(name, lines)
            if name.endswith((".cpp", ".hpp")):
                self.check_includes(name, lines)
                self.check_library(name, lines)
            if name.startswith("include/"):
                self.check_public_header(name, lines)
            if name.endswith(".hpp") and "#pragma once" not in lines:
                self.report(name, 1, "a header without #pragma once")
            if name.endswith(".md"):
                self.check_links(name, lines)
        return self.breaches

    def files(self):
        for folder in FOLDERS:
            for path in (self.root / folder).rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".csv", ".npy", ".npz", ".onnx"):
                    yield path
        for name in ROOT_FILES:
            if (self.root / name).is_file():
                yield self.root / name

    def report(self, name, line, what):
        self.breaches.append(f"{name}:{line}: {what}")

    def check_licence(self, name, lines):
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:3]):
            self.report(name, 1, "no line 'SPDX-License-Identifier: Apache-2.0' among the first three")

    def check_words(self, name, lines):
        if name.startswith("tests/lint/"):
            return
        for number, line in enumerate(lines, 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                self.report(name, number, "work that is put off belongs into an issue, not into a comment")
            if not name.endswith(".md") and re.search(r"-m(arch|tune|cpu)=native", line):
                self.report(name, number, "what is shipped runs on any x86-64: no code for this machine only")

    def check_includes(self, name, lines):
        room = room_of(name)
        for number, line in enumerate(lines, 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            header = found[1]
            target = header.split("/")[0]
            if room in ROOMS and target in ROOMS:
                self.includes[room, target] += 1
                if ROOMS.index(target) > ROOMS.index(room):
                    earlier = ", ".join(ROOMS[:ROOMS.index(room)]) or "nothing else"
                    self.report(name, number, f"{room} includes {header}, a later room; it may include itself, include/millrace and {earlier}")
            for pattern, places, what in DOORS:
                if re.match(pattern, header) and room in ROOMS and not name.startswith(places):
                    self.report(name, number, f"includes {header}: {what}")

    def check_library(self, name, lines):
        room = room_of(name)
        if room not in ROOMS or room == "cli":
            return
        for number, line in enumerate(lines, 1):
            code = re.sub(r'//.*|"(\\.|[^"\\])*"', "", line)
            for pattern, what, places in FORBIDDEN:
                if name not in places and re.search(pattern, code):
                    self.report(name, number, what)

    def check_public_header(self, name, lines):
        if len(lines) >= 150:
            self.report(name, 150, f"a public header of {len(lines)} lines, expected below 150")
        if not any(line.startswith("// Usage:") or line.startswith("//   ") for line in lines[:12]):
            self.report(name, 1, "a public header opens with its usage")
        for number, line in enumerate(lines, 1):
            found = INCLUDE.match(line)
            if found and not found[1].startswith("millrace/") and not STD_HEADER.fullmatch(found[1]):
                self.report(name, number, f"includes {found[1]}; public headers include the standard library and millrace/ only")

    def check_links(self, name, lines):
        for number, line in enumerate(lines, 1):
            for target, _ in LINK.findall(line):
                if "://" not in target and not (self.root / name).parent.joinpath(target).exists():
                    self.report(name, number, f"links to {target}, which is not there")


def table_of_rooms(includes):
    """How often each room (a line) includes each other room (a column)."""
    lines = [f"{'includes':9}" + "".join(f"{room:>8}" for room in ROOMS)]
    for room in ROOMS:
        lines.append(f"{room:9}" + "".join(f"{includes[room, other] or '.':>8}" for other in ROOMS))
    return "\n".join(lines)


def room_of(name):
    parts = name.split("/")
    return "export" if parts[0] == "export" else parts[1] if parts[0] == "src" and len(parts) > 2 else ""


if __name__ == "__main__":
    checked = Lint(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    breaches = checked.run()
    print(table_of_rooms(checked.includes))
    print("\n".join(breaches))
    sys.exit(1 if breaches else 0)

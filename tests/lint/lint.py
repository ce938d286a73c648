# SPDX-License-Identifier: Apache-2.0
"""Checks the house rules that a program can check.

Usage:  lint.py [ROOT]

Prints how often each room includes each other room, then one "file:line: message" for every breach. Exits with 1 if
there is a breach. tests/lint/lint_test.py shows that each rule finds its breach.
"""
import collections
import pathlib
import re
import sys

FOLDERS = ("include", "src", "export", "python", "tests", "bench", "examples", "scripts", "cmake", "docs")
ROOT_FILES = ("CMakeLists.txt", "Makefile", "CMakePresets.json", "packages.txt", "*.md")
SOURCES = (".cpp", ".hpp", ".py", ".sh", ".cmake", "CMakeLists.txt", "Makefile")

# The rooms in their order. A room may include itself, include/millrace and the rooms before it (src/README.md).
ROOMS = ("base", "threads", "kernels", "table", "store", "ops", "prepare", "network", "export", "step", "run", "model", "cluster", "report", "cli")

# Folders of tests/ that mirror no room.
OTHER_TESTS = ("bench", "compile", "conformance", "consumers", "fuzz", "golden", "import", "install", "lint", "pages", "python", "resources", "support", "torture", "versions")

# (headers of a library, places that may include them, message)
DOORS = (
    (r"(oneapi/)?dnnl", ("src/kernels/",), "oneDNN belongs to src/kernels"),
    (r"omp\.h", ("src/threads/",), "OpenMP belongs to src/threads"),
    (r"(oneapi/)?tbb", ("src/threads/tasks.cpp",), "oneTBB belongs to src/threads/tasks.cpp"),
    (r"google/protobuf|onnx/", ("export/",), "protobuf and ONNX belong to export/"),
    (r"cblas|openblas", ("src/kernels/",), "OpenBLAS belongs to src/kernels"),
    (r"mpi\.h", ("src/cluster/module/",), "MPI belongs to src/cluster/module"),
    (r"CLI/|toml\+\+", ("src/cli/",), "CLI11 and toml++ belong to src/cli"),
)

# (pattern that library sources must not contain, message, files that may contain it). Tests and the program may.
FORBIDDEN = (
    (r"\bstd::(jthread|thread\b(?!::)|async)|\bpthread_create", "only src/threads starts threads, and the storage of rows one that watches memory", ("src/threads/thread_limit.cpp", "src/threads/thread_limit.hpp", "src/threads/background_job.hpp", "src/table/storage/row_storage.cpp")),
    (r"\bthread_local\b", "state belongs to a shard or a tile, not to a thread; only the choice of loops is a thread's", ("src/base/vectorize.cpp", "src/base/vectorize.hpp")),
    (r"\bstd::(cout|cerr|clog)\b|(?<![\w:])f?printf\s*\(|\bputs\s*\(", "the library never prints", ()),
    (r"\b(std::)?(abort|exit|_Exit|quick_exit|terminate)\s*\(", "the library never ends the process", ()),
    (r"\bstd::(ranges::)?views::", "clang 14 does not compile the views of g++ 12", ()),
    (r"\b(std::)?(rand|srand)\s*\(|\bstd::(mt19937|random_device)", "random numbers come from base/random.hpp", ()),
)

# The same for the modules of the Python package. A log, which grows, is opened to append.
FORBIDDEN_IN_PYTHON = (
    (r"\bopen\(.*[\"'](?:[rb]*[wx]|r?b?\+)|\bos\.(?:rename|replace)\(|\.write_(?:text|bytes)\(|\.tofile\(|\btempfile\b", "_core.write_file() writes files, whole or not at all",
     ("python/millrace/__main__.py", "python/millrace/_cluster.py")),  # a file in memory; /dev/null
    (r"(?<![\w.])print\(", "say() of _output.py prints, wherever stdout leads", ("python/millrace/__main__.py",)),
)

# Headers of the library that the program includes, besides the public ones and src/base: what the public ones do not
# offer (yet). `inspect` also shows parts of a file that a Model does not show.
FOR_THE_PROGRAM = (
    "cluster/launch.hpp", "cluster/made_once.hpp", "cluster/step_time.hpp",
    "kernels/kernel_set.hpp", "kernels/processor.hpp", "model/answer.hpp", "model/files/checkpoint.hpp", "model/files/checkpoint_files.hpp",
    "model/files/checkpoint_format.hpp", "model/files/data_fingerprint.hpp", "model/files/failure.hpp", "model/files/onnx.hpp", "model/files/onnx_verify.hpp",
    "model/files/quantized_verify.hpp", "ops/metrics/metric.hpp",
    "model/state.hpp", "report/comparison.hpp", "report/html.hpp", "report/measure/facts.hpp", "report/measure/rows.hpp", "report/page.hpp", "report/run_events.hpp", "report/run_report.hpp", "report/series.hpp", "run/epoch_values.hpp", "step/ranks.hpp",
    "store/tensor_file.hpp", "table/columns_named.hpp", "table/csv/file.hpp", "table/csv/precision.hpp", "table/csv/reader.hpp", "table/csv/scan.hpp", "table/kinds/dates.hpp", "table/idle_columns.hpp",
    "prepare/column_words.hpp", "table/file_format.hpp", "table/level_counts.hpp", "table/npy/write.hpp", "table/slips.hpp", "table/taken_columns.hpp", "table/target.hpp", "table/text/source.hpp", "threads/cpu_budget.hpp",
)

STD_HEADER = re.compile(r"[a-z_0-9]+(\.h)?")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")


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
                self.check_fail(name, lines)
                self.check_binding(name, lines)
            if name.startswith("python/millrace/"):
                self.check_forbidden(name, lines, FORBIDDEN_IN_PYTHON)
            if name.startswith("include/"):
                self.check_public_header(name, lines)
            if name == "include/millrace/millrace.hpp":
                self.check_list_of_headers(name, lines)
            if name.startswith("tests/"):
                self.check_test(name, lines)
            if name.endswith(".hpp") and "#pragma once" not in lines:
                self.report(name, 1, "a header without #pragma once")
            if name.endswith(".md"):
                self.check_links(name, lines)
            if name.endswith("requirements.txt"):
                self.check_hashes(name, lines)
        return self.breaches

    def files(self):
        for folder in FOLDERS:
            for path in (self.root / folder).rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".csv", ".npy", ".npz", ".onnx", ".png"):
                    yield path
        for pattern in ROOT_FILES:
            yield from self.root.glob(pattern)

    def report(self, name, line, message):
        self.breaches.append(f"{name}:{line}: {message}")

    def check_licence(self, name, lines):
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:3]):
            self.report(name, 1, "no line 'SPDX-License-Identifier: Apache-2.0' among the first three")

    def check_words(self, name, lines):
        if name.startswith("tests/lint/"):
            return
        for number, line in enumerate(lines, 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                self.report(name, number, "postponed work belongs in an issue, not in a comment")
            if not name.endswith(".md") and re.search(r"-m(arch|tune|cpu)=native", line):
                self.report(name, number, "the program must run on any x86-64 processor, not only on this one")

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
            if room == "cli" and target in ROOMS and target not in ("base", "cli") and header not in FOR_THE_PROGRAM:
                self.report(name, number, f"the program includes {header}; it uses public headers, or the header is listed in lint.py")
            for pattern, places, message in DOORS:
                if re.match(pattern, header) and room in ROOMS and not name.startswith(places):
                    self.report(name, number, f"includes {header}: {message}")

    def check_binding(self, name, lines):
        if not name.startswith("python/binding/"):
            return
        for number, line in enumerate(lines, 1):
            if "gil_scoped_" in line:
                self.report(name, number, "nanobind's guards abort when Python ends: use those of gil.hpp")

    def check_library(self, name, lines):
        room = room_of(name)
        if room in ROOMS and room != "cli":
            self.check_forbidden(name, map(code_of, lines), FORBIDDEN)

    def check_forbidden(self, name, lines, forbidden):
        for number, line in enumerate(lines, 1):
            for pattern, message, places in forbidden:
                if name not in places and re.search(pattern, line):
                    self.report(name, number, message)

    def check_fail(self, name, lines):
        """A source that calls fail() includes its header itself: another header may cease to include it."""
        if room_of(name) not in ROOMS or '#include "base/fail.hpp"' in lines:
            return
        code = "\n".join(map(code_of, lines))
        found = re.search(r"(?<![\w.:>])fail\(\s*ErrorKind::", code)
        if found:
            self.report(name, code.count("\n", 0, found.start()) + 1, "calls fail() without #include \"base/fail.hpp\"")

    def check_test(self, name, lines):
        """Tests mirror src/: each folder is a room's, each test file is a source's or says what it covers."""
        folder, _, path = name.removeprefix("tests/").partition("/")
        if not path or folder in OTHER_TESTS:
            return
        if folder not in ROOMS:
            self.report(name, 1, f"tests/{folder} mirrors no room; expected one of {', '.join(ROOMS + OTHER_TESTS)}")
            return
        room = pathlib.Path("export" if folder == "export" else f"src/{folder}")
        if not self.root.joinpath(room, path).parent.is_dir():
            self.report(name, 1, f"mirrors no folder of {room}")
        if name.endswith("_test.cpp"):
            source = path.rpartition("/")[2].removesuffix("_test.cpp")
            folders = self.root.joinpath(room, path).parent, self.root / "include/millrace"
            if not any(found.suffix in (".cpp", ".hpp") for folder in folders for found in folder.rglob(f"{source}.*")):
                if not any(re.match(r"// \w.{20,}", line) for line in lines[1:4]):
                    self.report(name, 1, f"mirrors no source of {room}, and no comment at its top says what it covers")

    def check_public_header(self, name, lines):
        if not any(line.startswith("// Usage:") or line.startswith("//   ") for line in lines[:12]):
            self.report(name, 1, "a public header opens with its usage")
        for number, line in enumerate(lines, 1):
            found = INCLUDE.match(line)
            if found and not found[1].startswith("millrace/") and not STD_HEADER.fullmatch(found[1]):
                self.report(name, number, f"includes {found[1]}; public headers include the standard library and millrace/ only")

    def check_list_of_headers(self, name, lines):
        """The header that includes all others also lists them, in the order of a program's steps."""
        listed = [found[1] for line in lines if (found := re.match(r"//   (\w+\.hpp) ", line))]
        included = [found[1].removeprefix("millrace/") for line in lines if (found := INCLUDE.match(line))]
        for header in sorted({*listed, *included}):
            for place, headers in (("lists", listed), ("includes", included)):
                if headers.count(header) != 1:
                    self.report(name, 1, f"{place} {header} {headers.count(header)} times, expected once")

    def check_hashes(self, name, lines):
        """pip refuses a package that was exchanged, if the file has the hashes of all packages."""
        for number, line in enumerate(lines, 1):
            following = lines[number] if number < len(lines) else ""
            if "==" in line and not (line.endswith(" \\") and re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", following)):
                self.report(name, number, "a package without the hash of its file, expected --hash=sha256:...")

    def check_links(self, name, lines):
        for number, line in enumerate(lines, 1):
            for target, anchor in LINK.findall(line):
                if "://" in target:
                    continue
                path = (self.root / name).parent.joinpath(target) if target else self.root / name
                if not path.exists():
                    self.report(name, number, f"links to {target}, which does not exist")
                elif anchor and path.suffix == ".md" and anchor[1:] not in anchors_of(path):
                    self.report(name, number, f"links to {target}{anchor}, but {path.name} has no such heading")


def code_of(line):
    """A line of C++ without comment and texts."""
    return re.sub(r'//.*|"(\\.|[^"\\])*"', "", line)


def anchors_of(page):
    """The anchors that a Markdown page offers: its headings, as GitHub spells them, and its <a id="..."> marks."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def table_of_rooms(includes):
    """Counts the include lines by including room (a line) and included room (a column)."""
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

# SPDX-License-Identifier: Apache-2.0
"""Shows that each rule of lint.py finds its breach and accepts correct files.

Usage:  lint_test.py
"""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import lint  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
PY = "# SPDX-License-Identifier: Apache-2.0\n"
HEADER = SPDX + "//\n// Usage:\n//   f();\n#pragma once\n"

# (file, text, part of the message; empty: no breach)
CASES = [
    ("src/ops/relu.cpp", SPDX + '#include "base/shape.hpp"\n#include "millrace/options.hpp"\n#include <vector>\n', ""),
    ("src/ops/relu.cpp", "int x;\n", "SPDX"),
    ("scripts/x.sh", "#!/bin/sh\necho\n", "SPDX"),
    ("scripts/x_requirements.txt", "# Pinned.\na==1 \\\n    --hash=sha256:" + 64 * "0" + "\n", ""),
    ("scripts/x_requirements.txt", "a==1\nb==2 \\\n    --hash=sha256:" + 64 * "0" + "\n", "without the hash"),
    ("bench/x_requirements.txt", "a==1\n", "without the hash"),
    ("src/ops/relu.cpp", SPDX + '#include "step/plan.hpp"\n', "ops includes step/plan.hpp"),
    ("src/threads/crew.cpp", SPDX + '#include "table/batches.hpp"\n', "threads includes table/batches.hpp"),
    ("src/table/csv/reader.cpp", SPDX + '#include "ops/op_text.hpp"\n', "table includes ops/op_text.hpp"),
    ("src/network/network.cpp", SPDX + '#include "step/step.hpp"\n', "network includes step/step.hpp"),
    ("src/step/plan.cpp", SPDX + '#include "model/files/card.hpp"\n', "step includes model/files/card.hpp"),
    ("src/store/tensor_file.cpp", SPDX + '#include "network/network.hpp"\n', "store includes network/network.hpp"),
    ("export/onnx_write.cpp", SPDX + '#include "step/plan.hpp"\n', "export includes step/plan.hpp"),
    ("src/network/network.cpp", SPDX + '#include "export/onnx_file.hpp"\n', "network includes export/onnx_file.hpp"),
    ("src/model/model.cpp", SPDX + '#include "cli/settings/command.hpp"\n', "model includes cli/settings/command.hpp"),
    ("src/model/model.cpp", SPDX + '#include "export/onnx_file.hpp"\n#include "run/trainer.hpp"\n', ""),
    ("src/cli/commands/train.cpp", SPDX + '#include "base/text.hpp"\n#include "model/state.hpp"\n#include <CLI/CLI.hpp>\n', ""),
    ("src/cli/commands/train.cpp", SPDX + '#include "ops/optimizers/optimizer.hpp"\n', "the program includes ops/optimizers/optimizer.hpp"),
    ("src/ops/dense.cpp", SPDX + "#include <oneapi/dnnl/dnnl.hpp>\n", "oneDNN belongs"),
    ("src/step/step.cpp", SPDX + "#include <omp.h>\n", "OpenMP belongs"),
    ("src/cluster/join.cpp", SPDX + "#include <mpi.h>\n", "MPI belongs"),
    ("src/kernels/onednn.cpp", SPDX + "#include <oneapi/dnnl/dnnl.hpp>\n", ""),
    ("src/kernels/matmul.cpp", SPDX + "#include <tbb/task_arena.h>\n", "oneTBB belongs"),
    ("src/threads/thread_limit.cpp", SPDX + "#include <thread>\nstd::thread t;\n", ""),
    ("src/threads/tasks.cpp", SPDX + "#include <tbb/task_arena.h>\n", ""),
    ("src/threads/crew.cpp", SPDX + "#include <tbb/task_arena.h>\n", "oneTBB belongs to src/threads/tasks.cpp"),
    ("src/model/files/onnx.cpp", SPDX + "#include <onnx/onnx_pb.h>\n", "protobuf and ONNX belong"),
    ("export/onnx_write.cpp", SPDX + "#include <google/protobuf/message.h>\n#include <onnx/onnx_pb.h>\n", ""),
    ("src/kernels/matmul.cpp", SPDX + "#include <CLI/CLI.hpp>\n", "CLI11 and toml++ belong"),
    ("src/step/step.cpp", SPDX + "std::thread t;\n", "only src/threads starts threads"),
    ("src/step/step.cpp", SPDX + "std::this_thread::yield(); // std::thread\n", ""),
    ("src/step/step.cpp", SPDX + "thread_local int x;\n", "not to a thread"),
    ("src/table/csv/reader.cpp", SPDX + 'std::cerr << "x";\n', "never prints"),
    ("src/table/csv/reader.cpp", SPDX + 'printf("x");\n', "never prints"),
    ("src/table/csv/reader.cpp", SPDX + "std::snprintf(text, 9, format);\n", ""),
    ("src/cli/main.cpp", SPDX + 'std::printf("x");\n', ""),
    ("src/base/error.cpp", SPDX + "std::abort();\n", "never ends the process"),
    ("src/base/error.cpp", SPDX + "return exit_code(kind);\n", ""),
    ("src/table/csv/reader.cpp", SPDX + "for (int i : std::views::iota(0, 3)) {}\n", "clang 14 does not compile"),
    ("src/ops/dropout.cpp", SPDX + "std::mt19937 generator;\n", "base/random.hpp"),
    ("src/ops/relu.cpp", SPDX + 'fail(ErrorKind::usage, who, "x");\n', 'without #include "base/fail.hpp"'),
    ("src/ops/relu.hpp", SPDX + '#pragma once\nfail(\n    ErrorKind::usage, who, "x");\n', 'src/ops/relu.hpp:3: calls fail() without'),
    ("src/ops/relu.cpp", SPDX + '#include "base/fail.hpp"\nfail(ErrorKind::usage, who, "x");\n', ""),
    ("src/ops/relu.cpp", SPDX + "setting->fail(ErrorKind::usage);  // fail(ErrorKind::usage)\n", ""),
    ("python/binding/model.cpp", SPDX + "const nb::gil_scoped_release unlocked;\n", "use those of gil.hpp"),
    ("python/binding/model.cpp", SPDX + "const GilReleased unlocked;\n", ""),
    ("python/millrace/x.py", PY + 'file = open(path, "wb")\n', "whole or not at all"),
    ("python/millrace/x.py", PY + 'file = open(self.path, mode="w", encoding="utf-8")\n', "whole or not at all"),
    ("python/millrace/x.py", PY + "file = open(path, 'r+b')\n", "whole or not at all"),
    ("python/millrace/x.py", PY + "os.replace(part, path)\n", "whole or not at all"),
    ("python/millrace/x.py", PY + "pathlib.Path(path).write_bytes(made)\n", "whole or not at all"),
    ("python/millrace/x.py", PY + 'a, b = open(path, "rb"), open(log, "a", newline="", encoding="utf-8")\n_core.write_file(path, [made])\n', ""),
    ("python/millrace/x.py", PY + "print(1)\n", "say() of _output.py prints"),
    ("python/millrace/x.py", PY + "fingerprint(1)\nsay(1)\n", ""),
    ("tests/python/x.py", PY + 'file = open(path, "wb")\n', ""),
    ("src/ops/relu.cpp", SPDX + "// TO" + "DO faster\n", "belongs in an issue"),
    ("docs/guide.md", "FIX" + "ME\n", "belongs in an issue"),
    ("cmake/Flags.cmake", "# SPDX-License-Identifier: Apache-2.0\nadd_compile_options(-march=nat" + "ive)\n", "any x86-64 processor"),
    ("include/millrace/data.hpp", HEADER + "#include <vector>\n#include <stdint.h>\n#include \"millrace/error.hpp\"\n", ""),
    ("include/millrace/data.hpp", HEADER + "#include <oneapi/dnnl/dnnl.hpp>\n", "standard library and millrace/ only"),
    ("include/millrace/data.hpp", HEADER + '#include "base/shape.hpp"\n', "standard library and millrace/ only"),
    ("include/millrace/data.hpp", SPDX + "#pragma once\n", "opens with its usage"),
    ("include/millrace/millrace.hpp", HEADER + "//   data.hpp  datasets\n#include \"millrace/data.hpp\"\n", ""),
    ("include/millrace/millrace.hpp", HEADER + "#include \"millrace/data.hpp\"\n", "lists data.hpp 0 times"),
    ("include/millrace/millrace.hpp", HEADER + "//   data.hpp  datasets\n", "includes data.hpp 0 times"),
    ("src/base/shape.hpp", SPDX + "int x;\n", "without #pragma once"),
    ("README.md", "[a](docs/none.md) [b](https://example.org)\n", "links to docs/none.md"),
    ("README.md", "[a](README.md#the-part) [b](#the-part)\n## The part\n", ""),
    ("README.md", '[a](#d7)\n<a id="d7"></a>\n', ""),
    ("README.md", "[a](README.md#part)\n", "has no such heading"),
    ("tests/data/csv_test.cpp", SPDX, "tests/data mirrors no room"),
    ("tests/golden/replay_test.cpp", SPDX, ""),
    ("tests/base/text_test.cpp", SPDX, "mirrors no source of src/base"),
    ("tests/base/text_test.cpp", SPDX + "//\n// Texts that come from damaged files.\n", ""),
    ("tests/base/utf8_test.cpp", SPDX, ""),
    ("tests/base/text/utf8_test.cpp", SPDX, ""),
    ("tests/table/xml/reader_test.cpp", SPDX + "//\n// Texts that come from damaged files.\n", "mirrors no folder of src/table"),
]


class Rules(unittest.TestCase):
    def test_each_rule_finds_its_breach_and_nothing_else(self):
        for name, text, message in CASES:
            with self.subTest(file=name, text=text), tempfile.TemporaryDirectory() as root:
                pathlib.Path(root, "src/base/text").mkdir(parents=True)
                pathlib.Path(root, "src/base/text/utf8.hpp").write_text("#pragma once\n" + SPDX)
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                breaches = lint.Lint(root).run()
                if message:
                    self.assertEqual(len(breaches), 1, breaches)
                    self.assertIn(message, breaches[0])
                else:
                    self.assertEqual(breaches, [])


if __name__ == "__main__":
    unittest.main()

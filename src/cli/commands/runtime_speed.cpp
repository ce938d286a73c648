// SPDX-License-Identifier: Apache-2.0
//
// The speed of a model in ONNX Runtime, which is a Python package for most users: the python3 of the search path runs it.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>

#include "cli/commands/quantized_export.hpp"

extern char** environ;

namespace millrace::cli {

namespace {

// Prints the version, then the microseconds a row of each file. Best of several runs: others use the machine, too.
constexpr const char* script = R"python(
import sys, time
import numpy, onnxruntime
kinds = {"tensor(float)": numpy.float32, "tensor(double)": numpy.float64, "tensor(int64)": numpy.int64}
times = []
for path in sys.argv[1:]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feeds = {}  # zeros are numbers and categories
    for value in session.get_inputs():
        shape = [64, *value.shape[1:]]
        text = value.type == "tensor(string)"
        feeds[value.name] = numpy.full(shape, "", object) if text else numpy.zeros(shape, kinds[value.type])
    session.run(None, feeds)
    best, end = float("inf"), time.perf_counter() + 0.5
    while time.perf_counter() < end:
        start = time.perf_counter()
        session.run(None, feeds)
        best = min(best, time.perf_counter() - start)
    times.append(best / 64 * 1e6)
print(onnxruntime.__version__, *times)
)python";

// What python3 prints; empty if there is none, or if it fails.
std::string output_of_python(const std::string& full, const std::string& quantized) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return "";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
  std::array<std::string, 5> words{"python3", "-c", script, full, quantized};
  std::array<char*, 6> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  pid_t child = 0;
  const bool started = posix_spawnp(&child, "python3", &actions, nullptr, arguments.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  std::array<char, 256> piece{};
  while (started) {
    const ssize_t count = read(ends[0], piece.data(), piece.size());
    if (count <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 1;
  if (started) waitpid(child, &status, 0);
  return status == 0 ? text : "";
}

}  // namespace

RuntimeSpeed measure_in_runtime(const std::string& full, const std::string& quantized) {
  std::istringstream words(output_of_python(full, quantized));
  RuntimeSpeed speed;
  words >> speed.version >> speed.full >> speed.quantized;
  return words ? speed : RuntimeSpeed{};
}

}  // namespace millrace::cli

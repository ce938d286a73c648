// SPDX-License-Identifier: Apache-2.0
//
// millrace_bench: every benchmark of the library. Flags are Google Benchmark's own (--benchmark_filter, ...), and
// --instructions=N, for bench/instructions. Exit code 1 if an answer was wrong or a benchmark could not run, 2 if no
// benchmark was selected.
#include <dlfcn.h>
#include <gnu/libc-version.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "harness/benchmark.hpp"
#include "kernels/matmul.hpp"
#include "millrace/version.hpp"
#include "threads/cpu_budget.hpp"

namespace {

constexpr std::string_view instructions_flag = "--instructions=";

// Removes the flag from the arguments.
void read_instructions(int& count, char** words) {
  const auto ours = [](const char* word) { return std::string_view(word).starts_with(instructions_flag); };
  for (int i = 1; i < count; ++i) {
    if (ours(words[i])) millrace::bench::instructions::set_iterations(std::atoll(words[i] + instructions_flag.size()));
  }
  count = static_cast<int>(std::remove_if(words + 1, words + count, ours) - words);
}

// "OpenBLAS 0.3.21"
std::string openblas_version() {
  void* const library = dlopen(MILLRACE_OPENBLAS, RTLD_NOW | RTLD_LOCAL);
  void* const function = library != nullptr ? dlsym(library, "openblas_get_config") : nullptr;
  if (function == nullptr) return "no OpenBLAS";
  const std::string config = reinterpret_cast<const char* (*)()>(function)();
  return config.substr(0, config.find(' ', config.find(' ') + 1));
}

// Everything besides the source on which a figure depends.
void add_context() {
  std::string libraries;
  for (const std::string& library : millrace::library_versions()) libraries += library + ", ";
  benchmark::AddCustomContext("millrace", millrace::version());
  benchmark::AddCustomContext("compiler", MILLRACE_COMPILER);
  benchmark::AddCustomContext("libraries", libraries + openblas_version() + ", glibc " + gnu_get_libc_version());
  benchmark::AddCustomContext("instruction set", millrace::kernel_isa());
  benchmark::AddCustomContext("threads", millrace::cpu_budget().reason);
}

}  // namespace

int main(int count, char** words) {
  read_instructions(count, words);
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 2;
  add_context();
  millrace::bench::add_groups();
  if (benchmark::RunSpecifiedBenchmarks() == 0) return 2;
  benchmark::Shutdown();
  return millrace::bench::any_failed() ? 1 : 0;
}

// SPDX-License-Identifier: Apache-2.0
//
// millrace_bench: every benchmark of the library. Flags are Google Benchmark's own (--benchmark_filter, ...). Exit code
// 1 when a benchmark's answer was wrong or it could not run, 2 when there was none to run.
#include "base/cpu_budget.hpp"
#include "base/crew.hpp"
#include "base/matmul.hpp"
#include "harness/benchmark.hpp"
#include "millrace/version.hpp"

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 2;
  benchmark::AddCustomContext("millrace", millrace::version());
  benchmark::AddCustomContext("compiler", __VERSION__);
  benchmark::AddCustomContext("kernels", millrace::kernel_library() + ", " + millrace::kernel_isa());
  benchmark::AddCustomContext("threads", millrace::cpu_budget().reason);
  millrace::bench::add_groups();
  if (benchmark::RunSpecifiedBenchmarks() == 0) return 2;
  benchmark::Shutdown();
  return millrace::bench::any_failed() ? 1 : 0;
}

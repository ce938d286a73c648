// SPDX-License-Identifier: Apache-2.0
//
// The entry points of libFuzzer:  MILLRACE_FUZZ=csv build/fuzz/millrace_fuzz -max_total_time=20 tests/fuzz/corpus/csv
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/harness.hpp"

namespace {

const millrace::fuzz::Harness* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  using namespace millrace::fuzz;
  const char* const name = std::getenv("MILLRACE_FUZZ");
  chosen = name == nullptr ? nullptr : find_harness(name);
  if (chosen != nullptr) return 0;
  std::fputs("fuzz: set MILLRACE_FUZZ to one of", stderr);
  for (const Harness& harness : harnesses()) std::fprintf(stderr, " %s", std::string(harness.name).c_str());
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::fuzz::run(*chosen, {reinterpret_cast<const char*>(data), size});
  return 0;
}

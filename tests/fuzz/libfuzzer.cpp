// SPDX-License-Identifier: Apache-2.0
//
// The entry points of libFuzzer:  MILLRACE_FUZZ=csv build/fuzz/millrace_fuzz -max_total_time=20 tests/fuzz/corpus/csv
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "fuzz/harness.hpp"

namespace {

const millrace::fuzz::Harness* chosen = nullptr;

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

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

// libFuzzer's own changes are of bytes. Every other change is the harness's: of a word, a number, a field as a whole.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::minstd_rand draws(seed);
  if (draws() % 2 == 0) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    if (chosen->change(bytes, draws()) && bytes.size() <= most) {
      std::memcpy(data, bytes.data(), bytes.size());
      return bytes.size();
    }
  }
  return LLVMFuzzerMutate(data, size, most);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::fuzz::run(*chosen, {reinterpret_cast<const char*>(data), size});
  return 0;
}

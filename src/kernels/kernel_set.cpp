// SPDX-License-Identifier: Apache-2.0
#include "kernels/kernel_set.hpp"

#include <gnu/libc-version.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

#include "base/names.hpp"
#include "base/text.hpp"
#include "base/vectorize.hpp"
#include "kernels/openblas.hpp"
#include "kernels/processor.hpp"

namespace millrace {

namespace {

// Variables by which a library chooses other kernels or another accuracy (oneDNN 2.6 and 3.7, OpenBLAS 0.3).
constexpr std::array variables = {"DNNL_MAX_CPU_ISA",     "ONEDNN_MAX_CPU_ISA",       "DNNL_CPU_ISA_HINTS",
                                  "ONEDNN_CPU_ISA_HINTS", "DNNL_DEFAULT_FPMATH_MODE", "ONEDNN_DEFAULT_FPMATH_MODE",
                                  "OPENBLAS_CORETYPE",    "OPENBLAS_L2_SIZE",         "OPENBLAS_BLOCK_FACTOR",
                                  "GLIBC_TUNABLES"};

constexpr std::array variables_of_c_library = {"GLIBC_TUNABLES"};

// "NAME=value" for each of these variables that is set.
std::vector<std::string> values_of(std::span<const char* const> names) {
  std::vector<std::string> set;
  for (const char* const name : names) {
    if (const char* const value = std::getenv(name); value != nullptr && *value != '\0')
      set.push_back(std::string(name) + "=" + value);
  }
  return set;
}

std::vector<std::string> obeyed() { return values_of(variables); }

std::string caches() {
  std::vector<std::string> sizes;
  for (const int level : {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE})
    sizes.push_back(std::to_string(std::max(0L, sysconf(level)) >> 10) + " KiB");
  return join(sizes);
}

// Version and processor type, without the build's options: "0.3.21 SkylakeX".
std::string openblas_text() {
  const std::vector<std::string> words = split_text(openblas::configuration(), ' ');
  if (words.size() < 2) return "none";
  std::string text = words[1];
  for (std::size_t i = 2; i < words.size(); ++i) {
    // The only word in mixed case is the processor type.
    const bool lower = words[i].find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos;
    if (lower) text += " " + words[i];
  }
  return text;
}

std::string compiler() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

// The version of our compiled loops (vectorize.hpp) that run on this processor.
std::string loops() {
  switch (loop_set()) {
    case LoopSet::avx512:
      return "x86-64-v4";
    case LoopSet::avx2:
      return "x86-64-v3";
    case LoopSet::baseline:
      return "x86-64";
  }
  return "";
}

}  // namespace

std::vector<KernelFact> kernel_set() {
  const std::string library = kernel_library(), environment = join(obeyed());
  return {{"instruction set", kernel_isa()},
          {"loops", loops()},
          {"caches", caches()},
          {"oneDNN", library.substr(library.find(' ') + 1)},
          {"OpenBLAS", openblas_text()},
          {"C library", gnu_get_libc_version()},
          {"compiler", compiler()},
          {"variables", environment.empty() ? "none" : environment}};
}

std::vector<KernelFact> portable_kernel_set() {
  const std::string environment = join(values_of(variables_of_c_library));
  return {{"C library", gnu_get_libc_version()}, {"variables", environment.empty() ? "none" : environment}};
}

std::vector<std::string> kernel_notes() {
  std::vector<std::string> notes;
  if (openblas::sgemm() == nullptr)
    notes.push_back("OpenBLAS cannot be used: " + openblas::why_missing() +
                    "; other kernels take its place, whose results differ in their last bits");
  const std::vector<std::string> set = obeyed();
  if (!set.empty())
    notes.push_back(join(set) + (set.size() == 1 ? " is" : " are") +
                    " set and can select other kernels, whose results differ in their last bits");
  return notes;
}

}  // namespace millrace

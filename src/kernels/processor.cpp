// SPDX-License-Identifier: Apache-2.0
#include "kernels/processor.hpp"

#include <array>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/vectorize.hpp"
#include "kernels/onednn.hpp"
#include "kernels/openblas.hpp"

namespace millrace {

namespace {

struct InstructionSet {
  const char* name;
  LoopSet loops;
  dnnl::cpu_isa onednn;
  const char* openblas;  // the processor type whose kernels need no more; null: OpenBLAS may choose
};
constexpr std::array instruction_sets{
    InstructionSet{"sse41", LoopSet::baseline, dnnl::cpu_isa::sse41, "Nehalem"},
    InstructionSet{"avx2", LoopSet::avx2, dnnl::cpu_isa::avx2, "Haswell"},
    InstructionSet{"avx512", LoopSet::avx512, dnnl::cpu_isa::avx512_core, nullptr},
};

const InstructionSet& find_set(const std::string& name) {
  for (const InstructionSet& set : instruction_sets)
    if (name == set.name) return set;
  fail(ErrorKind::usage, "isa", unknown_name("instruction set", name, {"sse41", "avx2", "avx512"}));
}

}  // namespace

Vectors kernel_vectors() { return onednn::vectors(); }
std::string kernel_isa() { return onednn::isa_name(); }
std::string kernel_library() { return onednn::version_name(); }

void limit_instruction_set(const std::string& name) {
  const InstructionSet& set = find_set(name);
  if (set.loops > loop_set())
    fail(ErrorKind::environment, "isa", "this processor has no " + name + ", expected a set that it has");
  limit_loops(set.loops);
  onednn::limit(set.onednn);
  if (set.openblas != nullptr) openblas::limit(set.openblas);
}

}  // namespace millrace

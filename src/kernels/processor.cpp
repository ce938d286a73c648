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
  LoopSet loops;
  dnnl::cpu_isa onednn;
  const char* openblas;  // the processor type whose kernels need no more; null: OpenBLAS may choose
};
// In the order of isa_words, without auto.
constexpr std::array instruction_sets{
    InstructionSet{LoopSet::baseline, dnnl::cpu_isa::sse41, "Nehalem"},
    InstructionSet{LoopSet::avx2, dnnl::cpu_isa::avx2, "Haswell"},
    InstructionSet{LoopSet::avx512, dnnl::cpu_isa::avx512_core, nullptr},
};
static_assert(instruction_sets.size() + 1 == isa_words.size());

}  // namespace

Vectors kernel_vectors() { return onednn::vectors(); }
std::string kernel_isa() { return onednn::isa_name(); }
std::string kernel_library() { return onednn::version_name(); }

void limit_instruction_set(const std::string& name) {
  const auto place = value_of_word<std::size_t>(isa_words, name);
  if (!place)
    fail(ErrorKind::usage, "isa", unknown_name("instruction set", name, {isa_words.begin(), isa_words.end()}));
  if (*place == 0) return;
  const InstructionSet& set = instruction_sets[*place - 1];
  if (set.loops > loop_set())
    fail(ErrorKind::environment, "isa", "this processor has no " + name + ", expected a set that it has");
  limit_loops(set.loops);
  onednn::limit(set.onednn);
  if (set.openblas != nullptr) openblas::limit(set.openblas);
}

}  // namespace millrace

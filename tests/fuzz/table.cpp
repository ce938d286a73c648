// SPDX-License-Identifier: Apache-2.0
#include "fuzz/harness.hpp"
#include "fuzz/models/models.hpp"
#include "fuzz/readers/readers.hpp"

namespace millrace::fuzz {

std::span<const Harness> harnesses() {
  static constexpr Harness rows[] = {{"csv", fuzz_csv},         {"table", fuzz_table}, {"libsvm", fuzz_libsvm},
                                     {"npy", fuzz_npy},         {"npz", fuzz_npz},     {"idx", fuzz_idx},
                                     {"arrow", fuzz_arrow},     {"cache", fuzz_cache}, {"checkpoint", fuzz_checkpoint},
                                     {"network", fuzz_network}, {"words", fuzz_words}, {"onnx", fuzz_onnx}};
  return rows;
}

}  // namespace millrace::fuzz

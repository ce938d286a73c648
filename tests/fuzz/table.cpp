// SPDX-License-Identifier: Apache-2.0
#include "fuzz/harness.hpp"
#include "fuzz/models/models.hpp"
#include "fuzz/readers/readers.hpp"
#include "fuzz/words.hpp"

namespace millrace::fuzz {

std::span<const Harness> harnesses() {
  static constexpr Harness rows[] = {{"csv", fuzz_csv, change_word},
                                     {"table", fuzz_table, change_word},
                                     {"libsvm", fuzz_libsvm, change_word},
                                     {"npy", fuzz_npy, change_word},
                                     {"npz", fuzz_npz, change_word},
                                     {"idx", fuzz_idx, change_word},
                                     {"arrow", fuzz_arrow, change_word},
                                     {"cache", fuzz_cache, change_word},
                                     {"checkpoint", fuzz_checkpoint, change_word},
                                     {"failure", fuzz_failure, change_word},
                                     {"network", fuzz_network, change_word},
                                     {"words", fuzz_words, change_word},
                                     {"onnx", fuzz_onnx, change_onnx}};
  return rows;
}

}  // namespace millrace::fuzz

// SPDX-License-Identifier: Apache-2.0
#include "fuzz/models/models.hpp"

#include <cstddef>
#include <span>

#include "millrace/error.hpp"
#include "millrace/model.hpp"

namespace millrace::fuzz {

void fuzz_onnx(std::string_view bytes) {
  try {
    use(Model::load_onnx(std::as_bytes(std::span(bytes))));
  } catch (const Error& error) {
    // The imported network is compared with the graph of the file, and rounding may be too coarse for its numbers.
    if (error.kind() != ErrorKind::mismatch) throw;
  }
}

}  // namespace millrace::fuzz

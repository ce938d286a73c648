// SPDX-License-Identifier: Apache-2.0
#include "fuzz/models/models.hpp"

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <span>

#include "fuzz/fields.hpp"
#include "fuzz/words.hpp"
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

bool change_onnx(std::string& bytes, unsigned draw) {
  onnx::ModelProto model;
  const bool of_a_word = draw % 4 == 0;
  if (of_a_word || !model.ParseFromString(bytes)) return change_word(bytes, draw);
  return change_field(model, draw) && model.SerializeToString(&bytes);
}

}  // namespace millrace::fuzz

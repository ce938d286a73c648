// SPDX-License-Identifier: Apache-2.0
#include "fuzz/models/models.hpp"

#include <cstddef>
#include <span>
#include <vector>

#include "fuzz/harness.hpp"
#include "millrace/error.hpp"
#include "millrace/model.hpp"

namespace millrace::fuzz {

namespace {

// A model that was accepted can be used.
void use(const Model& model) {
  constexpr std::int64_t small = 1000;
  std::int64_t weights = 0;
  for (const Parameter& parameter : model.parameters()) weights += std::ssize(model.weights(parameter.name));
  if (weights > small || model.input_width() > small || !model.table_columns().empty()) return;
  const std::vector<float> row(static_cast<std::size_t>(model.input_width()), 0.0F);
  const Matrix output = model.predict(Dataset::view(row, model.input_width(), {}), 1);
  require(output.rows() == 1 && output.columns() == model.output_width(), "a prediction for the row");
}

}  // namespace

void fuzz_onnx(std::string_view bytes) {
  try {
    use(Model::load_onnx(std::as_bytes(std::span(bytes))));
  } catch (const Error& error) {
    // The imported network is compared with the graph of the file, and rounding may be too coarse for its numbers.
    if (error.kind() != ErrorKind::mismatch) throw;
  }
}

}  // namespace millrace::fuzz

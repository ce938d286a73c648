// SPDX-License-Identifier: Apache-2.0
#include "fuzz/models/models.hpp"

#include <cstddef>
#include <vector>

#include "fuzz/harness.hpp"
#include "millrace/model.hpp"

namespace millrace::fuzz {

void use(const Model& model) {
  constexpr std::int64_t small = 1000;
  std::int64_t weights = 0;
  for (const Parameter& parameter : model.parameters()) weights += std::ssize(model.weights(parameter.name));
  if (weights > small || model.input_width() > small || !model.table_columns().empty()) return;
  const std::vector<float> row(static_cast<std::size_t>(model.input_width()), 0.0F);
  const Matrix output = model.predict(Dataset::view(row, model.input_width(), {}), 1);
  require(output.rows() == 1 && output.columns() == model.output_width(), "a prediction for the row");
}

}  // namespace millrace::fuzz

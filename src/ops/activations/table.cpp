// SPDX-License-Identifier: Apache-2.0
#include "ops/activations/activation.hpp"

#include "base/names.hpp"
#include "millrace/error.hpp"
#include "ops/activations/elementwise.hpp"
#include "ops/families.hpp"

namespace millrace {

ValueLimits Activation::limits() const {
  switch (range()) {
    case ValueRange::numbers:
      break;
    case ValueRange::probabilities:
      return {.least = 0, .most = 1};
    case ValueRange::logs_of_probabilities:
      return {.most = 0};
  }
  return {};
}

// The rows stand at the end of the file of their family.
std::span<const ActivationRow> activation_table() {
  static const std::vector<ActivationRow> table =
      rows_of_families<ActivationRow>({rectified_rows, bounded_rows, gated_rows, rowwise_rows});
  return table;
}

const ActivationRow& activation_row(std::string_view name) { return find_row(activation_table(), "activation", name); }

OpConfig parse_activation(const std::string& text) { return parse_named(text, &activation_row); }

std::shared_ptr<const Activation> make_activation(const std::string& text, Semantics semantics) {
  const OpConfig config = parse_activation(text);
  return activation_row(config.op).make(config, semantics);
}

}  // namespace millrace

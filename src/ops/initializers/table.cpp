// SPDX-License-Identifier: Apache-2.0
#include "ops/initializers/initializer.hpp"

#include "ops/families.hpp"

namespace millrace {

// The rows stand at the end of the file of their family.
std::vector<InitializerRow> constant_initializers();
std::vector<InitializerRow> scaled_initializers();
std::vector<InitializerRow> orthogonal_initializers();
std::vector<InitializerRow> random_initializers();

std::span<const InitializerRow> initializer_table() {
  static const std::vector<InitializerRow> table = rows_of_families<InitializerRow>(
      {constant_initializers, scaled_initializers, orthogonal_initializers, random_initializers});
  return table;
}

namespace {

const InitializerRow& initializer_row(std::string_view name) {
  return find_row(initializer_table(), "initializer", name);
}

}  // namespace

void initialize(const std::string& text, const InitializerSite& site, Random random, std::span<float> values) {
  const OpConfig config = parse_named(text, &initializer_row);
  initializer_row(config.op).fill(config, site, random, values);
}

std::string initializer_text(const std::string& text) {
  const OpConfig config = parse_named(text, &initializer_row);
  return shortest_text(config, initializer_row(config.op).options(Semantics::keras));
}

void check_initializer(const std::string& text) {
  initialize(text, {.shape = {1, 1}}, Random(0, RandomStream::initial_weights), {});
}

}  // namespace millrace

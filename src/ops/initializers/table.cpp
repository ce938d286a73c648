// SPDX-License-Identifier: Apache-2.0
#include "ops/initializers/initializer.hpp"

namespace millrace {

// One row for each initializer, defined in the file of its family.
InitializerRow zeros_row();
InitializerRow ones_row();
InitializerRow constant_row();
InitializerRow glorot_uniform_row();
InitializerRow glorot_normal_row();
InitializerRow he_uniform_row();
InitializerRow he_normal_row();
InitializerRow lecun_uniform_row();
InitializerRow lecun_normal_row();
InitializerRow variance_scaling_row();
InitializerRow orthogonal_row();
InitializerRow random_uniform_row();
InitializerRow random_normal_row();
InitializerRow truncated_normal_row();
InitializerRow torch_uniform_row();
InitializerRow sklearn_uniform_row();

std::span<const InitializerRow> initializer_table() {
  static const std::vector<InitializerRow> table{
      zeros_row(),          ones_row(),           constant_row(),      glorot_uniform_row(),   glorot_normal_row(),
      he_uniform_row(),     he_normal_row(),      lecun_uniform_row(), lecun_normal_row(),     variance_scaling_row(),
      orthogonal_row(),     random_uniform_row(), random_normal_row(), truncated_normal_row(), torch_uniform_row(),
      sklearn_uniform_row()};
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

void check_initializer(const std::string& text) {
  initialize(text, {.shape = {1, 1}}, Random(0, RandomStream::initial_weights), {});
}

}  // namespace millrace

// SPDX-License-Identifier: Apache-2.0
//
// Initial values of parameters.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/shape.hpp"
#include "ops/op_text.hpp"

namespace millrace {

struct InitializerSite {
  Shape shape;                           ///< of the parameter; a kernel is (inputs, outputs)
  std::int64_t fan_in = 1, fan_out = 1;  ///< of the layer, for its bias too
  std::string_view hidden_activation{};  ///< of the network's first layer that has one
};

struct InitializerRow {
  std::string_view name;
  std::string_view summary;
  std::vector<OptionInfo> (*options)(Semantics);
  void (*fill)(const OpConfig& config, const InitializerSite& site, Random random, std::span<float> values);
};

[[nodiscard]] std::span<const InitializerRow> initializer_table();

/// Fills `values` with the initializer that `text` names: "glorot_uniform", "random_normal:stddev=0.1". Throws
/// Error{usage}.
void initialize(const std::string& text, const InitializerSite& site, Random random, std::span<float> values);
/// Throws Error{usage} when `text` names no initializer or has a wrong option.
void check_initializer(const std::string& text);
/// The shortest text that means the same as `text`. Throws Error{usage}.
[[nodiscard]] std::string initializer_text(const std::string& text);

/// The table row of an initializer: a struct with op, summary, fields() and fill(site, random, values).
template <OptionStruct Options>
[[nodiscard]] InitializerRow initializer_row_of() {
  return {.name = Options::op,
          .summary = Options::summary,
          .options = &describe_options<Options>,
          .fill = [](const OpConfig& config, const InitializerSite& site, Random random, std::span<float> values) {
            options_from<Options>(config).fill(site, random, values);
          }};
}

}  // namespace millrace

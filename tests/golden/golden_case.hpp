// SPDX-License-Identifier: Apache-2.0
//
// A training curve of another library, and the numbers it was made from (README.md, generator.py).
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "millrace/config.hpp"
#include "millrace/data.hpp"
#include "support/test_network.hpp"

namespace millrace::golden {

/// 24 random bits and a fraction of 2^-24 of them.
[[nodiscard]] std::uint64_t bits(std::uint64_t seed, std::uint64_t index);
/// `count` elements of a fill.
[[nodiscard]] std::vector<float> fill(const nlohmann::json& spec, std::int64_t count);
/// Targets [rows x columns] of rows x[rows x inputs].
[[nodiscard]] std::vector<float> targets(const nlohmann::json& spec, const std::vector<float>& x, std::int64_t rows);

struct Case {
  nlohmann::json json;

  [[nodiscard]] std::string name() const { return json.at("name").get<std::string>(); }
  [[nodiscard]] Semantics semantics() const;
  [[nodiscard]] std::int64_t number(const char* key) const { return json.at(key).get<std::int64_t>(); }
  /// The network, with initial parameters.
  [[nodiscard]] test::TestNetwork network() const;
  [[nodiscard]] LossConfig loss() const;
  /// The optimizer's own options, and those of UpdateOptions.
  [[nodiscard]] OptimizerConfig optimizer() const;
  [[nodiscard]] OpConfig update() const;
  /// Without a name where the rate stays.
  [[nodiscard]] ScheduleConfig schedule() const;

  friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name(); }
};

/// Rows as a case describes them. Inputs lie side by side, in the order the case lists them.
struct Table {
  std::vector<float> x, y, weights;
  std::int64_t rows = 0, inputs = 0, outputs = 0;
  explicit Table(const Case& c);
  [[nodiscard]] Dataset view() const { return Dataset::view(x, inputs, y, outputs); }
};

/// All cases of keras.json, torch.json and sklearn.json.
[[nodiscard]] const std::vector<Case>& cases();

}  // namespace millrace::golden

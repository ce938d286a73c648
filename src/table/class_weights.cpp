// SPDX-License-Identifier: Apache-2.0
#include "table/class_weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "table/checks.hpp"
#include "table/target_class.hpp"

namespace millrace {

namespace {

std::int64_t class_of(const Dataset& data, std::int64_t table_row) {
  const float* target = data.targets.row(table_row);
  const std::int64_t columns = data.targets.columns, own = class_of_targets(target, columns);
  if (columns == 1) {
    if (target[0] == static_cast<float>(own) && own >= 0) return own;
    fail(ErrorKind::usage, "class_weight",
         "the target of " + place_of_row(data, table_row) + " is " + number_text(target[0]) +
             ", expected a class, 0 or above");
  }
  for (std::int64_t c = 0; c < columns; ++c) {
    if (target[c] == (c == own ? 1.0F : 0.0F)) continue;
    fail(ErrorKind::usage, "class_weight",
         "the targets of " + place_of_row(data, table_row) +
             " are not one 1 and else 0, expected the columns of one class");
  }
  return own;
}

}  // namespace

std::vector<float> class_weighted_rows(const Dataset& data, const std::vector<double>& class_weight) {
  bool any = false;
  for (const double weight : class_weight) {
    if (!std::isfinite(weight) || weight < 0)
      fail(ErrorKind::usage, "class_weight", "a weight is " + number_text(weight) + ", expected numbers of 0 or more");
    any |= weight > 0;
  }
  if (!any) fail(ErrorKind::usage, "class_weight", "every class weighs 0, expected one that counts");
  std::vector<float> weights(static_cast<std::size_t>(data.features.rows));
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const std::int64_t row = data.table_row(r), own = class_of(data, row);
    if (own >= std::ssize(class_weight)) {
      fail(ErrorKind::usage, "class_weight",
           "weights for " + counted(class_weight.size(), "class", "classes") + ", and " + place_of_row(data, row) +
               " is of class " + std::to_string(own) + ", expected a weight for every class from 0");
    }
    const double weight = data.weights.empty() ? 1 : static_cast<double>(data.weights[row]);
    weights[row] = static_cast<float>(weight * class_weight[own]);
  }
  return weights;
}

std::vector<double> balanced_class_weight(const Dataset& data) {
  std::vector<double> counts;
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const std::int64_t row = data.table_row(r);
    const auto own = static_cast<std::size_t>(class_of(data, row));
    if (own >= counts.size()) counts.resize(own + 1);
    counts[own] += data.weights.empty() ? 1 : static_cast<double>(data.weights[row]);
  }
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  const auto present = static_cast<double>(std::ranges::count_if(counts, [](double count) { return count > 0; }));
  std::vector<double> weights;
  for (const double count : counts) weights.push_back(count > 0 ? total / (present * count) : 1);
  return weights;
}

}  // namespace millrace

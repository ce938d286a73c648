// SPDX-License-Identifier: Apache-2.0
//
// Finds losses and metrics by name in an Evaluation or an Epoch (training.hpp).
#include "base/names.hpp"
#include "millrace/error.hpp"
#include "run/epoch_values.hpp"

namespace millrace {

namespace {

double value_named(const std::vector<NamedValue>& values, std::string_view name) {
  std::vector<std::string_view> known;
  for (const NamedValue& each : values) {
    if (each.name == name) return each.value;
    known.push_back(each.name);
  }
  fail(ErrorKind::usage, "metrics", unknown_name("value", name, known));
}

}  // namespace

double Evaluation::operator[](std::string_view name) const {
  std::vector<NamedValue> values{{"loss", loss}};
  values.insert(values.end(), metrics.begin(), metrics.end());
  return value_named(values, name);
}

double Epoch::operator[](std::string_view name) const { return value_named(values_of(*this), name); }

}  // namespace millrace

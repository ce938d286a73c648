// SPDX-License-Identifier: Apache-2.0
//
// The losses and metrics of an Evaluation or an Epoch (training.hpp) by name.
#include "base/names.hpp"
#include "millrace/error.hpp"
#include "millrace/training.hpp"

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

std::vector<NamedValue> Epoch::values() const {
  std::vector<NamedValue> values;
  const auto add = [&](const std::string& prefix, double its_loss, const std::vector<NamedValue>& its_metrics) {
    values.push_back({prefix + "loss", its_loss});
    for (const auto& [name, value] : its_metrics) values.push_back({prefix + name, value});
  };
  add("", loss, metrics);
  if (validated) add("val_", validation.loss, validation.metrics);
  if (training_evaluated) add("train_", training.loss, training.metrics);
  return values;
}

double Epoch::operator[](std::string_view name) const { return value_named(values(), name); }

}  // namespace millrace

// SPDX-License-Identifier: Apache-2.0
//
// The losses and metrics of an Evaluation or an Epoch (training.hpp) by name.
#include "base/fail.hpp"
#include "base/names.hpp"
#include "millrace/training.hpp"

namespace millrace {

namespace {

void add(std::vector<NamedValue>& values, const std::string& prefix, double loss,
         const std::vector<NamedValue>& metrics) {
  values.push_back({prefix + "loss", loss});
  for (const auto& [name, value] : metrics) values.push_back({prefix + name, value});
}

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
  std::vector<NamedValue> values;
  add(values, "", loss, metrics);
  return value_named(values, name);
}

std::vector<NamedValue> Epoch::values() const {
  std::vector<NamedValue> values;
  add(values, "", loss, metrics);
  if (validated) add(values, "val_", validation.loss, validation.metrics);
  if (training_evaluated) add(values, "train_", training.loss, training.metrics);
  return values;
}

double Epoch::operator[](std::string_view name) const { return value_named(values(), name); }

}  // namespace millrace

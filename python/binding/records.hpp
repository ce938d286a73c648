// SPDX-License-Identifier: Apache-2.0
//
// Records of the library from Python's dictionaries. An operation is its name, or {"op": name, option: value, ...}.
// An option is a number, a text, true or false, a list of numbers, or None.
#pragma once

#include <nanobind/nanobind.h>

#include "errors.hpp"
#include "millrace/graph.hpp"
#include "millrace/training.hpp"

namespace millrace::python {

[[nodiscard]] std::string name_of_type(nanobind::handle value);

/// Throws Error{usage}: "'name' is 5, of type int, expected a text".
[[noreturn]] void fail_for_type(nanobind::handle given, std::string_view who, std::string_view option,
                                std::string_view expected);

/// The value of an option. Throws Error{usage} for one of another type. The type of nanobind's caster must be included.
template <class T>
[[nodiscard]] T cast_or_fail(nanobind::handle given, std::string_view who, std::string_view option,
                             std::string_view expected) {
  T value{};
  if (!nanobind::try_cast(given, value)) fail_for_type(given, who, option, expected);
  return value;
}

/// Throws Error{usage} for anything but a name or a dictionary with "op". None: no operation.
[[nodiscard]] OpConfig operation_from(nanobind::handle given, const char* who);
[[nodiscard]] nanobind::dict dictionary_from(const OpConfig& operation);

/// A list of operations of one kind; None: an empty one.
template <class Config>
[[nodiscard]] std::vector<Config> operations_from(nanobind::handle given, const char* who) {
  std::vector<Config> operations;
  if (given.is_none()) return operations;
  for (nanobind::handle each : given) operations.push_back(Config(operation_from(each, who)));
  return operations;
}

/// What one of several outputs is trained for, and back:
/// {"output": name, "loss": operation, "weight": number, "metrics": [operations]}.
[[nodiscard]] OutputOptions output_from(nanobind::handle given);
[[nodiscard]] nanobind::dict dictionary_from(const OutputOptions& output);

/// A network from a list of layers, {"op": ..., "name": ..., "inputs": [...], option: value, ...}, and a dictionary of
/// inputs: the names of their columns, or (first column, count).
[[nodiscard]] Graph graph_from(nanobind::handle layers, nanobind::handle inputs);

/// Sets the members of an option struct such as UpdateOptions from a dictionary; None changes nothing.
template <OptionStruct T>
[[nodiscard]] T options_from_dict(nanobind::handle given, const char* who) {
  if (given.is_none()) return {};
  if (!nanobind::isinstance<nanobind::dict>(given))
    fail(ErrorKind::usage, who, "options are no dictionary, expected {option: value}");
  nanobind::dict named = nanobind::cast<nanobind::dict>(given.attr("copy")());
  named["op"] = nanobind::str(T::op.data(), T::op.size());
  return options_from<T>(operation_from(named, who));
}

}  // namespace millrace::python

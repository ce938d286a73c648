// SPDX-License-Identifier: Apache-2.0
#include "records.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "files.hpp"

namespace nb = nanobind;

namespace millrace::python {

std::string name_of_type(nb::handle value) { return nb::cast<std::string>(nb::str(value.type().attr("__name__"))); }

void fail_for_type(nb::handle given, std::string_view who, std::string_view option, std::string_view expected) {
  fail(ErrorKind::usage, who,
       "'" + std::string(option) + "' is " + nb::cast<std::string>(nb::repr(given)) + ", of type " +
           name_of_type(given) + ", expected " + std::string(expected));
}

namespace {

// A text may have characters that UTF-8 cannot write: halves of surrogate pairs.
std::string text_from(nb::handle given, const char* who, const std::string& option) {
  return cast_or_fail<std::string>(given, who, option, "a text in UTF-8");
}

OptionValue value_from(nb::handle value, const char* who, const std::string& option) {
  if (value.is_none()) return std::monostate{};
  if (nb::isinstance<nb::list>(value) || nb::isinstance<nb::tuple>(value)) {
    std::vector<std::int64_t> whole;
    if (nb::try_cast(value, whole)) return whole;
    return cast_or_fail<std::vector<double>>(value, who, option, "a list of numbers");
  }
  if (nb::isinstance<nb::bool_>(value)) return nb::cast<bool>(value);
  if (nb::isinstance<nb::str>(value)) return text_from(value, who, option);
  if (nb::isinstance<nb::bytes>(value) || PyObject_HasAttrString(value.ptr(), "__fspath__"))
    return path_from(value, who, option.c_str());
  if (PyIndex_Check(value.ptr())) {  // int, and NumPy's integers
    std::int64_t number = 0;
    if (nb::try_cast(nb::int_(nb::borrow(value)), number)) return number;
    fail(ErrorKind::usage, who,
         "'" + option + "' is " + nb::cast<std::string>(nb::repr(value)) + ", which 64 bits cannot hold");
  }
  if (PyFloat_Check(value.ptr()) || PyObject_HasAttrString(value.ptr(), "__float__"))
    return nb::cast<double>(nb::float_(value));
  fail(ErrorKind::usage, who,
       "'" + option + "' is of type " + name_of_type(value) + ", expected a number, a text, or true or false");
}

nb::object object_from(std::monostate) { return nb::none(); }

template <class Value>
nb::object object_from(const Value& value) {
  return nb::cast(value);
}

}  // namespace

OpConfig operation_from(nb::handle given, const char* who) {
  if (given.is_none()) return {};
  if (nb::isinstance<nb::str>(given)) return {text_from(given, who, "op")};
  if (!nb::isinstance<nb::dict>(given))
    fail(ErrorKind::usage, who,
         "an operation is of type " + name_of_type(given) + R"(, expected a name or {"op": name, ...})");
  OpConfig config;
  for (const auto [key, value] : nb::cast<nb::dict>(given)) {
    const std::string name = text_from(nb::str(key), who, "option");
    if (name == "op")
      config.op = text_from(nb::str(value), who, name);
    else
      config.options.emplace(name, value_from(value, who, name));
  }
  if (config.op.empty())
    fail(ErrorKind::usage, who, R"(an operation has no "op", expected {"op": name, option: value, ...})");
  return config;
}

nb::dict dictionary_from(const OpConfig& operation) {
  nb::dict named;
  named["op"] = operation.op;
  for (const auto& [option, value] : operation.options)
    named[option.c_str()] = std::visit([](const auto& each) { return object_from(each); }, value);
  return named;
}

OutputOptions output_from(nb::handle given) {
  if (!nb::isinstance<nb::dict>(given))
    fail(ErrorKind::usage, "compile",
         "an output is of type " + name_of_type(given) + R"(, expected {"output": name, "loss": operation, ...})");
  OutputOptions output;
  for (const auto [key, value] : nb::cast<nb::dict>(given)) {
    const std::string option = text_from(nb::str(key), "compile", "option");
    if (option == "output")
      output.output = text_from(nb::str(value), "compile", option);
    else if (option == "loss")
      output.loss = LossConfig(operation_from(value, "compile"));
    else if (option == "weight")
      output.weight = cast_or_fail<double>(value, "compile", option, "a number");
    else if (option == "metrics")
      output.metrics = operations_from<MetricConfig>(value, "compile");
    else
      fail(ErrorKind::usage, "compile",
           "an output has no option '" + option + "', expected output, loss, weight or metrics");
  }
  return output;
}

nb::dict dictionary_from(const OutputOptions& output) {
  nb::dict values;
  values["output"] = output.output;
  values["loss"] = dictionary_from(output.loss);
  values["weight"] = output.weight;
  nb::list metrics;
  for (const MetricConfig& metric : output.metrics) metrics.append(dictionary_from(metric));
  values["metrics"] = metrics;
  return values;
}

Graph graph_from(nb::handle layers, nb::handle inputs) {
  Graph graph;
  for (nb::handle each : layers) {
    if (!nb::isinstance<nb::dict>(each)) {
      graph.layers.push_back({.layer = LayerConfig(operation_from(each, "model"))});
      continue;
    }
    const nb::dict options = nb::cast<nb::dict>(each.attr("copy")());
    GraphLayer layer;
    const auto take = [&]<class T>(const char* option, T& value, const char* expected) {
      if (options.contains(option)) value = cast_or_fail<T>(options.attr("pop")(option), "model", option, expected);
    };
    take("name", layer.name, "a text");
    take("inputs", layer.inputs, "a list of texts");
    take("trainable", layer.trainable, "True or False");
    layer.layer = LayerConfig(operation_from(options, "model"));
    graph.layers.push_back(std::move(layer));
  }
  if (inputs.is_none()) return graph;
  for (const auto [name, columns] : cast_or_fail<nb::dict>(inputs, "model", "inputs", "a dictionary")) {
    GraphInput input{.name = text_from(nb::str(name), "model", "inputs")};
    std::pair<std::int64_t, std::int64_t> range;
    if (nb::try_cast(columns, range))
      input.range = {range.first, range.second};
    else
      input.columns = cast_or_fail<std::vector<std::string>>(columns, "model", input.name,
                                                             "a list of names of columns, or (first column, count)");
    graph.inputs.push_back(std::move(input));
  }
  return graph;
}

}  // namespace millrace::python

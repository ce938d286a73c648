// SPDX-License-Identifier: Apache-2.0
#include "records.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;

namespace millrace::python {

namespace {

std::string name_of_type(nb::handle value) { return nb::cast<std::string>(nb::str(value.type().attr("__name__"))); }

OptionValue value_from(nb::handle value, const char* who, const std::string& option) {
  if (value.is_none()) return std::monostate{};
  if (nb::isinstance<nb::list>(value) || nb::isinstance<nb::tuple>(value)) {
    std::vector<std::int64_t> whole;
    if (nb::try_cast(value, whole)) return whole;
    return nb::cast<std::vector<double>>(value);
  }
  if (nb::isinstance<nb::bool_>(value)) return nb::cast<bool>(value);
  if (nb::isinstance<nb::str>(value)) return nb::cast<std::string>(value);
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
  if (nb::isinstance<nb::str>(given)) return {nb::cast<std::string>(given)};
  if (!nb::isinstance<nb::dict>(given))
    fail(ErrorKind::usage, who,
         "an operation is of type " + name_of_type(given) + R"(, expected a name or {"op": name, ...})");
  OpConfig config;
  for (const auto [key, value] : nb::cast<nb::dict>(given)) {
    const std::string name = nb::cast<std::string>(nb::str(key));
    if (name == "op")
      config.op = nb::cast<std::string>(nb::str(value));
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
    const std::string option = nb::cast<std::string>(nb::str(key));
    if (option == "output")
      output.output = nb::cast<std::string>(nb::str(value));
    else if (option == "loss")
      output.loss = LossConfig(operation_from(value, "compile"));
    else if (option == "weight")
      output.weight = nb::cast<double>(nb::float_(value));
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
    if (options.contains("name")) layer.name = nb::cast<std::string>(options.attr("pop")("name"));
    if (options.contains("inputs")) layer.inputs = nb::cast<std::vector<std::string>>(options.attr("pop")("inputs"));
    if (options.contains("trainable")) layer.trainable = nb::cast<bool>(options.attr("pop")("trainable"));
    layer.layer = LayerConfig(operation_from(options, "model"));
    graph.layers.push_back(std::move(layer));
  }
  if (inputs.is_none()) return graph;
  for (const auto [name, columns] : nb::cast<nb::dict>(inputs)) {
    GraphInput input{.name = nb::cast<std::string>(nb::str(name))};
    std::pair<std::int64_t, std::int64_t> range;
    if (nb::try_cast(columns, range))
      input.range = {range.first, range.second};
    else
      input.columns = nb::cast<std::vector<std::string>>(columns);
    graph.inputs.push_back(std::move(input));
  }
  return graph;
}

}  // namespace millrace::python

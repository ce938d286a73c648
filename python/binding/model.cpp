// SPDX-License-Identifier: Apache-2.0
//
// The class Model: everything but fit() (fit.cpp).
#include "model.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "ctrl_c.hpp"
#include "dataset.hpp"
#include "files.hpp"
#include "fit.hpp"
#include "gil.hpp"
#include "millrace/model.hpp"
#include "millrace/report.hpp"
#include "millrace/words.hpp"
#include "model_tables.hpp"
#include "owned_array.hpp"
#include "records.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace millrace::python {

namespace {

Semantics semantics_from(const std::string& name) {
  const auto at = std::ranges::find(semantics_words, name);
  if (at == semantics_words.end())
    fail(ErrorKind::usage, "model", "semantics is '" + name + "', expected keras, torch or sklearn");
  return static_cast<Semantics>(at - semantics_words.begin());
}

void compile(Model& model, nb::object loss, nb::object optimizer, nb::object metrics, nb::object schedule,
             nb::object update, nb::object pace, bool weighted_metrics, nb::object outputs) {
  CompileOptions options;
  if (!outputs.is_none())
    for (nb::handle each : outputs) options.outputs.push_back(output_from(each));
  options.loss = LossConfig(operation_from(loss, "compile"));
  options.optimizer = OptimizerConfig(operation_from(optimizer, "compile"));
  options.metrics = operations_from<MetricConfig>(metrics, "compile");
  options.schedule = ScheduleConfig(operation_from(schedule, "compile"));
  options.update = options_from_dict<UpdateOptions>(update, "compile");
  options.pace = options_from_dict<PaceOptions>(pace, "compile");
  options.weighted_metrics = weighted_metrics;
  model.compile(options);
}

const Parameter& parameter_named(const std::vector<Parameter>& parameters, const std::string& name) {
  for (const Parameter& each : parameters) {
    if (each.name == name) return each;
  }
  std::string known;
  for (const Parameter& each : parameters) known += (known.empty() ? "" : ", ") + each.name;
  fail(ErrorKind::usage, "weights", "no parameter '" + name + "', known: " + known);
}

nb::object weights(const Model& model, const std::string& name) {
  const std::vector<Parameter> parameters = model.parameters();
  const Parameter& parameter = parameter_named(parameters, name);
  const std::vector<std::size_t> shape(parameter.shape.begin(), parameter.shape.end());
  return owned_array(model.weights(name), shape);
}

void set_weights(Model& model, const std::string& name, nb::handle given) {
  const std::vector<Parameter> parameters = model.parameters();
  const Parameter& parameter = parameter_named(parameters, name);
  const nb::module_ numpy = nb::module_::import_("numpy");
  const nb::object array =
      numpy.attr("ascontiguousarray")(nb::module_::import_("millrace._arrays").attr("numbers")(given, "weights", name));
  const auto values = nb::cast<nb::ndarray<const float, nb::c_contig, nb::device::cpu>>(array);
  bool same = values.ndim() == parameter.shape.size();
  for (std::size_t axis = 0; same && axis < values.ndim(); ++axis)
    same = static_cast<std::int64_t>(values.shape(axis)) == parameter.shape[axis];
  if (!same) {
    const nb::object found = array.attr("shape");
    const std::string shape = nb::cast<std::string>(nb::str(found));
    fail(ErrorKind::usage, "weights",
         "the values for " + name + " have the shape " + shape + ", expected " +
             nb::cast<std::string>(nb::str(nb::tuple(nb::cast(parameter.shape)))));
  }
  model.set_weights(name, {values.data(), values.size()});
}

nb::bytes bytes_of(const std::vector<std::byte>& bytes) { return nb::bytes(bytes.data(), bytes.size()); }

// Fewer are done before anyone could press Ctrl-C, and watching for it takes as long as predicting a row.
bool has_many_rows(const Dataset& data) { return data.rows() > 10'000; }

nb::dict evaluate(const Model& model, nb::handle given, int threads) {
  const Dataset data = rows_for(model, given, "evaluate");
  const Evaluation evaluation = until_ctrl_c(
      has_many_rows(data), [&](const std::atomic<bool>* stop) { return model.evaluate(data, threads, stop); });
  nb::dict values;
  values["loss"] = evaluation.loss;
  for (const NamedValue& metric : evaluation.metrics) values[metric.name.c_str()] = metric.value;
  return values;
}

Epoch epoch_from(nb::handle given, std::int64_t number) {
  Epoch epoch{.number = number};
  nb::dict values;
  if (!nb::try_cast(given, values))
    fail(ErrorKind::usage, "report", "epochs has something else than dictionaries, expected those that fit() returns");
  for (const auto& [key, value] : values) {
    std::string name;
    if (!nb::try_cast(key, name)) continue;  // no value that fit() names
    const bool validated = name.starts_with("val_");
    double found = 0;
    if (!nb::try_cast(value, found) || name == "epoch" || name == "epochs" || name.starts_with("train_")) continue;
    if (name == "learning_rate") epoch.learning_rate = found;
    if (name == "seconds") epoch.seconds = found;
    if (name == "learning_rate" || name == "seconds") continue;
    epoch.validated |= validated;
    double& loss = validated ? epoch.validation.loss : epoch.loss;
    std::vector<NamedValue>& metrics = validated ? epoch.validation.metrics : epoch.metrics;
    const std::string own = validated ? name.substr(4) : name;
    if (own == "loss")
      loss = found;
    else
      metrics.push_back({own, found});
  }
  return epoch;
}

void report(const Model& model, nb::handle to, nb::handle given, nb::handle epochs, const std::string& title,
            const std::string& rows_are, double seconds, int threads, nb::handle table) {
  const std::string path = path_from(to, "report");
  ReportOptions options{.title = title, .rows_are = rows_are, .seconds = seconds, .threads = threads};
  for (nb::handle epoch : epochs) options.epochs.push_back(epoch_from(epoch, std::ssize(options.epochs) + 1));
  const Dataset data = rows_for(model, given, "report");
  const Table* const raw = table.is_none() ? nullptr : nb::cast<const Table*>(table);
  const GilReleased unlocked;
  write_report(path, model, data, options, raw);
}

nb::object predict(const Model& model, nb::handle given, int threads) {
  const Dataset data = rows_for(model, given, "predict");
  return array_from(until_ctrl_c(has_many_rows(data),
                                 [&](const std::atomic<bool>* stop) { return model.predict(data, threads, stop); }));
}

nb::object confusion(const Model& model, nb::handle given, std::optional<double> threshold, int threads) {
  const Dataset data = rows_for(model, given, "confusion");
  ConfusionMatrix matrix;
  {
    const GilReleased unlocked;
    matrix = model.confusion(data, threshold, threads);
  }
  const std::size_t shape[] = {matrix.classes.size(), matrix.classes.size()};
  return owned_array(std::move(matrix.counts), shape);
}

}  // namespace

void bind_model(nb::module_& m) {
  nb::class_<Model> model(
      m, "Model",
      "A network, its weights and what it is trained for: the C++ class of the same name, with its words.\n\n"
      "predict, evaluate and weights may run at once in any number of threads; a change of the model during that "
      "raises UsageError.");
  model
      .def(
          "__init__",
          [](Model* self, nb::object layers, nb::object inputs, const std::string& semantics,
             const std::vector<std::string>& outputs) {
            Graph graph = graph_from(layers, inputs);
            graph.outputs = outputs;
            new (self) Model(graph, semantics_from(semantics));
          },
          "layers"_a, "inputs"_a = nb::none(), "semantics"_a = "keras", "outputs"_a = std::vector<std::string>{},
          "layers: dictionaries {\"op\": \"dense\", \"units\": 25, \"activation\": \"sigmoid\"}, in order; \"name\" "
          "and \"inputs\" (names of inputs and layers) describe other networks than a sequence. inputs: {name: "
          "columns}, where columns are names or (first, count). semantics: whose defaults and formulas apply: keras, "
          "torch or sklearn. outputs: names of the layers that are outputs; default: the only one that no other layer "
          "takes. Raises UsageError.")
      .def(
          "checkpoint_bytes", [](const Model& self) { return bytes_of(self.checkpoint_bytes()); },
          "The model as the bytes of a checkpoint: layers, weights and the options of compile().")
      .def_static(
          "from_checkpoint_bytes",
          [](const nb::bytes& bytes) {
            return Model::load_checkpoint(std::span(static_cast<const std::byte*>(bytes.data()), bytes.size()));
          },
          "bytes"_a, "The model of a checkpoint's bytes. Raises DataError.")
      .def(
          "onnx_bytes", [](const Model& self) { return bytes_of(self.onnx_bytes()); },
          "The bytes that export_onnx writes, after the same check.")
      .def(
          "__reduce__",
          [](nb::handle self) {
            return nb::make_tuple(nb::module_::import_("millrace._pickling").attr("model_from_checkpoint"),
                                  nb::make_tuple(self.attr("checkpoint_bytes")()));
          },
          "Pickles and copies have the layers, the weights and the options of compile(), not the optimizer's state.")
      .def("clone", &Model::clone, nb::call_guard<GilReleased>(),
           "The same network with the same weights, compiled alike.")
      .def(
          "build", [](Model& self, std::int64_t columns, std::uint64_t seed) { self.build(columns, seed); },
          "columns"_a, "seed"_a = 0, nb::call_guard<GilReleased>(),
          "Fixes the number of feature columns and draws the initial weights from the seed.")
      .def(
          "build", [](Model& self, const Dataset& data, std::uint64_t seed) { self.build(data, seed); }, "data"_a,
          "seed"_a = 0, nb::call_guard<GilReleased>(),
          "The same for the columns of `data`; the network's inputs may refer to them by name.")
      .def("compile", &compile, "loss"_a = nb::none(), "optimizer"_a = "adam", "metrics"_a = std::vector<std::string>{},
           "schedule"_a = nb::none(), "update"_a = nb::none(), "pace"_a = nb::none(), "weighted_metrics"_a = true,
           "outputs"_a = nb::none(),
           "Sets loss, optimizer, metrics, schedule of the learning rate, and options of updates. An operation is a "
           "name or {\"op\": name, option: value}. outputs: of a model with several, instead of loss and metrics: a "
           "list of {\"output\": name, \"loss\": ..., \"weight\": 1.0, \"metrics\": [...]}. Raises UsageError for "
           "unknown ones.")
      .def(
          "standardize", [](Model& self, const Dataset& data) { self.standardize(data); }, "training"_a,
          nb::call_guard<GilReleased>(),
          "From now on subtracts the mean of each feature column and divides by its deviation, as part of the model.")
      .def("evaluate", &evaluate, "data"_a, "threads"_a = 0, "{\"loss\": ..., metric: ...} on these rows.")
      .def(
          "report", &report, "path"_a.none(), "data"_a, "epochs"_a = nb::list(), "title"_a = "", "rows_are"_a = "",
          "seconds"_a = 30.0, "threads"_a = 0, "table"_a = nb::none(),
          "Writes a page about the model, measured on these rows with their targets: one file that loads nothing. "
          "epochs: of the run, as fit() returns them, for the curves. title: default: the names of the targets. "
          "rows_are: completes \"the 114 rows ...\". seconds: to spend on the importance of columns. table: of a model "
          "that takes tables, the Table that the rows were prepared from.")
      .def("predict", &predict, "x"_a, "threads"_a = 0,
           "Outputs (rows, output columns), float32, for a Dataset or an array of feature rows; of a model that takes "
           "tables, for a Table or a frame. threads: 0 means as many as pay.")
      .def("confusion", &confusion, "data"_a, "threshold"_a = nb::none(), "threads"_a = 0,
           "Row counts (actual class, predicted class). threshold: of a single output; default: the model's.")
      .def(
          "export_onnx",
          [](const Model& self, nb::handle to) {
            const std::string path = path_from(to, "export_onnx");
            const GilReleased unlocked;
            self.export_onnx(path);
          },
          "path"_a.none(),
          "Writes the model as ONNX. The file appears only after it was checked and has given this model's numbers.")
      .def_static(
          "load_onnx",
          [](nb::handle from) {
            const std::string path = path_from(from, "load_onnx");
            const GilReleased unlocked;
            return Model::load_onnx(path);
          },
          "path"_a.none(), "Reads a model that export_onnx has written.")
      .def_static(
          "load_checkpoint",
          [](nb::handle from) {
            const std::string path = path_from(from, "load_checkpoint");
            const GilReleased unlocked;
            return Model::load_checkpoint(path);
          },
          "path"_a.none(), "Reads the model of a checkpoint that fit has written.")
      .def(
          "parameters",
          [](const Model& self) {
            nb::list all;
            for (const Parameter& each : self.parameters())
              all.append(nb::make_tuple(each.name, nb::tuple(nb::cast(each.shape)), each.trainable));
            return all;
          },
          "(name, shape, trainable) of all parameters, in the order of the layers.")
      .def("weights", &weights, "name"_a, "A copy of the values of a parameter, in its shape.")
      .def("set_weights", &set_weights, "name"_a, "values"_a,
           "Replaces the values of a parameter; the optimizer's state stays.")
      .def("copy_weights", &Model::copy_weights, "other"_a,
           "Copies the weights of another model with the same parameters.")
      .def_prop_rw(
          "learning_rate", &Model::learning_rate, &Model::set_learning_rate,
          "The optimizer's learning rate. Setting it acts from the next step on and keeps the optimizer's state.")
      .def(
          "layers",
          [](const Model& self) {
            nb::list all;
            for (const GraphLayer& layer : self.graph().layers) {
              nb::dict named = dictionary_from(layer.layer);
              named["name"] = layer.name;
              named["inputs"] = layer.inputs;
              named["trainable"] = layer.trainable;
              all.append(named);
            }
            return all;
          },
          "The layers as dictionaries, as the constructor takes them.")
      .def(
          "inputs",
          [](const Model& self) {
            nb::dict all;
            for (const GraphInput& input : self.graph().inputs) {
              if (input.columns.empty())
                all[input.name.c_str()] = nb::make_tuple(input.range.first, input.range.count);
              else
                all[input.name.c_str()] = input.columns;
            }
            return all;
          },
          "The inputs with their columns, as the constructor takes them.")
      .def(
          "outputs",
          [](const Model& self) {
            nb::list all;
            for (const ModelOutput& output : self.outputs())
              all.append(nb::make_tuple(output.name, output.first, output.width));
            return all;
          },
          "(name of the layer, first column, number of columns) of each output: its place in what predict() gives.")
      .def(
          "compiled",
          [](const Model& self) {
            const CompileOptions options = self.compiled();
            nb::dict values;
            values["loss"] = dictionary_from(options.loss);
            values["optimizer"] = dictionary_from(options.optimizer);
            values["schedule"] = dictionary_from(options.schedule);
            nb::list metrics;
            for (const MetricConfig& metric : options.metrics) metrics.append(dictionary_from(metric));
            values["metrics"] = metrics;
            nb::dict update = dictionary_from(OpConfig(options.update)), pace = dictionary_from(OpConfig(options.pace));
            update.attr("pop")("op");
            pace.attr("pop")("op");
            values["update"] = update;
            values["pace"] = pace;
            values["weighted_metrics"] = options.weighted_metrics;
            nb::list outputs;
            for (const OutputOptions& output : options.outputs) outputs.append(dictionary_from(output));
            values["outputs"] = outputs;
            return values;
          },
          "What compile() was given.")
      .def_prop_ro("input_width", &Model::input_width, "Number of feature columns.")
      .def_prop_ro("output_width", &Model::output_width, "Number of output columns.")
      .def_prop_ro(
          "feature_names", [](const Model& self) { return self.feature_names(); },
          "Names of the feature columns; empty for arrays.")
      .def_prop_ro(
          "classes", [](const Model& self) { return self.classes(); },
          "Class names in index order, if the data had any.")
      .def("summary", &Model::summary, "A table of layers, output shapes and numbers of parameters.")
      .def("plan", &Model::plan, "batch_size"_a, "gemm"_a = "auto", "kernels"_a = "auto", "precision"_a = "fp32",
           "The plan of training with this batch size, in words.");
  bind_model_tables(model);
  bind_fit(model);
}

}  // namespace millrace::python

// SPDX-License-Identifier: Apache-2.0
#include "model/files/failure.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error_text.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "millrace/error.hpp"
#include "model/files/file_json.hpp"
#include "model/files/identity.hpp"
#include "model/files/kernel_identity.hpp"
#include "run/step_result.hpp"
#include "run/step_runner.hpp"
#include "step/loss_inputs.hpp"
#include "step/precision.hpp"
#include "table/batches.hpp"

namespace millrace {

namespace {

using nlohmann::json;

constexpr const char* failure_key = "failure";

// A table with the rows of a batch alone.
struct BatchTable {
  std::int64_t rows = 0, features = 0, targets = 0;
  std::vector<float> x, y, weights;
  std::vector<std::uint8_t> folds;
  std::vector<std::int64_t> order;  // 0, 1, 2 ...

  [[nodiscard]] BatchSource source() const {
    return {.features = {x.data(), rows, features, features},
            .targets = {y.data(), rows, targets, targets},
            .weights = weights.empty() ? nullptr : weights.data(),
            .rows = order,
            .metric_weights = nullptr,
            .folds = folds.empty() ? nullptr : folds.data()};
  }
};

BatchTable gathered(const BatchSource& batch) {
  BatchTable table{.rows = std::ssize(batch.rows),
                   .features = batch.features.columns,
                   .targets = batch.targets.columns,
                   .x = {},
                   .y = {},
                   .weights = {},
                   .folds = {},
                   .order = {}};
  table.x.resize(static_cast<std::size_t>(table.rows * table.features));
  table.y.resize(static_cast<std::size_t>(table.rows * table.targets));
  gather_rows(batch.features, batch.rows, table.x.data(), table.features);
  gather_rows(batch.targets, batch.rows, table.y.data(), table.targets);
  for (const std::int64_t row : batch.rows)
    if (batch.weights != nullptr) table.weights.push_back(batch.weights[row]);
  for (const std::int64_t row : batch.rows)
    if (batch.folds != nullptr) table.folds.push_back(batch.folds[row]);
  return table;
}

const NamedTensor& tensor(const TensorFile& file, const std::string& path, const char* name) {
  const NamedTensor* const found = find_tensor(file, name);
  if (found == nullptr)
    fail(ErrorKind::data, path, std::string("no tensor ") + name + ", expected the file of a failed step");
  return *found;
}

// Kernels rely on it.
void check_batch(const BatchTable& table, const std::string& path, const Model::State& state) {
  Dataset data = Dataset::view(table.x, table.features, table.y, table.targets);
  data.weights = table.weights;
  std::vector<std::vector<std::int64_t>> columns;  // of each input: they are side by side
  std::int64_t next = 0;
  for (const NetworkInput& input : state.network->inputs()) {
    columns.emplace_back(static_cast<std::size_t>(element_count(input.shape)));
    for (std::int64_t& column : columns.back()) column = next++;
  }
  state.check_categories(data, columns, path.c_str());
  const Objective& objective = state.trainer->compiled().objective;
  check_data(data, path.c_str(), state.network->output_width(), *objective.loss, objective.metrics);
}

BatchTable read_batch(const TensorFile& file, const std::string& path, const Model::State& state) {
  const NamedTensor &x = tensor(file, path, "failure/features"), &y = tensor(file, path, "failure/targets");
  if (x.shape.size() != 2 || y.shape.size() != 2 || x.shape[0] != y.shape[0] || x.shape[0] < 1 ||
      x.shape[1] != state.network->input_width())
    fail(ErrorKind::data, path, "the batch does not fit the model, expected rows of its inputs and targets");
  BatchTable table{.rows = x.shape[0],
                   .features = x.shape[1],
                   .targets = y.shape[1],
                   .x = values_of<float>(x),
                   .y = values_of<float>(y),
                   .weights = {},
                   .folds = {},
                   .order = std::vector<std::int64_t>(static_cast<std::size_t>(x.shape[0]))};
  std::iota(table.order.begin(), table.order.end(), 0);
  if (const NamedTensor* const weights = find_tensor(file, "failure/weights"); weights != nullptr) {
    table.weights = values_of<float>(*weights);
    if (std::ssize(table.weights) != table.rows)
      fail(ErrorKind::data, path, "the batch has other numbers of rows and weights, expected one weight a row");
  }
  if (const NamedTensor* const folds = find_tensor(file, "failure/folds"); folds != nullptr) {
    table.folds = values_of<std::uint8_t>(*folds);
    const bool fit = std::ssize(table.folds) == table.rows && state.network->is_ensemble() &&
                     std::ranges::max(table.folds) < state.network->trained_outputs().size();
    if (!fit) fail(ErrorKind::data, path, "the folds of the batch do not fit, expected a member of the model a row");
  }
  check_batch(table, path, state);
  return table;
}

// One step with the state and the batch of the file.
class Repeated {
 public:
  Repeated(const TensorFile& file, const std::string& path, const json& told, int threads)
      : momentum_(told.at("momentum").is_null() ? std::nullopt
                                                : std::optional<double>(told.at("momentum").get<double>())),
        rate_(told.at("learning_rate").get<double>()) {
    read_checkpoint(file, path, state_);
    Trainer& trainer = state_.compiled("replay");
    trainer.compiled().store.use(kernel_choice(told.value("kernels", "auto"), told.at("gemm").get<std::string>()),
                                 precision_of(told.value("precision", "fp32")));
    read_run_state(file, path, state_, false);
    batch_ = read_batch(file, path, state_);
    options_.seed = whole_number<std::uint64_t>(told.at("seed"));
    options_.threads = threads;
    options_.batch_size = batch_.rows;
    if (told.contains("slices")) options_.slices = whole_count(told.at("slices"));
    options_.wire = told.value("wire", "fp32");
  }

  // Throws Error{non_finite} with the place if `examined`.
  void run(bool examined) {
    CompiledNetwork& compiled = state_.trainer->compiled();
    TrainingState& at = state_.trainer->state();
    const MetricSet& metrics = compiled.objective.metrics;
    at.metric_sums.assign(static_cast<std::size_t>(metrics.state_size()), 0.0);
    if (metrics.keeps_rows()) at.kept.reserve(batch_.rows, compiled.network.output_width(), batch_.targets, false);
    StepRunner runner(compiled, batch_.rows, batch_.rows, options_);
    std::vector<double> squares(compiled.network.parameters().size());
    if (examined) runner.diagnose(squares);
    runner.crew().run([&](Crew&) {
      const MetricSink sink{at.metric_sums, metrics.keeps_rows() ? &at.kept : nullptr, 0};
      loss_ = runner.train(at, batch_.source(), sink, rate_, momentum_).mean();
    });
  }
  [[nodiscard]] double loss() const { return loss_; }
  [[nodiscard]] const ParameterStore& store() const { return *state_.store; }

 private:
  Model::State state_;
  BatchTable batch_;
  FitOptions options_;
  std::optional<double> momentum_;
  double rate_, loss_ = 0;
};

}  // namespace

void write_failure(const std::string& path, const Model::State& state, const RunOrigin& origin,
                   const FitOptions& options, const FailedStep& step, const std::string& source) {
  TensorFile file = tensors_of_run(state, origin, 0);
  const BatchTable batch = gathered(step.batch);
  file.tensors.push_back({"failure/features", Dtype::f32, {batch.rows, batch.features}, bytes_of(batch.x)});
  file.tensors.push_back({"failure/targets", Dtype::f32, {batch.rows, batch.targets}, bytes_of(batch.y)});
  if (!batch.weights.empty())
    file.tensors.push_back({"failure/weights", Dtype::f32, {batch.rows}, bytes_of(batch.weights)});
  if (!batch.folds.empty()) file.tensors.push_back({"failure/folds", Dtype::u8, {batch.rows}, bytes_of(batch.folds)});
  file.tensors.push_back({"failure/rows", Dtype::i64, {batch.rows}, std::as_bytes(step.batch.rows)});
  file.metadata[failure_key] = json{
      {"epoch", step.epoch},
      {"step", step.step},
      {"learning_rate", step.learning_rate},
      {"momentum", step.momentum ? json(*step.momentum) : json()},
      {"seed", options.seed},
      {"gemm", options.gemm},
      {"slices", options.slices},
      {"wire", options.wire},
      {"kernels", options.kernels},
      {"precision", options.precision},
      {"source", source},
      {"result", step.result}}.dump(-1, ' ', false, json::error_handler_t::replace);
  write_tensor_file(path, file);
}

namespace {

// told: what write_failure() wrote of the step.
Replay repeated_step(const TensorFile& file, const std::string& path, const std::string& told, int threads) {
  refuse_deep_nesting(told);
  refuse_deep_nesting(file.metadata.at("run"));
  const json failure = json::parse(told);
  Replay replay;
  replay.epoch = whole_count(failure.at("epoch"));
  replay.step = whole_count(failure.at("step"));
  replay.learning_rate = failure.at("learning_rate").get<double>();
  replay.source = failure.at("source").get<std::string>();
  replay.rows = values_of<std::int64_t>(tensor(file, path, "failure/rows"));
  replay.other_kernels =
      kernel_difference(json::parse(file.metadata.at("run")).at("identity"),
                        json{{identity_key::kernels,
                              kernels_now(failure.value("kernels", "auto"), failure.at("gemm").get<std::string>())}});

  Repeated plain(file, path, failure, threads);
  plain.run(false);
  replay.loss = plain.loss();
  replay.same_bits = result_of_step(replay.loss, plain.store()) == failure.at("result").get<std::string>();
  try {
    Repeated(file, path, failure, threads).run(true);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::non_finite) throw;
    replay.place = text_without_who(error);
  }
  if (replay.place.empty() && !std::isfinite(replay.loss))
    replay.place = "the loss is " + number_text(replay.loss) + ", though every layer's output is finite";
  return replay;
}

}  // namespace

Replay replay_failure(const std::string& path, int threads) {
  const TensorFile file = read_tensor_file(path);
  const auto told = file.metadata.find(failure_key);
  if (told == file.metadata.end())
    fail(ErrorKind::data, path, "no failed step, expected the file that a run with non-finite numbers leaves");
  try {
    return read_written(path, "the failed step", [&] { return repeated_step(file, path, told->second, threads); });
  } catch (const Error& error) {
    // Names and options in it are those of a run, not of the caller.
    if (error.kind() != ErrorKind::usage) throw;
    fail(ErrorKind::data, path, error.what());
  }
}

}  // namespace millrace

// SPDX-License-Identifier: Apache-2.0
//
// Every training curve of the other libraries, repeated step by step: loss of each batch, parameters after the last.
// A case is built from its description alone, with this library's defaults for what it does not give.
#include <gtest/gtest.h>

#include <cmath>

#include "golden/golden_case.hpp"
#include "millrace/model.hpp"
#include "ops/losses/loss.hpp"
#include "ops/schedules/schedule.hpp"
#include "step/lbfgs.hpp"
#include "step/step.hpp"
#include "table/batches.hpp"
#include "table/class_weights.hpp"

namespace millrace::golden {
namespace {

constexpr double tolerance = 1e-4;

// Those a sequence can say: one layer after the other.
std::vector<Case> sequential_cases() {
  std::vector<Case> found;
  for (const Case& c : cases()) {
    bool chain = c.json.at("inputs").size() == 1;
    auto before = c.json.at("inputs").at(0).at("name").get<std::string>();
    for (const auto& layer : c.json.at("layers")) {
      chain = chain && layer.at("inputs") == nlohmann::json::array({before});
      before = layer.at("name").get<std::string>();
    }
    if (chain) found.push_back(c);
  }
  return found;
}

void expect_parameters(const Case& c, const std::string& name, std::span<const float> values) {
  const auto expected = c.json.at("final").at(name).get<std::vector<double>>();
  ASSERT_EQ(values.size(), expected.size()) << name;
  double size = 0.125, worst = 0;
  for (const double value : expected) size = std::max(size, std::abs(value));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(static_cast<double>(values[i]) - expected[i]);
    worst = std::isfinite(difference) ? std::max(worst, difference) : INFINITY;
  }
  EXPECT_LE(worst / size, tolerance) << name;
}

// Weights of the training loss by row, or empty.
std::vector<float> loss_weights(const Case& c, const Table& table) {
  Dataset data = table.view();
  data.weights = table.weights;
  if (!c.json.contains("class_weight")) return table.weights;
  return class_weighted_rows(data, c.json.at("class_weight").get<std::vector<double>>());
}

// A training run of fixed batches, without the trainer around it.
class Replay {
 public:
  explicit Replay(const Case& c)
      : case_(c),
        table_(c),
        weights_(loss_weights(c, table_)),
        network_(c.network()),
        loss_(make_loss(c.loss(), c.semantics())),
        optimizer_(make_optimizer(c.optimizer(), c.semantics())),
        schedule_(make_schedule(c.schedule(), {}, {optimizer_->learning_rate(), c.number("steps"), c.semantics()})),
        store_(network_),
        updater_(network_, store_, *optimizer_, options_from<UpdateOptions>(c.update())),
        step_(network_, *loss_, updater_, {}) {
    store_.load(ParameterStore::weights, network_.weights);
    if (const Lbfgs* const search = optimizer_->line_search(); search != nullptr) {
      lbfgs_ = std::make_unique<LbfgsMinimizer>(network_, store_, updater_.gradient_buffer(), *search,
                                                options_from<UpdateOptions>(c.update()));
    }
  }

  /// The loss of each batch before its update.
  std::vector<double> train() {
    const std::int64_t batch = case_.number("batch"), steps = case_.number("steps"), rest = table_.rows % batch;
    Plan full(network_, store_, loss_.get(), {.batch = batch, .training = true, .position = &position_});
    std::unique_ptr<Plan> last;
    if (rest > 0)
      last = std::make_unique<Plan>(network_, store_, loss_.get(),
                                    PlanOptions{.batch = rest, .training = true, .position = &position_});
    scratch_.reserve(1, std::max(full.worker_scratch(), last ? last->worker_scratch() : 0));
    Batches batches(table_.rows, batch, false, 0);
    std::vector<double> curve;
    Crew crew(1);
    crew.run([&](Crew& team) {
      for (std::int64_t number = 0; number < steps; ++number) {
        const std::int64_t at = number % batches.count();
        const bool smaller = rest > 0 && at + 1 == batches.count();
        curve.push_back(one_step(team, smaller ? *last : full, batches.rows_of_batch(at), number));
      }
    });
    updater_.use_averages();
    store_.save(ParameterStore::weights, network_.weights);
    return curve;
  }

  const test::TestNetwork& network() const { return network_; }

 private:
  double one_step(Crew& crew, Plan& plan, std::span<const std::int64_t> rows, std::int64_t number) {
    position_.step = static_cast<std::uint64_t>(number);
    updater_.begin_step(iteration_ + 1, schedule_->learning_rate(number), schedule_->momentum(number));
    const float* weights = weights_.empty() ? nullptr : weights_.data();
    const BatchSource source{{table_.x.data(), table_.rows, table_.inputs, table_.inputs},
                             {table_.y.data(), table_.rows, table_.outputs, table_.outputs},
                             weights,
                             rows};
    const auto evaluate = [&](const MetricSink& sink) {
      return step_.run(crew, plan, scratch_, source, sink, nullptr);
    };
    const BatchSums sums =
        lbfgs_ ? lbfgs_->minimize(crew, evaluate, {}, schedule_->learning_rate(number), pairs_) : evaluate({});
    iteration_ += updater_.accumulated() == 0 ? 1 : 0;
    return sums.mean();
  }

  const Case& case_;
  Table table_;
  std::vector<float> weights_;
  test::TestNetwork network_;
  std::shared_ptr<const Loss> loss_;
  std::shared_ptr<const Optimizer> optimizer_;
  std::shared_ptr<const Schedule> schedule_;
  ParameterStore store_;
  Updater updater_;
  std::unique_ptr<LbfgsMinimizer> lbfgs_;
  std::int64_t pairs_ = 0;
  Step step_;
  Scratch scratch_;
  StepPosition position_;
  std::int64_t iteration_ = 0;
};

class Golden : public ::testing::TestWithParam<Case> {};
class GoldenFit : public ::testing::TestWithParam<Case> {};

TEST_P(Golden, CurveAndParametersAreTheLibrarys) {
  Replay replay(GetParam());
  const std::vector<double> curve = replay.train();
  const auto expected = GetParam().json.at("loss_curve").get<std::vector<double>>();
  ASSERT_EQ(curve.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(curve[i], expected[i], tolerance * std::abs(expected[i])) << "step " << i;
  for (const NetworkParameter& parameter : replay.network().parameters())
    expect_parameters(GetParam(), parameter.name, replay.network().values(parameter));
}

// The same by what users call: whole epochs of fit().
TEST_P(GoldenFit, EpochsAndParametersAreTheLibrarys) {
  const Case& c = GetParam();
  const Table table(c);
  const test::TestNetwork start = c.network();
  std::vector<LayerConfig> layers;
  // The public model takes rows of columns: an image is one of its shapes.
  if (const Shape& shape = start.inputs()[0].shape; shape.size() > 1)
    layers.emplace_back(Reshape{.shape = {shape.begin(), shape.end()}});
  for (const NetworkNode& node : start.nodes()) layers.push_back(node.config);
  Model model(layers, c.semantics());
  model.build(table.inputs);
  std::size_t index = 0;
  for (const Parameter& parameter : model.parameters()) {
    model.set_weights(parameter.name, start.values(start.parameters()[index++]));
  }
  model.compile({.optimizer = c.optimizer(),
                 .loss = c.loss(),
                 .update = options_from<UpdateOptions>(c.update()),
                 .schedule = c.schedule()});

  const std::int64_t batch = c.number("batch"), per_epoch = (table.rows + batch - 1) / batch;
  ASSERT_EQ(c.number("steps") % per_epoch, 0) << "the case ends within an epoch";
  FitOptions options{.epochs = c.number("steps") / per_epoch, .batch_size = batch, .shuffle = false, .threads = 1};
  options.sample_weight = table.weights;
  if (c.json.contains("class_weight")) options.class_weight = c.json.at("class_weight").get<std::vector<double>>();
  const History history = model.fit(table.view(), options);

  const auto expected = c.json.at("loss_curve").get<std::vector<double>>();
  ASSERT_EQ(history.epochs.size() * static_cast<std::size_t>(per_epoch), expected.size());
  index = 0;
  for (const Parameter& parameter : model.parameters())
    expect_parameters(c, start.parameters()[index++].name, model.weights(parameter.name));
  // Where every batch counts alike, the epoch's loss is the mean of its batches.
  if (table.rows % batch != 0 || c.json.contains("sample_weight") || c.json.contains("class_weight")) return;
  for (std::size_t epoch = 0; epoch < history.epochs.size(); ++epoch) {
    double mean = 0;
    for (std::int64_t i = 0; i < per_epoch; ++i)
      mean += expected[epoch * static_cast<std::size_t>(per_epoch) + static_cast<std::size_t>(i)];
    mean /= static_cast<double>(per_epoch);
    ASSERT_NEAR(history.epochs[epoch].loss, mean, tolerance * std::abs(mean)) << "epoch " << epoch + 1;
  }
}

std::string test_name(const ::testing::TestParamInfo<Case>& info) {
  std::string name = info.param.name();
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Replay, Golden, ::testing::ValuesIn(cases()), test_name);
INSTANTIATE_TEST_SUITE_P(Replay, GoldenFit, ::testing::ValuesIn(sequential_cases()), test_name);

TEST(GoldenFiles, HoldEveryCurve) { EXPECT_EQ(cases().size(), 220U); }

}  // namespace
}  // namespace millrace::golden

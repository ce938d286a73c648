// SPDX-License-Identifier: Apache-2.0
//
// L-BFGS in fit(): convergence, reproducible bits, and refusals. tests/conformance tests resumed runs, tests/golden
// compares with PyTorch, and tests/python with scikit-learn.
#include <gtest/gtest.h>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

struct Cancer {
  Example example = examples()[2];
  Dataset data = read_example(example);
  [[nodiscard]] FitOptions options(std::int64_t epochs) const {
    return {.epochs = epochs, .batch_size = data.rows(), .seed = 3, .threads = 1};
  }
  [[nodiscard]] Model model(const OptimizerConfig& optimizer, const std::string& l2 = "") const {
    Model made(std::vector<LayerConfig>{Dense{.units = 16, .activation = "tanh", .kernel_l2 = l2.empty() ? 0.0 : 1e-3},
                                        Dense{.units = 1, .activation = "sigmoid"}});
    made.compile({.optimizer = optimizer, .loss = example.loss, .metrics = {"accuracy", "roc_auc"}});
    made.standardize(data);
    return made;
  }
};

// The last evaluation of an epoch is the first of the next one, unless somebody sets the weights in between.
TEST(LbfgsFit, SeesWeightsThatAreSetBetweenEpochs) {
  const Cancer cancer;
  for (const bool copied : {false, true}) {
    Model model = cancer.model(Lbfgs{}), other = cancer.model(Lbfgs{});
    // A metric of all rows, such as roc_auc, would make every epoch begin with an evaluation.
    model.compile({.optimizer = Lbfgs{}, .loss = cancer.example.loss});
    model.build(cancer.data);
    other.build(cancer.data, 9);
    const double loss = other.evaluate(cancer.data, 1).loss;
    FitOptions options = cancer.options(3);
    options.on_epoch = [&](const Epoch& epoch) {
      if (epoch.number == 2 && copied) model.copy_weights(other);
      if (epoch.number != 2 || copied) return;
      for (const Parameter& parameter : other.parameters())
        model.set_weights(parameter.name, other.weights(parameter.name));
    };
    EXPECT_NEAR(model.fit(cancer.data, options).epochs[2].loss, loss, 1e-6);
  }
}

TEST(LbfgsFit, HasNoPlanInAPrecisionThatItRefuses) {
  const Cancer cancer;
  Model model = cancer.model(Lbfgs{});
  model.build(cancer.data);
  const std::string word = "mixed_bfloat16";
  expect_error(ErrorKind::usage, {"lbfgs compares losses", "expected fp32"},
               [&] { return model.plan(cancer.data.rows(), "auto", "auto", word); });
  FitOptions options = cancer.options(1);
  options.precision = word;
  expect_error(ErrorKind::usage, {"lbfgs compares losses"}, [&] { return model.fit(cancer.data, options); });
  EXPECT_FALSE(model.plan(cancer.data.rows(), "auto", "auto", "auto").empty());
}

// Least squares with a linear model have one solution and a constant curvature.
TEST(LbfgsFit, SolvesLeastSquares) {
  std::vector<float> x, y;
  for (int i = 0; i < 60; ++i) {
    const float a = 0.1F * static_cast<float>(i % 7) - 0.3F, b = 0.2F * static_cast<float>(i % 5) - 0.4F;
    x.insert(x.end(), {a, b});
    y.push_back(2 * a - 3 * b + 0.5F);
  }
  Model model{Dense{.units = 1}};
  model.compile({.optimizer = Lbfgs{}, .loss = MeanSquaredError{}});
  const History history = model.fit(Dataset::view(x, 2, y), {.epochs = 50, .batch_size = 60});
  EXPECT_LT(history.epochs.size(), 20U) << "the run ends when it has converged";
  EXPECT_NE(history.stopped.find("after epoch"), std::string::npos) << history.stopped;
  const std::vector<float> weights = weights_of(model);
  EXPECT_NEAR(weights[0], 2, 1e-4);
  EXPECT_NEAR(weights[1], -3, 1e-4);
  EXPECT_NEAR(weights[2], 0.5, 1e-4);
}

TEST(LbfgsFit, LowersTheLossInEveryEpochAndFasterThanAdam) {
  const Cancer cancer;
  Model lbfgs = cancer.model(Lbfgs{}, "l2"), adam = cancer.model(Adam{.learning_rate = 0.02}, "l2");
  const History history = lbfgs.fit(cancer.data, cancer.options(40));
  for (std::size_t i = 1; i < history.epochs.size(); ++i)
    EXPECT_LT(history.epochs[i].loss, history.epochs[i - 1].loss) << "epoch " << i + 1;
  const double after_many = adam.fit(cancer.data, cancer.options(400)).epochs.back().loss;
  EXPECT_LT(history.epochs.back().loss, after_many) << "40 iterations and 400 steps of Adam";
  EXPECT_GT(history.epochs.back().metrics[0].value, 0.98);
}

// Metrics of an epoch belong to the weights before it, whether they are evaluated again (for roc_auc, which keeps rows)
// or come from the last line search.
TEST(LbfgsFit, ReportsLossAndMetricsOfTheSameWeights) {
  const Cancer cancer;
  const auto curve = [&](std::vector<MetricConfig> metrics) {
    Model model(cancer.example.layers);
    model.compile({.optimizer = Lbfgs{}, .loss = cancer.example.loss, .metrics = std::move(metrics)});
    model.standardize(cancer.data);
    return model.fit(cancer.data, cancer.options(8)).epochs;
  };
  const std::vector<Epoch> kept = curve({"accuracy", "roc_auc"}), reused = curve({"accuracy"});
  ASSERT_EQ(kept.size(), reused.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].loss, reused[i].loss);
    EXPECT_EQ(kept[i].metrics[0].value, reused[i].metrics[0].value);
  }
  Model fresh(cancer.example.layers);
  fresh.compile({.optimizer = Lbfgs{}, .loss = cancer.example.loss, .metrics = {"accuracy"}});
  fresh.standardize(cancer.data);
  FitOptions evaluated = cancer.options(8);
  evaluated.evaluate_training = true;
  const std::vector<Epoch> epochs = fresh.fit(cancer.data, evaluated).epochs;
  for (std::size_t i = 1; i < epochs.size(); ++i)
    EXPECT_EQ(epochs[i].metrics[0].value, epochs[i - 1].training.metrics[0].value) << "epoch " << i + 1;
}

// The first evaluation of an epoch is needed only after resuming and for metrics that keep rows. It does not change the
// number of iterations that the limit on evaluations allows.
TEST(LbfgsFit, CountsEvaluationsIndependentlyOfResumingAndMetrics) {
  const Cancer cancer;
  const TemporaryDirectory folder;
  const auto losses = [&](const std::vector<MetricConfig>& metrics, std::int64_t epochs) {
    Model model(cancer.example.layers);
    model.compile(
        {.optimizer = Lbfgs{.iterations = 20, .evaluations = 7}, .loss = cancer.example.loss, .metrics = metrics});
    model.standardize(cancer.data);
    FitOptions options = cancer.options(epochs);
    options.checkpoint = folder.file(std::to_string(metrics.size()));
    options.resume = true;
    std::vector<double> result;
    for (const Epoch& epoch : model.fit(cancer.data, options).epochs) result.push_back(epoch.loss);
    return result;
  };
  Model model(cancer.example.layers);
  model.compile({.optimizer = Lbfgs{.iterations = 20, .evaluations = 7}, .loss = cancer.example.loss});
  model.standardize(cancer.data);
  std::vector<double> whole;
  for (const Epoch& epoch : model.fit(cancer.data, cancer.options(4)).epochs) whole.push_back(epoch.loss);
  losses({"accuracy"}, 2);
  EXPECT_EQ(losses({"accuracy"}, 4), whole) << "resumed";
  EXPECT_EQ(losses({"accuracy", "roc_auc"}, 4), whole);
}

TEST(LbfgsFit, HasTheSameBitsForAnyNumberOfThreads) {
  const Cancer cancer;
  std::vector<float> expected;
  for (const int threads : {1, 2, 3, 8}) {
    Model model = cancer.model(Lbfgs{.history = 4, .iterations = 2});
    FitOptions options = cancer.options(12);
    options.threads = threads;
    model.fit(cancer.data, options);
    if (expected.empty()) expected = weights_of(model);
    EXPECT_EQ(weights_of(model), expected) << threads << " threads";
  }
}

// Another order of rows in each iteration would change rounding errors.
TEST(LbfgsFit, DoesNotShuffle) {
  const Cancer cancer;
  Model a = cancer.model(Lbfgs{}), b = cancer.model(Lbfgs{});
  FitOptions options = cancer.options(5);
  a.fit(cancer.data, options);
  options.shuffle = false;
  b.fit(cancer.data, options);
  EXPECT_EQ(weights_of(a), weights_of(b));
}

TEST(LbfgsFit, RefusesNetworksAndOptionsThatItDoesNotSupport) {
  const Cancer cancer;
  const auto refused = [&](std::vector<LayerConfig> layers, const UpdateOptions& update, FitOptions options,
                           std::initializer_list<std::string> parts) {
    Model model(std::move(layers));
    model.compile({.optimizer = Lbfgs{}, .loss = cancer.example.loss, .update = update});
    expect_error(ErrorKind::usage, parts, [&] { return model.fit(cancer.data, options); });
  };
  const LayerConfig last = Dense{.units = 1, .activation = "sigmoid"};
  FitOptions batches = cancer.options(1);
  batches.batch_size = 32;
  refused({last}, {}, batches, {"[lbfgs]", "batch_size is 32 of 569 rows", "expected all"});
  const FitOptions whole = cancer.options(1);
  refused({Dense{.units = 4}, Dropout{.rate = 0.5}, last}, {}, whole, {"dropout_1 draws random numbers"});
  refused({Dense{.units = 4}, BatchNormalization{}, last}, {}, whole, {"batch normalisation"});
  refused({Dense{.units = 4, .kernel_l1 = 0.1}, last}, {}, whole, {"l1 penalty", "expected l2 only"});
  refused({Dense{.units = 4, .kernel_max_norm = 1}, last}, {}, whole, {"max_norm"});
  refused({last}, {.weight_decay = 0.1}, whole, {"weight_decay is 0.1", "kernel_l2"});
  refused({last}, {.global_clipnorm = 1}, whole, {"clipped"});
  refused({last}, {.gradient_accumulation_steps = 2}, whole, {"accumulate over 2 steps"});
  refused({last}, {.use_ema = true}, whole, {"use_ema"});
  Model model(std::vector<LayerConfig>{last});
  model.compile({.optimizer = Lbfgs{}, .loss = cancer.example.loss});
  expect_error(ErrorKind::usage, {"[find_learning_rate]", "another optimizer"},
               [&] { return model.find_learning_rate(cancer.data); });
}

}  // namespace
}  // namespace millrace::test

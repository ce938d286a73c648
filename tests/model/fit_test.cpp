// SPDX-License-Identifier: Apache-2.0
//
// Model::fit(): results, refusals and failures.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <stdexcept>

#include "millrace/split.hpp"
#include "model/models.hpp"
#include "step/phase_check.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

class FitExample : public ::testing::TestWithParam<Example> {};

TEST_P(FitExample, TrainsTheSameBitsWithAnyNumberOfThreads) {
  const Dataset data = read_example(GetParam());
  std::vector<float> first;
  for (const int threads : {1, 2, 3, 8, 0}) {
    Model model = compiled_model(GetParam(), data);
    const History history =
        model.fit(data, {.epochs = 4, .batch_size = 50, .validation_split = 0.1, .seed = 3, .threads = threads});
    EXPECT_TRUE(threads == 0 || history.threads == threads);
    if (first.empty()) first = weights_of(model);
    EXPECT_EQ(weights_of(model), first) << threads << " threads";
  }
}

TEST_P(FitExample, LowersTheLossAndReportsMetrics) {
  const Dataset data = read_example(GetParam());
  Model model = compiled_model(GetParam(), data);
  std::int64_t called = 0;
  const History history =
      model.fit(data, {.epochs = 10, .validation_split = 0.2, .threads = 2, .on_epoch = [&](const Epoch& epoch) {
                         EXPECT_EQ(epoch.number, ++called);
                       }});
  ASSERT_EQ(std::ssize(history.epochs), 10);
  EXPECT_EQ(called, 10);
  EXPECT_LT(history.epochs.back().loss, 0.7 * history.epochs.front().loss);
  EXPECT_TRUE(history.epochs.back().validated);
  EXPECT_EQ(history.epochs.back().metrics.at(0).name, "accuracy");
  const auto rows = static_cast<std::int64_t>(std::floor(static_cast<double>(data.rows()) * (1 - 0.2)));
  EXPECT_EQ(history.steps, 10 * ((rows + 31) / 32)) << "the smaller last batch is trained too";
}

TEST_P(FitExample, EvaluatesAsTheValidationOfTheLastEpoch) {
  const Dataset data = read_example(GetParam());
  const Split split = split_stratified(data, 0.25, 1);
  Model model = compiled_model(GetParam(), split.train);
  const History history = model.fit(split.train, {.epochs = 3, .validation = &split.validation, .threads = 1});
  for (const int threads : {1, 2, 5}) {
    const Evaluation evaluation = model.evaluate(split.validation, threads);
    EXPECT_EQ(evaluation.loss, history.epochs.back().validation.loss);
    EXPECT_EQ(evaluation.metrics, history.epochs.back().validation.metrics);
  }
}

TEST_P(FitExample, PredictsARowAloneAsAmongOthers) {
  const Dataset data = read_example(GetParam());
  Model model = compiled_model(GetParam(), data);
  model.fit(data, {.epochs = 1, .threads = 1});
  const Matrix all = model.predict(data, 2);
  for (const std::int64_t count : {std::int64_t{1}, std::int64_t{7}, std::int64_t{100}}) {
    Dataset some = data;
    for (std::int64_t r = 0; r < count; ++r) some.selection.push_back(data.rows() - 1 - r);
    const Matrix part = model.predict(some, 1);
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t c = 0; c < all.columns(); ++c)
        EXPECT_NEAR(part.row(r)[c], all.row(data.rows() - 1 - r)[c], 1e-6F);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, FitExample, ::testing::ValuesIn(examples()),
                         [](const auto& value) { return value.param.name; });

// A small table in memory; the target is 1 if the sum of the row is positive, else 0.
struct Small {
  std::vector<float> x, y;
  Small(std::int64_t rows, std::int64_t columns) {
    for (std::int64_t r = 0; r < rows; ++r) {
      float sum = 0;
      for (std::int64_t c = 0; c < columns; ++c)
        sum += x.emplace_back(static_cast<float>((r * 7 + c * 13) % 11) / 5.0F - 1);
      y.push_back(sum > 0 ? 1.0F : 0.0F);
    }
  }
  [[nodiscard]] Dataset view() const { return Dataset::view(x, std::ssize(x) / std::ssize(y), y); }
};

Model small_model(const OptimizerConfig& optimizer = Adam{}) {
  Model model{Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.optimizer = optimizer, .loss = BinaryCrossentropy{}});
  return model;
}

TEST(Fit, DependsOnTheSeedAndOnShuffling) {
  const Small small(60, 5);
  const auto trained = [&](std::uint64_t seed, bool shuffle) {
    Model model = small_model();
    model.fit(small.view(), {.epochs = 2, .batch_size = 8, .shuffle = shuffle, .seed = seed, .threads = 1});
    return weights_of(model);
  };
  EXPECT_EQ(trained(1, true), trained(1, true));
  EXPECT_NE(trained(1, true), trained(2, true));
  EXPECT_NE(trained(1, true), trained(1, false));
}

TEST(Fit, ContinuesWithTheOptimizersStateOfTheLastCall) {
  const Small small(64, 5);
  Model once = small_model(), twice = small_model();
  once.fit(small.view(), {.epochs = 4, .threads = 1});
  twice.fit(small.view(), {.epochs = 2, .threads = 1});
  twice.fit(small.view(), {.epochs = 2, .threads = 1});
  EXPECT_EQ(weights_of(once), weights_of(twice)) << "the order of rows continues too";
}

TEST(Fit, ChangesNothingIfItIsRefused) {
  const Small small(32, 5), wide(32, 7);
  Model model = small_model();
  Dataset named = small.view();
  named.feature_names = {"a", "b", "c", "d", "e"};
  model.fit(named, {.epochs = 1});
  const std::vector<float> before = weights_of(model);
  Dataset other = wide.view();
  other.feature_names = {"t", "u", "v", "w", "x", "y", "z"};
  expect_error(ErrorKind::usage, {"7 feature columns", "expected 5, as the model has"},
               [&] { model.fit(other, {.epochs = 1}); });
  EXPECT_EQ(model.feature_names(), named.feature_names);
  EXPECT_EQ(weights_of(model), before);
}

// A failed step has filled Adam's moments with NaN, which the next run must not use.
TEST(Fit, BeginsWithANewOptimizerAfterAFailure) {
  Small bad(32, 5);
  const Small good(32, 5);
  bad.y[3] = 3e38F;  // its square overflows
  Model model{Dense{.units = 4}, Dense{.units = 1}}, fresh{Dense{.units = 4}, Dense{.units = 1}};
  for (Model* const m : {&model, &fresh}) {
    m->build(5);
    m->compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  }
  expect_error(ErrorKind::non_finite, {checks_phases ? "after the phase" : "the loss is"},
               [&] { model.fit(bad.view(), {.epochs = 1}); });
  EXPECT_EQ(weights_of(model), weights_of(fresh));
  model.fit(good.view(), {.epochs = 3});
  fresh.fit(good.view(), {.epochs = 3});
  EXPECT_EQ(weights_of(model), weights_of(fresh));
}

TEST(Fit, UsesNoAveragesIfItMadeNoStep) {
  const Small small(32, 5);
  Model averaged = small_model(), plain = small_model();
  averaged.compile({.loss = BinaryCrossentropy{}, .update = {.use_ema = true}});
  averaged.fit(small.view(), {.epochs = 0});
  plain.fit(small.view(), {.epochs = 0});
  EXPECT_EQ(weights_of(averaged), weights_of(plain));
}

// Callbacks use the current model, and using it does not change the run.
TEST(Fit, LetsCallbacksUseTheModel) {
  const Small small(64, 5);
  Model alone = small_model(), watched = small_model();
  alone.fit(small.view(), {.epochs = 4, .threads = 2});
  std::vector<double> losses;
  std::vector<std::vector<float>> weights, outputs;
  FitOptions options{.epochs = 4, .threads = 2, .evaluate_training = true};
  options.on_epoch = [&](const Epoch& epoch) {
    EXPECT_EQ(watched.evaluate(small.view()).loss, epoch.training.loss) << "epoch " << epoch.number;
    weights.push_back(weights_of(watched));
    const Matrix predicted = watched.predict(small.view());
    outputs.emplace_back(predicted.row(0), predicted.row(0) + predicted.rows());
    expect_error(ErrorKind::usage, {"[fit]", "by a callback while the model is being trained"},
                 [&] { watched.fit(small.view()); });
    expect_error(ErrorKind::usage, {"[compile]", "by a callback"}, [&] { watched.compile({.loss = "mse"}); });
    expect_error(ErrorKind::usage, {"[build]", "by a callback"}, [&] { watched.build(5); });
  };
  watched.fit(small.view(), options);
  EXPECT_EQ(weights_of(watched), weights_of(alone));
  EXPECT_EQ(weights.back(), weights_of(alone));
  EXPECT_NE(weights[0], weights[1]);
  EXPECT_NE(outputs[0], outputs[1]);
  const Matrix last = alone.predict(small.view());
  EXPECT_EQ(outputs.back(), std::vector<float>(last.row(0), last.row(0) + last.rows()));
}

TEST(Fit, MultipliesTheLossByRowWeights) {
  // A batch with every weight 2 has twice the loss and twice the gradient.
  const Small small(32, 5);
  const auto loss = [&](float weight) {
    Dataset data = small.view();
    data.weights.assign(32, weight);
    Model model = small_model(Sgd{.learning_rate = 0});
    return model.fit(data, {.epochs = 1, .threads = 1}).epochs[0].loss;
  };
  EXPECT_NEAR(loss(2), 2 * loss(1), 1e-6);
}

TEST(Fit, KeepsTheInitialWeightsAfterZeroEpochs) {
  const Small small(32, 5);
  Model model = small_model(), untouched = small_model();
  EXPECT_TRUE(model.fit(small.view(), {.epochs = 0}).epochs.empty());
  untouched.build(5);
  EXPECT_EQ(weights_of(model), weights_of(untouched));
}

// The weights of a feature that is always 0, and the padding of 300 columns, always have a gradient of 0. An update that
// divided 0 by 0 would end the run.
TEST(Fit, TrainsWithAccumulatorsThatBeginAtZero) {
  Small small(40, 300);
  for (std::size_t i = 3; i < small.x.size(); i += 300) small.x[i] = 0;
  for (const UpdateOptions& update : {UpdateOptions{}, UpdateOptions{.global_clipnorm = 1}}) {
    Model model{Dense{.units = 300, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
    model.compile({.optimizer = Ftrl{.initial_accumulator_value = 0}, .loss = BinaryCrossentropy{}, .update = update});
    model.fit(small.view(), {.epochs = 2, .threads = 2});
    const std::vector<float> weights = weights_of(model);
    for (std::size_t unit = 0; unit < 300; ++unit) EXPECT_EQ(weights[3 * 300 + unit], 0) << unit;
  }
}

TEST(Fit, RefusesInvalidOptions) {
  const Small small(32, 5);
  const auto fit_with = [&](FitOptions options) {
    return [&small, options] { static_cast<void>(small_model().fit(small.view(), options)); };
  };
  expect_error(ErrorKind::usage, {"batch_size is 0", "expected 1 or more"}, fit_with({.batch_size = 0}));
  expect_error(ErrorKind::usage, {"epochs is -1"}, fit_with({.epochs = -1}));
  expect_error(ErrorKind::usage, {"-2 threads"}, fit_with({.threads = -2}));
  expect_error(ErrorKind::usage, {"unknown library 'mkl'", "onednn"}, fit_with({.gemm = "mkl"}));
  expect_error(ErrorKind::usage, {"no loss"}, [&] { Model{Dense{.units = 1}}.fit(small.view()); });
  expect_error(ErrorKind::usage, {"learning_rate is -1"}, [&] { small_model(Adam{.learning_rate = -1}); });
  expect_error(ErrorKind::usage, {"unknown optimizer 'adma'", "did you mean 'adam'"}, [&] { small_model("adma"); });
  expect_error(ErrorKind::usage, {"units is 0"}, [&] { Model{Dense{.units = 0}}; });
  expect_error(ErrorKind::usage, {"no layers"}, [&] { Model{std::vector<LayerConfig>{}}; });
}

TEST(Fit, RefusesTargetsThatDoNotFit) {
  Small small(32, 5);
  const auto fit_softmax = [&](std::int64_t units, const LossConfig& loss) {
    Model model{Dense{.units = units, .activation = "softmax"}};
    model.compile({.loss = loss});
    model.fit(small.view());
  };
  small.y[9] = 3;
  expect_error(ErrorKind::data, {"row 10", "is 3", "class from 0 to 2"},
               [&] { fit_softmax(3, SparseCategoricalCrossentropy{}); });
  expect_error(ErrorKind::usage, {"1 output unit"}, [&] { fit_softmax(1, SparseCategoricalCrossentropy{}); });
  expect_error(ErrorKind::usage, {"1 target columns", "expected 4"},
               [&] { fit_softmax(4, CategoricalCrossentropy{}); });
  expect_error(ErrorKind::data, {"row 10", "is 3", "expected 0 or 1"}, [&] { small_model().fit(small.view()); });
  small.y[9] = NAN;
  expect_error(ErrorKind::data, {"row 10", "is nan"}, [&] { small_model().fit(small.view()); });
}

TEST(Fit, NamesTheFirstTensorThatIsNotFinite) {
  Small small(32, 5);
  small.x[12] = NAN;
  Dataset named = small.view();
  named.feature_names = {"a", "b", "c", "d", "e"};
  expect_error(ErrorKind::data, {"[fit]", "column 'c' of row 3", "is nan"}, [&] { small_model().fit(named); });
  // The loss is finite, but the update after it overflows.
  for (std::size_t r = 0; r < 32; ++r) small.x[5 * r + 2] = 1e38F;
  Model steep{Dense{.units = 1}};
  steep.compile({.optimizer = Sgd{.learning_rate = 10}, .loss = MeanAbsoluteError{}});
  expect_error(ErrorKind::non_finite,
               {checks_phases ? "the weights dense_1/kernel is " : "dense_1/kernel is not finite after epoch 1"},
               [&] { steep.fit(small.view(), {.batch_size = 32}); });
  Small fine(32, 5);
  Model model{Dense{.units = 4}, Dense{.units = 1}};
  model.compile({.optimizer = Sgd{.learning_rate = 1e30}, .loss = MeanSquaredError{}});
  expect_error(ErrorKind::non_finite, {checks_phases ? "after the phase" : "the loss is", "lower the learning rate"},
               [&] { model.fit(fine.view(), {.epochs = 50}); });
}

TEST(Fit, DoesNotChangeWeightsOfFtrlAtARateOfZero) {
  const Small small(32, 5);
  Model model = small_model(), still = small_model();
  model.compile({.optimizer = Ftrl{}, .loss = BinaryCrossentropy{}, .schedule = "constant", .pace = {.warmup = 4}});
  still.build(5);
  model.fit(small.view(), {.epochs = 1, .batch_size = 32});
  EXPECT_EQ(weights_of(model), weights_of(still));
  model.fit(small.view(), {.epochs = 1, .batch_size = 32});
  EXPECT_NE(weights_of(model), weights_of(still));
}

TEST(Fit, LimitsTheBatchSizeToAllRows) {
  const Small small(10, 5);
  Model usual = small_model(), whole = small_model();
  EXPECT_EQ(usual.fit(small.view(), {.epochs = 2}).steps, 2);
  whole.fit(small.view(), {.epochs = 2, .batch_size = 10});
  EXPECT_EQ(weights_of(usual), weights_of(whole));
}

TEST(Fit, AndOtherUsesRequireTheModelsNames) {
  const Small small(32, 2);
  Dataset data = small.view();
  data.feature_names = {"a", "b"};
  data.classes = {"no", "yes"};
  Model model = small_model();
  model.fit(data, {.epochs = 1});
  Dataset turned = data;
  turned.feature_names = {"b", "a"};
  for (const auto& use : std::initializer_list<std::function<void(const Dataset&)>>{
           [&](const Dataset& d) { model.fit(d); }, [&](const Dataset& d) { static_cast<void>(model.evaluate(d)); },
           [&](const Dataset& d) { static_cast<void>(model.predict(d)); },
           [&](const Dataset& d) { model.fit(data, {.validation = &d}); },
           [&](const Dataset& d) { static_cast<void>(model.find_learning_rate(d)); }}) {
    expect_error(ErrorKind::usage, {"column 1 is 'b', the model's is 'a'"}, [&] { use(turned); });
    Dataset other = data;
    other.classes = {"yes"};
    expect_error(ErrorKind::usage, {"class 1 is 'yes', the model's is 'no'"}, [&] { use(other); });
    other.classes = {"no"};
    expect_error(ErrorKind::usage, {"class 2 is none, the model's is 'yes'"}, [&] { use(other); });
    use(small.view());  // data without names are accepted
  }
  // Validation rows must have the names of the training rows, also in the first fit.
  expect_error(ErrorKind::usage, {"[validation] column 1 is 'b'"},
               [&] { small_model().fit(data, {.validation = &turned}); });
}

TEST(Fit, RefusesALossThatDoesNotFitTheOutputs) {
  const Small small(32, 5);
  const auto fit = [&](const std::string& activation, const LossConfig& loss, std::int64_t units = 1) {
    Model model{Dense{.units = units, .activation = activation}};
    model.compile({.loss = loss});
    model.fit(small.view());
  };
  expect_error(ErrorKind::usage, {"dense_1", "linear gives any number", "expected sigmoid", "from_logits=true"},
               [&] { fit("linear", BinaryCrossentropy{}); });
  expect_error(ErrorKind::usage, {"relu gives any number", "expected softmax"},
               [&] { fit("relu", SparseCategoricalCrossentropy{}, 2); });
  expect_error(ErrorKind::usage, {"log_softmax gives logarithms of probabilities", "from_logits=true"},
               [&] { fit("log_softmax", SparseCategoricalCrossentropy{}, 2); });
  expect_error(ErrorKind::usage, {"sigmoid gives probabilities", "takes logits", "expected linear"},
               [&] { fit("sigmoid", BinaryCrossentropy{.from_logits = true}); });
  fit("linear", BinaryCrossentropy{.from_logits = true});
  fit("log_softmax", SparseCategoricalCrossentropy{.from_logits = true}, 2);
  for (const char* activation : {"linear", "tanh"}) {
    expect_error(ErrorKind::usage,
                 {"dense_1", activation, "predictions that can be negative", "expected softplus or exponential"},
                 [&] { fit(activation, Poisson{}); });
  }
  fit("hard_sigmoid", BinaryCrossentropy{});
  fit("linear", MeanSquaredError{});
  for (const char* activation : {"softplus", "exponential", "relu", "sigmoid"}) fit(activation, Poisson{});
}

TEST(Fit, RefusesMetricsOfClassesForNumericTargets) {
  Small small(32, 5);
  small.y[4] = 6.5F;
  for (const std::string metric : {"accuracy", "roc_auc", "f1", "log_loss"}) {
    Model model{Dense{.units = 1}};
    model.compile({.loss = MeanSquaredError{}, .metrics = {"mean_absolute_error", metric}});
    expect_error(ErrorKind::data, {"target of row 5", "is 6.5, which is no class for " + metric, "expected 0 or 1"},
                 [&] { model.fit(small.view()); });
  }
  Model model{Dense{.units = 1}};
  model.compile({.loss = MeanSquaredError{}, .metrics = {"mean_absolute_error", "r2"}});
  model.fit(small.view());
}

// A run that ends between two steps keeps its weights and its optimizer's state.
TEST(Fit, KeepsItsWeightsAfterAnExceptionOfACallback) {
  const Small small(64, 5);
  Model cut = small_model(), whole = small_model();
  FitOptions options{.epochs = 5, .batch_size = 16};
  options.on_epoch = [](const Epoch& epoch) {
    if (epoch.number == 3) throw std::runtime_error("enough");
  };
  EXPECT_THROW(cut.fit(small.view(), options), std::runtime_error);
  whole.fit(small.view(), {.epochs = 3, .batch_size = 16});
  EXPECT_EQ(weights_of(cut), weights_of(whole));
  cut.fit(small.view(), {.epochs = 2, .batch_size = 16});
  whole.fit(small.view(), {.epochs = 2, .batch_size = 16});
  EXPECT_EQ(weights_of(cut), weights_of(whole));
}

TEST(Fit, StopsAfterTheCurrentStep) {
  const Small small(64, 5);
  const std::atomic<bool> stop{true};
  Model model = small_model();
  expect_error(ErrorKind::interrupted, {"epoch 1 after step 1 of 8"},
               [&] { model.fit(small.view(), {.epochs = 5, .batch_size = 8, .stop = &stop}); });
}

}  // namespace
}  // namespace millrace::test

// SPDX-License-Identifier: Apache-2.0
//
// Reading and setting weights and the learning rate of a model, between fits and during one.
#include <gtest/gtest.h>

#include <cmath>

#include "model/models.hpp"
#include "store/tensor_file.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

TEST(LearningRate, CanBeSetWithoutLosingTheOptimizersState) {
  const SignTable data;
  Model set = sign_model(Adam{.learning_rate = 0.05}), compiled = sign_model(Adam{.learning_rate = 0.05}),
        same = sign_model(Adam{.learning_rate = 0.05});
  for (Model* each : {&set, &compiled, &same}) each->fit(data.view(), {.epochs = 2});
  set.set_learning_rate(0.01);
  EXPECT_EQ(set.learning_rate(), 0.01);
  compiled.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = BinaryCrossentropy{}});
  const double rate = set.fit(data.view(), {.epochs = 1}).epochs[0].learning_rate;
  EXPECT_EQ(rate, 0.01);
  compiled.fit(data.view(), {.epochs = 1});
  EXPECT_NE(weights_of(set), weights_of(compiled)) << "compile() starts a new Adam";
  same.set_learning_rate(0.05);
  Model plain = sign_model(Adam{.learning_rate = 0.05});
  plain.fit(data.view(), {.epochs = 2});
  plain.fit(data.view(), {.epochs = 1});
  same.fit(data.view(), {.epochs = 1});
  EXPECT_EQ(weights_of(same), weights_of(plain));
}

TEST(LearningRate, SetByACallbackAppliesFromTheNextStepOn) {
  const SignTable data;
  Model model = sign_model(Sgd{.learning_rate = 0.5});
  FitOptions options{.epochs = 3};
  options.on_epoch = [&](const Epoch& epoch) { model.set_learning_rate(0.5 / static_cast<double>(1 + epoch.number)); };
  const History history = model.fit(data.view(), options);
  EXPECT_EQ(history.epochs[0].learning_rate, 0.5);
  EXPECT_EQ(history.epochs[1].learning_rate, 0.25);
  EXPECT_EQ(history.epochs[2].learning_rate, 0.5 / 3);
}

TEST(LearningRate, OfAnEpochIsThatOfItsLastStep) {
  const SignTable data;
  Model model = sign_model(Sgd{.learning_rate = 0.5});
  FitOptions options{.epochs = 2};
  options.on_step = [&](const StepReport& step) {
    if (step.epoch == 1 && step.step == step.steps) model.set_learning_rate(0.125);
  };
  const History history = model.fit(data.view(), options);
  EXPECT_EQ(history.epochs[0].learning_rate, 0.5);
  EXPECT_EQ(history.epochs[1].learning_rate, 0.125);
}

TEST(LearningRate, SetByACallbackIsKeptByAResumedRun) {
  const SignTable data;
  const TemporaryDirectory folder;
  const auto options = [&](Model& model, const std::string& file, std::int64_t epochs) {
    FitOptions result{.epochs = epochs, .checkpoint = folder.file(file), .resume = true};
    result.on_epoch = [&model](const Epoch& epoch) {
      if (epoch.number == 1) model.set_learning_rate(0.125);
    };
    return result;
  };
  Model whole = sign_model(Sgd{.learning_rate = 0.5}), cut = sign_model(Sgd{.learning_rate = 0.5}),
        resumed = sign_model(Sgd{.learning_rate = 0.5});
  whole.fit(data.view(), options(whole, "whole", 4));
  cut.fit(data.view(), options(cut, "cut", 2));
  const History history = resumed.fit(data.view(), options(resumed, "cut", 4));
  EXPECT_EQ(history.epochs[3].learning_rate, 0.125);
  EXPECT_EQ(weights_of(resumed), weights_of(whole));
}

TEST(LearningRate, OfACheckpointIsKnownWhenItsRunBegins) {
  const SignTable data;
  const TemporaryDirectory folder;
  FitOptions options{.epochs = 1, .checkpoint = folder.file("run"), .resume = true};
  Model cut = sign_model(Sgd{.learning_rate = 0.5}), resumed = sign_model(Sgd{.learning_rate = 0.5});
  options.on_epoch = [&](const Epoch&) { cut.set_learning_rate(0.125); };
  cut.fit(data.view(), options);
  std::vector<double> rates;
  std::vector<float> begun;
  options.epochs = 3;
  options.on_epoch = {};
  options.on_begin = [&] {
    rates.push_back(resumed.learning_rate());
    begun = weights_of(resumed);
    resumed.set_learning_rate(0.25);
  };
  const History history = resumed.fit(data.view(), options);
  EXPECT_EQ(rates, (std::vector{0.125}));
  EXPECT_EQ(begun, weights_of(cut));
  EXPECT_EQ(history.epochs[1].learning_rate, 0.25);
  // Also of a run that has nothing left to train.
  Model again = sign_model(Sgd{.learning_rate = 0.5});
  options.on_begin = [&] { rates.push_back(again.learning_rate()); };
  again.fit(data.view(), options);
  EXPECT_EQ(rates.back(), 0.25);
}

TEST(LearningRate, IsRefusedIfNegativeOrSetByASchedule) {
  Model model = sign_model(Adam{});
  expect_error(ErrorKind::usage, {"[set_learning_rate]", "the rate is -1"}, [&] { model.set_learning_rate(-1); });
  expect_error(ErrorKind::usage, {"the rate is nan"}, [&] { model.set_learning_rate(std::nan("")); });
  model.compile({.loss = BinaryCrossentropy{}, .schedule = CosineDecay{.decay_steps = 10}});
  expect_error(ErrorKind::usage, {"schedule cosine_decay"}, [&] { model.set_learning_rate(0.1); });
}

TEST(SetWeights, ByACallbackAppliesFromTheNextStepOn) {
  const SignTable data;
  Model model = sign_model(Sgd{.learning_rate = 0.0});
  FitOptions options{.epochs = 2, .threads = 2};
  const std::vector<float> bias{1, 2, 3, 4, 5};
  options.on_epoch = [&](const Epoch& epoch) {
    if (epoch.number == 1) model.set_weights("dense_1/bias", bias);
  };
  const History history = model.fit(data.view(), options);
  EXPECT_EQ(model.weights("dense_1/bias"), bias);
  EXPECT_NE(history.epochs[0].loss, history.epochs[1].loss);
  EXPECT_NEAR(history.epochs[1].loss, model.evaluate(data.view()).loss, 1e-6);
}

TEST(SetWeights, RefusesUnknownNamesAndWrongSizes) {
  Model model = sign_model(Adam{});
  expect_error(ErrorKind::usage, {"[set_weights]", "dense_1/kernels", "dense_1/kernel"},
               [&] { model.set_weights("dense_1/kernels", std::vector<float>(20)); });
  expect_error(ErrorKind::usage, {"19 values for dense_1/kernel", "20", "(4, 5)"},
               [&] { model.set_weights("dense_1/kernel", std::vector<float>(19)); });
  expect_error(ErrorKind::usage, {"[weights]", "dense_3/kernel"}, [&] { return model.weights("dense_3/kernel"); });
  Model unbuilt{Dense{.units = 1}};
  expect_error(ErrorKind::usage, {"[weights]", "build(columns)"}, [&] { return unbuilt.weights("dense_1/kernel"); });
}

TEST(CopyWeights, RefusesOtherShapes) {
  Model model = sign_model(Adam{}), wider{Dense{.units = 6}, Dense{.units = 1}}, longer{Dense{.units = 5}};
  wider.build(4);
  longer.build(4);
  expect_error(ErrorKind::usage, {"[copy_weights]", "dense_1/kernel has shape (4, 6)", "expected (4, 5)"},
               [&] { model.copy_weights(wider); });
  expect_error(ErrorKind::usage, {"[copy_weights]", "has 2 parameters, this one has 4"},
               [&] { model.copy_weights(longer); });
}

TEST(SetWeights, RefusesNumbersThatAreNotFinite) {
  Model model = sign_model(Adam{});
  expect_error(ErrorKind::data, {"[set_weights]", "dense_2/bias is not finite"},
               [&] { model.set_weights("dense_2/bias", std::vector<float>{NAN}); });
}

TEST(LoadWeights, AFileWithAnErrorChangesNothing) {
  const TemporaryDirectory folder;
  const std::vector<float> kernel(20, 0.5F);
  const std::vector<float> bias{0, 0, NAN, 0, 0};
  write_tensor_file(folder.file("w.safetensors"), {{},
                                                   {{"dense_1.weight", Dtype::f32, {5, 4}, bytes_of(kernel)},
                                                    {"dense_1.bias", Dtype::f32, {5}, bytes_of(bias)}},
                                                   nullptr});
  Model model = sign_model(Adam{});
  const std::vector<float> before = weights_of(model);
  expect_error(ErrorKind::data, {"[load_weights]", "'dense_1.bias' is not finite"},
               [&] { model.load_weights(folder.file("w.safetensors")); });
  EXPECT_EQ(weights_of(model), before);
}

}  // namespace
}  // namespace millrace::test

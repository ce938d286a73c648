// SPDX-License-Identifier: Apache-2.0
//
// Runs that keep no second copy of the weights for errors (FitOptions::restores_on_error) end as those that do.
#include <gtest/gtest.h>

#include <utility>

#include "base/random.hpp"
#include "model/models.hpp"
#include "run/trainer.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

struct Rows {
  std::vector<float> x, y;
  explicit Rows(std::int64_t count) {
    Random random(5, RandomStream::noise);
    for (std::int64_t i = 0; i < 5 * count; ++i) x.push_back(static_cast<float>(random.normal()));
    for (std::int64_t r = 0; r < count; ++r) y.push_back(x[static_cast<std::size_t>(5 * r)] > 0 ? 1.0F : 0.0F);
  }
  [[nodiscard]] Dataset view() const { return Dataset::view(x, 5, y); }
};

Model new_model() {
  Model model{Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
  model.build(5, 3);
  model.compile({.optimizer = Adam{.learning_rate = 0.05}, .loss = BinaryCrossentropy{}});
  return model;
}

// Not by parameters(), which keep the weights where they are.
std::vector<float> outputs(Model& model) {
  const Rows rows(40);
  const Matrix predicted = model.predict(rows.view());
  return {predicted.row(0), predicted.row(0) + predicted.rows()};
}

class WithoutACopy : public ::testing::Test {
 protected:
  const Rows rows_{64};
  const TemporaryDirectory folder_;
  Model with_ = new_model(), without_ = new_model();

  void fit_both(FitOptions options) {
    options.threads = 2;
    with_.fit(rows_.view(), options);
    options.restores_on_error = false;
    without_.fit(rows_.view(), options);
    EXPECT_EQ(outputs(with_), outputs(without_));
  }
};

TEST_F(WithoutACopy, TheNetworkHasNoValuesMeanwhile) {
  for (const bool restores : {true, false}) {
    Network network({.inputs = {{"input", {5}}}, .nodes = {{"", Dense{.units = 1, .activation = "sigmoid"}, {}}}});
    Trainer trainer(network, {.loss = BinaryCrossentropy{}});
    int epochs = 0;
    FitOptions options{.epochs = 2, .restores_on_error = restores};
    options.on_epoch = [&](const Epoch&) {
      EXPECT_EQ(std::as_const(network).values().empty(), !restores);
      ++epochs;
    };
    static_cast<void>(trainer.fit(rows_.view(), nullptr, options, {[] {}, {}}));
    EXPECT_EQ(epochs, 2);
    EXPECT_EQ(std::ssize(std::as_const(network).values()), 6);
  }
}

TEST_F(WithoutACopy, ARunEndsAlike) {
  fit_both({.epochs = 3});
  fit_both({.epochs = 0});
  fit_both(
      {.epochs = 2,
       .callbacks = {EarlyStopping{.patience = 1, .monitor = "loss", .min_delta = 100, .restore_best_weights = true}}});
  EXPECT_EQ(with_.evaluate(rows_.view()).loss, without_.evaluate(rows_.view()).loss);
}

TEST_F(WithoutACopy, FilesHoldTheSameModel) {
  const std::string run = folder_.file("run"), best = folder_.file("best");
  std::vector<std::vector<float>> in_files;
  for (const bool restores : {true, false}) {
    new_model().fit(rows_.view(), {.epochs = 3,
                                   .checkpoint = run,
                                   .restores_on_error = restores,
                                   .callbacks = {BestCheckpoint{.path = best, .monitor = "loss"}}});
    for (const std::string& file : {run, best}) {
      Model model = Model::load_checkpoint(file);
      in_files.push_back(outputs(model));
    }
  }
  EXPECT_EQ(in_files[0], in_files[2]);
  EXPECT_EQ(in_files[1], in_files[3]);
  EXPECT_NE(in_files[0], outputs(without_));
}

TEST_F(WithoutACopy, CallbacksMayLookAtTheModelAndKeepItsWeights) {
  std::vector<float> seen;
  std::vector<Parameter> kept;
  const float* place = nullptr;
  FitOptions options{.epochs = 3, .threads = 2, .restores_on_error = false};
  options.on_epoch = [&](const Epoch& epoch) {
    if (epoch.number == 1) static_cast<void>(without_.predict(rows_.view()));
    if (epoch.number == 2) {
      kept = without_.parameters();
      place = kept[0].values.data();
    }
    if (epoch.number == 3) seen = outputs(without_);
  };
  without_.fit(rows_.view(), options);
  EXPECT_EQ(seen, outputs(without_));
  EXPECT_EQ(place, without_.parameters()[0].values.data());
  std::fill(kept[0].values.begin(), kept[0].values.end(), 0.0F);
  EXPECT_NE(seen, outputs(without_));
}

TEST_F(WithoutACopy, AnErrorWithinAStepLeavesTheWeightsOfThatStep) {
  Model model{Dense{.units = 4}, Dense{.units = 1}};
  model.compile({.optimizer = Sgd{.learning_rate = 1e30}, .loss = MeanSquaredError{}});
  expect_error(ErrorKind::non_finite, {"lower the learning rate"},
               [&] { return model.fit(rows_.view(), {.epochs = 5, .restores_on_error = false}); });
  EXPECT_EQ(weights_of(model).size(), 4U * 5 + 4 + 4 + 1);
  expect_error(ErrorKind::non_finite, {"[export]", "is not finite"}, [&] {
    model.export_onnx(folder_.file("model.onnx"));
    return 0;
  });
}

TEST_F(WithoutACopy, AnErrorBeforeTheFirstStepChangesNothing) {
  const std::vector<float> before = outputs(without_);
  without_.compile({.optimizer = Sgd{},
                    .loss = BinaryCrossentropy{},
                    .schedule = OneCycle{.max_learning_rate = 1, .cycle_momentum = true}});
  expect_error(ErrorKind::usage, {"sets the momentum"},
               [&] { return without_.fit(rows_.view(), {.restores_on_error = false}); });
  EXPECT_EQ(outputs(without_), before);
}

}  // namespace
}  // namespace millrace::test
